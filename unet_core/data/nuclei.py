"""Synthetic fluorescence nuclei with exact instance masks, drawn from general knowledge of microscopy alone.

Perturbed ellipses, alone and in clumps, each with a brightness and texture of its own, among them a few small, bright
mitoses. Then the microscope: blur, haze, uneven background, vignetting, photon (Poisson) and read noise, a dark
exposure, 8 bits. No real image was looked at, measured or fitted to choose these numbers.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from unet_core.messages import ExplainedError

Floats = NDArray[np.float32]
Range = tuple[float, float]
HARMONICS = np.arange(2, 7)  # of the outline: 2 waves around it to 6
DEBRIS_BLUR = 1.0  # pixels: specks are about as large as a point of light
ATTEMPTS = 12  # tries per nucleus that fits, before an image is called full


class KnobError(ExplainedError):
    """A knob of the generator outside its range."""


@dataclass(frozen=True)
class Knobs:
    """Every choice of the generator. A pair is a range from which each image draws, evenly unless said otherwise.

    Lengths are in pixels; brightness is relative to a typical nucleus of the image. Raises KnobError.
    """

    height: int = 256
    width: int = 256
    radius: Range = (5.0, 20.0)  # shortest and longest semi-axis; an image's typical one is drawn evenly in the log
    radius_spread: Range = (0.08, 0.28)  # of the sizes within one image, standard deviation of the log
    elongation: Range = (1.0, 1.9)  # long over short axis; short ones are more frequent
    roughness: Range = (0.0, 0.10)  # how far an outline strays from its ellipse, as a share of the radius
    coverage: Range = (0.02, 0.40)  # share of the image under nuclei
    empty: float = 0.02  # probability of an image without any
    clumping: Range = (0.0, 0.85)  # probability that a nucleus lies against an earlier one
    overlap: float = 0.12  # largest share of a nucleus that may lie under others
    brightness_spread: Range = (0.02, 0.60)  # standard deviation of the log; small values make equally bright clumps
    mitotic: float = 0.04  # probability that a nucleus is in mitosis: small, irregular, bright
    mitotic_size: Range = (0.50, 0.75)
    mitotic_roughness: Range = (0.12, 0.25)
    mitotic_gain: Range = (1.8, 4.5)
    texture: Range = (0.03, 0.30)  # standard deviation of the chromatin's brightness
    texture_scale: Range = (0.8, 4.0)
    nucleoli: tuple[int, int] = (0, 4)  # dark spots in each nucleus
    nucleolus_depth: Range = (0.1, 0.5)
    dome: Range = (0.0, 0.5)  # how much dimmer a thin edge is than the middle
    blur: Range = (0.5, 2.5)  # sigma of the point spread
    haze: Range = (0.0, 0.30)  # share of the light that comes from out of focus
    haze_scale: Range = (6.0, 25.0)
    background: Range = (0.01, 0.35)  # evenly in the log
    unevenness: Range = (0.0, 0.6)  # of the background, as a share of it
    vignette: Range = (0.0, 0.35)  # light lost in the corners
    debris: tuple[int, int] = (0, 5)  # bright specks that are no nuclei
    photons: Range = (15.0, 600.0)  # of a typical nucleus, per pixel; evenly in the log
    read_noise: Range = (0.5, 5.0)  # standard deviation, in photons
    exposure: Range = (0.06, 0.70)  # grey value of a typical nucleus where white is 1; evenly in the log
    offset: Range = (0.0, 0.06)  # grey value of black
    bits: int = 8

    def __post_init__(self) -> None:
        for field in fields(self):
            _check(field.name, getattr(self, field.name), *LIMITS[field.name], pair=isinstance(field.default, tuple))


LIMITS: dict[str, tuple[float, float]] = {
    "height": (16, 2048), "width": (16, 2048), "radius": (2, 100), "radius_spread": (0, 1), "elongation": (1, 4),
    "roughness": (0, 0.4), "coverage": (0, 0.6), "empty": (0, 1), "clumping": (0, 1), "overlap": (0, 0.9),
    "brightness_spread": (0, 2), "mitotic": (0, 1), "mitotic_size": (0.2, 1), "mitotic_roughness": (0, 0.4),
    "mitotic_gain": (1, 20), "texture": (0, 1), "texture_scale": (0.3, 20), "nucleoli": (0, 20),
    "nucleolus_depth": (0, 1), "dome": (0, 1), "blur": (0, 10), "haze": (0, 1), "haze_scale": (1, 200),
    "background": (1e-4, 5), "unevenness": (0, 1), "vignette": (0, 0.9), "debris": (0, 100), "photons": (1, 1e6),
    "read_noise": (0, 1000), "exposure": (0.001, 1), "offset": (0, 0.5), "bits": (4, 16),
}  # fmt: skip


@dataclass(frozen=True)
class Sample:
    """One image and its truth: `image` float32 (H, W) in 0..1, `instances` int32 (H, W), 0 = background."""

    image: Floats
    instances: NDArray[np.int32]

    @property
    def mask(self) -> NDArray[np.bool_]:
        """Where there is a nucleus, (H, W)."""
        return self.instances > 0

def _check(name: str, value: object, low: float, high: float, pair: bool) -> None:
    numbers = value if isinstance(value, tuple) else (value,)
    numeric = all(isinstance(number, (int, float)) and not isinstance(number, bool) for number in numbers)
    if len(numbers) == (2 if pair else 1) and numeric and low <= numbers[0] <= numbers[-1] <= high:
        return
    kind = "an ascending pair of numbers" if pair else "a number"
    raise KnobError("{name} must be {kind} in {low}..{high}, got {value}", name=name, kind=kind, low=low, high=high,
                    value=value)  # fmt: skip


DEFAULTS = Knobs()


def generate(seed: int, index: int, knobs: Knobs = DEFAULTS) -> Sample:
    """Image number `index` of the set `seed`, the same every time and in any order. Both whole numbers from 0."""
    if seed < 0 or index < 0:
        raise KnobError("seed and index must not be negative, got {seed} and {index}", seed=seed, index=index)
    rng = np.random.default_rng([seed, index])
    light, instances = _nuclei(rng, knobs)
    return Sample(_photograph(rng, light, knobs), instances)


def generate_set(seed: int, count: int, knobs: Knobs = DEFAULTS) -> list[Sample]:
    """The first `count` images of the set `seed`."""
    return [generate(seed, index, knobs) for index in range(count)]


def digest(samples: Iterable[Sample]) -> str:
    """SHA-256 over images, in 16 bits, and instances: a set's fingerprint for a model card."""
    total = hashlib.sha256()
    for sample in samples:
        total.update(np.round(sample.image * 65535).astype("<u2").tobytes())
        total.update(sample.instances.astype("<i4").tobytes())
    return total.hexdigest()


