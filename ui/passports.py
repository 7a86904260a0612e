"""What stands over every mask: whose it is, what it learned from, and how far to trust it."""

from collections.abc import Mapping
from typing import Any

from ui.figure import ARCHITECTURE_NAMES
from ui.language import mark
from ui.state import t
from unet_core.checkpoint import Card

LEARNED = {"nuclei": mark("synthetic nuclei"), "pebbles": mark("five photos of pebbles")}
JUDGED = {"nuclei": mark("the real image"), "pebbles": mark("the test photo")}


def passport(card: Card) -> str:
    """One sentence over every mask: whose it is, and how far to trust it."""
    subject = "pebbles" if card.data["name"] == "pebbles" else "nuclei"
    return t(
        "Mask by {name}: {architecture}, depth {depth}, trained on {learned}; not the network you built. On {judged} "
        "among the samples it reaches a Dice of {dice:.3f} (median of {seeds} trainings), Otsu's method {otsu:.3f}.",
        name=card.name, architecture=ARCHITECTURE_NAMES[card.config.architecture], depth=card.config.depth,
        learned=t(LEARNED[subject]), judged=t(JUDGED[subject]), **quality(card),
    )  # fmt: skip


def quality(card: Card) -> Mapping[str, Any]:
    """The card's figures on the real test image."""
    return {"dice": card.metrics["median"]["test"]["dice"], "seeds": len(card.metrics["seeds"]),
            "otsu": card.baselines["test"]["otsu"]["dice"]}  # fmt: skip
