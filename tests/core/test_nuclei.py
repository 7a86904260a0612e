"""The generator: the same image for the same seed, honest masks, and every knob does what its name says."""

from dataclasses import fields, replace

import numpy as np
import pytest
from scipy.ndimage import label

from unet_core.data.nuclei import LIMITS, KnobError, Knobs, Sample, digest, generate, generate_set, object_diameter

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
    assert sample.image.shape == sample.instances.shape == sample.mask.shape == (96, 128)
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
        assert np.array_equal(sample.image > 0.2, sample.mask)


def test_blur_moves_light_but_no_mask() -> None:
    sharp, blurred = (generate(3, 0, replace(CLEAN, blur=(sigma, sigma))) for sigma in (0.0, 2.5))
    assert np.array_equal(sharp.instances, blurred.instances)
    assert np.abs(np.diff(blurred.image)).max() < 0.5 * np.abs(np.diff(sharp.image)).max()


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


def test_diameter_is_that_of_a_circle_of_the_same_area() -> None:
    y, x = np.ogrid[:64, :64]
    disc = ((y - 32) ** 2 + (x - 32) ** 2 <= 15**2).astype(np.int32)
    assert object_diameter([Sample(disc.astype(np.float32), disc)]) == pytest.approx(30, abs=0.3)


def test_digest_sees_images_and_instances() -> None:
    one = generate(1, 0, SMALL)
    other = Sample(one.image, np.where(one.instances == 1, 0, one.instances).astype(np.int32))
    brighter = Sample(one.image + np.float32(1 / 255), one.instances)
    assert len({digest([one]), digest([other]), digest([brighter]), digest([one, one])}) == 4
    assert digest([one]) == digest([generate(1, 0, SMALL)])


def test_every_knob_has_limits_and_is_checked() -> None:
    for field in fields(Knobs):
        low, high = LIMITS[field.name]
        beyond = (low, high * 2 + 1) if isinstance(field.default, tuple) else high * 2 + 1
        with pytest.raises(KnobError, match=field.name):
            replace(Knobs(), **{field.name: beyond})


@pytest.mark.parametrize("wrong", [(2.0, 1.0), 1.0, (1.0,), ("1", "2"), (float("nan"), 1.0), (True, 2.0)])
def test_a_pair_must_be_two_ascending_numbers(wrong: object) -> None:
    with pytest.raises(KnobError, match=r"blur must be an ascending pair of numbers in 0\.\.10"):
        replace(Knobs(), blur=wrong)


def test_negative_seeds_are_refused() -> None:
    with pytest.raises(KnobError, match="must not be negative"):
        generate(-1, 0)
