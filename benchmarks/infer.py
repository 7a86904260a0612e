"""How long a forward pass of the shipped networks takes, beside a plainly written one: `python benchmarks/infer.py`.

Ours as `unet_core.segment` runs it: made ready once and kept (batch norm folded), inference mode,
channels-last. The other with the same weights as tutorials run it: eval, no_grad, NCHW. Both in turns, in one process.
Exit code 1 where a bar is missed: at 512 px at least 1.5 times as fast, nowhere slower, logits equal to 1e-4.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))

import torch
from torch import Tensor, nn

from benchmarks.plain_unet import plain_copy
from benchmarks.turns import SIDES, THREADS, in_turns, peak, ratio
from unet_core.checkpoint import load
from unet_core.inference import logits_of
from unet_core.trace import trace
from unet_core.zoo import MODELS

BARS = {512: 1.5}  # side -> times as fast at least; 1 at the others
EQUAL = 1e-4  # between the logits


def theirs(plain: nn.Module, image: Tensor) -> Tensor:
    with torch.no_grad():
        return plain(image)


def shipped() -> Iterator[tuple[str, nn.Module, nn.Module]]:
    """Name, our network and the plain one of every folder in assets/models whose kind is written plainly."""
    for folder in sorted(path.parent for path in MODELS.glob("*/card.json")):
        model, _ = load(folder)
        plain = plain_copy(model)
        if plain is None:
            print(f"{folder.name}: a kind of network that has no plain form here")
        else:
            yield folder.name, model, plain.eval()


def measure(model: nn.Module, plain: nn.Module, side: int, most: float, rounds: int) -> tuple[str, bool]:
    """A line of the table, and whether a bar is missed. `most` is the peak with the threads as they are."""
    image = torch.randn(1, model.config.in_channels, side, side)
    difference = float((logits_of(model, image) - theirs(plain, image)).abs().max())
    seconds = in_turns({"ours": lambda: logits_of(model, image), "plain": lambda: theirs(plain, image)}, rounds)
    times, (own, other) = ratio(seconds, "plain", "ours"), (median(seconds[name]) for name in ("ours", "plain"))
    macs = trace(model.config, (side, side)).macs
    missed = times < BARS.get(side, 1) or not difference <= EQUAL
    line = f"{1e3 * own:8.1f} {1e3 * other:8.1f} {times:6.2f}  {BARS.get(side, 1):4}  {difference:8.1e}"
    return f"{line} {macs / own / most:8.0%} {macs / other / most:8.0%}{'  MISSED' if missed else ''}", missed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=15, help="measurements of each; their medians are shown")
    rounds, missed = parser.parse_args().rounds, 0
    print("medians in ms; share: of the multiply-adds a second that the best matrix product reaches")
    print(f"{'network':24} threads side     ours    plain  times   bar  distance  share   plain's")
    networks = list(shipped())
    for threads in THREADS:
        torch.set_num_threads(threads)
        most = peak()
        print(f"{'matrix product':24} {threads:7}      {2e-9 * most:.0f} GFLOP/s")
        for name, model, plain in networks:
            for side in SIDES:
                line, miss = measure(model, plain, side, most, rounds)
                missed += miss
                print(f"{name:24} {threads:7} {side:4} {line}", flush=True)
    print("every bar is met" if not missed else f"{missed} bars are missed")
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
