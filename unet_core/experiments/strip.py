"""What of a poke is shown: one map for each block, and of each the part that lies over the same piece of the image."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, floor

from unet_core.experiments.poke import Poke, Ripple
from unet_core.inside.features import INPUT
from unet_core.receptive_field import Box
from unet_core.segment import Floats

MARGIN = 0.15  # of the box's sides, shown around it


@dataclass(frozen=True, eq=False)
class Piece:
    """The cells of a map over a piece of the image: `difference` float32 (h, w), and in these cells the `box`."""

    difference: Floats
    box: Box


def blocks(ripples: Mapping[str, Ripple]) -> list[str]:
    """Of each node of the network the last feature map, in the order of the run, the input first; heads left out."""
    last = {ripple.node: row for row, ripple in ripples.items() if ripple.kind == "map"}
    return [INPUT, *sorted(last.values(), key=list(ripples).index)]


def heads(ripples: Mapping[str, Ripple]) -> list[str]:
    """The rows that the mask is made of."""
    return [row for row, ripple in ripples.items() if ripple.kind == "head"]


def mask_box(of: Poke) -> Box:
    """The pixels of the image, as the network saw it, whose mask can change through any head."""
    return _around([_on_image(of.ripples[row]) for row in heads(of.ripples)])


def piece_of(of: Poke, size: tuple[int, int]) -> Box:
    """The piece of an image of `size` that is shown: what can change and a little around it, on the grid of the
    coarsest map, so that no cell is cut. All of the image where a norm hands every change on to all of it.
    """
    whole = Box(0, 0, *size)
    if not of.exact:
        return whole
    reached = _around([_on_image(ripple) for ripple in of.ripples.values()])
    step = max(ripple.place.stride for ripple in of.ripples.values())
    more = ceil(MARGIN * max(reached.height, reached.width))
    return Box(
        max(0, floor((reached.top - more) / step) * step), max(0, floor((reached.left - more) / step) * step),
        min(size[0], ceil((reached.bottom + more) / step) * step),
        min(size[1], ceil((reached.right + more) / step) * step),
    )  # fmt: skip


def cut(ripple: Ripple, piece: Box) -> Piece:
    """A block's difference over a piece of the image: every cell that covers some of it."""
    place, (height, width) = ripple.place, ripple.difference.shape
    top = max(0, floor((piece.top - place.top) / place.stride))
    left = max(0, floor((piece.left - place.left) / place.stride))
    bottom = min(height, ceil((piece.bottom - place.top) / place.stride))
    right = min(width, ceil((piece.right - place.left) / place.stride))
    box = ripple.box
    return Piece(ripple.difference[top:bottom, left:right].copy(),
                 Box(box.top - top, box.left - left, box.bottom - top, box.right - left))  # fmt: skip


def outside(of: Poke) -> float:
    """The largest change outside of its box of all feature maps."""
    return max(ripple.outside for ripple in of.ripples.values())


def _on_image(ripple: Ripple) -> Box:
    """The pixels that the cells of a box lie over."""
    place, box = ripple.place, ripple.box
    return Box(
        floor(place.top + box.top * place.stride), floor(place.left + box.left * place.stride),
        ceil(place.top + box.bottom * place.stride), ceil(place.left + box.right * place.stride),
    )  # fmt: skip


def _around(boxes: list[Box]) -> Box:
    boxes = [box for box in boxes if box.height and box.width]  # an empty one lies nowhere
    if not boxes:
        return Box(0, 0, 1, 1)
    return Box(min(box.top for box in boxes), min(box.left for box in boxes), max(box.bottom for box in boxes),
               max(box.right for box in boxes))  # fmt: skip
