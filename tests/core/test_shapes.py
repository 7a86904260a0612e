"""Shapes: the same scene for the same seed, true to its classes, and harder where it is asked to be harder."""

import json
from itertools import pairwise

import numpy as np
import pytest
from scipy.ndimage import label

from unet_core.data import shapes
from unet_core.data.samples import Sample, digest
from unet_core.data.shapes import CORNERS, LEVELS, SIDE, draw, level, make, outline
from unet_core.ranges import RangeError

EASY = [draw(1, index) for index in range(40)]
HARD = [draw(1, index, 1.0) for index in range(40)]


def test_same_seed_and_index_give_the_same_image_in_any_order() -> None:
    again = draw(1, 7)
    assert np.array_equal(again.image, EASY[7].image) and np.array_equal(again.instances, EASY[7].instances)
    others = (draw(1, 8), draw(2, 7), draw(8, 0), draw(1, 7, 0.5))
    assert not any(np.array_equal(again.image, other.image) for other in others)
    assert again.image.shape == (SIDE, SIDE, 3) and 0 <= again.image.min() < again.image.max() <= 1


# Circumradius over the square root of the area: 1/sqrt(pi), sqrt(2)/2 and 2/(sqrt(3) * 3**0.25).
@pytest.mark.parametrize("corners, far", [(0, 0.5642), (4, 0.7071), (3, 0.8774)])
def test_outlines_have_one_area_and_the_reach_of_their_polygon(corners: int, far: float) -> None:
    for turn in (0.0, 0.4, 1.9):
        cover = outline(corners, np.array([31.5, 30.0]), 14.0, turn)
        assert cover.sum() == pytest.approx(np.pi * 14**2, rel=0.01)
        rows, columns = np.nonzero(cover > 0.5)
        reach = np.hypot(rows - 31.5, columns - 30.0).max()
        assert reach == pytest.approx(far * np.sqrt(np.pi) * 14, abs=1.2)


def test_in_an_easy_image_each_object_is_whole_and_of_the_class_its_outline_says() -> None:
    far = {1: 0.5642, 2: 0.7071, 3: 0.8774}
    assert CORNERS == {1: 0, 2: 4, 3: 3} and shapes.CLASSES == ("background", "circle", "square", "triangle")
    for sample in EASY:
        assert 1 <= sample.instances.max() <= 3
        for number in range(1, sample.instances.max() + 1):
            own = sample.instances == number
            assert label(own, np.ones((3, 3)))[1] == 1 and np.pi * 9.5**2 < own.sum() < np.pi * 13.5**2
            if own[[0, -1]].any() or own[:, [0, -1]].any():
                continue  # a corner may be outside
            kind = int(sample.classes[own][0])
            rows, columns = np.nonzero(own)
            reach = np.hypot(rows - rows.mean(), columns - columns.mean()).max() / np.sqrt(own.sum())
            assert min(far, key=lambda which: abs(far[which] - reach)) == kind


def test_classes_and_instances_agree_and_numbers_have_no_gaps() -> None:
    for sample in EASY + HARD:
        assert np.array_equal(sample.classes > 0, sample.instances > 0)
        assert np.array_equal(np.unique(sample.instances), np.arange(sample.instances.max() + 1))
        for number in range(1, sample.instances.max() + 1):
            assert len(np.unique(sample.classes[sample.instances == number])) == 1


def test_every_class_is_about_as_frequent() -> None:
    kinds = [int(s.classes[s.instances == n][0]) for s in EASY + HARD for n in range(1, s.instances.max() + 1)]
    assert np.bincount(kinds)[1:].min() > 0.25 * len(kinds)


def test_a_hard_image_has_more_smaller_and_hidden_objects() -> None:
    def parts(samples: list[Sample]) -> list[int]:
        return [label(s.instances == n, np.ones((3, 3)))[1] for s in samples for n in range(1, s.instances.max() + 1)]

    assert len(parts(HARD)) > 1.3 * len(parts(EASY)) and max(s.instances.max() for s in HARD) == 6
    assert max(parts(EASY)) == 1 and np.mean(np.array(parts(HARD)) > 1) > 0.2  # a bar cuts them
    touching = sum(bool(pair[0] and pair[1] and pair[0] != pair[1])
                   for s in HARD for row in s.instances for pair in pairwise(row))  # fmt: skip
    assert touching > 100


def test_contrast_falls_and_noise_rises_with_difficulty() -> None:
    def contrast(sample: Sample) -> float:
        return float(np.abs(sample.image[sample.mask].mean(0) - sample.image[~sample.mask].mean(0)).max())

    def noise(sample: Sample) -> float:
        flat = ~sample.mask[:, 1:] & ~sample.mask[:, :-1]
        return float(np.median(np.abs(np.diff(sample.image, axis=1))[flat]))

    ladder = [[draw(3, index, difficulty) for index in range(12)] for difficulty in (0, 0.3, 0.6, 1)]
    contrasts = [np.mean([contrast(sample) for sample in samples]) for samples in ladder]
    noises = [np.mean([noise(sample) for sample in samples]) for samples in ladder]
    assert all(np.diff(contrasts) < 0) and all(np.diff(noises) > 0)
    assert contrasts[0] > 2 * contrasts[-1] and noises[-1] > 4 * noises[0]


def test_the_scene_stays_while_it_gets_harder() -> None:
    """Most scenes: here and there one more shape comes in, or one gives way."""
    pairs = [(draw(4, index, 0.0), draw(4, index, 0.02)) for index in range(20)]
    alike = [(one.classes == other.classes).mean() > 0.97 for one, other in pairs]
    assert sum(alike) >= 14
    for one, other in (pair for pair, same in zip(pairs, alike, strict=True) if same):
        colours = [sample.image[one.mask & other.mask].mean(0) for sample in (one, other)]
        assert np.abs(colours[0] - colours[1]).max() < 0.03


def test_a_level_lies_between_easy_and_hard() -> None:
    assert level(0) == {name: pair[0] for name, pair in LEVELS.items()}
    assert level(1) == pytest.approx({name: pair[1] for name, pair in LEVELS.items()})
    assert level(0.25)["noise"] == pytest.approx(0.75 * LEVELS["noise"][0] + 0.25 * LEVELS["noise"][1])


def test_sets_are_apart_and_a_larger_one_begins_like_a_smaller() -> None:
    data, larger = make(5, 4, 3, 2), make(5, 6, 3, 2)
    sets = (data.training, data.validation, data.open_test())
    assert [len(part) for part in sets] == [4, 3, 2]
    assert len({digest([sample]) for part in sets for sample in part}) == 9
    assert digest(larger.training[:4]) == digest(data.training)
    assert digest(larger.validation) == digest(data.validation)
    assert digest(larger.open_test()) == digest(data.open_test())
    assert data.about["sha256"] == {"training": digest(data.training), "validation": digest(data.validation)}
    assert json.loads(json.dumps(data.about)) == data.about and data.about["validation"]["images"] == 3
    assert 20 < data.object_diameter < 26


def test_what_is_out_of_range_is_refused() -> None:
    for wrong in (-0.1, 1.1, float("nan")):
        with pytest.raises(RangeError, match=r"difficulty must be a number in 0\.\.1"):
            draw(1, 0, wrong)
    with pytest.raises(RangeError, match="index must be a number"):
        draw(1, -1)
    with pytest.raises(RangeError, match="validation must be a number in 1"):
        make(validation=0)
