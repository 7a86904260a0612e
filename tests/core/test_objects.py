"""Objects come apart where they touch, and are counted one to one."""

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment
from skimage.measure import label as skimage_label

from unet_core.data.samples import boundary_classes
from unet_core.objects import ObjectCounts, ObjectError, components, match, object_f1, objects_of, separate


def discs(*places: tuple[float, float, float], side: int = 48) -> np.ndarray:
    """Instances (side, side): discs of (row, column, radius), later ones over earlier ones."""
    y, x = np.ogrid[:side, :side]
    instances = np.zeros((side, side), np.int32)
    for number, (row, column, radius) in enumerate(places, 1):
        instances[(y - row) ** 2 + (x - column) ** 2 <= radius**2] = number
    return instances


TOUCHING = discs((15, 13, 9), (15, 32, 9), (36, 24, 8))


def sure(instances: np.ndarray) -> np.ndarray:
    """Probabilities (3, H, W) of a network that knows: background, inside, boundary."""
    classes = boundary_classes(instances)
    return np.stack([(classes == k).astype(np.float32) for k in range(3)])


def test_objects_that_touch_come_apart_by_their_boundary_class() -> None:
    labels = objects_of(sure(TOUCHING))
    assert labels.dtype == np.int32 and match(labels, TOUCHING, 0.9) == ObjectCounts(3, 3, 3)
    assert np.array_equal(labels > 0, TOUCHING > 0)  # flooded to the edge of the foreground, and no further
    assert components(TOUCHING > 0).max() == 2  # what a mask alone says
    weaker = 0.6 * sure(TOUCHING) + 0.4 / 3
    assert np.array_equal(objects_of(weaker.astype(np.float32)), labels)


def test_a_yes_or_no_and_a_distance_serve_as_well() -> None:
    inside = sure(TOUCHING)[1] > 0
    assert match(separate(inside, TOUCHING > 0), TOUCHING).f1 == 1.0
    y, x = np.ogrid[:48, :48]
    distance = np.max([r - np.hypot(y - v, x - u) for v, u, r in ((15, 13, 9), (15, 32, 9), (36, 24, 8))], axis=0)
    assert match(separate(distance, TOUCHING > 0, level=4), TOUCHING, 0.9).f1 == 1.0
    assert separate(distance, TOUCHING > 0, level=-50).max() == components(TOUCHING > 0).max()


def test_an_object_without_a_marker_is_an_object_and_specks_are_none() -> None:
    instances = discs((20, 20, 8), (40, 40, 1.5))  # the second is all boundary
    found = sure(instances)
    assert not found[1][instances == 2].any()
    assert match(objects_of(found), instances).f1 == 1.0
    mask = instances > 0
    mask[2, 2:5] = True  # three pixels
    assert separate(found[1], mask).max() == components(mask).max() == 2
    assert separate(found[1], mask, smallest=1).max() == components(mask, smallest=3).max() == 3
    assert components(mask, smallest=4).max() == 2


def test_two_objects_meet_where_the_network_sees_a_boundary_and_not_half_way() -> None:
    inside = np.full((9, 30), 0.2)
    inside[:, 2:6] = inside[:, 24:28] = 1.0
    inside[:, 9] = -0.5  # the boundary: nearer to the left one
    inside[:, 10:24] = -0.1  # doubtful, but less so
    labels = separate(inside, np.ones((9, 30), bool), level=0.5)
    assert (labels[:, :9] == 1).all() and (labels[:, 10:] == 2).all()


def test_what_hangs_on_by_a_corner_belongs_to_the_object() -> None:
    instances = discs((20, 20, 8))
    mask = instances > 0
    tail = [(y, 20) for y in range(29, 32)] + [(y, 21) for y in range(32, 45)]  # one step aside, by a corner
    mask[tuple(zip(*tail, strict=True))] = True
    assert separate(sure(instances)[1], mask).max() == 1 and components(mask).max() == 2


def test_noise_in_the_middle_cuts_nothing_in_two() -> None:
    found = sure(discs((24, 24, 15)))
    found[1:, 24, 24] = found[2:0:-1, 24, 24]  # one pixel of boundary in the middle of the inside
    assert objects_of(found).max() == 1
    inside = np.zeros((48, 48), bool)
    inside[20:28, 15:23] = inside[24, 30] = True
    assert separate(inside, inside | (discs((24, 24, 15)) > 0)).max() == 1
    assert separate(inside, inside | (discs((24, 24, 15)) > 0), smallest_marker=1).max() == 2


