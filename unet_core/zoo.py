"""The models that ship: how each is made, from nothing, and how every figure on its card is computed.

`nuclei-unet` learns from generated images only, and every choice below was made on generated validation images. The
one real image is opened when a model is finished, once per model, and each opening leaves a line in
`evaluations.jsonl`.
"""

import json
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean, median
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from skimage.filters import threshold_otsu

from unet_core import checkpoint
from unet_core.checkpoint import Card
from unet_core.config import UNetConfig
from unet_core.data import nuclei
from unet_core.data.knobs import Knobs
from unet_core.data.nuclei import real_image
from unet_core.data.samples import ASSETS, Sample, digest, object_diameter
from unet_core.messages import ExplainedError
from unet_core.metrics import count
from unet_core.models import NestedUNet, UNet, build_model
from unet_core.segment import normalise, segment
from unet_core.train import Pairs, Settings, choose_device

MODELS = ASSETS / "models"
LOG = "evaluations.jsonl"
THRESHOLD = 0.5
TOLERANCE = 1e-3  # how far a recomputed figure may lie from the card's
Figures = dict[str, float]


@dataclass(frozen=True)
class Recipe:
    """All that decides what a training on generated nuclei becomes; the defaults are `nuclei-unet`."""

    name: str = "nuclei-unet"
    config: UNetConfig = UNetConfig(classes=1, base_channels=16, depth=3, padding="same", norm="batch")  # noqa: RUF009
    knobs: Knobs = Knobs()  # noqa: RUF009  (frozen, like the config)
    training_set: tuple[int, int] = (1, 192)  # seed of the generator, number of images
    validation_set: tuple[int, int] = (1000, 32)
    settings: Settings = Settings(steps=700, validate_every=100)  # noqa: RUF009
    seeds: tuple[int, ...] = (1, 2, 3)
    normalisation: tuple[float, float] = (1.0, 99.8)  # percentiles that become 0 and 1
    finished: bool = True  # False for a miniature, which must never see the test image


NUCLEI = Recipe()
QUICK = Recipe(
    config=UNetConfig(classes=1, base_channels=4, depth=2, padding="same", norm="batch"),
    knobs=Knobs(height=64, width=64, coverage=(0.1, 0.4), radius=(4.0, 12.0)),
    training_set=(1, 8), validation_set=(1000, 4),
    settings=Settings(steps=20, batch_size=4, crop=48, validate_every=10), finished=False,
)  # fmt: skip


def normalisation(recipe: Recipe) -> dict[str, Any]:
    """What the card says and `segment.normalise` does."""
    low, high = recipe.normalisation
    return {"name": "percentile", "low": low, "high": high, "clip": [-1.0, 4.0]}


