"""Equal time: how long one training step of each condition takes, measured side by side, and the steps that follow."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from statistics import median

import torch
from torch import Tensor, nn

from unet_core.device import choose_device, computing_in, describe_device
from unet_core.losses import loss_of
from unet_core.models import build_model
from unet_core.studies.provenance import commit
from unet_core.studies.results import Timing
from unet_core.studies.study import Condition, Study

ROUNDS, WARM_UP = 12, 2  # steps of each condition, in turns; the first ones don't count


def conditions_to_time(study: Study) -> tuple[Condition, ...]:
    """Those that take as long as another, and those others; none in most studies."""
    names = {condition.as_long_as for condition in study.conditions if condition.as_long_as}
    return tuple(condition for condition in study.conditions if condition.as_long_as or condition.name in names)


def measure(conditions: Sequence[Condition], device: str = "auto", rounds: int = ROUNDS) -> Timing:
    """The median time of a step of each, in milliseconds; they take turns, so that all meet the same disturbances."""
    where = choose_device(device)
    steps = [_Step(condition, where) for condition in conditions]
    seconds: list[list[float]] = [[] for _ in steps]
    for turn in range(WARM_UP + rounds):
        for step, times in zip(steps, seconds, strict=True):
            took = step.take()
            if turn >= WARM_UP:
                times.append(took)
    milliseconds = {condition.name: round(1000 * median(times), 3)
                    for condition, times in zip(conditions, seconds, strict=True)}  # fmt: skip
    return Timing(milliseconds, commit(), describe_device(device), torch.__version__, datetime.now(UTC).isoformat())


class _Step:
    """The step of one condition's training, on noise: forward, loss, backward, optimizer."""

    def __init__(self, condition: Condition, device: torch.device) -> None:
        how, net = condition.settings, condition.config
        with torch.random.fork_rng(devices=[]):
            self.model: nn.Module = build_model(net)
            self.images = torch.randn(how.batch_size, net.in_channels, how.crop, how.crop)
        self.model = self.model.to(device, memory_format=torch.channels_last).train()  # type: ignore[call-overload]
        self.images = self.images.to(device).contiguous(memory_format=torch.channels_last)
        self.classes = torch.zeros(how.batch_size, how.crop, how.crop, dtype=torch.int64, device=device)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-3)
        self.loss, self.how, self.device = loss_of(how.loss), how, device

    def take(self) -> float:
        """Seconds."""
        self._wait()
        began = time.perf_counter()
        with computing_in(self.how.precision, self.device):
            logits = self.model(self.images)
        logits = logits.float() if isinstance(logits, Tensor) else tuple(head.float() for head in logits)
        self.optimizer.zero_grad()
        self.loss(logits, self.classes, None).backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.model.parameters(), self.how.clip)
        self.optimizer.step()
        self._wait()
        return time.perf_counter() - began

    def _wait(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)


def resolved(study: Study, milliseconds: Mapping[str, float]) -> Study:
    """The study with the steps of an equal time in place of `as_long_as`. KeyError where a time is missing."""
    return replace(study, conditions=tuple(_with_steps(study, one, milliseconds) for one in study.conditions))


def _with_steps(study: Study, condition: Condition, milliseconds: Mapping[str, float]) -> Condition:
    if condition.as_long_as is None:
        return condition
    given = study.by_name[condition.as_long_as].settings.steps * milliseconds[condition.as_long_as]
    steps = max(1, round(given / milliseconds[condition.name]))
    return replace(condition, settings=replace(condition.settings, steps=steps, validate_every=steps), as_long_as=None)
