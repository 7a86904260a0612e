"""The log of every look at test images: one line for each, beside the model."""

import json
from datetime import UTC, datetime
from pathlib import Path

from unet_core.zoo.measure import THRESHOLD, Figures

LOG = "evaluations.jsonl"


def log(folder: Path, command: str, seed: int, weights_sha256: str, figures: Figures) -> None:
    """One line for one opening of the test images: by a finished model, or, if it was there before, a recomputation."""
    path = folder / LOG
    known = path.exists() and weights_sha256 in path.read_text(encoding="utf-8")
    why = "recomputation" if known else "finished model"
    entry = {"time": datetime.now(UTC).isoformat(timespec="seconds"), "why": why, "command": command, "seed": seed,
             "weights_sha256": weights_sha256, "threshold": THRESHOLD, **figures}  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")
