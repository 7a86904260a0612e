"""Deep supervision: the masks of the heads L1 .. Ld side by side, each by the network that ends there, and their mean.

A network pruned at a head is smaller and faster and computes the same as that head; whether its mask is worse is what
one can see here.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from unet_core.inference import placed
from unet_core.inside.answer import Answer
from unet_core.inside.subject import Subject
from unet_core.messages import ExplainedError
from unet_core.models import NestedUNet, mean_of_heads, prune
from unet_core.trace import Trace, trace_model

ROUNDS = 3


@dataclass(frozen=True, eq=False)
class Head:
    """What the network says that ends at head L`level`, or for None the whole one, whose answer is the mean of all.

    `seconds` is the median of its runs up to now, None before the first that counts; the input is the same for all.
    `dice` is there where a truth was given.
    """

    level: int | None
    answer: Answer
    seconds: float | None
    parameters: int
    macs: int
    dice: float | None


@dataclass(frozen=True, eq=False)
class Heads:
    """All that is known after `done` of `of` runs: first each network's answer, then its time, in turns."""

    heads: tuple[Head, ...]
    done: int
    of: int


def heads(
    of: Subject, truth: NDArray[Any] | None = None, rounds: int = ROUNDS, threshold: float = 0.5
) -> Iterator[Heads]:  # fmt: skip
    """Run L1, .., Ld and the whole network once each for their answers, then `rounds` times in turns for their times.

    So all meet the same disturbances, and the first run, which is slower, doesn't count. Stop at any time. Raises
    ExplainedError for a network with one head.
    """
    networks = _networks(of)
    total, runs, found = len(networks) * (1 + rounds), 0, list[Head]()
    for level, (network, traced) in networks.items():
        answer, _ = _timed(of, network)
        dice = None if truth is None else answer.dice(truth, threshold)
        found.append(Head(level, answer, None, traced.params, traced.macs, dice))
        runs += 1
        yield Heads(tuple(found), runs, total)
    seconds: list[list[float]] = [[] for _ in networks]
    for _ in range(rounds):
        for place, (network, _) in enumerate(networks.values()):
            seconds[place].append(_timed(of, network)[1])
            found[place] = replace(found[place], seconds=median(seconds[place]))
            runs += 1
            yield Heads(tuple(found), runs, total)


def _networks(of: Subject) -> dict[int | None, tuple[nn.Module, Trace]]:
    if not isinstance(of.model, NestedUNet) or not of.config.deep_supervision:
        raise ExplainedError(
            "this network has one head; only deep supervision trains a head at every level of a U-Net++"
        )
    found: dict[int | None, tuple[nn.Module, Trace]] = {}
    shape = tuple(of.prepared.tensor.shape[1:])
    for level in range(1, of.config.depth + 1):
        with torch.random.fork_rng(devices=[]):  # a network is built, and its first weights are drawn in vain
            pruned = prune(of.model, level)
        found[level] = placed(pruned, of.device)[0], trace_model(pruned, shape)
    return {**found, None: (of.network, of.traced)}


def _timed(of: Subject, network: nn.Module) -> tuple[Answer, float]:
    began = time.perf_counter()
    with torch.inference_mode():
        answer = of.answer(_as_large_as_the_mask(of, mean_of_heads(network(of.prepared.tensor.to(of.device)))))
    return answer, time.perf_counter() - began


def _as_large_as_the_mask(of: Subject, logits: Tensor) -> Tensor:
    """Valid convolutions take less off in a shallow network: its map is cut, centred, as `mean_of_heads` does."""
    sides = [of.traced[name].out_shape[-2:] for name in of.traced.outputs]
    height, width = min(side[0] for side in sides), min(side[1] for side in sides)
    top, left = (logits.shape[-2] - height) // 2, (logits.shape[-1] - width) // 2
    return logits[..., top : top + height, left : left + width]
