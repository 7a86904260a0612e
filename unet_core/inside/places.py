"""Where the values of a feature map lie on the image, and which of them covers a given pixel."""

from dataclasses import dataclass
from math import floor

from unet_core.config import UNetConfig
from unet_core.sizes import lost_pixels
from unet_core.trace import LayerRow, Trace


@dataclass(frozen=True)
class Place:
    """The value at (i, j) of a map stands for the pixels from (top + i * stride, left + j * stride) on, `stride` x
    `stride` of them. Pixels are those of the image as the network saw it; a map may begin before it or inside it.
    """

    stride: int
    top: float
    left: float

    def cell(self, row: int, column: int, shape: tuple[int, ...]) -> tuple[int, int] | None:
        """The (i, j) of a map of `shape` (.., h, w) that covers a pixel; None where the map does not reach."""
        i = floor((row + 0.5 - self.top) / self.stride)
        j = floor((column + 0.5 - self.left) / self.stride)
        return (i, j) if 0 <= i < shape[-2] and 0 <= j < shape[-1] else None


def carried(row: int, column: int, whole: tuple[int, int], size: tuple[int, int]) -> tuple[int, int]:
    """A pixel of an image of `whole` (height, width) -> the pixel that shows the same at `size`."""
    return row * size[0] // whole[0], column * size[1] // whole[1]


def places(traced: Trace, config: UNetConfig) -> dict[str, Place]:
    """The place of every row.

    With same padding every map begins where the image does. Valid convolutions take off as much at both ends, so a map
    lies centred over what it was computed from.
    """
    start = -(lost_pixels(config) // 2)  # the input begins with the edge that `prepare` mirrors
    found: dict[str, Place] = {}
    for row in traced.rows:
        stride = 2 ** (row.node[0] if row.node else 0)
        if not row.inputs or config.padding == "same":
            found[row.name] = Place(stride, start, start)
            continue
        before = found[row.inputs[0]]
        down, across = _moved(row, before.stride)
        found[row.name] = Place(stride, before.top + down, before.left + across)
    return found


def _moved(row: LayerRow, stride: int) -> tuple[float, float]:
    """By how many pixels a layer's map begins further inside than its input's."""
    if row.kind == "crop":
        offsets = [(a - b) // 2 for a, b in zip(row.in_shapes[0][-2:], row.out_shape[-2:], strict=True)]
        return offsets[0] * stride, offsets[1] * stride
    if row.kind in ("conv", "head") and row.window is not None:
        height, width = row.window.kernel
        return (height - 1) / 2 * stride, (width - 1) / 2 * stride
    return 0.0, 0.0  # poolings and up-samplings change the stride and nothing else
