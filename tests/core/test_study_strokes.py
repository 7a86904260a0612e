"""The study of strokes: strokes lie where the truth says, nobody opens the test photo, all arms get the same."""

from dataclasses import replace

import numpy as np
import pytest

from unet_core import zoo
from unet_core.checkpoint import load_card
from unet_core.data import pebbles
from unet_core.strokes import UNPAINTED, painted
from unet_core.studies import by_strokes, miniature, strokes
from unet_core.studies.results import fingerprint, plan
from unet_core.studies.scribbles import RADIUS, scribbles
from unet_core.teach import labels_of


@pytest.fixture(scope="module")
def mask() -> np.ndarray:
    return pebbles.photo(1).mask


def test_every_stroke_lies_in_its_class(mask: np.ndarray) -> None:
    made = scribbles(mask, 20, seed=3)
    assert [one.label for one in made] == [2, 1] * 10 and {one.radius for one in made} == {RADIUS}
    for one in made:
        covered = painted([one], mask.shape) == one.label  # type: ignore[arg-type]
        assert covered.sum() >= 10 and (mask[covered] == (one.label == 2)).all()
        (x0, y0), (x1, y1) = one.points
        assert np.hypot(x1 - x0, y1 - y0) <= 40 + 1e-6
    assert scribbles(mask, 5, seed=3) == made[:5] and scribbles(mask, 5, seed=4) != made[:5]


def test_where_nothing_has_room_the_broadest_place_is_taken() -> None:
    thin = np.zeros((40, 40), np.bool_)
    thin[10:13, 5:30] = True
    first = scribbles(thin, 1, seed=1)[0]
    assert int(first.points[0][1]) == 11 and first.label == 2


def test_the_test_photo_stays_closed_and_the_stranger_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(strokes.STUDY.repeats) == {1, 2, 3, 5, 6, 7} and len(strokes.STUDY.groups) == 2
    opened: list[int] = []

    def photo(number: int) -> object:
        opened.append(number)
        return pebbles.photo(1)

    monkeypatch.setattr(by_strokes, "photo", photo)
    small = miniature.miniature(strokes.STUDY)
    by_strokes.run(small, small.by_name["forest-5"], 3)
    assert opened == [3]
    card = load_card(zoo.MODELS / strokes.STRANGER)
    assert card.data["name"] == "shapes" and "pebbles" not in str(card.data)
    begun = strokes.STUDY.by_name[f"shapes-{strokes.COUNTS[1]}"]
    assert replace(card.config, classes=2) == begun.config


@pytest.mark.parametrize("name", ["unet-5", "shapes-5", "forest-5"])
def test_a_run_gives_the_same_figures_again_and_says_what_it_is(name: str) -> None:
    small = miniature.miniature(strokes.STUDY)
    condition = small.by_name[name]
    one, same = (by_strokes.run(small, condition, 1) for _ in range(2))
    assert one.figures == same.figures and one.seeds == {"1": one.figures} and one.fingerprint == same.fingerprint
    assert one.plan == plan(small, condition, 1) and one.plan["photo"] == 1 and "threads: 1" in one.device
    other = replace(condition, by_strokes=replace(condition.by_strokes, strokes=6))  # type: ignore[type-var]
    assert fingerprint(small, other, 1) != one.fingerprint
    assert (one.plan["config"] is None) == (name == "forest-5")


def test_the_forest_is_right_where_colours_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    sample = pebbles.photo(1)
    mask = np.zeros((64, 64), np.bool_)
    mask[20:44, 20:44] = True
    image = np.where(mask[..., None], (0.9, 0.2, 0.2), (0.2, 0.2, 0.9)).astype(np.float32)
    easy = replace(sample, image=image, classes=mask.astype(np.uint8), instances=mask.astype(np.int32))
    labels = labels_of(scribbles(mask, 6, 1), (64, 64))
    how = strokes.STUDY.by_name["forest-5"].by_strokes
    assert how is not None
    found, nodes = by_strokes._forest(easy, labels, replace(how, trees=10), 1)
    assert (found[labels == UNPAINTED] == mask[labels == UNPAINTED]).mean() > 0.95 and nodes >= 30
