"""Heads side by side, against the outputs of the whole network's own heads."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.core.subjects import KINDS, NESTED, PLAIN, VALID_NESTED, subject_of
from unet_core.config import UNetConfig
from unet_core.experiments import heads as module
from unet_core.experiments.heads import Heads, heads
from unet_core.messages import ExplainedError
from unet_core.probabilities import probabilities
from unet_core.segment import segment
from unet_core.trace import trace

SIZE = (43, 50)
DEEP = replace(NESTED, depth=3, in_channels=1)


def last(of, **choice) -> Heads:
    *_, found = heads(of, **choice)
    return found


@pytest.mark.parametrize("config", [NESTED, VALID_NESTED, DEEP, KINDS["short skips"], KINDS["long skips"]], ids=str)
def test_each_answer_is_that_of_the_head_and_the_last_their_mean(config: UNetConfig) -> None:
    of = subject_of(config, SIZE)
    with torch.no_grad():
        logits = of.model(of.prepared.tensor)
    smallest = min(x.shape[-2] for x in logits)
    found = last(of, rounds=1)
    assert [head.level for head in found.heads] == [*range(1, config.depth + 1), None]
    for head, own in zip(found.heads, logits, strict=False):
        cut = (own.shape[-2] - smallest) // 2
        expected = probabilities(own)[0, :, cut : cut + SIZE[0], cut : cut + SIZE[1]].numpy()
        assert np.allclose(head.answer.per_class, expected, atol=1e-5)
    whole = segment(of.model, of.card, of.pixels)
    assert np.allclose(found.heads[-1].answer.probability, whole.probability, atol=1e-5)
    assert not np.allclose(found.heads[0].answer.probability, whole.probability, atol=1e-2)


def test_costs_are_those_of_the_pruned_networks() -> None:
    of = subject_of(NESTED, SIZE)
    found = last(of, rounds=1).heads
    for level, head in ((1, found[0]), (2, found[1])):
        traced = trace(replace(NESTED, depth=level, deep_supervision=False), (44, 52))
        assert (head.parameters, head.macs) == (traced.params, traced.macs)
    assert found[2].parameters == sum(parameter.numel() for parameter in of.model.parameters())
    assert found[0].macs < found[1].macs < found[2].macs


def test_times_are_medians_of_turns_and_the_first_run_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    of, order = subject_of(NESTED, SIZE), []
    original = module._timed

    def timed(of, network):
        order.append(network)
        return original(of, network)[0], float(len(order))

    monkeypatch.setattr(module, "_timed", timed)
    steps = list(heads(of))
    assert [(step.done, step.of) for step in steps] == [(n, 12) for n in range(1, 13)]
    assert order == order[:3] * 4  # in turns
    assert [len(step.heads) for step in steps] == [1, 2, *[3] * 10]
    assert all(head.seconds is None for head in steps[2].heads)
    assert [head.seconds for head in steps[-1].heads] == [7.0, 8.0, 9.0]  # of 4, 7, 10 and so on


def test_dice_of_each_head() -> None:
    of = subject_of(NESTED, SIZE)
    truth = np.zeros(SIZE, np.int32)
    truth[5:30, 3:20] = 7
    for head in last(of, truth=truth, rounds=0).heads:
        mask, there = head.answer.probability >= 0.5, truth > 0
        assert head.dice == pytest.approx(2 * (mask & there).sum() / (mask.sum() + there.sum()))
    assert all(head.dice is None for head in last(of, rounds=0).heads)


def test_random_numbers_stay_as_they_were() -> None:
    of = subject_of(NESTED, SIZE)
    state = torch.get_rng_state()
    last(of, rounds=0)
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("config", [PLAIN, KINDS["one head"]], ids=["U-Net", "one head"])
def test_a_network_with_one_head_is_refused(config: UNetConfig) -> None:
    with pytest.raises(ExplainedError, match="this network has one head"):
        next(heads(subject_of(config, SIZE)))
