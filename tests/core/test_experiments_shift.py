"""Shifted images against networks called on windows by hand, and against what must be exact."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from tests.core.subjects import KINDS, NESTED, PLAIN, VALID, image_of, net_of, subject_of
from tests.core.test_checkpoint import card_of
from unet_core.config import UNetConfig
from unet_core.experiments import shift as module
from unet_core.experiments.shift import shift_says, shifts
from unet_core.inside.subject import subject
from unet_core.messages import ExplainedError
from unet_core.models import mean_of_heads
from unet_core.probabilities import foreground
from unet_core.segment import levels

SIZE = (84, 96)
EXACT = ["plain", "nested", "valid", "valid nested", "one head", "added", "one level"]


@pytest.mark.parametrize("kind", EXACT)
@pytest.mark.parametrize("axis", ["rows", "columns", "both"])
def test_only_a_multiple_of_the_poolings_is_exact(kind: str, axis: str) -> None:
    found = list(shifts(subject_of(KINDS[kind], SIZE), axis))
    assert [(one.done, one.of, one.aligned) for one in found] == [(n, 4, n == 4) for n in range(1, 5)]
    wanted = {"rows": (1, 0), "columns": (0, 1), "both": (1, 1)}[axis]
    assert [one.shift for one in found] == [(n * wanted[0], n * wanted[1]) for n in range(1, 5)]
    assert found[-1].largest < 1e-5 and found[-1].flipped == 0
    assert all(one.largest > 1e-4 and one.mean > 1e-6 for one in found[:-1])


@pytest.mark.parametrize("config", [PLAIN, NESTED, VALID], ids=["plain", "nested", "valid"])
def test_the_differences_are_those_of_the_mask_computed_by_hand(config: UNetConfig) -> None:
    """The region is that of the image: the same mask, from a window that begins with the image and is large enough."""
    of = subject_of(config, SIZE)
    net, lost = of.model, 40 if config.padding == "valid" else 0
    whole = of.prepared.tensor
    for one in shifts(of, "rows"):
        box, pixels = one.region, one.shift[0]
        assert one.difference.shape == (box.height, box.width)
        still = by_hand(net, whole[..., : whole.shape[-2] - 4, : whole.shape[-1] - 4])
        moved = by_hand(net, whole[..., pixels : whole.shape[-2] - 4 + pixels, : whole.shape[-1] - 4])
        rows, columns = slice(box.top, box.bottom), slice(box.left, box.right)
        shifted = slice(box.top + pixels, box.bottom + pixels)
        expected = np.abs(moved[rows, columns] - still[shifted, columns])
        assert np.allclose(one.difference, expected, atol=1e-5) and expected.shape == one.difference.shape
        assert one.mean == pytest.approx(expected.mean(), abs=1e-6)
        assert one.largest == pytest.approx(expected.max(), abs=1e-5)
        assert one.flipped == ((moved[rows, columns] >= 0.5) != (still[shifted, columns] >= 0.5)).sum()
    assert lost == whole.shape[-2] - still.shape[0] - 4


def by_hand(net: nn.Module, window: torch.Tensor) -> np.ndarray:
    with torch.no_grad():
        return foreground(mean_of_heads(net(window)))[0].numpy()


def test_without_a_pooling_in_the_way_every_shift_would_be_exact() -> None:
    """A network that ignores what comes from below is a plain stack of convolutions: then all shifts are."""
    of = subject_of(PLAIN, SIZE)
    net = net_of(PLAIN)
    net.up[0].upconv.weight.data.zero_()
    found = list(shifts(subject(net, card_of(PLAIN), of.pixels)))
    assert all(one.largest < 1e-5 for one in found)


def test_a_norm_that_measures_the_whole_window_is_not_exact_and_it_says_so() -> None:
    for kind in ("group", "instance"):
        of = subject_of(KINDS[kind], (120, 120))
        assert list(shifts(of))[-1].largest > 1e-4
        assert "even then" in str(shift_says(of.config)[-1])
    assert len(shift_says(PLAIN)) == 1 and "multiple of 4 pixels" in str(shift_says(PLAIN)[0])


def test_a_large_image_is_looked_at_in_its_middle(monkeypatch: pytest.MonkeyPatch) -> None:
    of = subject_of(PLAIN, (200, 300))
    monkeypatch.setattr(module, "SIDE", 80)
    one = next(shifts(of))
    assert max(one.difference.shape) < 80
    middle = (one.region.top + one.region.bottom) / 2, (one.region.left + one.region.right) / 2
    assert abs(middle[0] - 100) < 10 and abs(middle[1] - 150) < 10


def test_an_image_that_is_too_small_is_refused_with_the_side_that_is_not() -> None:
    for config in (PLAIN, replace(PLAIN, depth=3)):
        with pytest.raises(ExplainedError, match="choose an image of at least") as error:
            next(shifts(subject(net_of(config), card_of(config), image_of(config, (20, 20)))))
        side = error.value.message.values["side"]
        assert isinstance(side, int)
        next(shifts(subject(net_of(config), card_of(config), image_of(config, (side, side)))))
        step = 2**config.depth
        with pytest.raises(ExplainedError):
            next(shifts(subject(net_of(config), card_of(config), image_of(config, (side - step, side)))))


def test_an_unknown_axis_is_refused() -> None:
    with pytest.raises(ExplainedError, match="along rows, columns, both, got 'x'"):
        next(shifts(subject_of(PLAIN, SIZE), "x"))


def test_levels_are_those_of_the_whole_image() -> None:
    """Else a moved window would be scaled by other percentiles."""
    of = subject_of(PLAIN, SIZE)
    whole = levels(of.pixels.transpose(2, 0, 1), of.card.normalisation)
    assert whole == of.prepared.levels
