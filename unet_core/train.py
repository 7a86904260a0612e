"""The training loop, as a generator: a terminal, a test or a page takes one step after another and may stop any time.

    for progress in train(model, data, validation, settings):
        print(progress.step, progress.loss)

AdamW (Loshchilov and Hutter 2019) with one cycle of the learning rate (Smith 2018), gradients clipped, the weights
that did best on validation kept. Step number s draws its crops from (seed, s) alone, so a run that was stopped and
resumed is the run that was not.
"""

import json
import math
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from unet_core.losses import segmentation_loss
from unet_core.messages import ExplainedError
from unet_core.metrics import dice, iou
from unet_core.models import mean_of_heads

WARM_UP = 0.2  # share of the steps in which the learning rate rises
FINAL_RATE = 1e-3  # the last learning rate, as a share of the peak
VALIDATION_BATCH = 4  # images at once; only memory depends on it


class TrainingError(ExplainedError):
    """Why a training can't begin or go on."""


@dataclass(frozen=True)
class Settings:
    """How to train. Crops of `crop` x `crop` pixels, flipped at random; the rate's peak is `learning_rate`."""

    steps: int = 1000
    batch_size: int = 8
    crop: int = 128
    learning_rate: float = 5e-3
    weight_decay: float = 1e-3
    clip: float = 1.0  # largest norm of all gradients together
    validate_every: int = 200
    seed: int = 1

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size", "crop", "learning_rate", "clip", "validate_every"):
            if not getattr(self, name) > 0:
                raise TrainingError("{name} must be above 0, got {value}", name=name, value=getattr(self, name))


@dataclass(frozen=True, eq=False)
class Pairs:
    """Images and their truth: float32 (N, C, H, W), normalised as the model wants it, and int64 classes (N, H, W)."""

    images: Tensor
    classes: Tensor

    def __post_init__(self) -> None:
        images, classes = tuple(self.images.shape), tuple(self.classes.shape)
        if len(images) != 4 or not len(self.images) or (images[0], *images[2:]) != classes:
            raise TrainingError(
                "images must be (N, C, H, W) and classes (N, H, W) of the same N, H and W, got {images} and {classes}",
                images=images, classes=classes,
            )  # fmt: skip


@dataclass(frozen=True)
class Progress:
    """One step done. `metrics` is the validation's, where this step had one; `seconds` of training so far."""

    step: int
    steps: int
    loss: float
    learning_rate: float
    images_per_second: float
    seconds: float
    metrics: Mapping[str, float] | None = None

    @property
    def done(self) -> float:
        """Share of the steps, 0..1."""
        return self.step / self.steps


def choose_device(name: str = "auto") -> torch.device:
    """"auto" is CUDA where there is one, then Apple's MPS, then the CPU. TrainingError for one that isn't there."""
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        name = next(kind for kind, found in there.items() if found)
    if not there.get(name.partition(":")[0], False):
        found = ", ".join(kind for kind, found in there.items() if found)
        raise TrainingError("there is no device {name} here; there is {found}", name=name, found=found)
    return torch.device(name)


def learning_rate(step: int, settings: Settings) -> float:
    """One cycle: from a tenth of the peak up to it along a cosine, then down to almost nothing. `step` from 1."""
    rise = max(1, round(WARM_UP * settings.steps))
    low, done = (0.1, 1 - step / rise) if step <= rise else (FINAL_RATE, (step - rise) / max(1, settings.steps - rise))
    return settings.learning_rate * (low + (1 - low) * (1 + math.cos(math.pi * done)) / 2)


def crops(data: Pairs, settings: Settings, step: int) -> Pairs:
    """The batch of one step: random images, random places, turned over at random; from (seed, step) alone."""
    rng = np.random.default_rng([settings.seed, step])
    height, width = (min(settings.crop, side) for side in data.classes.shape[1:])
    images: list[Tensor] = []
    classes: list[Tensor] = []
    for _ in range(settings.batch_size):
        index = int(rng.integers(len(data.images)))
        top, left = (int(rng.integers(side - part + 1)) for side, part in
                     zip(data.classes.shape[1:], (height, width), strict=True))  # fmt: skip
        flips = [axis for axis in (-2, -1) if rng.random() < 0.5]
        turned = bool(rng.random() < 0.5) and height == width
        for source, target in ((data.images, images), (data.classes, classes)):
            part = source[index, ..., top : top + height, left : left + width].flip(flips)
            target.append(part.transpose(-2, -1) if turned else part)
    return Pairs(torch.stack(images), torch.stack(classes))


