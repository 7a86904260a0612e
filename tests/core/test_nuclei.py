"""The generator: the same image for the same seed, honest masks, and every knob does what its name says."""

import json
from dataclasses import fields, replace

import numpy as np
import pytest
from scipy.ndimage import label

from unet_core.data.knobs import LIMITS, Knobs
from unet_core.data.nuclei import generate, generate_set, load, real_image
from unet_core.data.samples import PARTS, boundary_classes, digest, object_diameter
from unet_core.ranges import RangeError
from unet_core.segment import normalise

SMALL = Knobs(height=96, width=128, coverage=(0.15, 0.35), empty=0)
CLEAN = replace(
    SMALL, mitotic=0, brightness_spread=(0, 0), texture=(0, 0), nucleoli=(0, 0), dome=(0, 0), blur=(0, 0), haze=(0, 0),
    unevenness=(0, 0), vignette=(0, 0), debris=(0, 0), photons=(1e6, 1e6), read_noise=(0, 0), exposure=(0.4, 0.4),
    background=(0.01, 0.01), overlap=0.0, bits=16,
)  # fmt: skip


def test_same_seed_and_index_give_the_same_image_in_any_order() -> None:
    later = generate(5, 3, SMALL)
    again = generate_set(5, 4, SMALL)[3]
    assert np.array_equal(later.image, again.image) and np.array_equal(later.instances, again.instances)
    assert not np.array_equal(later.image, generate(6, 3, SMALL).image)
    assert not np.array_equal(later.image, generate(5, 2, SMALL).image)
    assert not np.array_equal(later.image, generate(6, 2, SMALL).image)  # the sum of both is the same


def test_shapes_types_and_ranges() -> None:
    sample = generate(1, 1, SMALL)
    assert sample.image.shape == (96, 128, 1) and sample.instances.shape == sample.mask.shape == (96, 128)
    assert (sample.image.dtype, sample.instances.dtype, sample.mask.dtype) == (np.float32, np.int32, np.bool_)
    assert sample.image.min() >= 0 and sample.image.max() <= 1
    steps = sample.image * 255
    assert np.allclose(steps, np.round(steps), atol=1e-4)  # 8 bits


def test_instances_are_numbered_without_gaps_and_hardly_fall_apart() -> None:
    for index in range(4):
        instances = generate(2, index, SMALL).instances
        assert np.array_equal(np.unique(instances), np.arange(instances.max() + 1))
        for number in range(1, instances.max() + 1):
            _, parts = label(instances == number, np.ones((3, 3)))
            assert parts <= 2  # what lies over a nucleus may cut it in two


def test_a_perfect_microscope_shows_exactly_the_mask() -> None:
    for index in range(4):
        sample = generate(3, index, CLEAN)
        assert np.array_equal(sample.image[..., 0] > 0.2, sample.mask)


def test_blur_moves_light_but_no_mask() -> None:
    sharp, blurred = (generate(3, 0, replace(CLEAN, blur=(sigma, sigma))) for sigma in (0.0, 2.5))
    assert np.array_equal(sharp.instances, blurred.instances)
    assert np.abs(np.diff(blurred.image, axis=1)).max() < 0.5 * np.abs(np.diff(sharp.image, axis=1)).max()


def test_mitoses_are_smaller_and_brighter() -> None:
    usual, mitotic = (generate(3, 1, replace(CLEAN, mitotic=share)) for share in (0.0, 1.0))
    assert object_diameter([mitotic]) < 0.85 * object_diameter([usual])
    assert np.median(mitotic.image[mitotic.mask]) > 1.5 * np.median(usual.image[usual.mask])


def test_noise_grows_as_photons_get_fewer() -> None:
    spreads = [generate(3, 0, replace(CLEAN, photons=(n, n))).image for n in (20.0, 200.0)]
    mask = generate(3, 0, CLEAN).mask
    assert spreads[0][mask].std() > 2 * spreads[1][mask].std()


def test_an_empty_image_has_no_nucleus() -> None:
    assert not generate(1, 0, replace(SMALL, empty=1.0)).mask.any()


def test_the_generator_gives_what_the_shipped_models_learned_from() -> None:
    """Digests from the day on which `nuclei-unet` was trained; its card holds those of the whole sets."""
    assert digest([generate(1, 0), generate(1000, 31)]).startswith("165a7c908fe113a3")
    assert digest(generate_set(5, 4, SMALL)).startswith("0668a2c2ced796c9")


def test_a_data_set_has_both_sets_and_three_classes() -> None:
    data = load((3, 3), (4, 2), SMALL)
    assert digest(data.training) == digest(generate_set(3, 3, SMALL)) == data.about["training"]["sha256"]
    assert digest(data.validation) == digest(generate_set(4, 2, SMALL)) == data.about["validation"]["sha256"]
    assert data.classes == PARTS == ("background", "inside", "boundary")
    for sample in (*data.training, *data.validation):
        assert np.array_equal(sample.classes, boundary_classes(sample.instances, 2))
    assert data.object_diameter == object_diameter(data.training)
    assert json.loads(json.dumps(data.about))["knobs"]["width"] == 128
    normal = normalise(data.training[0].image.transpose(2, 0, 1), data.normalisation)
    assert np.percentile(normal, (1, 99.8)) == pytest.approx([0, 1], abs=1e-5)


def test_training_and_validation_never_share_images() -> None:
    with pytest.raises(RangeError, match="training and validation must not share their seed, 7"):
        load((7, 3), (7, 2), SMALL)


def test_the_real_image_is_read_whole_and_only_when_it_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its size and the number of its nuclei, which its source names; nothing else of it is looked at."""
    sample = real_image()
    assert sample.image.shape == (512, 512, 1) and len(np.unique(sample.instances)) == 126
    opened: list[int] = []
    monkeypatch.setattr("unet_core.data.nuclei.real_image", lambda: opened.append(1) or sample)
    data = load((5, 1), (6, 1), SMALL)
    assert not opened
    assert data.open_test() == (sample,) and opened == [1]


def test_every_knob_has_limits_and_is_checked() -> None:
    for field in fields(Knobs):
        low, high = LIMITS[field.name]
        beyond = (low, high * 2 + 1) if isinstance(field.default, tuple) else high * 2 + 1
        with pytest.raises(RangeError, match=field.name):
            replace(Knobs(), **{field.name: beyond})


@pytest.mark.parametrize("wrong", [(2.0, 1.0), 1.0, (1.0,), ("1", "2"), (float("nan"), 1.0), (True, 2.0)])
def test_a_pair_must_be_two_ascending_numbers(wrong: object) -> None:
    with pytest.raises(RangeError, match=r"blur must be an ascending pair of numbers in 0\.\.10"):
        replace(Knobs(), blur=wrong)


def test_negative_seeds_are_refused() -> None:
    with pytest.raises(RangeError, match="must not be negative"):
        generate(-1, 0)
