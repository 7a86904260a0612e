"""Where a figure comes from: the state of the program that computed it."""

import subprocess
from pathlib import Path

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
