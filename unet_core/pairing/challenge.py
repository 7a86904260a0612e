"""A task with a budget: choose a network within it, and see which of those that were trained are nearest to it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import hypot, log

from unet_core.config import UNetConfig
from unet_core.messages import Message
from unet_core.pairing.aligned import Tracing
from unet_core.sizes import closest_legal
from unet_core.studies import STUDIES
from unet_core.studies.recipe import NET
from unet_core.studies.summary import Summary
from unet_core.trace import trace
from unet_core.zoo.passport import PEBBLES, Passport

SIDE = 256  # pixels: of the input for which the work is counted
MOST_PARAMETERS = 500_000
MOST_MACS = 2 * 10**9
SHOWN = 4  # of the trained networks, the nearest first


@dataclass(frozen=True)
class Known:
    """A network that was trained on pebbles: its costs, and the Dice of stone against background on validation photo 7,
    the mean or median over `trainings` of them."""

    label: Message
    config: UNetConfig
    parameters: int
    macs: int
    dice: float
    trainings: int
    steps: int | None  # of each training, where that is known


@dataclass(frozen=True)
class Entry:
    """A choice, and whether it is within the budget."""

    config: UNetConfig
    parameters: int
    macs: int

    @property
    def within(self) -> bool:
        return self.parameters <= MOST_PARAMETERS and self.macs <= MOST_MACS

    @property
    def verdict(self) -> Message:
        """One sentence."""
        values = {"parameters": self.parameters, "most": MOST_PARAMETERS, "macs": self.macs / 1e9,
                  "work": MOST_MACS / 1e9}  # fmt: skip
        if self.within:
            return Message("Within the budget: {parameters:,} of {most:,} parameters, {macs:.2f} of {work:.0f} GMAC.",
                           values)  # fmt: skip
        if self.parameters > MOST_PARAMETERS and self.macs > MOST_MACS:
            return Message("Too large and too much work: {parameters:,} parameters where {most:,} are allowed, "
                           "{macs:.2f} GMAC where {work:.0f} are.", values)  # fmt: skip
        if self.parameters > MOST_PARAMETERS:
            return Message("Too large: {parameters:,} parameters where {most:,} are allowed.", values)
        return Message("Too much work: {macs:.2f} GMAC where {work:.0f} are allowed.", values)


def network(architecture: str, depth: int, filters: int, deep_supervision: bool = False) -> UNetConfig:
    """A network for pebbles, as the studies train it: colour images, three classes, same padding, batch norm. Raises
    ConfigError."""
    return replace(NET, architecture=architecture, depth=depth, base_channels=filters,
                   deep_supervision=deep_supervision or architecture == "unet-e")  # fmt: skip


def enter(config: UNetConfig, tracing: Tracing = trace) -> Entry:
    """The costs of a choice for an image of SIDE."""
    return Entry(config, *_costs(config, tracing))


def _costs(config: UNetConfig, tracing: Tracing) -> tuple[int, int]:
    side = closest_legal(config, SIDE)
    run = tracing(config, (side, side))
    return run.params, run.macs


def known(
    models: tuple[Passport, ...], results: Mapping[str, Summary | None], tracing: Tracing = trace
) -> tuple[Known, ...]:
    """Every network that was measured on the validation photo of the pebbles: models that ship, and the studies'."""
    return (*_models(models, tracing), *_studied(results, tracing))


def _models(models: tuple[Passport, ...], tracing: Tracing) -> Iterator[Known]:
    for model in models:
        if model.subject == PEBBLES and model.validation is not None:
            yield Known(Message("{name}, a model that ships", {"name": model.folder}), model.config,
                        *_costs(model.config, tracing), model.validation.dice, model.validation.seeds,
                        None)  # fmt: skip


def _studied(results: Mapping[str, Summary | None], tracing: Tracing) -> Iterator[Known]:
    for name, summary in results.items():
        study = STUDIES[name]
        for condition in study.conditions if summary and not study.by_photo else ():
            assert summary is not None
            found = summary.conditions.get(condition.name)
            if found and "dice" in found.figures and condition.crops is None:
                one = found.figures["dice"]
                label = Message("{label}, of the study “{question}”",
                                {"label": condition.label, "question": study.question})  # fmt: skip
                yield Known(label, condition.config, *_costs(condition.config, tracing), one.mean, one.n,
                            found.steps)  # fmt: skip


def nearest(entry: Entry, there: tuple[Known, ...]) -> tuple[tuple[Known, float], ...]:
    """SHOWN of them with their distances, the nearest first: how many times the parameters and the work are apart."""
    ranked = sorted(((one, distance(entry, one)) for one in there), key=lambda pair: pair[1])
    return tuple(ranked[:SHOWN])


def distance(entry: Entry, other: Known) -> float:
    """In powers of two of parameters and of work; another wiring counts as one more. 0 for the network itself."""
    apart = hypot(log(other.parameters / entry.parameters, 2), log(other.macs / entry.macs, 2))
    alike = (other.config.architecture, other.config.deep_supervision) == (entry.config.architecture,
                                                                           entry.config.deep_supervision)  # fmt: skip
    return apart if alike else apart + 1
