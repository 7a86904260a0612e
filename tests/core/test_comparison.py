"""Two masks laid on each other: against loops over the pixels; and what Otsu's threshold says of an image."""

from itertools import product

import numpy as np
import pytest

from unet_core.comparison import ComparisonError, compare, disagreement, overlap
from unet_core.data.nuclei import generate
from unet_core.segment import SegmentError
from unet_core.zoo.classical import grey_of, otsu
from unet_core.zoo.otsu import otsu_against, otsu_mask

EMPTY, FULL = np.zeros((5, 6), bool), np.ones((5, 6), bool)


def random_mask(seed: int, share: float = 0.5) -> np.ndarray:
    return np.random.default_rng(seed).random((9, 11)) < share


def outline_pixels(mask: np.ndarray) -> list[tuple[int, int]]:
    height, width = mask.shape
    found = []
    for y, x in product(range(height), range(width)):
        around = [(y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)]
        if mask[y, x] and any(0 <= v < height and 0 <= u < width and not mask[v, u] for v, u in around):
            found.append((y, x))
    return found


def near(some: list[tuple[int, int]], others: list[tuple[int, int]]) -> float:
    return sum(any((y - v) ** 2 + (x - u) ** 2 <= 4 for v, u in others) for y, x in some) / len(some)


@pytest.mark.parametrize("seed", range(12))
def test_every_figure_equals_that_of_loops(seed: int) -> None:
    mask, truth = random_mask(seed, 0.1 * (1 + seed % 5)), random_mask(100 + seed, 0.3)
    result = compare(mask, truth)
    names = {(False, False): 0, (True, False): 1, (False, True): 2, (True, True): 3}
    expected = [[names[bool(mask[y, x]), bool(truth[y, x])] for x in range(11)] for y in range(9)]
    assert result.outcome.dtype == np.uint8 and result.outcome.tolist() == expected
    flat = [code for row in expected for code in row]
    counts = result.counts
    assert [counts.true_negative, counts.false_positive, counts.false_negative, counts.true_positive] == [
        flat.count(code) for code in range(4)
    ]
    assert overlap(mask, truth) == counts
    both, wrong = flat.count(3), flat.count(1) + flat.count(2)
    assert result.dice == pytest.approx(2 * both / (2 * both + wrong))
    assert result.iou == pytest.approx(both / (both + wrong))
    precision = near(outline_pixels(mask), outline_pixels(truth))
    recall = near(outline_pixels(truth), outline_pixels(mask))
    assert result.boundary_f == pytest.approx(2 * precision * recall / (precision + recall))


def test_classes_count_as_foreground_whatever_their_number() -> None:
    mask, truth = random_mask(1), random_mask(2)
    classes = mask.astype(np.uint8) * np.random.default_rng(3).integers(1, 255, mask.shape).astype(np.uint8)
    plain, result = compare(mask, truth), compare(classes, truth.astype(np.int32) * 7)
    assert np.array_equal(plain.outcome, result.outcome) and plain.counts == result.counts
    assert plain.boundary_f == result.boundary_f


def test_empty_and_full_masks() -> None:
    agreed = compare(EMPTY, EMPTY)
    assert (agreed.dice, agreed.iou, agreed.boundary_f) == (1, 1, 1) and not agreed.outcome.any()
    assert str(agreed.sentence).startswith("Neither the mask nor the truth has any foreground")
    missed, invented = compare(EMPTY, FULL), compare(FULL, EMPTY)
    assert missed.dice == invented.dice == missed.iou == invented.iou == 0
    assert (missed.outcome == 2).all() and (invented.outcome == 1).all()
    assert "misses 30; it has 0 that" in str(missed.sentence) and "misses 0; it has 30 that" in str(invented.sentence)
    assert compare(FULL, FULL).dice == 1 and (compare(FULL, FULL).outcome == 3).all()


def test_a_sentence_holds_the_figures() -> None:
    mask, truth = EMPTY.copy(), EMPTY.copy()
    mask[1:4, 1:4], truth[1:4, 2:5] = True, True
    assert str(compare(mask, truth).sentence) == (
        "Dice 0.667, intersection over union 0.500, boundary F-score at 2 pixels 1.000. Of the truth's 9 foreground "
        "pixels the mask misses 3; it has 3 that are not there."
    )


