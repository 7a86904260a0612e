"""What a network costs as a comparison counts it: parameters, work, memory, length, and how far it sees."""

from collections.abc import Callable
from dataclasses import dataclass

from unet_core.config import UNetConfig
from unet_core.costs import fullest
from unet_core.receptive_field import receptive_field
from unet_core.sizes import closest_legal
from unet_core.trace import Trace, trace

CONVOLUTIONS = ("conv", "upconv", "head")  # kinds of rows
WIDE = 2048  # pixels: of the input in which a receptive field is looked up, so that its edge cuts nothing off


@dataclass(frozen=True)
class Cost:
    """Of one network and one image in float32. `in_use` are the bytes of feature maps at the fullest moment of a run,
    `kept` of all of them, as training keeps them. `longest` and `shortest` count the convolutions that a value passes
    on its way from the image to the mask. `field` is the side in pixels of what the mask's middle pixel sees, None
    where that is more than WIDE."""

    parameters: int
    macs: int
    in_use: int
    kept: int
    convolutions: int
    layers: int
    longest: int
    shortest: int
    field: int | None


def cost(run: Trace) -> Cost:
    """Of a traced UNetConfig."""
    assert run.config is not None
    longest, shortest = _path(run, max), _path(run, min)
    return Cost(
        run.params, run.macs, fullest(run).bytes, run.bytes, sum(row.kind in CONVOLUTIONS for row in run.rows),
        len(run.rows) - 1, longest, shortest, _field(run.config),
    )  # fmt: skip


def _path(run: Trace, choose: Callable[[list[int]], int]) -> int:
    passed: dict[str, int] = {}
    for row in run.rows:
        sources = row.inputs[:1] if row.kind == "crop" else row.inputs
        before = choose([passed[name] for name in sources]) if sources else 0
        passed[row.name] = before + (row.kind in CONVOLUTIONS)
    return choose([passed[name] for name in run.outputs])


def _field(config: UNetConfig) -> int | None:
    """Along one axis; the other is the same."""
    side = closest_legal(config, WIDE)
    run = trace(config, (side, side))
    _, height, width = run[run.outputs[-1]].out_shape
    box = receptive_field(run, run.outputs[-1], (height // 2, width // 2))
    whole = box.top == 0 or box.bottom == side
    return None if whole else box.height
