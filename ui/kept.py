"""What was computed, kept for a while for everybody: so many bytes and so many minutes, the longest unused goes first.

Streamlit's caches count entries; here one entry is a picture of a kilobyte or the mask of a 4,096 x 4,096 image.
"""

import threading
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import numpy as np
from cachetools import TTLCache, cached

MINUTES = 5
Function = TypeVar("Function", bound=Callable[..., Any])


def kept(megabytes: int, key: Callable[..., Hashable], minutes: float = MINUTES) -> Callable[[Function], Function]:
    """Keep what a function returns, up to so many megabytes, by what `key` makes of its arguments.

    Who asks for what is being computed waits for it. Nothing is kept of an exception, nor what is larger than all.
    """
    values: TTLCache[Hashable, Any] = TTLCache(megabytes * 2**20, 60 * minutes, getsizeof=lambda v: 64 + bytes_of(v))
    return cached(values, key=key, condition=threading.Condition())


def bytes_of(value: Any) -> int:
    """Of the arrays and byte strings in a value: in collections, and in the fields of objects."""
    if isinstance(value, bytes | np.ndarray):
        return len(value) if isinstance(value, bytes) else int(value.nbytes)
    if isinstance(value, tuple | list):
        return sum(map(bytes_of, value))
    if isinstance(value, dict):
        return sum(map(bytes_of, value.values()))
    return sum(map(bytes_of, vars(value).values())) if hasattr(value, "__dict__") else 0
