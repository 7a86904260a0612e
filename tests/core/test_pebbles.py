"""The pebbles as they came: every stone, every photo in one set only, and the scale that the page tells."""

import hashlib
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from skimage.io import imread
from skimage.measure import regionprops

from unet_core.data import pebbles
from unet_core.data.samples import boundary_classes
from unet_core.segment import normalise

STONES = {1: 124, 2: 45, 3: 190, 4: 152, 5: 168, 6: 135, 7: 134}  # drawn in each photo; 948 together
FOLDER = Path(__file__).parents[2] / "assets" / "pebbles"
DATA = pebbles.load()


@pytest.mark.parametrize("number", STONES)
def test_no_stone_is_lost_between_the_file_and_the_sample(number: int) -> None:
    sample = pebbles.photo(number)
    assert np.array_equal(sample.instances, imread(FOLDER / f"{number}_mask.png"))
    assert np.array_equal(np.unique(sample.instances), np.arange(STONES[number] + 1))
    assert np.array_equal(np.round(sample.image * 255), imread(FOLDER / f"{number}.jpg"))
    assert np.array_equal(sample.mask, sample.instances > 0)


def test_the_split_is_by_photo_and_no_photo_is_in_two_sets() -> None:
    sets = (DATA.training, DATA.validation, DATA.open_test())
    assert [[sample.name for sample in part] for part in sets] == [
        ["pebbles 1", "pebbles 2", "pebbles 3", "pebbles 5", "pebbles 6"], ["pebbles 7"], ["pebbles 4"],
    ]  # fmt: skip
    everything = [sample for part in sets for sample in part]
    assert sum(sample.instances.max() for sample in everything) == 948
    assert not any(np.array_equal(a.image, b.image) for a, b in combinations(everything, 2))


def test_every_stone_has_an_inside_that_is_left_when_its_boundary_goes() -> None:
    for sample in DATA.training:
        assert len(np.unique(sample.instances[sample.classes == 1])) == sample.instances.max()
        assert np.array_equal(sample.classes, boundary_classes(sample.instances, 2))
    assert DATA.classes == ("background", "inside", "boundary")


def test_the_scale_is_measured() -> None:
    regions = [region for sample in DATA.training for region in regionprops(sample.instances)]
    sizes = [region.equivalent_diameter_area for region in regions]
    assert DATA.object_diameter == pytest.approx(np.median(sizes)) == pytest.approx(19.2, abs=0.05)
    assert DATA.about["scale"] | {"measured": ""} == {
        "objects": 662, "median_diameter": 19.2, "largest_diameter": round(max(sizes), 1), "measured": "",
    }  # fmt: skip
    assert max(sizes) == pytest.approx(171.8, abs=0.05)


def test_every_file_has_its_digest_in_the_card() -> None:
    assert len(DATA.about["sha256"]) == 14
    for name, digest in DATA.about["sha256"].items():
        assert digest == hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()


def test_the_drone_photo_has_no_truth_and_is_in_no_set() -> None:
    assert pebbles.drone().shape == (1350, 1200, 3) and pebbles.drone().dtype == np.float32
    assert "drone" not in str(DATA.about)
    assert {path.name for path in FOLDER.iterdir()} == {*DATA.about["sha256"], "drone_no_mask.jpg", "LICENSE.md"}


def test_the_normalisation_is_one_that_segment_knows() -> None:
    normal = normalise(DATA.validation[0].image.transpose(2, 0, 1), DATA.normalisation)
    for channel in normal:
        assert np.percentile(channel, (1, 99)) == pytest.approx([0, 1], abs=1e-5)
