"""The crops of one training step: random places, and what a camera and a hand might have made of them.

Turned, scaled and bent crops are sampled once from the full image, so no black corner comes in and nothing is
interpolated twice; beyond the image's edge it is mirrored. The elastic deformation is that of Ronneberger et al. 2015:
random displacements on a 3 x 3 grid over the crop, Gaussian, bicubic in between. Everything comes from (seed, step)
alone, and the places are the same whatever else is switched on, so that two trainings differ in one thing only.
"""

from dataclasses import dataclass, fields

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from unet_core.ranges import RangeError, check_range

LIMITS: dict[str, tuple[float, float]] = {
    "rotation": (0, 180), "scale": (0.25, 4), "elastic": (0, 100), "gamma": (0, 3), "contrast": (0, 3),
    "brightness": (0, 2), "noise": (0, 2),
}  # fmt: skip
COARSE = 3  # displacement vectors along each side of a crop, as in the paper
SHAPE, LIGHT = 1, 2  # what else is drawn besides places, each from random numbers of its own


@dataclass(frozen=True)
class Augmentation:
    """What may happen to a crop; the default is to be flipped and transposed. Raises RangeError.

    Brightness is in normalised units, as `segment.normalise` makes them: 0 is dark, 1 is bright.
    """

    flips: bool = True  # left-right, up-down and the diagonal, each in half of the crops
    rotation: float = 0.0  # degrees at most, either way
    scale: tuple[float, float] = (1.0, 1.0)  # evenly in the log; above 1 objects look larger
    elastic: float = 0.0  # standard deviation of the displacements, in pixels of the image; the paper: 10
    gamma: float = 0.0  # exponent in 1/(1 + gamma)..1 + gamma, evenly in the log; 0 and 1 stay what they are
    contrast: float = 0.0  # factor about the crop's mean in 1/(1 + contrast)..1 + contrast, evenly in the log
    brightness: float = 0.0  # added at most, either way
    noise: float = 0.0  # largest standard deviation of the added Gaussian noise

    def __post_init__(self) -> None:
        for field in fields(self)[1:]:
            check_range(field.name, getattr(self, field.name), *LIMITS[field.name], isinstance(field.default, tuple))
        if not isinstance(self.flips, bool):
            raise RangeError("flips must be true or false, got {value}", value=self.flips)

    @property
    def reshapes(self) -> bool:
        """Whether pixels must be interpolated."""
        return bool(self.rotation or self.elastic or self.scale != (1.0, 1.0))


@dataclass(frozen=True)
class Place:
    """Where one crop comes from and how it is turned over."""

    index: int  # of the image
    top: int
    left: int
    flips: tuple[int, ...]  # axes, from the end
    transposed: bool

    def turn(self, part: Tensor) -> Tensor:
        """(..., H, W) -> the same flipped, then transposed."""
        part = part.flip(self.flips)
        return part.transpose(-2, -1) if self.transposed else part


def crops(
    images: Tensor, classes: Tensor, weights: Tensor | None, count: int, size: int, augmentation: Augmentation,
    seed: int, step: int, device: str | torch.device,
) -> tuple[Tensor, Tensor, Tensor | None]:  # fmt: skip
    """`count` crops of `size` x `size` on `device`: images (B, C, h, w), classes (B, h, w) and weights likewise.

    From float32 (N, C, H, W), int64 (N, H, W) and float32 (N, H, W) or None; a side shorter than `size` is taken
    whole. Images and weights are interpolated linearly, classes by their nearest pixel. What lies on `device` already
    is not copied there again. The same (seed, step) give the same crops on the same kind of device.
    """
    height, width = classes.shape[1:]
    window = (min(size, height), min(size, width))
    rng = np.random.default_rng([seed, step])
    places = [_place(rng, len(images), (height, width), window, augmentation.flips) for _ in range(count)]
    at = _coordinates(places, window, augmentation, seed, step, device) if augmentation.reshapes else None
    lit = _relight(_cut(images, places, window, at, "bilinear", device), augmentation, seed, step)
    truth = _cut(classes, places, window, at, "nearest", device)
    return lit, truth, None if weights is None else _cut(weights, places, window, at, "bilinear", device)


def displacements(coarse: Tensor, window: tuple[int, int]) -> Tensor:
    """Vectors (B, 2, 3, 3) on the coarse grid -> (B, 2, h, w) at every pixel, bicubic; both share their corners.

    Bicubic interpolation goes along one axis after the other, so it is two small matrix products: ten times as fast.
    """
    down, along = (_bicubic(side, coarse) for side in window)  # (h, 3), (w, 3)
    return down @ coarse @ along.mT


def _bicubic(side: int, like: Tensor) -> Tensor:
    """(side, 3): how much each of three points in a row counts at each pixel between the first and the last."""
    unit = torch.eye(COARSE, dtype=like.dtype, device=like.device)
    return functional.interpolate(unit[None, None], (side, COARSE), mode="bicubic", align_corners=True)[0, 0]


