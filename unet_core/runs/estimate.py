"""What a training will ask for, said before it starts: memory and multiply-adds from the trace, time from a probe.

A step needs the forward pass and about twice that for the gradients (to its inputs and to its weights), for every
image of the batch. Of memory it keeps each weight four times (itself, its gradient, and AdamW's two running means), and
every feature map until its gradient has been computed.
"""

import time
from dataclasses import dataclass
from functools import cache

import torch

from unet_core.config import UNetConfig
from unet_core.models import new_model
from unet_core.pairs import Pairs
from unet_core.runs.fit import fitted, input_side
from unet_core.runs.order import BUDGETS
from unet_core.runs.task import Task
from unet_core.settings import Settings, TrainingError
from unet_core.trace import Trace, trace
from unet_core.train import Training

BATCHES = (8, 4, 2, 1)  # images a step, the most that fit into memory
MOST_BYTES = 2 * 10**9  # of one training: two of them, and the app, fit into an ordinary computer
PASSES = 3  # forward, and the gradients of inputs and of weights
COPIES = 4  # of each weight
KEPT = 2  # each feature map, and while gradients flow back the one of it
MOST_STATE = 160 * 2**20  # bytes; a server keeps the state of every run that goes on
PATIENCE = 3.0  # times its seconds, for the fewest steps that make sense
TRIED = UNetConfig(in_channels=3, classes=4, base_channels=8, depth=2, padding="same", norm="batch")
TRIED_IMAGES, TRIED_SIDE, TRIED_STEPS = 8, 64, 4
ROOM = 1.5  # times the fewest steps, for a budget that is proposed
FEWEST_STEPS = 20  # below it a net has hardly begun, and one cycle of the learning rate means nothing


@dataclass(frozen=True)
class Estimate:
    """Of one training. `macs` are multiply-adds of one step, `bytes` what it keeps in memory at the most."""

    parameters: int
    batch: int
    macs: int
    bytes: int
    side: int  # pixels of what a step is given

    def seconds_per_step(self, macs_per_second: float) -> float:
        """On a machine of this speed."""
        return self.macs / macs_per_second


def estimate(config: UNetConfig, task: Task) -> Estimate:
    """For a network that is fitted to a task. TrainingError where not even one image at a time fits into memory."""
    config = fitted(config, task)
    side = input_side(config, task.crop)
    traced = trace(config, (side, side))
    for batch in BATCHES:
        if training_bytes(traced, batch) <= MOST_BYTES:
            return Estimate(traced.params, batch, PASSES * batch * traced.macs, training_bytes(traced, batch), side)
    raise TrainingError(
        "training this network would take {needed:,.1f} GB of memory, and here it may take {most:,.1f} GB: choose "
        "fewer filters at the top or less depth",
        needed=training_bytes(traced, 1) / 1e9, most=MOST_BYTES / 1e9,
    )  # fmt: skip


def training_bytes(traced: Trace, batch: int) -> int:
    """What training keeps in memory, all in float32, with so many images a step."""
    return COPIES * 4 * traced.params + KEPT * batch * traced.bytes


@cache
def macs_per_second() -> float:
    """How many multiply-adds a second of training this process does, tried once on a few steps of a small U-Net.

    The fastest counts: the first one also makes room, and others may want the machine meanwhile.
    """
    size = (TRIED_SIDE, TRIED_SIDE)
    pairs = Pairs(torch.rand(TRIED_IMAGES, 3, *size), torch.zeros((TRIED_IMAGES, *size), dtype=torch.int64))
    training = Training(new_model(TRIED, 1), pairs, pairs, Settings(batch_size=TRIED_IMAGES, crop=TRIED_SIDE), "cpu")
    times = []
    for _ in range(TRIED_STEPS):
        began = time.perf_counter()
        training.take_step()
        times.append(time.perf_counter() - began)
    return PASSES * TRIED_IMAGES * trace(TRIED, size).macs / min(times)


def is_saved(parameters: int) -> bool:
    """Whether networks of so many parameters together are saved on the way, to go on from there after a crash."""
    return COPIES * 4 * parameters <= MOST_STATE


def check_budget(longest: float, seconds: float, per_step: float, steps: int) -> None:
    """Raise TrainingError when a budget in seconds leaves so few `steps` that FEWEST_STEPS would take `longest`."""
    fewest = FEWEST_STEPS * per_step
    if steps >= FEWEST_STEPS or fewest <= longest:
        return
    enough = [budget for budget in BUDGETS if budget >= ROOM * fewest]
    if enough:
        raise TrainingError(
            "one step of this network takes {step:.1f} s on this machine, so {budget:.0f} s are enough for {steps} of "
            "the {fewest} steps without which nothing is learned: choose fewer filters at the top, less depth, or a "
            "budget of {enough} s",
            step=per_step, budget=seconds, steps=steps, fewest=FEWEST_STEPS, enough=enough[0],
        )  # fmt: skip
    raise TrainingError(
        "one step of this network takes {step:.1f} s on this machine, so {budget:.0f} s are enough for {steps} of the "
        "{fewest} steps without which nothing is learned: choose fewer filters at the top or less depth",
        step=per_step, budget=seconds, steps=steps, fewest=FEWEST_STEPS,
    )  # fmt: skip
