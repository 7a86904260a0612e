"""What is switched off, against models whose weights for it are zero, in every wiring."""

import copy
import re
from collections.abc import Callable

import numpy as np
import pytest
from torch import nn

from tests.core.subjects import KINDS, NESTED, PLAIN, VALID, VALID_NESTED, subject_of
from unet_core.experiments.ablation import switch_off, switch_off_skip
from unet_core.inside.features import FeatureError
from unet_core.inside.subject import Subject
from unet_core.messages import ExplainedError
from unet_core.segment import Segmentation, segment


def changed(of: Subject, mutilate: Callable[[nn.Module], None]) -> Segmentation:
    """The mask of a copy whose weights were changed."""
    other = copy.deepcopy(of.model)
    mutilate(other)
    return segment(other, of.card, of.pixels)


def assert_masks(found, of: Subject, expected: Segmentation) -> None:
    before = segment(of.model, of.card, of.pixels).probability
    assert np.allclose(found.before.probability, before, atol=1e-5)
    assert np.allclose(found.after.probability, expected.probability, atol=1e-5)
    assert found.change.mean == pytest.approx(np.abs(expected.probability - before).mean(), abs=1e-5)
    assert found.change.mean > 1e-3  # the part did something


def unheard(name: str, channels: slice) -> Callable[[nn.Module], None]:
    """A convolution that no longer hears some of its input channels."""

    def mutilate(model: nn.Module) -> None:
        model.get_submodule(name).weight.data[:, channels] = 0

    return mutilate


@pytest.mark.parametrize("level, channels", [(0, slice(4, 8)), (1, slice(8, 16))])
@pytest.mark.parametrize("config", [PLAIN, VALID], ids=["same", "valid"])
def test_a_skip_of_a_u_net(config, level: int, channels: slice) -> None:
    of = subject_of(config)
    found = switch_off_skip(of, level)
    assert_masks(found, of, changed(of, unheard(f"decoder.{level}.conv1", channels)))


@pytest.mark.parametrize("config", [NESTED, VALID_NESTED], ids=["same", "valid"])
@pytest.mark.parametrize("source, channels", [(0, slice(4, 8)), (1, slice(8, 12)), (None, slice(4, 12))])
def test_one_skip_or_all_of_a_node_of_a_nested_net(config, source: int | None, channels: slice) -> None:
    of = subject_of(config)
    found = switch_off_skip(of, 0, 2, source)
    assert_masks(found, of, changed(of, unheard("decoder.X0_2.conv1", channels)))


def test_all_skips_of_a_level_or_all_that_read_one_node() -> None:
    of = subject_of(NESTED)

    def all_of_level(model: nn.Module) -> None:
        unheard("decoder.X0_1.conv1", slice(4, 8))(model)
        unheard("decoder.X0_2.conv1", slice(4, 12))(model)

    assert_masks(switch_off_skip(of, 0), of, changed(of, all_of_level))

    def from_encoder(model: nn.Module) -> None:
        unheard("decoder.X0_1.conv1", slice(4, 8))(model)
        unheard("decoder.X0_2.conv1", slice(4, 8))(model)

    assert_masks(switch_off_skip(of, 0, source=0), of, changed(of, from_encoder))


@pytest.mark.parametrize("kind", ["added", "added valid"])
def test_a_skip_that_is_added(kind: str) -> None:
    of = subject_of(KINDS[kind])

    def only_below(model: nn.Module) -> None:
        model.skip[1].join.forward = lambda *maps: maps[0]

    assert_masks(switch_off_skip(of, 1), of, changed(of, only_below))


def test_a_block_and_a_channel() -> None:
    of = subject_of(PLAIN)
    found = switch_off(of, "bottleneck.relu2")
    assert_masks(found, of, changed(of, lambda model: model.up[1].upconv.weight.data.zero_()))
    found = switch_off(of, "up.0.upconv", 2)
    assert_masks(found, of, changed(of, unheard("decoder.0.conv1", slice(2, 3))))


def test_a_node_of_a_nested_net_is_switched_off_for_all_who_read_it() -> None:
    of = subject_of(NESTED)

    def mutilate(model: nn.Module) -> None:
        model.head.L1.weight.data.zero_()  # reads X^{0,1}, and so does X^{0,2} along its skip
        unheard("decoder.X0_2.conv1", slice(8, 12))(model)

    assert_masks(switch_off(of, "decoder.X0_1.relu2"), of, changed(of, mutilate))


def test_dice_before_and_after() -> None:
    of = subject_of(PLAIN)
    truth = np.zeros((22, 27), np.int32)
    truth[5:15, 3:20] = 7
    found = switch_off_skip(of, 0, truth=truth)
    assert found.dice is not None
    for score, answer in zip(found.dice, (found.before, found.after), strict=True):
        mask, there = answer.probability >= 0.5, truth > 0
        assert score == pytest.approx(2 * (mask & there).sum() / (mask.sum() + there.sum()))
    assert switch_off_skip(of, 0).dice is None
    assert "another network" in str(found.notes[-1])
    with pytest.raises(ExplainedError, match="arrays of one shape"):
        switch_off_skip(of, 0, truth=truth[1:])


def test_skips_that_are_not_connected_are_refused_with_those_that_are() -> None:
    listed = re.escape("X^(0,0)→X^(0,1), X^(1,0)→X^(1,1), X^(0,0)→X^(0,2), X^(0,1)→X^(0,2)")
    for place in ((2, None, None), (0, 3, None), (0, 1, 1), (-1, None, None)):
        with pytest.raises(ExplainedError, match=listed):
            switch_off_skip(subject_of(NESTED), *place)
    with pytest.raises(ExplainedError, match=re.escape("are X^(1,0)→X^(1,1)")):
        switch_off_skip(subject_of(KINDS["one level"]), 0)
    with pytest.raises(FeatureError, match="there are the channels 0 to 3, got 4"):
        switch_off(subject_of(PLAIN), "encoder.0.relu1", 4)


def test_short_and_long_skips_have_the_sources_of_their_wiring() -> None:
    for kind, source in (("short skips", 1), ("long skips", 0)):
        of = subject_of(KINDS[kind])
        found = switch_off_skip(of, 0, 2, source)
        assert_masks(found, of, changed(of, unheard("decoder.X0_2.conv1", slice(4, 8))))
        with pytest.raises(ExplainedError):
            switch_off_skip(of, 0, 2, 1 - source)