def new_model(recipe: Recipe, seed: int) -> UNet | NestedUNet:
    """The network of a seed before its training; the caller's random numbers stay as they were."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build_model(recipe.config)


@dataclass(frozen=True, eq=False)
class Sets:
    """The generated images of a recipe, and the same as tensors."""

    training: Sequence[Sample]
    validation: Sequence[Sample]
    training_pairs: Pairs
    validation_pairs: Pairs


def make_sets(recipe: Recipe) -> Sets:
    """Generate both sets: about 0.1 s for an image of 256 x 256."""
    how = normalisation(recipe)
    training, validation = (nuclei.generate_set(*which, recipe.knobs)
                            for which in (recipe.training_set, recipe.validation_set))  # fmt: skip
    return Sets(training, validation, _pairs(training, how), _pairs(validation, how))


def _pairs(samples: Sequence[Sample], how: Mapping[str, Any]) -> Pairs:
    images = np.stack([normalise(sample.image.transpose(2, 0, 1), how) for sample in samples])
    classes = np.stack([sample.mask for sample in samples])
    return Pairs(torch.from_numpy(images), torch.from_numpy(classes.astype(np.int64)))


def measure(model: UNet | NestedUNet, card: Card, samples: Sequence[Sample]) -> Figures:
    """Mean over the images of Dice and IoU of `segment`'s mask: the road that a visitor's image takes."""
    return _mean_figures(samples, [segment(model, card, s.image).mask(THRESHOLD) for s in samples])


def baselines(samples: Sequence[Sample]) -> dict[str, Figures]:
    """The same figures for Otsu's threshold (1979), each image's own, and for calling every pixel foreground."""
    return {"otsu": _mean_figures(samples, [otsu(s.image[..., 0]) for s in samples]),
            "all_foreground": _mean_figures(samples, [np.ones(s.mask.shape, bool) for s in samples])}  # fmt: skip


def otsu(image: NDArray[np.float32]) -> NDArray[np.bool_]:
    """At least Otsu's threshold, found on 8-bit grey values; (H, W). Nothing is where all pixels are equal.

    Taking only what is above the threshold is as usual, but weaker on the test image: Dice 0.835, not 0.842.
    """
    grey = np.round(image * 255).astype(np.uint8)
    if not np.ptp(grey):
        return np.zeros(grey.shape, np.bool_)
    threshold: float = threshold_otsu(grey)  # type: ignore[no-untyped-call]
    return grey >= threshold


def _mean_figures(samples: Sequence[Sample], masks: Sequence[NDArray[np.bool_]]) -> Figures:
    counts = [count(mask, sample.mask) for mask, sample in zip(masks, samples, strict=True)]
    return {"dice": round(mean(c.dice for c in counts), 5), "iou": round(mean(c.iou for c in counts), 5)}


def make_card(recipe: Recipe, sets: Sets, training: Mapping[str, Any]) -> Card:
    """A card without figures, for a model that is to be measured."""
    data = {
        "name": "synthetic fluorescence nuclei",
        "generator": "unet_core/data/nuclei.py",
        "knobs": asdict(recipe.knobs),
        "split": "by the generator's seed; no image is in two sets",
        "training": _about_set(recipe.training_set, sets.training),
        "validation": _about_set(recipe.validation_set, sets.validation),
        "test": "one real photograph, assets/nuclei/dsb2018.png (2018 Data Science Bowl), opened once per finished "
        "model, never for a choice" if recipe.finished else "none",
    }  # fmt: skip
    return Card(
        name=recipe.name,
        description="Finds nuclei in fluorescence microscopy, bright on dark. Trained on synthetic images only.",
        config=recipe.config,
        classes=("background", "nucleus"),
        normalisation=normalisation(recipe),
        object_diameter=round(object_diameter(sets.training), 1),
        data=data, training=training, metrics={}, baselines={},
        not_for=(
            "diagnosis, or any decision about a patient",
            "nuclei that are dark on bright, as in stained tissue seen in transmitted light",
            "counting nuclei: those that touch come out as one",
            "nuclei whose radius is far from 5 to 20 pixels; resize the image first",
            "images with hardly a nucleus in them: noise is then brightened and may be taken for one",
        ),
        licence="The weights and the synthetic images were made by this project. The real test image is BSD-3-Clause; "
        "see assets/SOURCES.md.",
    )  # fmt: skip


def _about_set(which: tuple[int, int], samples: Sequence[Sample]) -> dict[str, Any]:
    return {"seed": which[0], "images": which[1], "sha256": digest(samples)}


def about_training(recipe: Recipe, command: str, device: str, seconds: Mapping[int, float]) -> dict[str, Any]:
    """What the card says of how it was trained; seeds are keys, so they are text as JSON wants them."""
    return {
        "seeds": list(recipe.seeds),
        **{name: value for name, value in asdict(recipe.settings).items() if name != "seed"},
        "optimizer": "AdamW, one cycle",
        "kept": "the weights with the best Dice on validation",
        "seconds": {str(seed): round(value, 1) for seed, value in seconds.items()},
        "command": command,
        "device": describe_device(device),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "date": datetime.now(UTC).date().isoformat(),
    }


def describe_device(name: str) -> str:
    """'CPU x86_64, threads: 2', or the accelerator's name."""
    device = choose_device(name)
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return "MPS" if device.type == "mps" else f"CPU {platform.machine()}, threads: {torch.get_num_threads()}"


