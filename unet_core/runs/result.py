"""What a finished run leaves: weights that can't run code, and the card that says what they are."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import torch

from unet_core import checkpoint
from unet_core.checkpoint import Card
from unet_core.device import describe_device
from unet_core.messages import Message
from unet_core.runs.run import Run
from unet_core.runs.task import NUCLEI, OWN, PEBBLES, SHAPES
from unet_core.zoo.recipes import NOT_FOR_NUCLEI, NOT_FOR_PEBBLES
from unet_core.zoo.recipes import SHAPES as SHAPES_RECIPE

LIMITS = ("anything that matters: it was trained for seconds, to be looked at while it learns",)
NOT_FOR = {SHAPES: SHAPES_RECIPE.not_for, PEBBLES: NOT_FOR_PEBBLES, NUCLEI: NOT_FOR_NUCLEI, OWN: ()}


@dataclass(frozen=True, eq=False)
class Trained:
    """One network of an order, done. `weights` is a safetensors file of the best moment, `card` its card as plain JSON;
    both are empty for a network that was too large.

    `seconds` are those of its training; `failed` says why it broke off, where it did. The figures are of the step that
    was kept, `best_step`.
    """

    label: Message
    weights: bytes
    card: dict[str, Any]
    best_step: int
    steps: int
    seconds: float
    failed: Message | None


@dataclass(frozen=True, eq=False)
class Result:
    """One for each network, in the order of the order."""

    trained: tuple[Trained, ...]


def trained(run: Run) -> Trained:
    """A closed run."""
    weights, about = b"", dict[str, Any]()
    if run.model is not None:
        weights, card = checkpoint.packed(run.model, _card(run, run.best[1]))
        about = card.to_dict()
    return Trained(run.order.entrants[run.number].label, weights, about, run.best[0], run.done, run.seconds,
                   run.failed)  # fmt: skip


def _card(run: Run, figures: dict[str, float]) -> Card:
    order, task, settings = run.order, run.task, run.training.settings if run.training else None
    shown = {name: round(min(1.0, max(0.0, figures[name])), 5) for name in ("dice", "iou", "mean_dice", "class_dice")
             if name in figures}  # fmt: skip
    seeds = {str(order.seed): {"validation": shown}} if shown else {}
    about = asdict(settings) if settings else {}
    return Card(
        name=f"{task.name}-yours", description="Trained on the page Train, for seconds.", config=run.config,
        classes=task.classes, normalisation=task.normalisation, object_diameter=round(task.object_diameter, 1),
        data={**task.about, "test_images": "none"},
        training={**{name: value for name, value in about.items() if name != "seed"}, "seeds": [order.seed],
                  "images": order.images, "budget_seconds": order.seconds, "seconds": {str(order.seed): run.seconds},
                  "steps_done": run.done, "best_step": run.best[0], "optimizer": "AdamW, one cycle",
                  "kept": "the weights with the best mean Dice of the classes on validation, all images together",
                  "device": {str(order.seed): describe_device(run.device)}, "torch": torch.__version__,
                  "numpy": np.__version__, "date": datetime.now(UTC).date().isoformat()},
        metrics={"threshold": 0.5, "seeds": seeds, "median": {"validation": shown} if shown else {}},
        baselines={}, not_for=(*LIMITS, *NOT_FOR.get(task.name, ())), licence="yours",
    )  # fmt: skip
