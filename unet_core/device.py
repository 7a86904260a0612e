"""Where to compute, and in how many digits."""

import platform
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from unet_core.settings import TrainingError


def choose_device(name: str = "auto") -> torch.device:
    """"auto" is CUDA where there is one, then Apple's MPS, then the CPU. TrainingError for one that isn't there."""
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        name = next(kind for kind, found in there.items() if found)
    if not there.get(name.partition(":")[0], False):
        found = ", ".join(kind for kind, found in there.items() if found)
        raise TrainingError("there is no device {name} here; there is {found}", name=name, found=found)
    return torch.device(name)


def computing_in(precision: str, device: torch.device) -> torch.autocast:
    """A context in which convolutions compute in `precision` of Settings; the weights stay float32."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bfloat16")


def describe_device(name: str) -> str:
    """'CPU x86_64, threads: 2', or the accelerator's name."""
    device = choose_device(name)
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return "MPS" if device.type == "mps" else f"CPU {platform.machine()}, threads: {torch.get_num_threads()}"


@contextmanager
def seeded(seed: int, step: int, device: torch.device) -> Iterator[None]:
    """Dropout of one step drawn from (seed, step); the caller's own random numbers stay as they were."""
    index = device.index if device.index is not None else 0
    with torch.random.fork_rng([index] if device.type == "cuda" else []):
        torch.manual_seed(seed * 1_000_003 + step)
        yield