def finish(
    recipe: Recipe, card: Card, models: Mapping[int, UNet | NestedUNet], validation: Sequence[Sample], folder: Path,
) -> Card:  # fmt: skip
    """Measure the models of all seeds, write card and weights into `folder`, and log each opening of the test image.

    The seed that is best on validation becomes `weights.safetensors`; the others lie in `seed-N/`, so that every
    figure can be recomputed.
    """
    opened = [real_image()] if recipe.finished else []
    seeds: dict[str, dict[str, Figures]] = {}
    for seed, model in models.items():
        seeds[str(seed)] = {"validation": measure(model, card, validation)}
        if opened:
            seeds[str(seed)]["test"] = measure(model, card, opened)
            log(folder, card.training["command"], seed, checkpoint.weights_digest(model), seeds[str(seed)]["test"])
    chosen = max(models, key=lambda seed: seeds[str(seed)]["validation"]["dice"])
    compared = {"validation": baselines(validation)} | ({"test": baselines(opened)} if opened else {})
    metrics = {"threshold": THRESHOLD, "shipped_seed": chosen, "shipped_because": "best Dice on validation",
               "seeds": seeds, "median": medians(seeds)}  # fmt: skip
    complete = replace(card, metrics=metrics, baselines=compared)
    cards = {seed: checkpoint.save(_seed_folder(folder, seed, chosen), models[seed], complete) for seed in models}
    return cards[chosen]


def _seed_folder(folder: Path, seed: int, chosen: int) -> Path:
    return folder if seed == chosen else folder / f"seed-{seed}"


def medians(seeds: Mapping[str, Mapping[str, Figures]]) -> dict[str, Figures]:
    """Median over the seeds of each figure on each set."""
    first = next(iter(seeds.values()))
    return {which: {name: median(seed[which][name] for seed in seeds.values()) for name in figures}
            for which, figures in first.items()}  # fmt: skip


def validation_of(card: Card) -> list[Sample]:
    """The validation images of a card, generated again."""
    data = card.data
    return nuclei.generate_set(data["validation"]["seed"], data["validation"]["images"], knobs_from(data["knobs"]))


def recompute(
    folder: Path, card: Card, validation: Sequence[Sample], command: str, write_log: bool
) -> Iterator[tuple[str, float, float]]:  # fmt: skip
    """Every figure of the card in `folder`, one after another, as (its name, on the card, computed now)."""
    sets = {"validation": validation} | ({"test": [real_image()]} if "test" in card.baselines else {})
    for which, samples in sets.items():
        for method, figures in baselines(samples).items():
            yield from _compare(f"{method}, {which}", card.baselines[which][method], figures)
    seeds: dict[str, dict[str, Figures]] = {}
    for seed in card.metrics["seeds"]:
        model, own = checkpoint.load(_seed_folder(folder, int(seed), card.metrics["shipped_seed"]))
        seeds[seed] = {which: measure(model, own, samples) for which, samples in sets.items()}
        if write_log and "test" in sets:
            log(folder, command, int(seed), own.weights_sha256, seeds[seed]["test"])
        for which, figures in seeds[seed].items():
            yield from _compare(f"seed {seed}, {which}", card.metrics["seeds"][seed][which], figures)
    for which, figures in medians(seeds).items():
        yield from _compare(f"median, {which}", card.metrics["median"][which], figures)


def _compare(label: str, old: Figures, new: Figures) -> Iterator[tuple[str, float, float]]:
    if old.keys() != new.keys():
        raise ExplainedError("the card has other figures for {label} than are computed: {old}", label=label,
                             old=", ".join(old))  # fmt: skip
    for name in new:
        yield f"{label}: {name}", old[name], new[name]


def knobs_from(data: Mapping[str, Any]) -> Knobs:
    """Knobs as a card holds them: JSON has lists where the generator has pairs."""
    pairs: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
    return Knobs(**pairs)


def log(folder: Path, command: str, seed: int, weights_sha256: str, figures: Figures) -> None:
    """One line for one opening of the test image: by a finished model, or, if it was there before, a recomputation."""
    path = folder / LOG
    known = path.exists() and weights_sha256 in path.read_text(encoding="utf-8")
    why = "recomputation" if known else "finished model"
    entry = {"time": datetime.now(UTC).isoformat(timespec="seconds"), "why": why, "command": command, "seed": seed,
             "weights_sha256": weights_sha256, "threshold": THRESHOLD, **figures}  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")