def test_kinds_of_things_are_objects_each_by_itself() -> None:
    kinds = np.zeros((12, 24), int)
    kinds[2:8, 2:8], kinds[2:8, 8:14], kinds[2:8, 16:20] = 1, 2, 1  # two of them touch
    found = np.stack([(kinds == k).astype(np.float32) for k in range(4)])
    assert objects_of(found).max() == 3 and np.array_equal(objects_of(found) > 0, kinds > 0)
    assert objects_of(found[:1] * 0 + (kinds > 0)).max() == 2  # a sigmoid net tells nothing apart
    assert not objects_of(np.zeros((1, 5, 5), np.float32)).any()


def test_components_are_those_of_scikit_image_without_gaps() -> None:
    mask = np.random.default_rng(0).random((30, 40)) < 0.55
    assert match(components(mask, 1), skimage_label(mask, connectivity=1), 0.99).f1 == 1.0
    labels = components(mask)
    sizes = np.bincount(labels.ravel())[1:]
    assert sizes.min() >= 9 and len(sizes) == labels.max() > 1


def by_hand(labels: np.ndarray, truth: np.ndarray, iou: float) -> ObjectCounts:
    """Every object against every other; the best assignment counts, whatever the threshold."""
    found, there = ([n for n in np.unique(a) if n] for a in (labels, truth))
    same = np.zeros((len(found), len(there)))
    for i, one in enumerate(found):
        for j, other in enumerate(there):
            a, b = labels == one, truth == other
            same[i, j] = (a & b).sum() / (a | b).sum() > iou
    rows, columns = linear_sum_assignment(-same)
    return ObjectCounts(len(found), len(there), int(same[rows, columns].sum()))


@pytest.mark.parametrize("seed", range(30))
def test_matching_equals_brute_force(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = np.kron(rng.integers(0, 5, (3, 4)), np.ones((3, 3), int)) * 7  # numbers with gaps
    labels = np.where(rng.random(truth.shape) < 0.2, rng.integers(0, 40, truth.shape), truth + 2 * (truth > 0))
    for iou in (0.5, 0.6, 0.75):
        counts = match(labels.astype(np.int32), truth.astype(np.uint16), iou)
        assert counts == by_hand(labels, truth, iou)
        assert object_f1(labels, truth, iou) == counts.f1
    assert match(truth, truth, 0.99).f1 == 1.0


def test_exactly_half_is_no_match_so_that_partners_are_unique() -> None:
    truth = np.array([[1, 1, 1, 1]])
    assert match(np.array([[1, 1, 2, 2]]), truth).matched == 0
    assert match(np.array([[1, 1, 1, 2]]), truth) == ObjectCounts(2, 1, 1)


def test_background_is_no_partner_however_large_it_is() -> None:
    full, empty = np.ones((3, 3), int), np.zeros((3, 3), int)
    assert match(empty, full) == ObjectCounts(0, 1, 0) and match(full, empty) == ObjectCounts(1, 0, 0)


def test_figures_of_counts_and_of_nothing() -> None:
    counts = ObjectCounts(found=4, there=6, matched=3)
    assert (counts.precision, counts.recall) == (0.75, 0.5)
    assert counts.f1 == pytest.approx(2 * 0.75 * 0.5 / 1.25)
    empty, some = np.zeros((4, 4), int), np.eye(4, dtype=int)
    both, none, invented = match(empty, empty), match(empty, some), match(some, empty)
    assert (both.f1, both.precision, both.recall) == (1, 1, 1)
    assert (none.f1, none.precision, none.recall) == (invented.f1, invented.precision, invented.recall) == (0, 0, 0)


def test_other_arrays_are_refused() -> None:
    with pytest.raises(ObjectError, match="integer arrays of one shape"):
        match(np.zeros((2, 2), int), np.zeros((2, 3), int))
    with pytest.raises(ObjectError, match="integer arrays of one shape"):
        match(np.zeros((2, 2)), np.zeros((2, 2), int))
    with pytest.raises(ObjectError, match=r"iou must be at least 0\.5 and below 1, .* got 0\.3"):
        match(np.zeros((2, 2), int), np.zeros((2, 2), int), 0.3)
    with pytest.raises(ObjectError, match="boolean foreground"):
        separate(np.zeros((2, 2)), np.zeros((2, 2)))