def train(
    model: nn.Module, data: Pairs, validation: Pairs, settings: Settings, device: str = "auto",
    state: Path | None = None,
) -> Iterator[Progress]:  # fmt: skip
    """Train `model` in place, step by step. When the iterator ends, the model holds the best weights and is in eval.

    With `state`, a file: go on from it where it belongs to these settings, data and network, and write it at each
    validation and when the iterator is closed early. A training that is already done yields nothing. Raises
    TrainingError for a foreign or damaged state, and when the loss stops being a number. The weights to start from are
    the caller's: `torch.manual_seed` before `build_model`.
    """
    run = _Run(model, data, settings, choose_device(device), state)
    began, first, earlier = time.perf_counter(), run.step, run.seconds
    try:
        while run.step < settings.steps:
            loss, rate = run.take_step()
            seconds = time.perf_counter() - began
            metrics = None
            if run.step % settings.validate_every == 0 or run.step == settings.steps:
                metrics = validate(model, validation)
                run.keep_if_best(metrics)
                run.seconds = earlier + time.perf_counter() - began
                run.save()
            speed = (run.step - first) * settings.batch_size / seconds
            yield Progress(run.step, settings.steps, loss, rate, speed, earlier + seconds, metrics)
    except GeneratorExit:  # the caller has had enough: leave what is needed to go on
        run.seconds = earlier + time.perf_counter() - began
        run.save()
        raise
    run.load_best()


def validate(model: nn.Module, validation: Pairs) -> dict[str, float]:
    """Mean over the images of Dice and IoU of the foreground at threshold 0.5, and the mean loss."""
    device = next(model.parameters()).device
    dices, ious, losses = [], [], []
    model.eval()
    with torch.inference_mode():
        for start in range(0, len(validation.images), VALIDATION_BATCH):
            images = validation.images[start : start + VALIDATION_BATCH].to(device)
            classes = validation.classes[start : start + VALIDATION_BATCH].to(device)
            logits = model(images.to(memory_format=torch.channels_last))
            losses.append(float(segmentation_loss(logits, classes)) * len(images))
            masks = (foreground(mean_of_heads(logits)) >= 0.5).cpu().numpy()
            for mask, truth in zip(masks, (classes > 0).cpu().numpy(), strict=True):
                dices.append(dice(mask, truth))
                ious.append(iou(mask, truth))
    model.train()
    return {"dice": float(np.mean(dices)), "iou": float(np.mean(ious)), "loss": sum(losses) / len(validation.images)}


def seconds_of(state: Path) -> float:
    """How long the training in a state file has taken so far, all its parts together."""
    return float(_read_state(state)[0]["seconds"])


def foreground(logits: Tensor) -> Tensor:
    """P(foreground) = 1 - P(background): logits (B, classes, H, W) -> (B, H, W) in 0..1.

    One class is a sigmoid; more are a softmax with the background as class 0.
    """
    if logits.shape[1] == 1:
        return logits[:, 0].sigmoid()
    return 1 - logits.softmax(dim=1)[:, 0]


