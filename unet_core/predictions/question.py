"""A question to be answered before the computer does, and what it then says."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2

from unet_core.messages import Message


@dataclass(frozen=True)
class Option:
    """One answer that can be given; `name` tells it from the others."""

    name: str
    text: Message


@dataclass(frozen=True)
class Question:
    """`right` is the name of the option that holds; `found` what was computed or measured, `why` one sentence."""

    id: str
    text: Message
    options: tuple[Option, ...]
    right: str
    found: Message
    why: Message
    measured: bool  # by a study, else computed from traces


def nearest(value: float, among: Sequence[float]) -> float:
    """The one that `value` is nearest to by factors, not by differences: 3 is nearer to 4 than to 2."""
    return min(among, key=lambda one: abs(log2(value / one)))
