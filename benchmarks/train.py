"""How long a training step takes, beside a plainly written one: `python benchmarks/train.py`.

Ours is `unet_core.train` itself, crops and all. The other trains the plain network with the same weights on the same
crops: NCHW, PyTorch's AdamW, cross-entropy and Dice written out. Both in turns, in one process. Exit code 1 where a bar
is missed: 1.1 times as fast in the geometric mean, in float32; the losses of the first step equal to 1e-4.
"""

import argparse
import sys
from collections.abc import Callable
from math import prod
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.plain_unet import plain_copy
from benchmarks.turns import SIDES, THREADS, in_turns, ratio
from unet_core.augment import crops
from unet_core.config import UNetConfig
from unet_core.models import build_model
from unet_core.train import Pairs, Settings, train

CONFIG = UNetConfig(classes=1, base_channels=16, depth=3, padding="same", norm="batch")
BAR = 1.1
EQUAL = 1e-4  # between the losses of the first step
BATCH = {128: 8, 256: 2, 512: 1}
FOREVER = 10**6  # steps: nothing is validated, and the learning rate hardly rises


def data_of(side: int) -> Pairs:
    """Noise with a quarter of foreground: what is learned does not change the time."""
    torch.manual_seed(0)
    images = torch.randn(4, 1, side + 16, side + 16)
    return Pairs(images, (images[:, 0] > 0.67).long())


def our_step(model: nn.Module, data: Pairs, settings: Settings) -> Callable[[], float]:
    steps = train(model, data, data, settings, "cpu")
    return lambda: next(steps).loss


def plain_step(plain: nn.Module, data: Pairs, settings: Settings) -> Callable[[], float]:
    optimizer = torch.optim.AdamW(plain.parameters(), lr=settings.learning_rate / 10,
                                  weight_decay=settings.weight_decay)  # fmt: skip
    taken = 0
    plain.train()

    def step() -> float:
        nonlocal taken
        taken += 1
        images, classes, _ = crops(data.images, data.classes, None, settings.batch_size, settings.crop,
                                   settings.augmentation, settings.seed, taken, torch.device("cpu"))  # fmt: skip
        loss = cross_entropy_and_dice(plain(images), classes)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(plain.parameters(), settings.clip)
        optimizer.step()
        return loss.item()

    return step


def cross_entropy_and_dice(logits: Tensor, classes: Tensor) -> Tensor:
    """Of one sigmoid class: the mean cross-entropy, and one minus the soft Dice of the batch, one pixel added."""
    truth = (classes > 0).float()
    found = logits[:, 0].sigmoid()
    dice = (2 * (found * truth).sum() + 1) / (found.sum() + truth.sum() + 1)
    return functional.binary_cross_entropy_with_logits(logits[:, 0], truth) + 1 - dice


def measure(side: int, rounds: int) -> tuple[dict[str, float], dict[str, float], float]:
    """Seconds of a step, times as fast as the plain one, and how far the first losses are apart."""
    settings = Settings(steps=FOREVER, validate_every=FOREVER, crop=side, batch_size=BATCH[side])
    data, works = data_of(side), {}
    torch.manual_seed(1)
    start = build_model(CONFIG)
    works["plain"] = plain_step(plain_copy(start), data, settings)
    for precision in ("float32", "bfloat16"):
        model = build_model(CONFIG)
        model.load_state_dict(start.state_dict())
        works[precision] = our_step(model, data, Settings(**{**vars(settings), "precision": precision}))
    apart = abs(works["plain"]() - works["float32"]())
    seconds = in_turns(works, rounds)
    times = {name: ratio(seconds, "plain", name) for name in ("float32", "bfloat16")}
    return {name: median(values) for name, values in seconds.items()}, times, apart


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=9, help="measurements of each; their medians are shown")
    rounds = parser.parse_args().rounds
    found: dict[str, list[float]] = {"float32": [], "bfloat16": []}
    wrong = 0
    print("a training step of a U-Net of depth 3 with 16 filters, medians in ms")
    print("threads side batch    plain  float32  times  bfloat16  times  first losses apart")
    for threads in THREADS:
        torch.set_num_threads(threads)
        for side in SIDES:
            seconds, times, apart = measure(side, rounds)
            wrong += not apart <= EQUAL
            for name in found:
                found[name].append(times[name])
            print(f"{threads:7} {side:4} {BATCH[side]:5} {1e3 * seconds['plain']:8.0f} {1e3 * seconds['float32']:8.0f} "
                  f"{times['float32']:6.2f} {1e3 * seconds['bfloat16']:9.0f} {times['bfloat16']:6.2f}  {apart:.1e}",
                  flush=True)  # fmt: skip
    means = {name: prod(values) ** (1 / len(values)) for name, values in found.items()}
    missed = means["float32"] < BAR or wrong > 0
    print(f"geometric mean: float32 {means['float32']:.2f} (bar {BAR}), bfloat16 {means['bfloat16']:.2f}"
          f"{'  MISSED' if missed else ''}")  # fmt: skip
    sys.exit(missed)


if __name__ == "__main__":
    main()
