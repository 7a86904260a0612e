"""The recipes of the zoo, what they are compared with, and what needs no network."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import label
from skimage.filters import threshold_otsu

from unet_core import zoo
from unet_core.data import pebbles
from unet_core.data.nuclei import generate, generate_set
from unet_core.data.samples import Sample
from unet_core.metrics import dice
from unet_core.trace import trace
from unet_core.zoo.classical import BLOCKS, BLURS, Classical, choose, grey_of, otsu
from unet_core.zoo.measure import baselines, mean_of, medians
from unet_core.zoo.recipes import WIDE


@pytest.mark.parametrize("data", ["pebbles", "nuclei"])
def test_the_three_of_depth_4_differ_as_they_say(data: str) -> None:
    names = ("nuclei-unet-4" if data == "nuclei" else "pebbles-unet", f"{data}-unet++", f"{data}-unet-wide")
    plain, nested, wide = (zoo.RECIPES[name] for name in names)
    assert (plain.config.depth, plain.config.base_channels, plain.config.classes) == (4, 16, 3)
    assert nested.config == replace(plain.config, architecture="unet++", deep_supervision=True)
    assert wide.config == replace(plain.config, base_channels=WIDE)
    assert plain.settings == nested.settings == wide.settings and plain.load is nested.load is wide.load
    target = trace(nested.config, (256, 256)).macs
    near = {width: abs(trace(replace(plain.config, base_channels=width), (256, 256)).macs - target)
            for width in range(WIDE - 3, WIDE + 4)}  # fmt: skip
    assert min(near, key=near.__getitem__) == WIDE


def test_the_shallow_ones_differ_in_their_skips_only() -> None:
    full = zoo.RECIPES["pebbles-unet-3"]
    assert full.config.depth == 3 and full.config.skip_levels is None
    kept = {name: recipe.config.skip_levels for name, recipe in zoo.RECIPES.items()
            if name.startswith("pebbles-unet-3-")}  # fmt: skip
    assert kept == {"pebbles-unet-3-no-skips": (), "pebbles-unet-3-without-0": (1, 2),
                    "pebbles-unet-3-without-1": (0, 2), "pebbles-unet-3-without-2": (0, 1)}  # fmt: skip
    for name in kept:
        assert replace(zoo.RECIPES[name].config, skip_levels=None) == full.config
        assert zoo.RECIPES[name].settings == full.settings


def test_a_sigmoid_net_learns_the_foreground_and_any_other_the_classes() -> None:
    samples = [pebbles.photo(1)]
    config = zoo.RECIPES["pebbles-unet"].config
    three = zoo.pairs(samples, pebbles.NORMALISATION, config)
    assert three.images.shape == (1, 3, 512, 512)
    assert np.array_equal(three.classes[0].numpy(), samples[0].classes)
    one = zoo.pairs(samples, pebbles.NORMALISATION, replace(config, classes=1))
    assert np.array_equal(one.classes[0].numpy(), samples[0].mask)


# --- without a network ---


def test_otsu_is_the_librarys_threshold_and_nothing_on_a_plain_image() -> None:
    assert not otsu(np.full((4, 4), 0.3, np.float32)).any()
    grey = generate(1, 3).image[..., 0]
    steps = np.round(grey * 255).astype(np.uint8)
    assert np.array_equal(otsu(grey), steps >= threshold_otsu(steps))


def test_all_foreground_has_the_dice_of_its_share() -> None:
    sample = generate(1, 3)
    share = sample.mask.mean()
    found = baselines([sample], Classical())["all_foreground"]
    assert found["dice"] == pytest.approx(2 * share / (1 + share), abs=1e-5)
    assert found["iou"] == pytest.approx(share, abs=1e-5)


def test_the_classical_setting_finds_dark_on_bright_and_uneven_light() -> None:
    y, x = np.mgrid[:120, :120]
    truth = ((y // 20 + x // 20) % 3 == 0) & (y % 20 > 4) & (x % 20 > 4)
    image = (0.2 + 0.6 * x / 120 - 0.12 * truth).astype(np.float32)[..., None]
    sample = Sample(image, truth.astype(np.uint8), label(truth)[0].astype(np.int32))
    chosen = choose([sample])
    assert not chosen.bright and chosen.block in BLOCKS and chosen.block is not None
    assert dice(chosen.mask(image), truth) > 0.8 > 0.5 > dice(otsu(grey_of(image)), truth)


def test_the_choice_is_the_best_of_all_on_what_it_is_given() -> None:
    samples = generate_set(5, 2)
    chosen = choose(samples)

    def score(one: Classical) -> float:
        return sum(dice(one.mask(s.image), s.mask) for s in samples)

    every = [Classical(blur, block, bright) for blur in BLURS for block in BLOCKS for bright in (True, False)]
    assert score(chosen) == max(map(score, every)) and chosen.bright


def test_the_core_sets_touching_discs_apart() -> None:
    y, x = np.mgrid[:40, :70]
    disc = (np.hypot(y - 20, x - 22) < 14) | (np.hypot(y - 20, x - 46) < 14)
    noise = np.random.default_rng(1).uniform(0, 0.1, disc.shape)
    image = (0.2 + 0.5 * disc + noise).astype(np.float32)[..., None]
    assert Classical(core=0.0).objects(image).max() == 1
    assert Classical(core=8.0).objects(image).max() == 2


def test_means_and_medians() -> None:
    assert mean_of([{"dice": 0.5}, {"dice": 1.0}]) == {"dice": 0.75}
    seeds = {str(n): {"validation": {"dice": n / 10}, "test": {"dice": n / 20}} for n in (1, 5, 2)}
    assert medians(seeds, ("validation", "test")) == {"validation": {"dice": 0.2}, "test": {"dice": 0.1}}
