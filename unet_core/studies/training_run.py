"""One run of a study: train, measure once, and say where it happened."""

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from statistics import median

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from unet_core.device import describe_device
from unet_core.figures import figures
from unet_core.inference import for_inference
from unet_core.models import NestedUNet, UNet, mean_of_heads, new_model, prune
from unet_core.probabilities import probabilities
from unet_core.studies import by_strokes
from unet_core.studies.parity import macs, parameters
from unet_core.studies.provenance import commit
from unet_core.studies.results import Head, Run, fingerprint, plan
from unet_core.studies.study import Condition, Study
from unet_core.studies.task import Sets, sets
from unet_core.train import train

FORWARDS = 5  # of each head, in turns, for its time
DIGITS = 6  # of a figure


def run(
    study: Study, condition: Condition, repeat: int, device: str = "auto", precision: str | None = None
) -> Run:  # fmt: skip
    """Train one net from nothing and measure it. The condition must have its steps (`timing.resolved`).

    A `precision` of its own is for machines that are slow in the one of the study.
    """
    if condition.by_strokes is not None:
        return by_strokes.run(study, condition, repeat)
    data, settings = sets(study, condition, repeat), condition.settings
    settings = replace(settings, seed=repeat, precision=precision or settings.precision)
    model = new_model(condition.config, repeat)
    began = time.perf_counter()
    for _ in train(model, data.training, data.validation, settings, device):
        pass
    seconds = time.perf_counter() - began
    return Run(
        study=study.name, condition=condition.name, repeat=repeat,
        fingerprint=fingerprint(study, condition, repeat), steps=settings.steps,
        plan=plan(study, replace(condition, settings=settings), repeat),
        parameters=parameters(condition.config), macs=macs(condition.config), seconds=round(seconds, 2),
        figures=_figures(_forward(model, data), data), commit=commit(), device=describe_device(device),
        torch=torch.__version__, date=datetime.now(UTC).isoformat(timespec="seconds"),
        heads=_heads(model, condition, data),
    )  # fmt: skip


def _forward(model: nn.Module, data: Sets) -> NDArray[np.float32]:
    """Probabilities (classes, H, W) of the photo to measure on."""
    images = data.validation.images.to(next(model.parameters()).device)
    with torch.inference_mode():
        found: NDArray[np.float32] = probabilities(mean_of_heads(model(images)))[0].cpu().numpy()
    return found


def _figures(found: NDArray[np.float32], data: Sets) -> dict[str, float]:
    measured = figures(found, data.measured.classes, data.measured.instances)
    return {name: round(value, DIGITS) for name, value in measured.items()}


def _heads(model: UNet | NestedUNet, condition: Condition, data: Sets) -> dict[str, Head]:
    """Each head of the condition as a network that ends there, as one would ship it."""
    if not condition.heads or not isinstance(model, NestedUNet):
        return {}
    nets = {condition.head(level): prune(model, level).eval() for level in condition.heads}
    times = milliseconds({name: for_inference(net) for name, net in nets.items()}, data.validation.images)
    return {name: Head(_figures(_forward(net, data), data), times[name]) for name, net in nets.items()}


def milliseconds(nets: Mapping[str, nn.Module], images: Tensor, forwards: int = FORWARDS) -> dict[str, float]:
    """The median time of a forward of each net; they take turns, so that all meet the same disturbances."""
    device = next(next(iter(nets.values())).parameters()).device
    images = images.to(device).contiguous(memory_format=torch.channels_last)
    seconds: dict[str, list[float]] = {name: [] for name in nets}
    with torch.inference_mode():
        for _ in range(1 + forwards):
            for name, net in nets.items():
                began = time.perf_counter()
                net(images).cpu()  # so that an accelerator is waited for
                seconds[name].append(time.perf_counter() - began)
    return {name: round(1000 * median(times[1:]), 3) for name, times in seconds.items()}
