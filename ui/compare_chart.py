"""Quality against cost as a chart: each network that a study measured as a dot with its spread, and the same as a list.

Positions are percent of the plot. A cost that spans more than a factor of three is drawn by its logarithm.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Any

from ui.components import packed
from ui.findings_chart import Scale, scale_of
from ui.language import mark, translated
from unet_core.messages import Message
from unet_core.pairing import Pair
from unet_core.studies.points import COSTS, Measured, counts

KINDS = {1: "better", -1: "worse", 0: "same", None: "single"}
LEGEND = {"dot": mark("mean"), "run": mark("one run"), "spread": mark("lowest to highest"),
          "reference": mark("reference of the study"), "better": mark("better than it"),
          "worse": mark("worse than it")}  # fmt: skip
FACTOR = 3  # from which on a logarithm is easier to read
UNITS = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


@dataclass(frozen=True)
class LogScale:
    """An axis of powers; `low` and `high` are its ends."""

    low: float
    high: float

    def at(self, value: float) -> float:
        """Percent of the width."""
        share = log10(value / self.low) / log10(self.high / self.low)
        return round(100 * min(1.0, max(0.0, share)), 2)

    def ticks(self) -> list[dict[str, Any]]:
        """At 1, 2 and 5 times the powers of ten, of wide axes at the powers alone."""
        steps = (1, 2, 5) if log10(self.high / self.low) < 2 else (1,)
        values = [step * 10.0**power for power in range(floor(log10(self.low)), ceil(log10(self.high)) + 1)
                  for step in steps if self.low <= step * 10.0**power <= self.high]  # fmt: skip
        return [{"id": str(index), "at": self.at(value), "text": short(value)} for index, value in enumerate(values)]


def short(value: float) -> str:
    """'83 M', '6.7 k', '28'."""
    size, unit = next(((size, f" {unit}") for size, unit in UNITS if value >= size), (1, ""))
    shown = value / size
    return f"{shown:.0f}{unit}" if shown >= 100 or shown == round(shown) else f"{shown:.3g}{unit}"


def payload(
    key: str, points: Sequence[Measured], figure: Message, cost: str, chosen: str, pair: Pair, language: str
) -> bytes:  # fmt: skip
    """Those of `points` whose `cost`, a key of COSTS, is known. `key` tells the chart from every other."""
    known = [point for point in points if cost in point.costs]
    across = _across([end for point in known for end in (point.costs[cost].low, point.costs[cost].high)])
    up = scale_of([value for point in known for value in point.values.values()])
    name = translated(COSTS[cost], language)
    return packed({
        "key": key, "language": language, "label": translated("{figure} against {cost}", language, figure=figure,
                                                              cost=COSTS[cost]),
        "x": {"title": name, "ticks": across.ticks() if isinstance(across, LogScale) else _linear(across)},
        "y": {"title": translated(figure, language), "ticks": up.ticks()},
        "heads": ["", translated("Network", language), translated("Mean (lowest to highest)", language), name],
        "legend": [{"id": kind, "text": translated(text, language)} for kind, text in LEGEND.items()],
        "points": [_point(number, point, cost, across, up, chosen, pair, language)
                   for number, point in enumerate(known, start=1)],
    })  # fmt: skip


def _across(values: list[float]) -> Scale | LogScale:
    if not values or min(values) <= 0 or max(values) / min(values) < FACTOR:
        low, high = (min(values), max(values)) if values else (0.0, 1.0)
        return Scale(*_round_ends(low, high))
    return LogScale(min(values) / 1.25, max(values) * 1.25)


def _round_ends(low: float, high: float) -> tuple[float, float, float]:
    """Ends and step of an axis that leaves some room on both sides."""
    width = max(high - low, 0.1 * abs(high), 1e-9)
    step = next(factor * 10.0 ** floor(log10(width / 3)) for factor in (1, 2, 5, 10)
                if factor * 10.0 ** floor(log10(width / 3)) >= width / 3)  # fmt: skip
    return floor((low - 0.1 * width) / step) * step, ceil((high + 0.1 * width) / step) * step, step


def _linear(scale: Scale) -> list[dict[str, Any]]:
    values = [scale.low + index * scale.step for index in range(round((scale.high - scale.low) / scale.step) + 1)]
    return [{"id": str(index), "at": scale.at(value), "text": short(value)} for index, value in enumerate(values)]


def _point(
    number: int, point: Measured, cost: str, across: Scale | LogScale, up: Scale, chosen: str, pair: Pair, language: str
) -> dict[str, Any]:  # fmt: skip
    figure, price = point.figure, point.costs[cost]
    sign = None if point.difference is None else point.difference.sign
    which = "".join(letter for letter, config in zip("AB", pair.configs, strict=True) if config == point.config)
    runs = counts(point)
    value = (f"{figure.mean:.3f}" if figure.n == 1 else
             translated("{mean:.3f} ({low:.3f} to {high:.3f})", language, mean=figure.mean, low=figure.low,
                        high=figure.high))  # fmt: skip
    return {
        "id": point.name, "number": str(number), "label": translated(point.label, language),
        "counts": translated(runs, language), "value": value, "cost": short(price.mean),
        "x": across.at(price.mean), "left": across.at(price.low), "right": across.at(price.high),
        "y": up.at(figure.mean), "low": up.at(figure.low), "high": up.at(figure.high),
        "runs": [up.at(one) for one in point.values.values()] if figure.n > 1 else [],
        "kind": "reference" if point.reference and point.difference is None else KINDS[sign],
        "chosen": point.name == chosen, "versus": ", ".join(which),
    }  # fmt: skip
