"""For choices that make no network: the nearest ones that do.

Nearest means: what is no choice at all becomes the nearest legal one, and then as few other choices as possible change,
each as little as possible. Choices that someone has just made (`keep`) stay wherever a network with them exists.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import fields
from itertools import combinations
from typing import Any

from unet_core.config import CHOICES, GROUPS, LIMITS, ConfigError, UNetConfig

Choices = dict[str, Any]


def nearest_config(data: Mapping[str, object], keep: frozenset[str] = frozenset()) -> UNetConfig:
    """The nearest network to the fields in `data`; a missing field takes its default, an unknown one is left out."""
    wanted = _each_legal(data)
    for kept in (keep, frozenset[str]()):
        moves = [move for move in _moves(wanted) if not kept & move.keys()]
        for many in range(3):
            for some in combinations(moves, many):
                with suppress(ConfigError):
                    return UNetConfig(**{**wanted, **{name: value for move in some for name, value in move.items()}})
    raise AssertionError("two steps lead from any legal fields to a network")  # a test walks all of them


def _each_legal(data: Mapping[str, object]) -> Choices:
    """Every field by itself as it could stand in some network."""
    legal: Choices = {}
    for field in fields(UNetConfig):
        value = data.get(field.name, field.default)
        if field.name in CHOICES:
            value = value if value in CHOICES[field.name] else field.default
        elif field.name in LIMITS:
            value = _clamped(field.name, value, field.default)
        elif field.name == "deep_supervision":
            value = value if isinstance(value, bool) else field.default
        legal[field.name] = value
    legal["skip_levels"] = _levels(legal["skip_levels"], legal["depth"])
    return legal


def _clamped(name: str, value: object, default: object) -> object:
    low, high = LIMITS[name]
    if value is None and default is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
        return default
    inside = min(max(value, low), high)
    return inside if name in ("growth", "dropout") else round(inside)


def _levels(levels: object, depth: int) -> tuple[int, ...] | None:
    """Those of the levels that the depth has."""
    if not isinstance(levels, (tuple, list, set, frozenset)):
        return None
    return tuple(level for level in levels if type(level) is int and 0 <= level < depth)


def _moves(wanted: Choices) -> Iterator[Choices]:
    """Steps away from `wanted`, the smallest first; only those that one of UNetConfig's rules can ask for."""
    nested = wanted["architecture"] != "unet"
    if wanted["deep_supervision"] != nested:
        yield {"deep_supervision": nested}
    if wanted["norm"] == "group":
        yield from ({"max_channels": value} for value in _multiples(wanted["max_channels"], LIMITS["max_channels"]))
        yield from ({"base_channels": value} for value in _multiples(wanted["base_channels"], LIMITS["base_channels"]))
        yield from ({"growth": value} for value in (float(round(wanted["growth"])), 2.0))
        yield {"norm": "batch"}
    if nested and wanted["padding"] == "valid":
        yield from ({"kernel_size": wanted["kernel_size"] + step} for step in (-1, 1))
        yield {"padding": "same"}
    if nested:
        yield {"architecture": "unet", **({"deep_supervision": False} if wanted["deep_supervision"] else {})}


def _multiples(value: int | None, limits: tuple[float, float]) -> list[int]:
    """Multiples of GROUPS within the limits, the nearest first, the larger of two equally near."""
    if value is None:
        return []
    low, high = (int(limit) // GROUPS * GROUPS for limit in limits)
    around = value // GROUPS * GROUPS
    near = {min(max(around + GROUPS * step, low or GROUPS), high) for step in range(-2, 4)}
    return sorted(near, key=lambda multiple: (abs(multiple - value), -multiple))
