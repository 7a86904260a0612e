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


def bytes_of(value: Any, counted: set[int] | None = None) -> int:
    """Of the arrays and byte strings in a value: in collections, and in the fields of objects; each once."""
    counted = set() if counted is None else counted
    if isinstance(value, bytes | np.ndarray):
        if id(value) in counted:
            return 0
        counted.add(id(value))
        return len(value) if isinstance(value, bytes) else int(value.nbytes)
    if isinstance(value, dict):
        value = list(value.values())
    elif hasattr(value, "__dict__"):
        value = list(vars(value).values())
    return sum(bytes_of(part, counted) for part in value) if isinstance(value, tuple | list) else 0