class _Run:
    """What changes while a training runs: weights, optimizer, step, and the best so far. It can be saved."""

    def __init__(
        self, model: nn.Module, data: Pairs, settings: Settings, device: torch.device, state: Path | None
    ) -> None:
        self.model = model.to(device, memory_format=torch.channels_last).train()  # type: ignore[call-overload]
        self.data, self.settings, self.device, self.state = data, settings, device, state
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=1.0, weight_decay=settings.weight_decay)
        self.step, self.seconds, self.best_dice = 0, 0.0, -1.0
        self.best: dict[str, Tensor] = {}
        self.fingerprint = _fingerprint(model, data, settings)
        if state is not None and state.exists():
            self._restore(state)

    def take_step(self) -> tuple[float, float]:
        """The loss before the step and the learning rate of it."""
        self.step += 1
        rate = learning_rate(self.step, self.settings)
        self.optimizer.param_groups[0]["lr"] = rate
        batch = crops(self.data, self.settings, self.step)
        images = batch.images.to(self.device, memory_format=torch.channels_last)
        with _seeded(self.settings.seed, self.step, self.device):
            loss = segmentation_loss(self.model(images), batch.classes.to(self.device))
        value = float(loss.detach())
        if not math.isfinite(value):
            raise TrainingError(
                "training stopped at step {step}: the loss is {loss}, no number to learn from. Try a smaller "
                "learning_rate than {rate}, and look for pixels that are no numbers in the images",
                step=self.step, loss=value, rate=self.settings.learning_rate,
            )  # fmt: skip
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.model.parameters(), self.settings.clip)
        self.optimizer.step()
        return value, rate

    def keep_if_best(self, metrics: Mapping[str, float]) -> None:
        if metrics["dice"] > self.best_dice:
            self.best_dice = metrics["dice"]
            self.best = {name: tensor.detach().clone() for name, tensor in self.model.state_dict().items()}

    def load_best(self) -> None:
        self.model.load_state_dict(self.best)
        self.model.eval()

    def save(self) -> None:
        """Everything needed to go on, in one safetensors file that is either the old or the new one, never half."""
        if self.state is None:
            return
        tensors = {f"model.{name}": tensor for name, tensor in self.model.state_dict().items()}
        tensors |= {f"best.{name}": tensor for name, tensor in self.best.items()}
        for index, slots in self.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{index}.{name}": tensor for name, tensor in slots.items()}
        about = {"step": self.step, "seconds": self.seconds, "best_dice": self.best_dice,
                 "fingerprint": self.fingerprint}  # fmt: skip
        self.state.parent.mkdir(parents=True, exist_ok=True)
        half = self.state.with_suffix(".part")
        save_file({name: tensor.cpu().contiguous() for name, tensor in tensors.items()}, half,
                  {"run": json.dumps(about)})  # fmt: skip
        os.replace(half, self.state)

    def _restore(self, path: Path) -> None:
        about, tensors = _read_state(path)
        if about.get("fingerprint") != self.fingerprint:
            raise TrainingError(
                "{file} belongs to a training with other settings, data or network; remove it to begin anew",
                file=path.name,
            )
        self.step, self.seconds, self.best_dice = int(about["step"]), float(about["seconds"]), float(about["best_dice"])
        self.best = {name[5:]: tensor for name, tensor in tensors.items() if name.startswith("best.")}
        self.model.load_state_dict({name[6:]: t for name, t in tensors.items() if name.startswith("model.")})
        slots: dict[int, dict[str, Tensor]] = {}
        for name, tensor in tensors.items():
            if name.startswith("optimizer."):
                _, index, slot = name.split(".")
                slots.setdefault(int(index), {})[slot] = tensor
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": slots, "param_groups": groups})


def _read_state(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    try:
        with safe_open(path, "pt") as file:
            about = json.loads((file.metadata() or {})["run"])
            return about, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (not a dict)
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise TrainingError("{file} is no saved training, or a damaged one; remove it to begin anew",
                            file=path.name) from error  # fmt: skip


def _fingerprint(model: nn.Module, data: Pairs, settings: Settings) -> str:
    """Of all that decides what a training becomes, the weights it starts from apart."""
    shapes = {name: list(tensor.shape) for name, tensor in model.state_dict().items()}
    total = sha256(json.dumps([asdict(settings), shapes, str(getattr(model, "config", ""))]).encode())
    arrays: tuple[NDArray[Any], ...] = (data.images.numpy(), data.classes.numpy())
    for array in arrays:
        total.update(np.ascontiguousarray(array).tobytes())
    return total.hexdigest()


@contextmanager
def _seeded(seed: int, step: int, device: torch.device) -> Iterator[None]:
    """Dropout of one step drawn from (seed, step); the caller's own random numbers stay as they were."""
    index = device.index if device.index is not None else 0
    with torch.random.fork_rng([index] if device.type == "cuda" else []):
        torch.manual_seed(seed * 1_000_003 + step)
        yield
