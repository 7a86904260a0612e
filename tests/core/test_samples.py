"""Samples: image and truth fit each other, and boundaries lie where counting pixel by pixel puts them."""

import numpy as np
import pytest
from numpy.typing import NDArray

from unet_core.data.samples import DataError, Sample, boundary_classes, diameters, digest, object_diameter


def one(instances: NDArray[np.int32], value: float = 0.5) -> Sample:
    image = np.full((*instances.shape, 1), value, np.float32)
    return Sample(image, (instances > 0).astype(np.uint8), instances)


def by_hand(instances: NDArray[np.int32], width: int) -> NDArray[np.uint8]:
    """The definition, pixel by pixel."""
    classes = np.zeros(instances.shape, np.uint8)
    pixels = list(np.ndindex(instances.shape))
    for here in pixels:
        if instances[here]:
            far = min((np.hypot(here[0] - there[0], here[1] - there[1]) for there in pixels
                       if instances[there] != instances[here]), default=np.inf)  # fmt: skip
            classes[here] = 2 if far <= width else 1
    return classes


@pytest.mark.parametrize("width", [1, 2, 3])
def test_boundaries_are_those_counted_by_hand(width: int) -> None:
    rng = np.random.default_rng(width)
    for shape in ((9, 13), (16, 16), (1, 7)):
        seeds = rng.integers(0, 4, (-(-shape[0] // 5), -(-shape[1] // 5)))
        instances = np.kron(seeds, np.ones((5, 5), int))[: shape[0], : shape[1]].astype(np.int32)
        assert np.array_equal(boundary_classes(instances, width), by_hand(instances, width))


def test_touching_objects_come_apart_and_the_edge_of_the_image_is_no_boundary() -> None:
    instances = np.repeat(np.array([[1] * 6 + [2] * 6], np.int32), 4, axis=0)  # they fill the image
    classes = boundary_classes(instances)
    assert classes.dtype == np.uint8
    assert np.array_equal(classes, np.repeat([[1] * 4 + [2] * 4 + [1] * 4], 4, axis=0))
    assert np.array_equal(boundary_classes(np.full((3, 3), 7, np.int32)), np.ones((3, 3)))


@pytest.mark.parametrize("width", [0, -1, 33])
def test_a_boundary_of_no_width_is_refused(width: int) -> None:
    with pytest.raises(DataError, match=rf"width must be 1\.\.32 pixels, got {width}"):
        boundary_classes(np.ones((4, 4), np.int32), width)


def test_diameter_is_that_of_a_circle_of_the_same_area() -> None:
    y, x = np.ogrid[:64, :64]
    disc = ((y - 32) ** 2 + (x - 32) ** 2 <= 15**2).astype(np.int32)
    assert object_diameter([one(disc)]) == pytest.approx(30, abs=0.3)
    gap = np.zeros((4, 4), np.int32)
    gap[:2, :2], gap[3, 3] = 1, 3  # no number 2
    assert diameters([one(gap), one(disc * 2)])[:2] == pytest.approx([2 * (4 / np.pi) ** 0.5, 2 * (1 / np.pi) ** 0.5])
    assert len(diameters([one(gap), one(disc * 2)])) == 3


def test_digest_sees_images_and_instances() -> None:
    plain, other = np.zeros((4, 4), np.int32), np.eye(4, dtype=np.int32)
    sets = ([one(plain)], [one(other)], [one(plain, 0.6)], [one(plain), one(plain)])
    assert len({digest(samples) for samples in sets}) == 4
    assert digest(sets[0]) == digest([one(plain)])


def test_the_mask_is_everything_that_is_not_background() -> None:
    sample = one(np.array([[0, 1], [2, 0]], np.int32))
    assert np.array_equal(sample.mask, [[False, True], [True, False]])


def test_parts_that_do_not_fit_are_refused() -> None:
    image, classes, instances = np.zeros((4, 5, 3), np.float32), np.zeros((4, 5), np.uint8), np.zeros((4, 5), np.int32)
    Sample(image, classes, instances)
    wrong = [(image[..., 0], classes, instances), (image[..., :2], classes, instances), (image, classes[1:], instances),
             (image, classes, instances.T), (image.astype(float), classes, instances),
             (image, classes.astype(int), instances), (image, classes, classes)]  # fmt: skip
    for parts in wrong:
        with pytest.raises(DataError, match="a sample is a float32 image"):
            Sample(*parts)