def object_diameter(samples: Iterable[Sample]) -> float:
    """Median diameter in pixels of all nuclei: of the circle with the nucleus' visible area."""
    areas = [np.bincount(sample.instances.ravel())[1:] for sample in samples]
    return float(np.median(2 * np.sqrt(np.concatenate(areas) / np.pi)))


def _nuclei(rng: np.random.Generator, knobs: Knobs) -> tuple[Floats, NDArray[np.int32]]:
    """The light of the nuclei before the microscope, and which nucleus each pixel belongs to."""
    instances = np.zeros((knobs.height, knobs.width), np.int32)
    light = np.zeros(instances.shape, np.float32)
    typical = _draw_log(rng, (knobs.radius[0] * 1.2, knobs.radius[1] / 1.2))
    spread, clumping = rng.uniform(*knobs.radius_spread), rng.uniform(*knobs.clumping)
    brightness_spread, dome = rng.uniform(*knobs.brightness_spread), rng.uniform(*knobs.dome)
    area = 0.0 if rng.random() < knobs.empty else rng.uniform(*knobs.coverage) * instances.size
    limit = max(1, int(ATTEMPTS * area / (np.pi * typical**2)))
    placed: list[tuple[float, float, float]] = []  # (row, column, radius)
    covered = 0
    for _ in range(limit if area else 0):
        mitotic = rng.random() < knobs.mitotic
        radius = typical * np.exp(rng.normal(0, spread)) * (rng.uniform(*knobs.mitotic_size) if mitotic else 1)
        centre = _centre(rng, placed, radius, clumping, instances.shape)
        rows, columns, depth = _outline(rng, centre, radius, mitotic, instances.shape, knobs)
        visible = (depth > 0) & (instances[rows, columns] == 0)
        if visible.sum() < max(8, (1 - knobs.overlap) * (depth > 0).sum()):
            continue
        placed.append((*centre, radius))
        gain = np.exp(rng.normal(0, brightness_spread)) * (rng.uniform(*knobs.mitotic_gain) if mitotic else 1)
        profile = gain * (1 - dome * (1 - np.minimum(1, 2 * depth))) * _nucleoli(rng, depth, radius, knobs)
        light[rows, columns] += np.where(depth > 0, profile, 0)  # where nuclei overlap, their light adds up
        instances[rows, columns][visible] = len(placed)
        covered += int(visible.sum())
        if covered >= area:
            break
    return light * _texture(rng, instances.shape, knobs), instances