def sample(source: Tensor, at: Tensor, mode: str) -> Tensor:
    """(C, H, W) and the place (row, column) in it of each wanted pixel, (h, w, 2) -> (C, h, w), mirrored at edges."""
    sides = at.new_tensor([max(1, side - 1) for side in source.shape[-2:]])
    grid = (at * 2 / sides - 1).flip(-1)[None]  # torch wants (x, y), and -1..1 from the first pixel to the last
    values = functional.grid_sample(source[None].to(at.dtype), grid, mode, "reflection", align_corners=True)
    return values[0].to(source.dtype)


def _place(
    rng: np.random.Generator, images: int, sides: tuple[int, int], window: tuple[int, int], flips: bool
) -> Place:  # fmt: skip
    """The draws are the same with and without flips, so the crops are of the same places."""
    index = int(rng.integers(images))
    top, left = (int(rng.integers(side - part + 1)) for side, part in zip(sides, window, strict=True))
    axes = tuple(axis for axis in (-2, -1) if rng.random() < 0.5)
    transposed = bool(rng.random() < 0.5) and window[0] == window[1]
    return Place(index, top, left, axes, transposed) if flips else Place(index, top, left, (), False)


def _cut(
    source: Tensor, places: list[Place], window: tuple[int, int], at: Tensor | None, mode: str,
    device: str | torch.device,
) -> Tensor:  # fmt: skip
    """One part of `source` (N, ..., H, W) for each place: sliced, or sampled where `at` (B, h, w, 2) says."""
    if at is None:
        rows, columns = window
        parts = [source[p.index, ..., p.top : p.top + rows, p.left : p.left + columns] for p in places]
    else:
        layers = source if source.ndim == 4 else source[:, None]  # (N, C, H, W)
        sampled = [sample(layers[p.index].to(device), here, mode) for p, here in zip(places, at, strict=True)]
        parts = [part if source.ndim == 4 else part[0] for part in sampled]
    return torch.stack([place.turn(part) for place, part in zip(places, parts, strict=True)]).to(device)


def _coordinates(
    places: list[Place], window: tuple[int, int], augmentation: Augmentation, seed: int, step: int,
    device: str | torch.device,
) -> Tensor:  # fmt: skip
    """The (row, column) in its image of every pixel of every crop, float32 (B, h, w, 2)."""
    rng, count = np.random.default_rng([seed, step, SHAPE]), len(places)
    angles = np.radians(augmentation.rotation) * rng.uniform(-1, 1, count)
    smallest, largest = np.log(augmentation.scale)
    scales = np.exp(rng.uniform(smallest, largest, count))
    coarse = augmentation.elastic * rng.standard_normal((count, 2, COARSE, COARSE))
    middle = np.array([(side - 1) / 2 for side in window])
    centres = np.array([(place.top, place.left) for place in places]) + middle
    rows, columns = (torch.arange(side, device=device) - half for side, half in zip(window, middle, strict=True))
    offsets = torch.stack(torch.meshgrid(rows, columns, indexing="ij"), dim=-1).float()  # (h, w, 2) from the middle
    at = offsets @ _tensor(turns(angles, scales), device)[:, None].mT + _tensor(centres, device)[:, None, None]
    if augmentation.elastic:
        at = at + displacements(_tensor(coarse, device), window).movedim(1, -1)
    return at


def turns(angles: NDArray[np.float64], scales: NDArray[np.float64]) -> NDArray[np.float64]:
    """Matrices (B, 2, 2) from an offset (row, column) in a crop to one in its image; angles in radians."""
    sine, cosine = np.sin(angles), np.cos(angles)
    matrices: NDArray[np.float64] = np.array([[cosine, sine], [-sine, cosine]]).transpose(2, 0, 1)
    return matrices / scales[:, None, None]


def _tensor(values: NDArray[np.float64], device: str | torch.device) -> Tensor:
    return torch.from_numpy(values).to(device, torch.float32)


def _relight(images: Tensor, augmentation: Augmentation, seed: int, step: int) -> Tensor:
    """Gamma, contrast, brightness and noise, each crop (C, h, w) by draws of its own, its channels alike."""
    rng = np.random.default_rng([seed, step, LIGHT])
    bent, stretched, shifted, noisy = (_tensor(rng.uniform(low, 1, (len(images), 1, 1, 1)), images.device)
                                       for low in (-1, -1, -1, 0))  # fmt: skip
    if augmentation.gamma:  # as if the camera had another curve and the image were then normalised as before
        exponents = (1 + augmentation.gamma) ** bent
        images = images.clamp(min=0) ** exponents + images.clamp(max=0)
    if augmentation.contrast:
        mean = images.mean(dim=(1, 2, 3), keepdim=True)
        images = mean + (images - mean) * (1 + augmentation.contrast) ** stretched
    if augmentation.brightness:
        images = images + augmentation.brightness * shifted
    if augmentation.noise:
        generator = torch.Generator(images.device).manual_seed(int(rng.integers(2**62)))
        noise = torch.randn(images.shape, generator=generator, device=images.device)
        images = images + augmentation.noise * noisy * noise
    return images
