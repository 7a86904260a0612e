"""The figures on a model's card, read as what they are: medians over trainings, beside what needs no training.

A card may come from anywhere, so whatever stands in it in place of a figure is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from unet_core.checkpoint import Card, CheckpointError


@dataclass(frozen=True)
class Quality:
    """Figures on one set of images, 0..1: the medians over `seeds` trainings, beside what needs no training.

    `images` is how many they are the mean of. What the card does not tell is None.
    """

    dice: float
    object_f1: float | None
    seeds: int
    images: int | None
    otsu: float | None  # Dice of Otsu's threshold
    classical: float | None  # of the best classical setting, chosen on training images
    all_foreground: float | None
    classical_object_f1: float | None


def quality(card: Card, which: str) -> Quality | None:
    """The card's figures on "test" or "validation" images; None where nobody has measured. CheckpointError."""
    found = _figures(card.metrics, "median", which)
    if "dice" not in found:
        return None
    beside = {name: _figures(card.baselines, which, name) for name in ("otsu", "classical", "all_foreground")}
    return Quality(
        found["dice"], found.get("object_f1"), len(_mapping(card.metrics, "seeds")), images_of(card, which),
        beside["otsu"].get("dice"), beside["classical"].get("dice"), beside["all_foreground"].get("dice"),
        beside["classical"].get("object_f1"),
    )  # fmt: skip


def images_of(card: Card, which: str) -> int | None:
    """How many images "training", "validation" or "test" has; None where the card does not tell.

    A number, the list of its photos, or, of nuclei, the words for the one that there is.
    """
    if which == "test" and isinstance(card.data.get("test"), str):
        return 1
    about = _mapping(card.data, which) if isinstance(card.data.get(which), Mapping) else {}
    photos, images = about.get("photos"), about.get("images")
    if isinstance(photos, list):
        return len(photos)
    return images if isinstance(images, int) and images > 0 else None


def threshold_of(card: Card) -> float:
    """The threshold that the figures are for."""
    return _figures({"": {"threshold": card.metrics.get("threshold", 0.5)}}, "")["threshold"]


def _mapping(tree: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = tree.get(name, {})
    if not isinstance(found, Mapping):
        raise CheckpointError("the card holds something else than figures where {name} should be", name=name)
    return found


def _figures(tree: Mapping[str, Any], *path: str) -> dict[str, float]:
    """What lies at a path of names: figures 0..1 by their names; {} where there is nothing."""
    for name in path:
        tree = _mapping(tree, name)
    for name, value in tree.items():
        if not isinstance(value, (int, float)) or not 0 <= value <= 1:
            raise CheckpointError("the card holds something else than figures where {name} should be", name=name[:60])
    return dict(tree)


def head_dice(card: Card, which: str) -> dict[int, float]:
    """Head L1, L2, .. by its number -> the Dice of the net that ends there, on "test" or "validation" images.

    The median over those seeds of which it was measured; {} for a card without. Raises CheckpointError as `quality`.
    """
    by_level: dict[int, list[float]] = {}
    for name in _mapping(card.metrics, "seeds"):
        seed = _mapping(_mapping(card.metrics, "seeds"), name)
        heads = _mapping(_mapping(seed, "heads"), which)
        for level in range(1, card.config.depth + 1):
            found = _figures(heads, f"L{level}")
            if "dice" in found:
                by_level.setdefault(level, []).append(found["dice"])
    return {level: median(values) for level, values in by_level.items()}
