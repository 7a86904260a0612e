"""Every figure of a card, computed again from the weights and the images, to be compared with what is published."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from unet_core import checkpoint
from unet_core.checkpoint import Card
from unet_core.data import nuclei, pebbles, shapes
from unet_core.data.knobs import Knobs
from unet_core.data.samples import DataSet
from unet_core.messages import ExplainedError
from unet_core.zoo.classical import Classical
from unet_core.zoo.measure import Figures, baselines, measure, measure_heads, medians
from unet_core.zoo.openings import log

TOLERANCE = 1e-3  # how far a recomputed figure may lie from the card's
Comparison = tuple[str, float, float]  # a figure's name, on the card, computed now


def recompute(folder: Path, card: Card, data: DataSet, command: str, write_log: bool) -> Iterator[Comparison]:
    """Every figure of the card in `folder`, one after another, as (its name, on the card, computed now).

    Only the chosen seed's weights ship: of the others the card's figures enter the medians as they are.
    """
    opened = data.open_test() if "test" in card.baselines else ()
    sets = {"validation": data.validation} | ({"test": opened} if opened else {})
    classical = Classical(**card.baselines["classical_setting"])
    for which, samples in sets.items():
        for method, figures in baselines(samples, classical).items():
            yield from compare(f"{method}, {which}", card.baselines[which][method], figures)
    seed = str(card.metrics["shipped_seed"])
    published, (model, _) = card.metrics["seeds"][seed], checkpoint.load(folder)
    found = {which: measure(model, card, samples) for which, samples in sets.items()}
    if write_log and opened:
        log(folder, command, int(seed), card.weights_sha256, found["test"])
    for which, samples in sets.items():
        yield from compare(f"seed {seed}, {which}", published[which], found[which])
        for head, figures in (measure_heads(model, card, samples) if "heads" in published else {}).items():
            yield from compare(f"seed {seed}, {which}, {head}", published["heads"][which][head], figures)
    seeds = {**card.metrics["seeds"], seed: found}
    for which, figures in medians(seeds, sets).items():
        yield from compare(f"median, {which}", card.metrics["median"][which], figures)


def compare(label: str, old: Figures, new: Figures) -> Iterator[Comparison]:
    """Figure by figure; ExplainedError where the card has one that is not computed."""
    if not old.keys() <= new.keys():
        raise ExplainedError("the card has other figures for {label} than are computed: {old}", label=label,
                             old=", ".join(old))  # fmt: skip
    for name in old:
        yield f"{label}: {name}", old[name], new[name]


def data_of(card: Card) -> DataSet:
    """The images of a card, read or generated again."""
    data = card.data
    if data.get("name") == "pebbles":
        return pebbles.load()
    if data.get("name") == "shapes":
        counts = {part: data[part]["images"] for part in ("training", "validation", "test")}
        return shapes.make(data["seed"], difficulty=data["difficulty"], **counts)
    if "knobs" not in data:
        raise ExplainedError("the card names a data set that is not known here: {name}",
                             name=str(data.get("name"))[:60])  # fmt: skip
    sets = ((data[part]["seed"], data[part]["images"]) for part in ("training", "validation"))
    return nuclei.load(*sets, knobs_from(data["knobs"]))


def knobs_from(data: Mapping[str, Any]) -> Knobs:
    """Knobs as a card holds them: JSON has lists where the generator has pairs."""
    pairs: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
    return Knobs(**pairs)
