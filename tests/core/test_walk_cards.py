"""The ten cards: right answers by computations of their own, and what they point at is there."""

import re
from dataclasses import replace
from math import prod
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.core.test_checkpoint import card_of
from tests.core.test_segment import picture, trained_a_little
from unet_core.checkpoint import load
from unet_core.config import PRESETS, UNetConfig
from unet_core.images import load_image
from unet_core.messages import ExplainedError
from unet_core.trace import Trace, trace
from unet_core.walk import Journey, LessonCard, journey, lesson
from unet_core.walk.cards import LOGITS
from unet_core.walk.steps import ARGMAX, SOFTMAX

ASSETS = Path(__file__).parents[2] / "assets"
PAPER = trace(PRESETS["unet-2015"], (572, 572))
OTHER = UNetConfig(base_channels=3, depth=2, padding="same", in_channels=3, classes=3)


def reach(model: torch.nn.Module, layer: str, side: int) -> int:
    """Pixels of the image, in height, that have a gradient at the middle of a layer: the receptive field, by torch.

    All weights are made 1 and every pooling a mean, so that no path is lost.
    """
    for part in model.modules():
        if isinstance(part, torch.nn.Conv2d):
            torch.nn.init.ones_(part.weight)
    seen: list[torch.Tensor] = []
    model.get_submodule(layer).register_forward_hook(lambda *parts: seen.append(parts[2]))
    for name, part in list(model.named_modules()):
        if isinstance(part, torch.nn.MaxPool2d):
            model.get_submodule(name.rpartition(".")[0])[int(name.rpartition(".")[2])] = torch.nn.AvgPool2d(2)  # type: ignore[operator]
    image = torch.ones(1, 1, side, side, requires_grad=True)
    model.eval()(image)
    middle = seen[0].shape[-1] // 2
    seen[0][0, :, middle, middle].sum().backward()
    assert image.grad is not None
    return int(image.grad[0, 0].abs().sum(dim=1).count_nonzero())


@pytest.fixture(scope="module")
def told() -> tuple[tuple[LessonCard, ...], Trace, Journey]:
    """The cards of the page: the shipped network, and the part of the real image that travels through it."""
    model, card = load(ASSETS / "models" / "nuclei-unet")
    pixels = load_image((ASSETS / "nuclei" / "dsb2018.png").read_bytes()).pixels[200:456, 40:296]
    found, traced = journey(model, card, pixels), trace(card.config, (256, 256))
    return lesson(traced, found, PAPER, card.classes, card.object_diameter), traced, found


def right(card: LessonCard) -> str:
    assert card.question is not None
    return str(card.question.choices[card.question.right])


def answered(card: LessonCard) -> str:
    return str(card.question.answer) if card.question else ""


def test_there_are_ten_and_each_points_at_rows_and_shows_pictures_that_exist(
    told: tuple[tuple[LessonCard, ...], Trace, Journey],
) -> None:
    cards, traced, found = told
    assert len(cards) == 10
    for card in cards:
        assert card.rows and all(row in traced for row in card.rows)
        assert card.pictures and set(card.pictures) <= {*found.stops, LOGITS, SOFTMAX, ARGMAX}
        assert str(card.sentence).count(".") == 1 and str(card.sentence).endswith(".")  # one sentence
    assert [card.question is None for card in cards] == [True] + 9 * [False]
    for card in cards[1:]:
        assert card.question is not None and 2 <= len(set(map(str, card.question.choices))) <= 3
    assert [len(card.question.choices) for card in cards if card.question and "hold" in str(card.question.text)] == [3]
    assert len({card.question.right for card in cards if card.question}) > 1  # not always the same place


