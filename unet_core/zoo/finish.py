"""From trained networks to a model that ships: measured, explained by its card, and as small as its figures allow.

The seed that is best on validation is the one whose weights are kept; of the others the card has every figure, and
the log beside it the digest of their weights: to compute theirs again means to train them again.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch

from unet_core import checkpoint
from unet_core.checkpoint import Card, CheckpointError
from unet_core.data.samples import DataSet
from unet_core.device import describe_device
from unet_core.models import NestedUNet, UNet
from unet_core.zoo.classical import choose
from unet_core.zoo.measure import THRESHOLD, Figures, baselines, measure, measure_heads, medians
from unet_core.zoo.openings import log
from unet_core.zoo.recipe import Recipe

SAME = 5e-4  # two figures are equal to three digits
OF_A_SEED = ("seconds", "precision", "device", "command")  # of a card's training: two may be by two machines
SAME_RECIPE = ("name", "config", "classes", "normalisation", "data")  # of a card: else its seeds are not ours


def finish(
    recipe: Recipe, data: DataSet, models: Mapping[int, UNet | NestedUNet], training: Mapping[str, Any], folder: Path,
) -> Card:  # fmt: skip
    """Measure the models, write card and weights into `folder`, and log each opening of the test images.

    Figures of other seeds that the card in `folder` has already stay, where they come from the same recipe.
    """
    card = _card(recipe, data, training)
    classical = choose(data.training)
    test = data.open_test() if recipe.finished else ()
    sets = {"validation": data.validation} | ({"test": test} if test else {})
    earlier = _earlier(folder, card)
    seeds: dict[str, Any] = dict(earlier.metrics["seeds"]) if earlier else {}
    stored: dict[str, int | None] = {}
    command = next(iter(training["command"].values()))  # the one that is running, for all of its seeds

    def add(seed: str, model: UNet | NestedUNet) -> None:
        shipped, stored[seed], validated = _as_shipped(model, card, data)
        seeds[seed] = {"validation": validated} | ({"test": measure(shipped, card, test)} if test else {})
        heads = {which: measure_heads(shipped, card, samples) for which, samples in sets.items()}
        if any(heads.values()):
            seeds[seed]["heads"] = heads
        if test:
            log(folder, command, int(seed), checkpoint.weights_digest(model, stored[seed]), seeds[seed]["test"])

    trained = {str(seed): model for seed, model in models.items()}
    for seed, model in trained.items():
        add(seed, model)
    chosen = max(seeds, key=lambda seed: _score(seeds[seed]["validation"]))
    if chosen not in trained:  # one of the earlier card's, so its weights are there, perhaps larger than they need be
        trained[chosen], _ = checkpoint.load(folder)
        add(chosen, trained[chosen])
    seeds = dict(sorted(seeds.items(), key=lambda one: int(one[0])))
    metrics = {"threshold": THRESHOLD, "shipped_seed": int(chosen), "shipped_because": "best mean Dice on validation",
               "seeds": seeds, "median": medians(seeds, sets)}  # fmt: skip
    complete = replace(card, metrics=metrics, training=_joined(card.training, earlier),
                       baselines={which: baselines(samples, classical) for which, samples in sets.items()}
                       | {"classical_setting": classical.to_dict()})  # fmt: skip
    return checkpoint.save(folder, trained[chosen], complete, stored[chosen])


def _score(figures: Figures) -> float:
    return figures.get("mean_dice", figures["dice"])


def _earlier(folder: Path, card: Card) -> Card | None:
    """The card in the folder, where it says the same of all that decides what a training becomes."""
    if not (folder / checkpoint.CARD).is_file():
        return None
    earlier = checkpoint.load_card(folder)
    there, ours = earlier.to_dict(), card.to_dict()
    fixed = [name for name in card.training if name not in ("seeds", "date", *OF_A_SEED)]
    same = all(_plain(there[name]) == _plain(ours[name]) for name in SAME_RECIPE)
    same = same and all(_plain(there["training"].get(name)) == _plain(ours["training"][name]) for name in fixed)
    return earlier if same else None


def _plain(value: Any) -> Any:
    """As JSON gives it back: lists for tuples."""
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, (list, tuple)) else value


def _joined(training: Mapping[str, Any], earlier: Card | None) -> dict[str, Any]:
    if earlier is None:
        return dict(training)
    joined = {name: {**earlier.training[name], **training[name]} for name in OF_A_SEED}
    return {**training, **joined, "seeds": sorted(map(int, joined["seconds"]))}


def _as_shipped(
    model: UNet | NestedUNet, card: Card, data: DataSet
) -> tuple[UNet | NestedUNet, int | None, Figures]:  # fmt: skip
    """The model as its file holds it, the level from which that is in half precision, and its validation figures.

    Half precision goes up from the bottom, where most weights are, as far as every validation figure stays.
    """
    whole = measure(model, card, data.validation)
    for level in range(card.config.depth + 1):
        try:
            rounded = checkpoint.load_weights(checkpoint.weights_of(model, level), card.config)
        except CheckpointError:  # a number of this level that is too large for it
            continue
        figures = measure(rounded, card, data.validation)
        if all(abs(whole[name] - figures[name]) < SAME for name in whole):
            return rounded, level, figures
    return model, None, whole


def _card(recipe: Recipe, data: DataSet, training: Mapping[str, Any]) -> Card:
    """A card without figures, for a model that is to be measured."""
    opened = "opened once per finished model, never for a choice; every opening is in evaluations.jsonl"
    return Card(
        name=recipe.name, description=recipe.description, config=recipe.config,
        classes=recipe.classes or data.classes, normalisation=data.normalisation,
        object_diameter=round(data.object_diameter, 1),
        data={**data.about, "test_images": opened if recipe.finished else "none"},
        training={**training, **recipe.about}, metrics={}, baselines={}, not_for=recipe.not_for,
        licence=recipe.licence,
    )  # fmt: skip


def about_training(recipe: Recipe, command: str, device: str, seconds: Mapping[int, float]) -> dict[str, Any]:
    """What the card says of how it was trained; seeds are keys, so they are text as JSON wants them."""
    settings = asdict(recipe.settings)
    return {
        "seeds": sorted(seconds),
        **{name: value for name, value in settings.items() if name not in ("seed", *OF_A_SEED)},
        "optimizer": "AdamW, one cycle",
        "kept": "the weights with the best mean Dice over the classes on validation",
        "seconds": {str(seed): round(value, 1) for seed, value in seconds.items()},
        "precision": {str(seed): settings["precision"] for seed in seconds},
        "command": {str(seed): command for seed in seconds},
        "device": {str(seed): describe_device(device) for seed in seconds},
        "torch": torch.__version__,
        "numpy": np.__version__,
        "date": datetime.now(UTC).date().isoformat(),
    }