def _centre(
    rng: np.random.Generator, placed: list[tuple[float, float, float]], radius: float, clumping: float,
    shape: tuple[int, int],
) -> tuple[float, float]:  # fmt: skip
    """Against an earlier nucleus or anywhere, edges of the image included."""
    if placed and rng.random() < clumping:
        row, column, other = placed[rng.integers(len(placed))]
        angle, distance = rng.uniform(0, 2 * np.pi), (radius + other) * rng.uniform(0.75, 1.1)
        return row + distance * np.sin(angle), column + distance * np.cos(angle)
    return rng.uniform(-0.5 * radius, shape[0] + 0.5 * radius), rng.uniform(-0.5 * radius, shape[1] + 0.5 * radius)


def _outline(
    rng: np.random.Generator, centre: tuple[float, float], radius: float, mitotic: bool, shape: tuple[int, int],
    knobs: Knobs,
) -> tuple[slice, slice, Floats]:  # fmt: skip
    """The window around a nucleus, and its depth there: 1 in the middle, 0 on the outline, negative outside."""
    ratio = 1 + (knobs.elongation[1] - 1) * rng.beta(1.3, 2.5)
    ratio = max(ratio, knobs.elongation[0])
    long, short = np.clip([radius * ratio**0.5, radius / ratio**0.5], *knobs.radius)
    if mitotic:  # their size is a share of their neighbours', so the range of semi-axes does not hold
        long, short = radius * ratio**0.5, radius / ratio**0.5
    reach = 1.5 * long
    rows = slice(max(0, int(centre[0] - reach)), max(0, min(shape[0], int(centre[0] + reach) + 2)))
    columns = slice(max(0, int(centre[1] - reach)), max(0, min(shape[1], int(centre[1] + reach) + 2)))
    y, x = np.ogrid[rows, columns]
    turn = rng.uniform(0, np.pi)
    along = (x - centre[1]) * np.cos(turn) + (y - centre[0]) * np.sin(turn)
    across = (y - centre[0]) * np.cos(turn) - (x - centre[1]) * np.sin(turn)
    angle = np.arctan2(across / short, along / long)
    roughness = rng.uniform(*(knobs.mitotic_roughness if mitotic else knobs.roughness))
    waves = roughness * rng.normal(size=HARMONICS.size) * 2 / HARMONICS
    phases = rng.uniform(0, 2 * np.pi, HARMONICS.size)
    edge = 1 + sum(wave * np.cos(k * angle + phase) for wave, k, phase in zip(waves, HARMONICS, phases, strict=True))
    depth: Floats = (1 - np.hypot(along / long, across / short) / np.clip(edge, 0.5, 1.45)).astype(np.float32)
    return rows, columns, depth