def test_the_right_answers_are_right(told: tuple[tuple[LessonCard, ...], Trace, Journey]) -> None:
    cards, _, found = told
    model, card = load(ASSETS / "models" / "nuclei-unet")
    weights = model.state_dict()
    first, head = weights["encoder.0.conv1.weight"], (weights["head.weight"], weights["head.bias"])
    up, deepest = weights["up.2.upconv.weight"], weights["bottleneck.conv2.weight"]
    assert right(cards[1]) == f"{256 * 256:,}"
    assert right(cards[2]) == f"{first[0].numel()}" == "9"
    assert right(cards[3]) == f"{len(first) * (256 // 2) ** 2:,}"
    assert right(cards[4]) == str(reach(load(ASSETS / "models" / "nuclei-unet")[0], "encoder.2.conv2", 256))
    assert right(cards[5]) == f"{len(deepest) * (256 // 8) ** 2:,}"
    assert right(cards[6]) == f"{up.shape[1] * (256 // 4) ** 2:,}"
    assert right(cards[7]) == f"{weights['decoder.0.conv1.weight'].shape[1]}"
    assert right(cards[8]) == f"{sum(part.numel() for part in head)}"
    pixel = cards[9].pixel
    assert pixel is not None
    assert right(cards[9]) == card.classes[int(found.logits[:, pixel.y, pixel.x].argmax())]


def test_the_answers_tell_what_was_computed(told: tuple[tuple[LessonCard, ...], Trace, Journey]) -> None:
    cards, _, found = told
    said = list(map(answered, cards))
    low, high = found.image.min(), found.image.max()
    assert f"from {low:.2f} to {high:.2f}" in said[1] and "256 × 256 × 1 = 65,536" in said[1]
    assert f"{100 * found.stops['encoder.0.relu1'].zeros:.0f} %" in said[2]
    assert "75 %" in said[3] and "128 × 128 × 8" in said[3]
    assert "64 × 32 × 32 = 65,536, exactly as many as the image" in said[5] and "(1,024)" in said[5]
    bottleneck = reach(load(ASSETS / "models" / "nuclei-unet")[0], "bottleneck.conv2", 256)
    assert f"sees {bottleneck} pixels" in str(cards[5].sentence)
    assert "8 + 8 = 16" in said[7] and "88 pixels" in said[7] and "568 → 392" in said[7]
    assert "8 × 1 weights and 1 for the bias, 9" in said[8]
    pixel = cards[9].pixel
    assert pixel is not None and sum(pixel.probabilities) == pytest.approx(1, abs=1e-6)
    expected = np.exp(pixel.logits) / np.exp(pixel.logits).sum()
    assert ", ".join(f"{value:.3f}" for value in expected) in said[9]


def test_another_network_has_other_answers() -> None:
    model, card = trained_a_little(OTHER), card_of(OTHER)
    traced = trace(OTHER, (32, 40))
    cards = lesson(traced, journey(model, card, picture(32, 40, 3)), PAPER, card.classes, 9.0)
    assert right(cards[1]) == f"{3 * 32 * 40:,}" and right(cards[2]) == "27" and right(cards[3]) == f"{3 * 16 * 20:,}"
    held, image = prod(traced["bottleneck.relu2"].out_shape), 3 * 32 * 40
    assert right(cards[5]) == f"{held:,}" and f"{held / image:.3g} times as many as the image" in answered(cards[5])
    assert right(cards[8]) == "12"
    assert cards[9].question is not None and len(cards[9].question.choices) == 3
    assert not re.search(r"\bhead\b", " ".join(cards[9].rows[1:]))


@pytest.mark.parametrize(
    "changes",
    [{"architecture": "unet++"}, {"depth": 1}, {"padding": "valid"}, {"skip": "add"}, {"skip_levels": (0,)},
     {"upsampling": "nearest"}],
)  # fmt: skip
def test_a_network_that_the_cards_do_not_describe_is_refused(changes: dict[str, object]) -> None:
    config = replace(OTHER, **changes)  # type: ignore[arg-type]
    empty = Journey({}, *(np.zeros((1, 1, 1), np.float32),) * 3, np.zeros((1, 1), np.uint8))
    with pytest.raises(ExplainedError, match="the lesson needs a U-Net of depth 2 or more"):
        lesson(trace(config, (44, 44)), empty, PAPER, ("background", "nucleus"), 9.0)
