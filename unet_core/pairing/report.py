"""A comparison to take along: the drawing, the table of differences, and a caption that says what they rest on."""

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from statistics import median
from urllib.parse import unquote

from unet_core.device import describe_device
from unet_core.messages import Message
from unet_core.pairing.aligned import Aligned
from unet_core.pairing.clock import Times
from unet_core.pairing.cost import Cost
from unet_core.pairing.differences import sentence
from unet_core.pairing.evidence import evidence
from unet_core.pairing.figure import Words, figure_png, figure_svg
from unet_core.pairing.pair import Pair
from unet_core.pairing.table import in_short, lines
from unet_core.says import title
from unet_core.studies.provenance import commit
from unet_core.studies.summary import Summary

FIGURE, PICTURE, TEXT = "compare.svg", "compare.png", "compare.md"  # names in the archive


@dataclass(frozen=True)
class Report:
    """What a report is made of. `times` is None where nothing was measured."""

    pair: Pair
    drawing: Aligned
    costs: tuple[Cost, Cost]
    times: Times | None
    results: Mapping[str, Summary | None]
    made_on: date


def markdown(report: Report, translate: Words = str) -> str:
    """The report as text, with the drawing as a file beside it."""
    pair = report.pair
    names = {"a": title(pair.a), "b": title(pair.b)}
    parts = [
        "# " + _plain(translate(Message("{a} and {b} compared", names))),
        f"![{_plain(translate(Message('A and B in one drawing')))}]({FIGURE})",
        _plain(translate(sentence(pair.a, pair.b))),
        "**" + _plain(translate(in_short(pair.a.base_channels, pair.b.base_channels, *report.costs))) + "**",
        "\n".join(_table(report, translate)),
        "\n".join(f"- {_plain(translate(line))}" for line in caption(report)),
    ]
    return "\n\n".join(parts) + "\n"


def _table(report: Report, translate: Words) -> list[str]:
    def text(value: object) -> str:
        return translate(value) if isinstance(value, Message) else str(value)

    rows = [[text(part) for part in (line.name, line.a, line.b, line.times)] for line in lines(*report.costs)]
    if report.times is not None:
        times = report.times
        rows.append([translate(Message("Time for an image, measured, ms")), f"{1e3 * median(times.a):.1f}",
                     f"{1e3 * median(times.b):.1f}", f"{times.ratio:.2f}"])  # fmt: skip
    head = [translate(Message("Figure")), "A", "B", "B / A"]
    return ["| " + " | ".join(map(_plain, row)) + " |" for row in (head, ["---", "--:", "--:", "--:"], *rows)]


def caption(report: Report) -> tuple[Message, ...]:
    """Configurations, budgets, sizes, times with their spread, evidence, machine and commit, one a line."""
    pair = report.pair
    (a, _), (b, _) = pair.sizes
    told = [Message("{name}: {choices}", {"name": name, "choices": unquote(config.to_query()).replace("&", ", ") or
                                          Message("the original of 2015")})
            for name, config in (("A", pair.a), ("B", pair.b))]  # fmt: skip
    told.append(Message("Counted from the traces for one image, A at {a} × {a} pixels, B at {b} × {b}.",
                        {"a": a, "b": b}))  # fmt: skip
    times = report.times
    if times is None:
        told.append(Message("No time was measured."))
    else:
        low, high = times.ratio_spread
        told.append(Message("Times: medians of {rounds} rounds in turns, A at {a} px, B at {b} px; B / A is the median "
                            "of the rounds' own ratios, the middle half of them {low:.2f} to {high:.2f}. {device}, "
                            "PyTorch {torch}, program {commit}, {date}.",
                            {"rounds": len(times.a), "a": times.sizes[0][0], "b": times.sizes[1][0], "low": low,
                             "high": high, "device": times.device, "torch": times.torch, "commit": times.commit,
                             "date": times.when}))  # fmt: skip
    told += evidence(pair, report.results)
    told.append(Message("Made on {date} with U-Net Explorer, program {commit}, on {device}.",
                        {"date": report.made_on.isoformat(), "commit": commit(),
                         "device": describe_device("auto")}))  # fmt: skip
    return tuple(told)


def to_zip(report: Report, translate: Words = str) -> bytes:
    """The text, the drawing as SVG and as PNG (in English), and both networks' choices."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(TEXT, markdown(report, translate))
        archive.writestr(FIGURE, figure_svg(report.drawing, translate))
        archive.writestr(PICTURE, figure_png(report.drawing))
        for name, config in zip("ab", report.pair.configs, strict=True):
            archive.writestr(f"{name}.json", json.dumps(config.to_dict(), indent=1) + "\n")
    return buffer.getvalue()


def _plain(text: str) -> str:
    """Letter by letter, where Markdown would take a letter for a sign of its own."""
    return "".join(f"\\{letter}" if letter in r"\`*_[]<>|^" else letter for letter in text)