def _nucleoli(rng: np.random.Generator, depth: Floats, radius: float, knobs: Knobs) -> Floats:
    """A factor below 1 in a few round spots."""
    factor = np.ones_like(depth)
    y, x = np.ogrid[: depth.shape[0], : depth.shape[1]]
    for _ in range(rng.integers(knobs.nucleoli[0], knobs.nucleoli[1] + 1)):
        row, column = rng.uniform(0.25, 0.75, 2) * depth.shape
        width = radius * rng.uniform(0.08, 0.22)
        spot = np.exp(-((y - row) ** 2 + (x - column) ** 2) / (2 * width**2))
        factor *= (1 - rng.uniform(*knobs.nucleolus_depth) * spot).astype(np.float32)
    return factor


def _texture(rng: np.random.Generator, shape: tuple[int, int], knobs: Knobs) -> Floats:
    field = _smooth_noise(rng, shape, rng.uniform(*knobs.texture_scale))
    factor: Floats = np.maximum(0.2, 1 + rng.uniform(*knobs.texture) * field).astype(np.float32)
    return factor


def _photograph(rng: np.random.Generator, light: Floats, knobs: Knobs) -> Floats:
    """What the camera makes of the light: float32 (H, W) in 0..1 in steps of 1 / (2**bits - 1)."""
    scene: NDArray[np.float64] = light.astype(np.float64)  # so that no processor's rounding changes a photon count
    for _ in range(rng.integers(knobs.debris[0], knobs.debris[1] + 1)):
        scene += _speck(rng, light.shape)
    sharp = gaussian_filter(scene, rng.uniform(*knobs.blur))
    haze = rng.uniform(*knobs.haze)
    scene = (1 - haze) * sharp + haze * gaussian_filter(scene, rng.uniform(*knobs.haze_scale))
    background = _draw_log(rng, knobs.background)
    field = _smooth_noise(rng, scene.shape, max(scene.shape) / rng.uniform(3, 8))
    scene = scene + background * np.maximum(0, 1 + rng.uniform(*knobs.unevenness) * field)
    y, x = np.ogrid[-1 : 1 : scene.shape[0] * 1j, -1 : 1 : scene.shape[1] * 1j]
    scene = scene * (1 - rng.uniform(*knobs.vignette) * (x**2 + y**2) / 2)
    photons, read_noise = _draw_log(rng, knobs.photons), rng.uniform(*knobs.read_noise)
    counted = rng.poisson(scene * photons) + rng.normal(0, read_noise, scene.shape)
    grey = rng.uniform(*knobs.offset) + _draw_log(rng, knobs.exposure) * counted / photons
    steps = 2**knobs.bits - 1
    image: Floats = (np.round(grey.clip(0, 1) * steps) / steps).astype(np.float32)
    return image


def _speck(rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
    y, x = np.ogrid[: shape[0], : shape[1]]
    row, column = rng.uniform(0, 1, 2) * shape
    spot: NDArray[np.float64] = np.exp(-((y - row) ** 2 + (x - column) ** 2) / (2 * DEBRIS_BLUR**2))
    spot *= rng.uniform(0.3, 2.0)
    return spot


def _smooth_noise(rng: np.random.Generator, shape: tuple[int, ...], scale: float) -> NDArray[np.float64]:
    """A random field of mean 0 and standard deviation 1 that varies over `scale` pixels."""
    field: NDArray[np.float64] = gaussian_filter(rng.standard_normal(shape), scale)
    field -= field.mean()
    field /= max(float(field.std()), 1e-12)
    return field


def _draw_log(rng: np.random.Generator, bounds: Range) -> float:
    return float(np.exp(rng.uniform(*np.log(bounds))))

