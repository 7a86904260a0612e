"""Where a figure comes from: the state of the program, the device and the library that computed it."""

import platform
import subprocess
from pathlib import Path

import torch

from unet_core.device import choose_device

ROOT = Path(__file__).parents[2]
UNKNOWN = "unknown"


def commit() -> str:
    """The commit of the program, with '+' where its files differ from it; 'unknown' outside a repository."""
    name = _git("rev-parse", "--short=12", "HEAD")
    if not name:
        return UNKNOWN
    return name + "+" * bool(_git("status", "--porcelain", "--untracked-files=no", "--", "unet_core"))


def _git(*words: str) -> str:
    try:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def device_name(name: str) -> str:
    """'CPU x86_64, threads: 2', or the accelerator's name."""
    device = choose_device(name)
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return "MPS" if device.type == "mps" else f"CPU {platform.machine()}, threads: {torch.get_num_threads()}"
