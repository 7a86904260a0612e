"""The picture as the network sees it while it learns: reduced, normalised, and in ever new crops."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from unet_core.augment import Augmentation, crops
from unet_core.config import UNetConfig
from unet_core.scale import resize, working_size
from unet_core.segment import Floats, normalise, to_channels
from unet_core.strokes import UNPAINTED
from unet_core.teach.lesson import Labels, TeachError

NORMALISATION = {"name": "percentile", "low": 1.0, "high": 99.0, "clip": [-1.0, 4.0]}  # of each colour by itself
COVERED = 0.25  # of a reduced pixel: from so much on it is stroked
SHAPES = Augmentation(flips=False, rotation=20, scale=(0.8, 1.25))  # what lies beyond the edge is mirrored
LIGHT, TINT, GRAIN = 0.1, 0.02, 0.02  # standard deviations: of gain and shift, all colours alike and each, and noise
JITTER = 7  # marks the random numbers of the colours, so that no other draws are the same


@dataclass(frozen=True, eq=False)
class View:
    """`images` float32 (1, C, h, w), normalised; `colours` likewise, in standard deviations of the picture's."""

    images: Tensor
    colours: Tensor


def view_of(pixels: NDArray[Any], config: UNetConfig, side: int) -> View:
    """The picture, float (H, W, 1 or 3), as `working_size` reduces it, in the colours that the network takes.

    Each side is rounded to one that fits the network's poolings, so that nothing has to be added at the edges.
    """
    seen = to_channels(pixels, config.in_channels, [])
    height, width = (_legal(length, config.depth) for length in working_size((pixels.shape[0], pixels.shape[1]), side))
    seen = seen if seen.shape[1:] == (height, width) else resize(seen, (height, width))
    spread = seen.std(axis=(1, 2), keepdims=True)
    colours = (seen / np.where(spread > 1e-6, spread, 1)).astype(np.float32)
    return View(_tensor(normalise(seen, NORMALISATION)), _tensor(colours))


def reduced_labels(labels: Labels, size: tuple[int, int], classes: int) -> Tensor:
    """Labels (H, W) at `size` (h, w), int64 (1, h, w): the class that covers most of a pixel, if enough of it.

    A class whose strokes are too thin for that keeps the pixels that it covers best. TeachError where a reduced
    picture has no room for two classes.
    """
    shares = np.stack([labels == number for number in range(classes)]).astype(np.float32)
    if labels.shape != size:
        shares = functional.interpolate(torch.from_numpy(shares)[None], size=size, mode="area")[0].numpy()
    enough = np.minimum(COVERED, shares.max(axis=(1, 2), keepdims=True).clip(1e-6))
    kept = np.where(shares >= enough, shares, 0)
    found = np.where(kept.max(axis=0) > 0, kept.argmax(axis=0), UNPAINTED)
    if np.unique(found[found != UNPAINTED]).size < 2:
        raise TeachError(
            "the strokes are so small that the network, which sees the picture at {height} × {width} pixels, can't "
            "tell them apart: paint broader ones", height=size[0], width=size[1],
        )  # fmt: skip
    return torch.from_numpy(found.astype(np.int64))[None]


def draw(view: View, labels: Tensor, count: int, crop: int, seed: int, step: int) -> tuple[Tensor, Tensor, Tensor]:
    """`count` crops of one step: images (B, C, h, w), labels (B, h, w) and colours (B, C, h, w).

    Turned a little, scaled, and every other step left for right, as pictures of things may be, but not upside down; for
    the network alone tinted and made grainy. From (seed, step) and nothing else.
    """
    both = torch.cat([view.images, view.colours], dim=1)
    seen, marked, _ = crops(both, labels, None, count, crop, SHAPES, seed, step, "cpu")
    if step % 2:
        seen, marked = seen.flip(-1), marked.flip(-1)
    images, colours = seen.chunk(2, dim=1)
    generator = torch.Generator().manual_seed(int(np.random.default_rng([seed, step, JITTER]).integers(2**62)))
    gain, shift = (LIGHT * torch.randn(count, 1, 1, 1, generator=generator)
                   + TINT * torch.randn(count, images.shape[1], 1, 1, generator=generator) for _ in range(2))
    grain = GRAIN * torch.randn(images.shape, generator=generator)
    return images * (1 + gain) + shift + grain, marked, colours


def _legal(side: int, depth: int) -> int:
    """The nearest multiple of 2**depth, the smaller of two equally near."""
    step: int = 2**depth
    return max(1, -(-(side - step // 2) // step)) * step


def _tensor(values: Floats) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, np.float32))[None]