def test_disagreement_of_two_masks() -> None:
    one, other = random_mask(5), random_mask(6).astype(np.uint8) * 3
    result = disagreement(one, other)
    first = sum(bool(a) and not b for a, b in zip(one.ravel(), other.ravel(), strict=True))
    second = sum(not a and bool(b) for a, b in zip(one.ravel(), other.ravel(), strict=True))
    assert (result.only_first, result.only_second) == (first, second)
    assert result.share == pytest.approx((one != (other > 0)).mean())
    assert result.where.tolist() == (one + 2 * (other > 0)).tolist()
    assert f"{100 * result.share:.2f} % of the image" in str(result.sentence)
    assert disagreement(one, one).share == 0 and disagreement(EMPTY, FULL).share == 1


@pytest.mark.parametrize("compared", [compare, disagreement, overlap])
def test_masks_of_other_sizes_and_kinds_are_refused(compared) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ComparisonError, match=r"one mask has 5 × 6 pixels, the other 5 × 5: both must be masks of"):
        compared(EMPTY, EMPTY[:, :5])
    for other in (EMPTY.astype(float), EMPTY[None], EMPTY[:0]):
        with pytest.raises(ComparisonError, match=r"a mask must be \(height, width\)"):
            compared(EMPTY, other)


# --- Otsu ---


def two_greys(objects: float, background: float) -> tuple[np.ndarray, np.ndarray]:
    """An image of few objects, and its truth."""
    truth = np.zeros((24, 30), bool)
    truth[4:9, 5:12] = truth[14:20, 16:25] = True
    noise = np.random.default_rng(0).normal(0, 0.02, truth.shape)
    image = np.where(truth, objects, background) + noise
    return np.clip(image, 0, 1).astype(np.float32)[..., None], truth


def between_variance(steps: np.ndarray, level: int) -> float:
    """Otsu's criterion for the classes below `level` and from it on."""
    low, high = steps[steps < level], steps[steps >= level]
    return float(low.size * high.size * (low.mean() - high.mean()) ** 2) if low.size and high.size else 0.0


@pytest.mark.parametrize("bright", [True, False])
def test_the_level_parts_the_pixels_as_it_says(bright: bool) -> None:
    image, truth = two_greys(0.8, 0.3) if bright else two_greys(0.2, 0.7)
    result = otsu_mask(image, bright)
    steps = np.round((image[..., 0]) * 255).astype(int)
    assert result.level is not None
    assert np.array_equal(result.mask, steps >= result.level if bright else steps <= result.level)
    assert np.array_equal(result.mask ^ truth, ~truth & (steps == result.level))  # the level itself counts, as it says
    assert f"grey value {result.level} of 255" in str(result.says)
    edge = result.level + 1 if bright else result.level  # the library cuts beyond its level, the zoo at it
    assert between_variance(steps, edge) == max(between_variance(steps, level) for level in range(1, 256))


def test_bright_is_the_baseline_of_the_cards() -> None:
    image = generate(1, 3).image
    assert np.array_equal(otsu_mask(image).mask, otsu(grey_of(image)))
    colours = np.repeat(image, 3, axis=2) * np.array([1, 0.4, 0.2], np.float32)
    assert np.array_equal(otsu_mask(colours).mask, otsu(grey_of(colours)))


def test_the_better_way_round_is_taken_and_both_are_told() -> None:
    for objects, background in ((0.8, 0.3), (0.2, 0.7)):
        image, truth = two_greys(objects, background)
        result, figures = otsu_against(image, truth)
        assert result.bright == (objects > background) and figures.dice > 0.98
        worse = compare(otsu_mask(image, not result.bright).mask, truth).dice
        assert f"Dice {figures.dice:.3f}, the other way round {worse:.3f}" in str(result.says) and worse < 0.2
        assert ("as bright is foreground" if result.bright else "as dark is foreground") in str(result.says)


def test_an_image_of_one_grey_has_no_threshold() -> None:
    plain = np.full((5, 6, 3), 0.4, np.float32)
    result, figures = otsu_against(plain, EMPTY)
    assert result.level is None and not result.mask.any() and figures.dice == 1
    assert str(result.says).startswith("All pixels have one grey value")


def test_pixels_that_are_no_image_are_refused() -> None:
    with pytest.raises(SegmentError, match="an image must be float"):
        otsu_mask(np.zeros((4, 4), np.float32))
    with pytest.raises(ComparisonError, match="one mask has 4 × 4 pixels"):
        otsu_against(np.zeros((4, 4, 1), np.float32), EMPTY)
