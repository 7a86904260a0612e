"""Skips of one image and the bottleneck of another, against the network's own modules called by hand."""

from itertools import product

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.core.subjects import KINDS, NESTED, PLAIN, VALID, VALID_NESTED, image_of, net_of
from tests.core.test_checkpoint import card_of
from unet_core.config import UNetConfig
from unet_core.experiments.transplant import middle, transplant
from unet_core.messages import ExplainedError
from unet_core.models import NestedUNet, UNet, mean_of_heads
from unet_core.probabilities import probabilities
from unet_core.segment import prepare, segment

SIZE = (22, 27)


def by_hand(model: UNet, skips_of: Tensor, bottleneck_of: Tensor) -> Tensor:
    def down(x: Tensor) -> tuple[list[Tensor], Tensor]:
        skips = []
        for encoder, pool in zip(model.encoder, model.pool, strict=True):
            skips.append(encoder(x))
            x = pool(skips[-1])
        return skips, model.bottleneck(x)

    skips, _ = down(skips_of)
    _, x = down(bottleneck_of)
    for level in (1, 0):
        x = model.decoder[level](model.skip[level](model.up[level](x), [skips[level]]))
    return model.head(x)


def by_hand_nested(model: NestedUNet, skips_of: Tensor, bottleneck_of: Tensor) -> Tensor:
    """Depth 2, dense skips."""

    def down(x: Tensor) -> list[Tensor]:
        first = model.encoder[0](x)
        second = model.encoder[1](model.pool[0](first))
        return [first, second, model.encoder[2](model.pool[1](second))]

    x00, x10, _ = down(skips_of)
    x20 = down(bottleneck_of)[2]
    x01 = model.decoder["X0_1"](model.skip["X0_1"](model.up["X0_1"](x10), [x00]))
    x11 = model.decoder["X1_1"](model.skip["X1_1"](model.up["X1_1"](x20), [x10]))
    x02 = model.decoder["X0_2"](model.skip["X0_2"](model.up["X0_2"](x11), [x00, x01]))
    nodes = {"L1": x01, "L2": x02}
    return mean_of_heads(tuple(head(nodes[name]) for name, head in model.head.items()))


@pytest.mark.parametrize("config", [PLAIN, VALID, NESTED, VALID_NESTED, KINDS["one head"], KINDS["instance"]], ids=str)
def test_the_mixed_masks_are_those_of_the_modules_called_by_hand(config: UNetConfig) -> None:
    model, card = net_of(config), card_of(config)
    a, b = image_of(config, SIZE, 1), image_of(config, SIZE, 2) ** 2
    found = transplant(model, card, a, b)
    one, other = (prepare(card, pixels).tensor for pixels in (a, b))
    compute = by_hand if isinstance(model, UNet) else by_hand_nested
    for mixed, inputs in zip(found.mixed, ((one, other), (other, one)), strict=True):
        with torch.no_grad():
            expected = probabilities(compute(model, *inputs))[0, :, : SIZE[0], : SIZE[1]]  # type: ignore[arg-type]
        assert np.allclose(mixed.per_class, expected.numpy(), atol=1e-5)
    for own, pixels in zip(found.own, (a, b), strict=True):
        assert np.allclose(own.probability, segment(model, card, pixels).probability, atol=1e-5)
        assert all(np.abs(own.probability - mixed.probability).max() > 3e-4 for mixed in found.mixed)


def test_an_image_with_its_own_bottleneck_is_itself() -> None:
    image = image_of(PLAIN, SIZE)
    found = transplant(net_of(PLAIN), card_of(PLAIN), image, image)
    assert all(np.array_equal(mixed.per_class, found.own[0].per_class) for mixed in found.mixed)


def test_all_dice_values_against_both_truths() -> None:
    truth_a, truth_b = np.zeros(SIZE, np.int32), np.zeros(SIZE, np.int32)
    truth_a[:11], truth_b[:, 13:] = 3, 9
    a, b = image_of(PLAIN, SIZE, 1), image_of(PLAIN, SIZE, 2)
    found = transplant(net_of(PLAIN), card_of(PLAIN), a, b, truth_a, truth_b)
    answers = dict(zip(("a", "b", "skips a", "skips b"), (*found.own, *found.mixed), strict=True))
    assert set(found.dice) == set(product(answers, ("a", "b")))
    for (name, owner), score in found.dice.items():
        mask, there = answers[name].probability >= 0.5, {"a": truth_a, "b": truth_b}[owner] > 0
        assert score == pytest.approx(2 * (mask & there).sum() / (mask.sum() + there.sum()))
    only_b = transplant(net_of(PLAIN), card_of(PLAIN), a, b, truth_b=truth_b)
    assert {owner for _, owner in only_b.dice} == {"b"}


def test_images_of_two_sizes_are_cut_to_their_middle_and_say_so() -> None:
    a, b = image_of(PLAIN, (30, 27), 1), image_of(PLAIN, (22, 40), 2)
    truth = np.arange(30 * 27).reshape(30, 27)
    found = transplant(net_of(PLAIN), card_of(PLAIN), a, b, truth)
    assert np.array_equal(found.pixels[0], a[4:26]) and np.array_equal(found.pixels[1], b[:, 6:33])
    assert np.array_equal(found.truths[0], truth[4:26])
    assert str(found.notes[0]).startswith("The images differ in size: of both, the 22 × 27 pixels in the middle")
    cut = transplant(net_of(PLAIN), card_of(PLAIN), a[4:26], b[:, 6:33])
    assert np.array_equal(found.mixed[0].per_class, cut.mixed[0].per_class)
    assert middle(a, (29, 26)).shape == (29, 26, 1)


def test_it_says_what_the_bottleneck_is() -> None:
    def told(config: UNetConfig) -> str:
        image = image_of(config, SIZE)
        return " ".join(map(str, transplant(net_of(config), card_of(config), image, image).notes))

    assert "X^(2,0); the skips are" in told(PLAIN)
    assert "the mean of both" in told(NESTED) and "Only the deepest block, X^(2,0)" in told(NESTED)
    assert "heads" not in told(KINDS["one head"])


def test_a_truth_of_another_size_is_refused() -> None:
    image = image_of(PLAIN, SIZE)
    with pytest.raises(ExplainedError, match="as large as its image"):
        transplant(net_of(PLAIN), card_of(PLAIN), image, image, truth_a=np.zeros((22, 28)))
