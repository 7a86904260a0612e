"""Receptive field: what a pixel of the mask can see of the image, and what it does look at.

The theoretical field is the box of all pixels that are wired to it. The effective field (Luo et al. 2016) is how much
each of them counts: the size of the gradient. It is smaller, and strongest in the middle.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from unet_core.config import UNetConfig
from unet_core.inside.subject import Subject
from unet_core.models import mean_of_heads
from unet_core.receptive_field import Box, receptive_fields
from unet_core.segment import Floats
from unet_core.sizes import lost_pixels, nearest_legal
from unet_core.tiles.halo import tileable


@dataclass(frozen=True, eq=False)
class Field:
    """The field of the mask's pixel at `pixel`. All pixels are those of the image as the network saw it.

    `box` is the theoretical field; it may begin before the image or end behind it, in edges that were mirrored.
    `influence` is float32 (h, w) over the image, for each pixel the sum over its channels of the absolute gradient of
    the foreground's logit with respect to the normalised input. `inside` is the share of all influence that lies in the
    box: 1, unless the network is not `exact`, with a norm that measures the whole image. `mirrored` is the share on
    edges that were mirrored. `radius_50` and `radius_95` are the smallest r with which the square from pixel - r to
    pixel + r holds that share. `feeds` is for every drawn feature map the box of its cells that reach the pixel, of the
    map before it was cut, and `cells` the one cell that covers it.
    """

    pixel: tuple[int, int]
    box: Box
    influence: Floats
    inside: float
    mirrored: float
    radius_50: int
    radius_95: int
    feeds: Mapping[str, Box]
    cells: Mapping[str, tuple[int, int] | None]
    exact: bool

    @property
    def side(self) -> int:
        """The longer side of the box in pixels."""
        return max(self.box.height, self.box.width)


def field_of(of: Subject, row: int, column: int) -> Field:
    """The field of a pixel of the mask, given by its place on the image as it came. ExplainedError outside of it."""
    y, x = of.seen(row, column)
    feeds = _feeds(of, y, x)
    box, margin = feeds["input"], lost_pixels(of.config) // 2
    influence = _influence(of, y, x, box)
    centre = y + margin, x + margin
    seen = slice(margin, margin + of.size[0]), slice(margin, margin + of.size[1])
    inner = slice(box.top, box.bottom), slice(box.left, box.right)
    return Field(
        pixel=(y, x),
        box=Box(box.top - margin, box.left - margin, box.bottom - margin, box.right - margin),
        influence=influence[seen].copy(),
        inside=1 - _outside(influence, inner),
        mirrored=_outside(influence, seen),
        radius_50=radius(influence, centre, 0.5),
        radius_95=radius(influence, centre, 0.95),
        feeds={name: reached for name, reached in feeds.items() if name in of.drawn},
        cells={name: of.places[name].cell(y, x, drawn.out_shape) for name, (_, drawn) in of.drawn.items()},
        exact=tileable(of.config),
    )


def radius(influence: Floats, centre: tuple[int, int], share: float) -> int:
    """The smallest r so that the rows and columns from centre - r to centre + r hold `share` of all of (H, W)."""
    rows, columns = (np.abs(np.arange(side) - middle) for side, middle in zip(influence.shape, centre, strict=True))
    rings = np.maximum(rows[:, None], columns[None, :])
    held = np.bincount(rings.ravel(), weights=influence.ravel().astype(np.float64)).cumsum()
    return int(np.searchsorted(held, share * held[-1]))


def _feeds(of: Subject, y: int, x: int) -> dict[str, Box]:
    """Of every row the box of what reaches the pixel through any head; the mask is the mean of all heads."""
    found: dict[str, Box] = {}
    sides = [of.traced[name].out_shape[-2:] for name in of.traced.outputs]
    smallest = min(side[0] for side in sides), min(side[1] for side in sides)
    for name, (height, width) in zip(of.traced.outputs, sides, strict=True):
        position = y + (height - smallest[0]) // 2, x + (width - smallest[1]) // 2
        for row, box in receptive_fields(of.traced, name, position).items():
            found[row] = _around(found[row], box) if row in found else box
    return found


def _around(one: Box, other: Box) -> Box:
    return Box(min(one.top, other.top), min(one.left, other.left), max(one.bottom, other.bottom),
               max(one.right, other.right))  # fmt: skip


def _outside(influence: Floats, part: tuple[slice, slice]) -> float:
    """The share of all influence that lies elsewhere; 0 where there is none at all, as of a unit that is never on."""
    rest = influence.copy()
    rest[part] = 0
    return float(rest.sum(dtype=np.float64) / max(influence.sum(dtype=np.float64), 1e-300))


def _influence(of: Subject, y: int, x: int, box: Box) -> Floats:
    """(H, W) over the network's whole input, mirrored edges among it.

    Only a window around the box is run, cut on the grid of the poolings: what reaches the pixel is the same in it. A
    norm that measures the whole image needs the whole image.
    """
    whole = of.prepared.tensor
    height, width = whole.shape[-2:]
    if tileable(of.config):
        rows, columns = (
            _span(of.config, y, box.top, box.bottom, height),
            _span(of.config, x, box.left, box.right, width),
        )
    else:
        rows, columns = slice(0, height), slice(0, width)
    with torch.inference_mode(False), torch.enable_grad():
        part = whole[..., rows, columns].to(of.device).detach().clone().requires_grad_()
        logits = mean_of_heads(of.network(part))[0, :, y - rows.start, x - columns.start]
        (gradient,) = torch.autograd.grad(_logit(logits), part)
    influence = np.zeros((height, width), np.float32)
    influence[rows, columns] = gradient[0].abs().sum(dim=0).cpu().numpy()
    return influence


def _span(config: UNetConfig, position: int, begin: int, end: int, whole: int) -> slice:
    """A legal window along one axis that holds begin .. end and whose mask holds the position."""
    step = 2**config.depth
    start = min(begin, position) // step * step
    side = nearest_legal(config, max(end, position + 1 + lost_pixels(config)) - start)[1]
    start = min(start, whole - side)  # legal sides differ by multiples of 2**depth
    return slice(start, start + side)


def _logit(logits: Tensor) -> Tensor:
    """log(p / (1 - p)) of the foreground's probability p, of the (classes,) logits of one pixel."""
    return logits[0] if len(logits) == 1 else logits[1:].logsumexp(dim=0) - logits[0]
