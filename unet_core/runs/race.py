"""Races: networks that differ in one choice, on the same data, each with the same seconds.

The winner is who has the best mean Dice of the classes on validation at its best moment. It is one run with one seed:
`studies/` has what several say.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from unet_core import says
from unet_core.config import LIMITS, UNetConfig
from unet_core.messages import Message
from unet_core.nearest import nearest_config
from unet_core.runs.history import History, Track
from unet_core.runs.order import Entrant

FEWEST_SEEDS = 3


@dataclass(frozen=True)
class Spread:
    """By how much so many trainings of one network differed that had another seed and nothing else."""

    difference: float
    runs: int


@dataclass(frozen=True)
class Race:
    """One choice in which networks differ, and in a sentence or two what it is; `study` is the name of the one in
    `studies` that asks the same with several seeds."""

    title: Message
    study: str
    says: Message


RACES: Mapping[str, Race] = {
    "depth": Race(Message("Depths 1 to 4"), "depth", Message(
        "Depth is how often the image is pooled to half its size before it is scaled up again. Each further level sees "
        "more of the surroundings, and costs parameters and time. How many levels are worth it is found like this: "
        "train several, and compare them on images that none of them has learned from.")),
    "skips": Race(Message("With and without skips"), "skips", Message(
        "A skip hands the encoder's fine maps over to the decoder. Without skips everything has to pass through the "
        "small maps at the bottom.")),
    "nested": Race(Message("U-Net or U-Net++"), "wiring", Message(
        "U-Net++ has more nodes and skips between encoder and decoder, so each of its steps takes longer. Does it get "
        "farther in the same time?")),
    "kernel": Race(Message("Kernels of 1, 3 and 5"), "kernels-and-filters", Message(
        "A kernel of 5 × 5 looks at 25 neighbours at once and one of 1 × 1 at the pixel alone; weights and work grow "
        "with that number.")),
    "filters": Race(Message("Filters × ½, × 1 and × 2"), "kernels-and-filters", Message(
        "More filters can tell more apart at every level. Twice as many are about four times the weights and the work, "
        "so there is time for fewer steps.")),
}  # fmt: skip


def entrants(name: str, config: UNetConfig) -> tuple[Entrant, ...]:
    """The networks of a race in RACES, made from one. KeyError for another name."""
    return {"depth": _depths, "skips": _skips, "nested": _nested, "kernel": _kernels, "filters": _filters}[name](config)


def _depths(config: UNetConfig) -> tuple[Entrant, ...]:
    return tuple(Entrant(Message("depth {depth}", {"depth": depth}), _with(config, depth=depth, skip_levels=None))
                 for depth in range(1, 5))  # fmt: skip


def _skips(config: UNetConfig) -> tuple[Entrant, ...]:
    """Of a plain U-Net, where a skip is a skip."""
    plain = _with(config, architecture="unet", deep_supervision=False)
    return (Entrant(Message("with all skips"), replace(plain, skip_levels=None)),
            Entrant(Message("without skips"), replace(plain, skip_levels=())))  # fmt: skip


def _nested(config: UNetConfig) -> tuple[Entrant, ...]:
    plain = _with(config, architecture="unet", deep_supervision=False, skip_levels=None)
    nested = _with(plain, architecture="unet++")
    return tuple(Entrant(Message("{name}", {"name": says.ARCHITECTURE_NAMES[one.architecture]}), one)
                 for one in (plain, nested))  # fmt: skip


def _kernels(config: UNetConfig) -> tuple[Entrant, ...]:
    return tuple(Entrant(Message("kernels {side} × {side}", {"side": side}), _with(config, kernel_size=side))
                 for side in (1, 3, 5))  # fmt: skip


def _filters(config: UNetConfig) -> tuple[Entrant, ...]:
    """Half, as many, twice; what would not be a network is left out."""
    most = LIMITS["base_channels"][1]
    counts = sorted({max(1, config.base_channels // 2), config.base_channels, min(int(most), 2 * config.base_channels)})
    return tuple(Entrant(Message("{filters} filters", {"filters": count}), _with(config, base_channels=count))
                 for count in counts)  # fmt: skip


def _with(config: UNetConfig, **changes: object) -> UNetConfig:
    """The same network with changes, and what they make impossible changed as little as possible."""
    return nearest_config({**config.to_dict(), **changes}, keep=frozenset(changes))


def ranking(found: History) -> list[tuple[int, Track, float]]:
    """Number, network and its best mean Dice of the classes, best first; those that never got so far are left out."""
    scored = [(number, track, track.best.figures["class_dice"])
              for number, track in enumerate(found.tracks) if track.best is not None]  # fmt: skip
    return sorted(scored, key=lambda one: -one[2])


def verdict(found: History, spread: Spread | None = None) -> Message | None:
    """Who won, and by how much; None where fewer than two got so far. What is less than a `spread` is no lead."""
    ranked = ranking(found)
    if len(ranked) < 2:
        return None
    (_, first, best), (_, second, next_best) = ranked[:2]
    values: dict[str, object] = {"first": first.label, "best": best, "second": second.label, "next": next_best}
    if spread is not None and best - next_best < spread.difference:
        values |= {"seeds": spread.runs, "spread": spread.difference}
        return Message("{first} is ahead with {best:.3f}, {second} has {next:.3f}: they are no farther apart than "
                       "{seeds} trainings of one and the same network were in our study, {spread:.3f}.",
                       values)  # fmt: skip
    return Message("{first} wins with {best:.3f}, before {second} with {next:.3f}.", values)


def spread_of(values: Collection[float]) -> Spread | None:
    """Of figures of one network trained with several seeds; None of fewer than FEWEST_SEEDS."""
    return Spread(max(values) - min(values), len(values)) if len(values) >= FEWEST_SEEDS else None
