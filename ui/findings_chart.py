"""The chart of a finding as a table: every row a network, with its runs on one scale and its difference on another.

The same numbers stand beside the marks as text. Positions are percent of a scale's width.
"""

from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Any

from ui.components import packed
from ui.language import mark, translated
from unet_core.messages import Signed
from unet_core.studies.findings import Finding, Point
from unet_core.studies.statistics import Difference
from unet_core.studies.study import Group, Study

LEGEND = {"run": mark("one run"), "range": mark("lowest to highest"), "mean": mark("mean"),
          "reference": mark("mean of the reference"), "interval": mark("95 % interval"),
          "zero": mark("no difference")}  # fmt: skip
VERDICTS = {1: mark("better"), -1: mark("worse"), 0: mark("no difference found"),
            None: mark("one pair: no interval")}  # fmt: skip
KINDS = {1: "better", -1: "worse", 0: "same", None: "single"}
STEPS = (1, 2, 5, 10)  # times a power of ten, between two ticks
TICKS = 4  # about so many fit beside each other at 1024 pixels
NARROWEST = 0.01  # of a scale: differences too small to matter are not to fill it


@dataclass(frozen=True)
class Scale:
    """An axis whose ends are ticks, `step` apart."""

    low: float
    high: float
    step: float

    def at(self, value: float) -> float:
        """Percent of the width; what lies beyond an end is drawn at that end."""
        share = (value - self.low) / (self.high - self.low)
        return round(100 * min(1.0, max(0.0, share)), 2)

    def ticks(self, signed: bool = False) -> list[dict[str, Any]]:
        """Position and text of each."""
        digits = max(0, -floor(log10(self.step) + 1e-9))
        form = f"+.{digits}f" if signed else f".{digits}f"
        values = [self.low + index * self.step for index in range(round((self.high - self.low) / self.step) + 1)]
        return [{"id": str(index), "at": self.at(value), "text": f"{Signed(value):{form}}" if abs(value) > self.step / 2
                 else "0"} for index, value in enumerate(values)]  # fmt: skip


def scale_of(values: list[float]) -> Scale:
    """The narrowest with round ends that holds all values; 0 to 1 where there are none."""
    if not values:
        return Scale(0.0, 1.0, 0.5)
    middle, width = (min(values) + max(values)) / 2, max(max(values) - min(values), NARROWEST)
    power = 10.0 ** floor(log10(width / TICKS))
    step = next(factor * power for factor in STEPS if TICKS * factor * power >= width * (1 - 1e-9))
    first, last = floor((middle - width / 2) / step + 1e-9), ceil((middle + width / 2) / step - 1e-9)
    return Scale(first * step, max(last, first + 1) * step, step)


def chart_payload(study: Study, group: Group, found: Finding, language: str) -> bytes:
    """A row for every network of the group, those included of which nothing is known yet."""
    points = {point.name: point for point in found.chart.points}
    values, differences = _scales(found.chart.points)
    references = [point for point in found.chart.points if point.reference]
    line = values.at(references[0].mean) if len(references) == 1 else None
    against = translated(group.against or study.labels[group.reference], language)
    heads = [
        translated("Network", language), translated(found.chart.axis, language), translated("Mean", language),
        translated("Difference from {reference}", language, reference=against),
        translated("With its 95 % interval", language),
    ]  # fmt: skip
    repeats = list(dict.fromkeys(repeat for point in found.chart.points for repeat in point.repeats))
    follow = mark("Follow one photo") if study.by_photo else mark("Follow one seed")
    return packed({
        "language": language, "caption": translated(found.title, language), "heads": heads,
        "values": values.ticks(), "differences": differences.ticks(signed=True), "line": line,
        "zero": differences.at(0.0), "measured": bool(points),
        "legend": [{"id": kind, "text": translated(text, language)} for kind, text in LEGEND.items()
                   if kind != "reference" or line is not None],
        "follow": translated(follow, language), "repeats": [{"id": str(one), "text": str(one)} for one in repeats],
        "rows": [_row(translated(study.labels[name], language), name, points.get(name), values, differences, language)
                 for name in group.members],
    })  # fmt: skip


def _scales(points: tuple[Point, ...]) -> tuple[Scale, Scale]:
    spans = [0.0]
    for point in points:
        if point.difference is not None:
            one = point.difference
            spans += [end for end in (one.mean, one.low, one.high) if end is not None]
    return scale_of([value for point in points for value in point.values]), scale_of(spans)


def _row(
    label: str, name: str, point: Point | None, values: Scale, differences: Scale, language: str
) -> dict[str, Any]:
    if point is None:
        return {"id": name, "name": label, "note": translated("not measured yet", language)}
    if point.milliseconds is not None:
        label = translated("{condition}, {milliseconds:.0f} ms for a photo", language, condition=label,
                           milliseconds=point.milliseconds)  # fmt: skip
    runs = [{"id": str(repeat), "at": values.at(value), "text": f"{value:.3f}"}
            for repeat, value in zip(point.repeats, point.values, strict=True)]  # fmt: skip
    return {
        "id": name, "name": label, "reference": point.reference, "mean": f"{point.mean:.3f}",
        "at": values.at(point.mean), "low": values.at(point.low), "high": values.at(point.high), "runs": runs,
        "spoken": translated("{n} runs: {values}", language, n=point.n, values=", ".join(run["text"] for run in runs)),
        "note": translated("reference", language) if point.reference and point.difference is None else "",
        "difference": _difference(point.difference, differences, language),
    }  # fmt: skip


def _difference(one: Difference | None, scale: Scale, language: str) -> dict[str, Any] | None:
    if one is None:
        return None
    interval = ""
    if one.low is not None and one.high is not None:
        interval = translated("{low} to {high}", language, low=f"{Signed(one.low):+.3f}",
                              high=f"{Signed(one.high):+.3f}")  # fmt: skip
    return {
        "kind": KINDS[one.sign], "at": scale.at(one.mean), "text": f"{Signed(one.mean):+.3f}", "interval": interval,
        "low": scale.at(one.mean if one.low is None else one.low),
        "high": scale.at(one.mean if one.high is None else one.high),
        "verdict": translated(VERDICTS[one.sign], language),
    }  # fmt: skip
