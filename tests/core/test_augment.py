"""Augmentation: image and truth stay together, each choice does what its name says, and (seed, step) say it all."""

from dataclasses import fields, replace

import numpy as np
import pytest
import torch
from scipy.ndimage import map_coordinates

from unet_core.augment import LIMITS, Augmentation, crops, displacements, sample, turns
from unet_core.ranges import RangeError

STILL = Augmentation(flips=False)
WILD = Augmentation(rotation=180, scale=(0.5, 2), elastic=6)
LIT = Augmentation(gamma=0.5, contrast=0.4, brightness=0.3, noise=0.2)


def blobs(count: int = 3, side: int = 96) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Large patches of three classes; the image's first channel and the weights are the classes as numbers."""
    coarse = torch.randint(0, 3, (count, 1, side // 16, side // 16), generator=torch.Generator().manual_seed(0))
    classes = coarse.repeat_interleave(16, -1).repeat_interleave(16, -2)[:, 0]
    images = torch.stack([classes.float(), torch.rand(classes.shape)], dim=1)
    return images, classes, classes.float()


IMAGES, CLASSES, WEIGHTS = blobs()


def cut(
    augmentation: Augmentation, step: int = 1, size: int = 48, count: int = 4, seed: int = 7
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:  # fmt: skip
    images, classes, weights = crops(IMAGES, CLASSES, WEIGHTS, count, size, augmentation, seed, step, "cpu")
    assert weights is not None
    return images, classes, weights


def test_the_default_is_what_trained_the_first_models_bit_for_bit() -> None:
    """The crops of the first training loop, written down: index, top, left, two flips, the diagonal, in this order."""
    for step in range(1, 6):
        images, classes, _ = cut(Augmentation(), step)
        rng = np.random.default_rng([7, step])
        for image, truth in zip(images, classes, strict=True):
            index, top, left = (int(rng.integers(n)) for n in (3, 49, 49))
            part = IMAGES[index, :, top : top + 48, left : left + 48].numpy()
            flips = [axis for axis in (-2, -1) if rng.random() < 0.5]
            part = np.flip(part, flips)
            part = part.swapaxes(-2, -1) if rng.random() < 0.5 else part
            assert np.array_equal(image.numpy(), part) and np.array_equal(truth.numpy(), part[0])


@pytest.mark.parametrize("augmentation", [Augmentation(rotation=180), Augmentation(scale=(0.5, 2)),
                                          Augmentation(elastic=6), WILD, replace(WILD, flips=False)])  # fmt: skip
def test_image_classes_and_weights_stay_together(augmentation: Augmentation) -> None:
    for step in range(4):
        images, classes, weights = cut(augmentation, step)
        inside = images[:, 0] == images[:, 0].round()  # linear interpolation between equal pixels is exact enough
        assert inside.float().mean() > 0.5
        assert torch.equal(images[:, 0][inside].long(), classes[inside])
        assert torch.allclose(images[:, 0], weights, atol=1e-5)
        assert (images[:, 0] - classes).abs().mean() < 0.15
        assert images.dtype == weights.dtype == torch.float32 and classes.dtype == torch.int64


def test_no_black_corner_comes_in() -> None:
    ones = torch.ones(1, 1, 40, 40)
    images, classes, _ = crops(ones, ones[:, 0].long(), None, 8, 40, WILD, 1, 1, "cpu")
    assert images.min() > 1 - 1e-5 and classes.min() == 1


def test_a_quarter_turn_is_numpys_and_a_scale_of_two_doubles() -> None:
    image = torch.rand(2, 9, 9)
    grid = torch.stack(torch.meshgrid(torch.arange(9.0), torch.arange(9.0), indexing="ij"), -1) - 4
    quarter, double = (torch.from_numpy(turns(np.radians([angle]), np.array([scale]))[0]).float()
                       for angle, scale in ((90, 1.0), (0, 2.0)))  # fmt: skip
    turned = sample(image, grid @ quarter.T + 4, "bilinear")
    assert np.allclose(turned, np.rot90(image.numpy(), 1, (1, 2)), atol=1e-5)
    larger = sample(image, grid @ double.T + 4, "bilinear")
    assert torch.allclose(larger[:, ::2, ::2], image[:, 2:7, 2:7], atol=1e-5)
    assert torch.equal(sample(image[0].mul(9).long()[None], grid + 4, "nearest")[0], image[0].mul(9).long())


def test_sampling_is_scipys_with_mirrored_edges() -> None:
    image = torch.rand(1, 20, 30)
    at = torch.rand(15, 15, 2) * torch.tensor([60.0, 80.0]) - 20
    truth = map_coordinates(image[0].numpy(), at.movedim(-1, 0).numpy(), order=1, mode="mirror")
    assert np.allclose(sample(image, at, "bilinear")[0], truth, atol=1e-4)


def test_rotation_reaches_its_limit_and_no_farther() -> None:
    """In an image of column numbers, the direction in which the numbers grow is the angle."""
    ramp = torch.arange(200.0).expand(1, 1, 200, 200)
    images, _, _ = crops(ramp, ramp[:, 0].long(), None, 200, 9, replace(STILL, rotation=20), 3, 1, "cpu")
    down, along = images[:, 0, 5, 4] - images[:, 0, 3, 4], images[:, 0, 4, 5] - images[:, 0, 4, 3]
    angles = torch.rad2deg(torch.atan2(down, along))
    assert 19.5 < angles.max() < 20.01 and -20.01 < angles.min() < -19.5
    assert abs(angles.mean()) < 2 and float(angles.std()) == pytest.approx(20 / 3**0.5, rel=0.1)


def test_scale_is_even_in_the_log_between_its_limits() -> None:
    ramp = torch.arange(200.0).expand(1, 1, 200, 200)
    images, _, _ = crops(ramp, ramp[:, 0].long(), None, 300, 9, replace(STILL, scale=(0.5, 2)), 3, 1, "cpu")
    steps = (images[:, 0, 4, 5] - images[:, 0, 4, 4]).abs()
    assert 0.5 - 1e-3 <= steps.min() < 0.52 and 1.93 < steps.max() <= 2 + 1e-3
    assert abs(steps.log().mean()) < 0.1


def test_displacements_are_bicubic_on_a_3_by_3_grid() -> None:
    coarse = torch.randn(5, 2, 3, 3, dtype=torch.float64)
    fine = displacements(coarse, (33, 65))
    assert torch.allclose(fine[..., ::16, ::32], coarse, atol=1e-12)
    whole = torch.nn.functional.interpolate(coarse, (33, 65), mode="bicubic", align_corners=True)
    assert torch.allclose(fine, whole, atol=1e-12)


def test_the_elastic_deformation_has_the_asked_spread() -> None:
    """Coordinates as an image tell where each pixel came from."""
    rows, columns = torch.meshgrid(torch.arange(400.0), torch.arange(400.0), indexing="ij")
    image = torch.stack([rows, columns])[None]
    straight = crops(image, rows.long()[None], None, 200, 65, STILL, 3, 1, "cpu")[0]
    bent = crops(image, rows.long()[None], None, 200, 65, replace(STILL, elastic=10.0), 3, 1, "cpu")[0]
    moved = (bent - straight)[..., 32, 32]  # in the middle lies a point of the coarse grid; the edge is rarely near
    assert float(moved.std()) == pytest.approx(10, rel=0.1) and abs(float(moved.mean())) < 1.5
    corner = (bent - straight)[..., 0, 0]
    assert float(corner.median(dim=0).values.abs().max()) < 2 and 5 < float(corner.abs().median()) < 8.5
    assert float(torch.corrcoef(torch.stack([moved[:, 0], moved[:, 1]]))[0, 1].abs()) < 0.25


def test_seed_and_step_decide_alone_and_nobody_elses_random_numbers_move() -> None:
    everything = replace(WILD, gamma=0.5, contrast=0.4, brightness=0.3, noise=0.2)
    torch.manual_seed(0)
    np.random.seed(0)
    expected = torch.rand(3), np.random.rand()
    torch.manual_seed(0)
    np.random.seed(0)
    first = cut(everything)
    assert torch.equal(torch.rand(3), expected[0]) and np.random.rand() == expected[1]
    assert all(torch.equal(a, b) for a, b in zip(first, cut(everything), strict=True))
    for other in (cut(everything, step=2), cut(everything, seed=8)):
        assert not any(torch.equal(a, b) for a, b in zip(first, other, strict=True))


@pytest.mark.parametrize("name, value", [("rotation", 9.0), ("scale", (0.5, 2.0)), ("elastic", 5.0), ("gamma", 0.5),
                                         ("contrast", 0.5), ("brightness", 0.5), ("noise", 0.5)])  # fmt: skip
def test_every_choice_draws_anew_for_each_crop_step_and_seed(name: str, value: object) -> None:
    """One image, as large as the crop: there is only one place."""
    image = torch.linspace(0.1, 1, 32 * 32).reshape(1, 1, 32, 32)
    seen = [crop for seed, step in ((1, 1), (1, 2), (2, 1)) for crop in crops(
        image, image[:, 0].long(), None, 2, 32, replace(STILL, **{name: value}), seed, step, "cpu")[0]]  # fmt: skip
    assert len({crop.numpy().tobytes() for crop in [*seen, image[0]]}) == 7


def test_places_stay_the_same_whatever_else_is_switched_on() -> None:
    plain = cut(STILL)[1]
    assert torch.equal(cut(replace(STILL, noise=0.2, gamma=0.5))[1], plain)
    assert (cut(replace(STILL, rotation=0.01))[1] == plain).float().mean() > 0.99
    assert (cut(replace(STILL, elastic=0.01))[1] == plain).float().mean() > 0.98


@pytest.mark.parametrize("name", ["gamma", "contrast", "brightness", "noise"])
def test_light_changes_the_image_alone(name: str) -> None:
    plain, lit = cut(STILL), cut(replace(STILL, **{name: 0.5}))
    assert not torch.equal(plain[0], lit[0])
    assert torch.equal(plain[1], lit[1]) and torch.equal(plain[2], lit[2])


def test_light_has_the_asked_size() -> None:
    grey = torch.linspace(-0.5, 1.5, 32 * 32).reshape(1, 1, 32, 32)

    def lit(augmentation: Augmentation) -> torch.Tensor:
        return crops(grey, grey[:, 0].long(), None, 300, 32, augmentation, 3, 1, "cpu")[0].flatten(1)

    plain = grey.flatten()
    shifts = lit(replace(STILL, brightness=0.3)) - plain
    assert torch.allclose(shifts, shifts[:, :1], atol=1e-6) and 0.29 < float(shifts.abs().max()) <= 0.3001
    factors = lit(replace(STILL, contrast=1.0)).std(1) / plain.std()
    assert 0.5 - 1e-4 <= factors.min() < 0.51 and 1.95 < factors.max() <= 2 + 1e-4
    assert torch.allclose(lit(replace(STILL, contrast=1.0)).mean(1), plain.mean(), atol=1e-5)
    spreads = (lit(replace(STILL, noise=0.2)) - plain).std(1)
    assert spreads.min() < 0.01 and 0.19 < spreads.max() < 0.215
    curves = lit(replace(STILL, gamma=1.0))
    assert torch.allclose(curves[:, plain <= 0], plain[plain <= 0].expand(300, -1))
    exponents = curves[:, 700].log() / plain[700].log()
    assert 0.5 - 1e-3 <= exponents.min() < 0.51 and 1.93 < exponents.max() <= 2 + 1e-3
    assert (curves.diff(dim=1) >= 0).all()


def test_a_crop_larger_than_the_image_is_the_image_and_weights_may_be_missing() -> None:
    images, classes = torch.rand(2, 1, 20, 30), torch.zeros(2, 20, 30, dtype=torch.int64)
    for augmentation in (Augmentation(), WILD):
        cropped, truth, weights = crops(images, classes, None, 3, 64, augmentation, 1, 1, "cpu")
        assert cropped.shape == (3, 1, 20, 30) and truth.shape == (3, 20, 30) and weights is None


def test_what_is_out_of_range_is_refused() -> None:
    for field in fields(Augmentation)[1:]:
        low, high = LIMITS[field.name]
        pair = isinstance(field.default, tuple)
        for wrong in (low - 1, high + 1, float("nan"), "1", True):
            with pytest.raises(RangeError, match=f"{field.name} must be"):
                Augmentation(**{field.name: (wrong, wrong) if pair else wrong})
    for wrong in ((2.0, 1.0), 1.0, (1.0,)):
        with pytest.raises(RangeError, match=r"scale must be an ascending pair of numbers in 0\.25\.\.4"):
            Augmentation(scale=wrong)
    with pytest.raises(RangeError, match="flips must be true or false, got 1"):
        Augmentation(flips=1)
