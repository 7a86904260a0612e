"""All figures of an image, by name."""

import numpy as np
import pytest

from tests.core.test_objects import TOUCHING, discs, sure
from unet_core.data.samples import boundary_classes
from unet_core.figures import figures, figures_of_mask
from unet_core.metrics import boundary_f, count, dice, iou
from unet_core.objects import components, object_f1, objects_of

PLAIN = ["dice", "iou", "accuracy", "boundary_f", "object_f1"]


def test_a_network_that_knows_has_ones() -> None:
    found = figures(sure(TOUCHING), boundary_classes(TOUCHING), TOUCHING)
    assert list(found) == [*PLAIN, "dice_1", "dice_2", "mean_dice", "mean_iou"]
    assert set(found.values()) == {1.0}
    mask = (TOUCHING > 0).astype(np.float32)[None]
    plain = figures(mask, (TOUCHING > 0).astype(np.uint8), TOUCHING)
    assert list(plain) == PLAIN and plain["object_f1"] == pytest.approx(2 / 5)  # one of three, and one of two in one
    two = figures(np.concatenate([1 - mask, mask]), boundary_classes(TOUCHING), TOUCHING)  # whatever truth's classes
    assert two == plain


def test_each_figure_is_the_one_of_its_name_at_the_threshold() -> None:
    rng = np.random.default_rng(0)
    noisy = sure(discs((14, 14, 9), (15, 30, 9), (35, 24, 8))) + 0.6 * rng.random((3, 48, 48))
    found, classes = (noisy / noisy.sum(axis=0)).astype(np.float32), boundary_classes(TOUCHING)
    for threshold in (0.3, 0.5, 0.7):
        result = figures(found, classes, TOUCHING, threshold)
        mask, truth = 1 - found[0] >= threshold, TOUCHING > 0
        assert (result["dice"], result["iou"]) == (dice(mask, truth), iou(mask, truth))
        assert result["accuracy"] == count(mask, truth).accuracy == pytest.approx((mask == truth).mean())
        assert result["boundary_f"] == boundary_f(mask, truth)
        assert result["object_f1"] == object_f1(objects_of(found, threshold), TOUCHING)
        each = [dice(mask & ((found[1] < found[2]) == (k == 2)), classes == k) for k in (1, 2)]
        assert [result["dice_1"], result["dice_2"]] == pytest.approx(each)
        assert result["mean_dice"] == pytest.approx(sum(each) / 2)
        assert figures_of_mask(mask, TOUCHING)["object_f1"] == object_f1(components(mask), TOUCHING)


def test_nothing_found_where_nothing_is() -> None:
    nothing = np.zeros((8, 8), np.int32)
    for found in (np.zeros((1, 8, 8), np.float32), np.stack([nothing + 1, nothing, nothing]).astype(np.float32)):
        assert set(figures(found, nothing, nothing).values()) == {1.0}
        assert figures(1 - found, nothing, nothing)["dice"] == 0.0
