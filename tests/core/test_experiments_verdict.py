"""The sentence about a transplant follows from its numbers, whatever they are."""

import numpy as np
import pytest

from unet_core.experiments.transplant import Transplant
from unet_core.experiments.verdict import NAMES, says, verdict
from unet_core.inside.answer import Answer

A = np.zeros((8, 8), int)
A[:4] = 1
B = np.zeros((8, 8), int)
B[:, :4] = 7  # an object of some number
HALF = np.zeros((8, 8), int)
HALF[:2] = 1
MORE = A.copy()
MORE[4:6, :4] = 1


def answer(mask: np.ndarray) -> Answer:
    """Three classes; P(foreground) is 0.6 or 0.3."""
    foreground = np.where(mask != 0, 0.6, 0.3).astype(np.float32)
    return Answer(np.stack([1 - foreground, 0.9 * foreground, 0.1 * foreground]))


def transplanted(skips_a: np.ndarray, skips_b: np.ndarray, truths: tuple = (A, B)) -> Transplant:
    empty = np.zeros((8, 8, 1), np.float32)
    return Transplant((empty, empty), truths, (answer(A), answer(B)), (answer(skips_a), answer(skips_b)), {}, ())


def dice(one: np.ndarray, other: np.ndarray) -> float:
    return 2 * np.count_nonzero((one != 0) & (other != 0)) / (np.count_nonzero(one) + np.count_nonzero(other))


def test_every_mask_is_held_against_both_truths() -> None:
    found = verdict(transplanted(HALF, B))
    masks = dict(zip(NAMES, (A, HALF, B, B), strict=True))
    for name, mask in masks.items():
        for owner, truth in (("a", A), ("b", B)):
            assert found.scores[name, owner] == pytest.approx(dice(mask, truth))
    assert found.by_truth
    assert verdict(transplanted(HALF, B), threshold=0.7).scores["skips a", "a"] == 0  # nothing is that sure


def test_without_both_truths_the_own_masks_stand_in() -> None:
    found = verdict(transplanted(HALF, B, (HALF, None)))
    assert not found.by_truth
    assert found.scores["a", "a"] == 1 and found.scores["skips a", "a"] == pytest.approx(dice(HALF, A))


@pytest.mark.parametrize(
    ("skips_a", "skips_b", "words"),
    [(A, B, ["nearer to the image that gave the skips", "holds here: the bottleneck brings along nothing", "hardly"]),
     (B, A, ["nearer to the image that gave the bottleneck", "does not hold", "-0.500 and -0.500"]),
     (A, A, ["do not agree", "does not hold", "something that the mask needs"]),
     (MORE, B, ["nearer to the image that gave the skips", "says where as well"])],
    ids=["skips", "bottleneck", "both ways", "some of both"],
)  # fmt: skip
def test_the_sentence_follows_the_numbers(skips_a: np.ndarray, skips_b: np.ndarray, words: list[str]) -> None:
    said = " ".join(map(str, verdict(transplanted(skips_a, skips_b)).sentences)).replace("−", "-")
    assert [word for word in words if word not in said] == []
    assert "both images show the same kind of thing" in said


def test_a_gain_is_counted_from_what_masks_share_by_chance() -> None:
    scores = {("a", "a"): 0.9, ("a", "b"): 0.5, ("b", "a"): 0.5, ("b", "b"): 0.9,
              ("skips a", "a"): 0.9, ("skips a", "b"): 0.54, ("skips b", "b"): 0.9, ("skips b", "a"): 0.5}  # fmt: skip
    assert "brings along nothing" in str(says(scores)[1])
    assert "0.060 higher" in str(says({**scores, ("skips a", "b"): 0.56})[1])
