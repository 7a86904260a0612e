"""How far around a tile a network looks: what has to be cut along with it, so that no seam is left.

Found by walking the trace backwards from the output, not by a formula: so bilinear up-sampling, even kernels and every
wiring of U-Net++ are counted as they are.
"""

from dataclasses import dataclass
from functools import cache

from unet_core.config import UNetConfig
from unet_core.messages import ExplainedError
from unet_core.receptive_field import receptive_field
from unet_core.segment import MAX_SIDE
from unet_core.sizes import closest_legal, output_side, smallest_legal
from unet_core.trace import trace

SIDE = 16_384  # pixels, about: the widest network that a UNetConfig allows looks 3,120 pixels far


class TileError(ExplainedError):
    """A network whose mask can't be put together from tiles, or tiles that can't be cut."""


@dataclass(frozen=True)
class Halo:
    """Input pixels that a tile needs before its first and behind its last row or column.

    With valid convolutions: beyond those that the network takes off anyway. `before` is a multiple of 2**depth, so
    that a tile begins where a pooling of the whole image begins too; behind it the next legal side does.
    """

    before: int
    after: int


def tileable(config: UNetConfig) -> bool:
    """False for a norm that looks at the whole image."""
    return config.norm not in ("group", "instance")


def check_tileable(config: UNetConfig) -> None:
    """Raise TileError where more than one tile would change the mask."""
    if not tileable(config):
        raise TileError(
            "an image for a network with {norm} norm can't be cut into tiles: the network normalises by the mean and "
            "the variance of the whole image, and a tile has others. Reduce the image to at most {side} pixels a side, "
            "or take a network with batch norm",
            norm=config.norm, side=MAX_SIDE,
        )  # fmt: skip


@cache
def halo(config: UNetConfig) -> Halo:
    """Of tiles whose stride is a multiple of 2**depth.

    Only the first and the last row of a tile matter: no row between them looks further than they do.
    """
    side, step = closest_legal(config, SIDE), 2**config.depth
    traced = trace(config, (side, smallest_legal(config)))
    rows = output_side(config, side)
    first = rows // 2 // step * step
    last = first + step - 1
    tops, bottoms = [], []
    for name in traced.outputs:  # several with deep supervision; valid ones are cropped to the smallest, centred
        cropped = (traced[name].out_shape[-2] - rows) // 2
        tops.append(receptive_field(traced, name, (first + cropped, 0)).top)
        bottoms.append(receptive_field(traced, name, (last + cropped, 0)).bottom)
    assert min(tops) > 0 and max(bottoms) < side  # else the image's edge would have cut the field
    before, after = max(0, first - min(tops)), max(0, max(bottoms) - (last + 1) - (side - rows))
    return Halo(-(-before // step) * step, after)
