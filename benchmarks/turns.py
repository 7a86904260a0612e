"""What the benchmarks of a forward pass and of a step have in common; they measure in turns, as `stopwatch` does."""

import torch

from unet_core.stopwatch import in_turns, ratio

__all__ = ["SIDES", "THREADS", "in_turns", "peak", "ratio"]

THREADS = (1, 2)
SIDES = (128, 256, 512)
MULTIPLIED = (512, 1024)  # sides of the square matrices whose product shows what the machine can do


def peak(rounds: int = 7) -> float:
    """Multiply-adds a second of the best matrix product in float32, with the threads as they are set."""
    best = 0.0
    for side in MULTIPLIED:
        a, b = torch.randn(side, side), torch.randn(side, side)
        times = in_turns({"product": lambda a=a, b=b: a @ b}, rounds)["product"]
        best = max(best, side**3 / min(times))
    return best
