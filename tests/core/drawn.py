"""Many drawings of every kind, and brute-force geometry of our own to judge them by."""

from functools import cache
from itertools import pairwise

from tests.core.sweep import sweep, traced
from unet_core.config import UNetConfig
from unet_core.diagram import Arrow, Diagram, diagram
from unet_core.sizes import closest_legal
from unet_core.trace import Trace, trace

Place = tuple[float, float, float, float]
Drawn = tuple[UNetConfig, Trace, Diagram]


@cache
def grid() -> tuple[tuple[UNetConfig, Trace], ...]:
    """Both architectures, shallow and deep: few and many channels, one, two and four convolutions."""
    shapes = [
        {"kernel_size": 3, "convs_per_block": 2, "padding": "same", "base_channels": 128},
        {"kernel_size": 3, "convs_per_block": 2, "padding": "valid", "base_channels": 4},
        {"kernel_size": 3, "convs_per_block": 4, "padding": "same", "base_channels": 64},
        {"kernel_size": 9, "convs_per_block": 1, "padding": "valid", "base_channels": 1},
    ]
    configs = [
        UNetConfig(architecture, depth=depth, deep_supervision=architecture != "unet" and index < 3, **shape)
        for depth in (1, 5, 6)
        for index, shape in enumerate(shapes)
        for architecture in ("unet", "unet++")
    ]
    sides = [(closest_legal(config, 572), closest_legal(config, 572)) for config in configs]
    return tuple((config, trace(config, size)) for config, size in zip(configs, sides, strict=True))


@cache
def drawn(view: str) -> list[Drawn]:
    """Drawings of more than 200 networks, made once."""
    cases = [*((config, traced(config)) for config in sweep()), *grid()]
    return [(config, run, diagram(run, view=view)) for config, run in cases]


def overlap(one: Place, other: Place, slack: float = 0.0) -> bool:
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return across > slack and down > slack


def strokes_through(sheet: Diagram, place: Place) -> list[Arrow]:
    """The arrows that have a point inside the place, looked for step by step along every line."""
    x, y, width, height = place
    found = []
    for arrow in sheet.arrows:
        for (x1, y1), (x2, y2) in pairwise(arrow.points):
            if max(x1, x2) < x or min(x1, x2) > x + width or max(y1, y2) < y or min(y1, y2) > y + height:
                continue
            steps = int(max(abs(x2 - x1), abs(y2 - y1))) + 1
            points = ((x1 + (x2 - x1) * step / steps, y1 + (y2 - y1) * step / steps) for step in range(steps + 1))
            if any(x < px < x + width and y < py < y + height for px, py in points):
                found.append(arrow)
                break
    return found
