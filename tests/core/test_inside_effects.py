"""Channels switched off one by one, against a model whose weights that read the channel are zero."""

import copy

import numpy as np
import pytest
import torch

from tests.core.subjects import KINDS, PLAIN, subject_of
from tests.core.test_checkpoint import card_of
from unet_core.inside import effects as module
from unet_core.inside.effects import effects
from unet_core.inside.features import FeatureError
from unet_core.inside.wiring import behind, frontier
from unet_core.models import UNet
from unet_core.segment import segment


def deaf(model: torch.nn.Module, reads: dict[str, int]) -> torch.nn.Module:
    """A copy in which each convolution of `reads` no longer hears one of its input channels."""
    other = copy.deepcopy(model)
    for name, channel in reads.items():
        other.get_submodule(name).weight.data[:, channel] = 0
    return other


@pytest.mark.parametrize("row, readers", [
    ("encoder.0.relu2", lambda c: {"encoder.1.conv1": c, "decoder.0.conv1": 4 + c}),
    ("encoder.1.relu1", lambda c: {"encoder.1.conv2": c}),
    ("pool.1", lambda c: {"bottleneck.conv1": c}),
    ("skip.1.join", lambda c: {"decoder.1.conv1": c}),
    ("decoder.0.relu2", lambda c: {"head": c}),
])  # fmt: skip
def test_the_mask_changes_as_if_nobody_heard_the_channel(row, readers) -> None:
    of = subject_of(PLAIN)
    before = segment(of.model, of.card, of.pixels)
    found = list(effects(of, row))
    channels = of.traced[row].out_shape[0]
    assert [(one.channel, one.done, one.of) for one in found] == [(c, c + 1, channels) for c in range(channels)]
    for one in found:
        after = segment(deaf(of.model, readers(one.channel)), of.card, of.pixels)
        difference = np.abs(after.probability - before.probability)
        assert one.change.mean == pytest.approx(difference.mean(), abs=1e-5)
        assert one.change.largest == pytest.approx(difference.max(), abs=1e-5)
        assert one.change.flipped == (after.mask() != before.mask()).sum()
    assert max(one.change.mean for one in found) > 1e-3 and max(one.change.flipped for one in found) > 0


def test_some_channels_alone_are_measured_as_among_all() -> None:
    of = subject_of(PLAIN)
    whole, some = list(effects(of, "bottleneck.relu1")), list(effects(of, "bottleneck.relu1", channels=iter((5, 2))))
    assert [(one.channel, one.done, one.of) for one in some] == [(5, 1, 16), (2, 2, 16)]
    assert [one.change for one in some] == [whole[5].change, whole[2].change]
    with pytest.raises(FeatureError, match="the channels 0 to 15, got 16"):
        list(effects(of, "bottleneck.relu1", channels=[16]))


def test_only_what_lies_behind_is_computed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    of = subject_of(PLAIN)
    steps = effects(of, "decoder.0.relu1")
    next(steps)
    ran: list[str] = []
    original = module.Subject.replay

    def counted(self, kept, again, edits=None):
        ran.extend(sorted(again))
        assert set(kept) == {"decoder.0.relu1"}
        return original(self, kept, again, edits)

    monkeypatch.setattr(module.Subject, "replay", counted)
    next(steps)
    assert ran == ["decoder.0.conv2", "decoder.0.norm2", "decoder.0.relu2", "head"]
    steps.close()


@pytest.mark.parametrize("kind", KINDS)
def test_a_replay_without_a_change_is_the_first_run(kind: str) -> None:
    of = subject_of(KINDS[kind])
    for row in of.drawn:
        if row == "input":
            continue
        again = behind(of.traced, {row})
        assert row not in again
        answer, kept = of.keep(frontier(of.traced, again) | {row})
        assert np.array_equal(of.replay(kept, again).per_class, answer.per_class), row


@pytest.mark.parametrize("row", ["input", "head", "encoder.0.conv1", "encoder", "x" * 200])
def test_rows_that_can_not_be_switched_off(row: str) -> None:
    with pytest.raises(FeatureError) as error:
        next(effects(subject_of(PLAIN), row))
    assert len(str(error.value)) < 130


def test_the_model_is_left_as_it_was() -> None:
    of = subject_of(PLAIN)
    assert isinstance(of.model, UNet)
    expected = segment(of.model, of.card, of.pixels).probability
    list(effects(of, "bottleneck.relu2"))
    assert np.array_equal(segment(of.model, card_of(PLAIN), of.pixels).probability, expected)
