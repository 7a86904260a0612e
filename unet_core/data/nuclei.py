"""Nuclei in fluorescence: synthetic images to learn from and to choose by, one real image to be judged by once.

The generator gives exact instance masks and is drawn from general knowledge of microscopy alone.

Perturbed ellipses, alone and in clumps, each with a brightness and texture of its own, among them a few small, bright
mitoses. Then the microscope: blur, haze, uneven background, vignetting, photon (Poisson) and read noise, a dark
exposure, 8 bits. No real image was looked at, measured or fitted to choose these numbers.
"""

from collections.abc import Mapping
from dataclasses import asdict
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from unet_core.data.knobs import DEFAULTS, Knobs, Range
from unet_core.data.samples import ASSETS, PARTS, DataSet, Sample, boundary_classes, digest, object_diameter
from unet_core.images import load_image
from unet_core.ranges import RangeError

FOLDER = ASSETS / "nuclei"
NORMALISATION = {"name": "percentile", "low": 1.0, "high": 99.8, "clip": [-1.0, 4.0]}
Floats = NDArray[np.float32]
HARMONICS = np.arange(2, 7)  # of the outline: 2 waves around it to 6
DEBRIS_BLUR = 1.0  # pixels: specks are about as large as a point of light
ATTEMPTS = 12  # tries per nucleus that fits, before an image is called full


def generate(seed: int, index: int, knobs: Knobs = DEFAULTS) -> Sample:
    """Image number `index` of the set `seed`, the same every time and in any order. Both whole numbers from 0."""
    if seed < 0 or index < 0:
        raise RangeError("seed and index must not be negative, got {seed} and {index}", seed=seed, index=index)
    rng = np.random.default_rng([seed, index])
    light, instances = _nuclei(rng, knobs)
    image = _photograph(rng, light, knobs)[..., None]
    return Sample(image, boundary_classes(instances), instances, f"nuclei {seed}/{index}")


def generate_set(seed: int, count: int, knobs: Knobs = DEFAULTS) -> list[Sample]:
    """The first `count` images of the set `seed`."""
    return [generate(seed, index, knobs) for index in range(count)]


@cache
def real_image() -> Sample:
    """The annotated photograph: test only. float32 (512, 512, 1), 125 nuclei. See assets/SOURCES.md."""
    image, labels = (load_image((FOLDER / name).read_bytes()).pixels for name in ("dsb2018.png", "dsb2018_mask.png"))
    instances = np.round(labels[..., 0] * 255).astype(np.int32)
    return Sample(image.copy(), boundary_classes(instances), instances, "dsb2018")


@lru_cache(maxsize=1)
def load(
    training: tuple[int, int] = (1, 192), validation: tuple[int, int] = (1000, 32), knobs: Knobs = DEFAULTS
) -> DataSet:
    """Sets given as (seed of the generator, number of images), in about 0.1 s an image; kept until others are asked."""
    if training[0] == validation[0]:
        raise RangeError("training and validation must not share their seed, {seed}", seed=training[0])
    learned, chosen = (tuple(generate_set(*which, knobs)) for which in (training, validation))
    about = {
        "name": "synthetic fluorescence nuclei",
        "generator": "unet_core/data/nuclei.py",
        "licence": "the synthetic images were made by this project; the test image is BSD-3-Clause, assets/nuclei",
        "knobs": asdict(knobs),
        "split": "by the generator's seed; no image is in two sets",
        "training": _about_set(training, learned),
        "validation": _about_set(validation, chosen),
        "test": "one real photograph, assets/nuclei/dsb2018.png (2018 Data Science Bowl)",
        "scale": {"median_diameter": round(object_diameter(learned), 1)},
    }
    return DataSet("nuclei", PARTS, NORMALISATION, learned, chosen, lambda: (real_image(),),
                   object_diameter(learned), about)  # fmt: skip


def _about_set(which: tuple[int, int], samples: tuple[Sample, ...]) -> Mapping[str, Any]:
    return {"seed": which[0], "images": which[1], "sha256": digest(samples)}


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

