"""How long it takes to build and trace a network, beside torchinfo: `python benchmarks/trace.py`.

Everything is warm (the first run of each kind is thrown away) and measured in turns within one process, so that the
ratios hold on any machine. Batch norm, two convolutions per block, 32 base channels, 256 x 256.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))

import torch
import torchinfo

from unet_core.config import UNetConfig
from unet_core.models import build_model
from unet_core.trace import trace

SIDE, ROUNDS = 256, 15
ON_CPU = (1, 3, 5)  # depths at which torchinfo runs on the CPU too, which takes seconds
TARGETS = {"unet": 25, "unet++": 50}  # ms for building and tracing


def ours(config: UNetConfig) -> object:
    return trace(config, (SIDE, SIDE))


def theirs(config: UNetConfig, device: str = "meta") -> object:
    with torch.device(device):
        model = build_model(config)
    return torchinfo.summary(model, (1, config.in_channels, SIDE, SIDE), device=device, verbose=0)


def milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - start)


def measure(config: UNetConfig) -> tuple[float, float, float | None]:
    """Medians of: our trace, torchinfo on meta, both in turns; and one run of torchinfo on the CPU."""
    ours(config), theirs(config)
    pairs = [(milliseconds(lambda: ours(config)), milliseconds(lambda: theirs(config))) for _ in range(ROUNDS)]
    on_cpu = milliseconds(lambda: theirs(config, "cpu")) if config.depth in ON_CPU else None
    return median(pair[0] for pair in pairs), median(pair[1] for pair in pairs), on_cpu


def main() -> None:
    print("build and trace, warm, medians in ms; torchinfo of the same network, building included")
    print(f"{'network':8} depth  trace  target  torchinfo meta    ratio  torchinfo CPU    ratio")
    missed = 0
    for architecture, target in TARGETS.items():
        for depth in range(1, 6):
            config = UNetConfig(architecture=architecture, depth=depth, base_channels=32, padding="same", norm="batch")
            own, meta, cpu = measure(config)
            missed += own > target or own > meta
            on_cpu = f"{cpu:13.0f}  {cpu / own:6.0f}x" if cpu else f"{'-':>13}"
            print(f"{architecture:8} {depth:5}  {own:5.1f}  {target:6}  {meta:14.1f}  {meta / own:6.1f}x  {on_cpu}")
    print("every target is met" if not missed else f"{missed} of 10 miss their target or are slower than torchinfo")


if __name__ == "__main__":
    main()
