"""One pixel on its way into the mask: every step against PyTorch and against the mask of the whole image."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.core.test_checkpoint import card_of
from tests.core.test_segment import picture
from tests.core.test_tiles import SAME, in_one_piece, loud
from unet_core.config import UNetConfig
from unet_core.decision import DecisionError, steps_at
from unet_core.probabilities import class_map, foreground_of, probabilities
from unet_core.tiles import TileError, mosaic, segment_tiled

NAMES = ("background", "inside", "boundary")


@pytest.mark.parametrize("classes", [1, 2, 3, 5])
@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.9])
def test_every_step_equals_pytorch_and_the_rule_for_a_whole_image(classes: int, threshold: float) -> None:
    logits = torch.randn(1, classes, 6, 7, generator=torch.Generator().manual_seed(classes)) * 2
    names = tuple(f"class {n}" for n in range(max(2, classes)))
    found = probabilities(logits)[0].numpy()
    mask, kinds = foreground_of(found) >= threshold, class_map(found, threshold)
    for y in range(6):
        for x in range(7):
            decision = steps_at(logits[0, :, y, x].tolist(), names, threshold)
            assert decision.probabilities == pytest.approx(found[:, y, x].tolist(), abs=1e-6)
            assert decision.foreground == pytest.approx(float(foreground_of(found)[y, x]), abs=1e-6)
            assert (decision.in_mask, decision.chosen) == (mask[y, x], kinds[y, x])
            if classes > 1:
                assert decision.likeliest == found[:, y, x].argmax()
                assert sum(decision.probabilities) == pytest.approx(1)
                assert decision.exponentials == pytest.approx(logits[0, :, y, x].exp().tolist(), rel=1e-5)


def test_softmax_in_numbers_and_words() -> None:
    decision = steps_at((2.0, 1.0, 1.5), NAMES)
    assert decision.exponentials == pytest.approx((7.389, 2.718, 4.482), abs=1e-3)
    assert decision.total == pytest.approx(14.589, abs=1e-3)
    assert decision.probabilities == pytest.approx((0.5065, 0.1863, 0.3072), abs=1e-4)
    assert (decision.likeliest, decision.chosen, decision.in_mask) == (0, 0, False)
    assert [str(line) for line in decision.sentences] == [
        "Softmax: e to the power of each logit, divided by the sum of all of them, 14.59. The mask asks for everything "
        "that is not background: 1 − 0.5065 = 0.4935.",
        "That is below the threshold 0.50, so the pixel is not in the mask.",
    ]


def test_argmax_and_threshold_may_disagree_and_it_is_said() -> None:
    together = steps_at((1.0, 0.9, 0.8), NAMES)
    assert (together.likeliest, together.chosen, together.in_mask) == (0, 1, True)
    assert "most likely class is background, but the classes of the foreground together" in str(together.sentences[2])
    strict = steps_at((0.0, 1.0, 0.0), NAMES, 0.9)
    assert (strict.likeliest, strict.chosen, strict.in_mask) == (1, 0, False)
    assert "most likely class is inside, but not likely enough" in str(strict.sentences[2])


def test_sigmoid_in_numbers_and_words() -> None:
    decision = steps_at((1.5,), ("background", "nucleus"))
    assert decision.total == pytest.approx(1.2231, abs=1e-4) and decision.probabilities == (decision.foreground,)
    assert [str(line) for line in decision.sentences] == [
        "Sigmoid: 1 / (1 + e to the power of minus the logit) = 1 / 1.223 = 0.8176, the probability of foreground.",
        "That reaches the threshold 0.50, so the pixel is in the mask, as nucleus.",
    ]


def test_logits_that_are_none_are_refused() -> None:
    for bad in (float("nan"), float("inf"), 701.0, -701.0):
        with pytest.raises(DecisionError, match="a logit beyond ±700"):
            steps_at((bad, 0.0, 0.0), NAMES)
    for logits, names in (((), NAMES), ((1.0,), NAMES), ((1.0, 2.0), NAMES)):
        with pytest.raises(DecisionError, match="logits don't belong to 3 classes"):
            steps_at(logits, names)


@pytest.mark.parametrize("config", [
    SAME, replace(SAME, classes=3), replace(SAME, classes=3, norm="instance"),
    UNetConfig(architecture="unet++", classes=3, base_channels=2, depth=2, padding="same", deep_supervision=True),
    UNetConfig(classes=3, base_channels=2, depth=2),
])  # fmt: skip
def test_the_logits_of_a_pixel_are_those_of_the_whole_image(config: UNetConfig) -> None:
    model, image = loud(config), picture(43, 70)
    whole = in_one_piece(model, config, image)
    parts = mosaic(model, card_of(config), image, stride=None if config.norm == "instance" else 4)
    found = segment_tiled(model, card_of(config), image, every_class=True).per_class
    assert found is not None
    for row, column in ((0, 0), (42, 69), (17, 31), (8, 64)):
        logits = parts.logits_at(row, column)
        assert logits.shape == (config.classes,) and np.allclose(logits, whole[:, row, column], atol=1e-3)
        decision = steps_at(logits.tolist(), card_of(config).classes)
        assert decision.probabilities == pytest.approx(found[:, row, column].tolist(), abs=1e-4)


def test_a_pixel_outside_the_image_is_refused() -> None:
    parts = mosaic(loud(SAME), card_of(SAME), picture(20, 30), stride=4)
    for row, column in ((-1, 0), (0, -1), (20, 0), (0, 30)):
        with pytest.raises(TileError, match=f"no pixel at row {row}, column {column}"):
            parts.logits_at(row, column)
