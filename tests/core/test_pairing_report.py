"""What a comparison can be taken away as, what it rests on, and the clock."""

import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from tests.core.studied import results
from unet_core.config import PRESETS, UNetConfig
from unet_core.messages import Message
from unet_core.pairing import Pair, clock
from unet_core.pairing.aligned import aligned
from unet_core.pairing.challenge import MOST_MACS, MOST_PARAMETERS, enter, known, nearest, network
from unet_core.pairing.clock import ClockError, Times, measurable_side, measure
from unet_core.pairing.cost import cost
from unet_core.pairing.evidence import evidence
from unet_core.pairing.figure import COLOURS, figure_png, figure_svg
from unet_core.pairing.report import Report, caption, markdown, to_zip
from unet_core.pairing.table import in_short, lines, times_text
from unet_core.stopwatch import ratio
from unet_core.studies import strokes, wiring
from unet_core.studies.summary import Summary, summarise
from unet_core.trace import trace
from unet_core.zoo import MODELS
from unet_core.zoo.shelf import read_shelf

A, B = PRESETS["classroom"], PRESETS["classroom++"]
PAIR = Pair(A, B)
traced = cache(trace)
TIMES = Times((0.1, 0.2, 0.3), (0.2, 0.6, 0.3), ((256, 256), (256, 256)), "CPU", "2.0", "abc", "2026-01-01T00:00:00")


def report(pair: Pair = PAIR, times: Times | None = TIMES, found: dict[str, Any] | None = None) -> Report:
    a, b = (cost(traced(config, size)) for config, size in zip(pair.configs, pair.sizes, strict=True))
    return Report(pair, aligned(pair, tracing=traced), (a, b), times, found or {}, date(2026, 1, 2))


def studied(better: float = 0.0) -> Summary:
    """Of the study of wirings, with the U-Net++ of equal filters so much better; nobody trained it."""
    return summarise(wiring.STUDY, results(wiring.STUDY, lambda name, repeat: 0.7 + 0.001 * (repeat % 3) + (
        better if name == "unet++-7" else 0)))  # fmt: skip


# --- the files ---


def test_the_drawing_as_svg_says_whose_each_node_is() -> None:
    tree = ElementTree.fromstring(figure_svg(report().drawing))
    drawn = [one for one in tree.iter() if one.tag.endswith("rect")]
    fills = [one.get("fill") for one in drawn if float(one.get("width", "0")) > 60]
    assert fills.count(COLOURS["b"][1]) == 3 and fills.count(COLOURS["both"][1]) == 7
    words = ["".join(one.itertext()) for one in tree.iter() if one.tag.endswith("text")]
    assert words[0] == "A: U-Net, B: U-Net++" and {"X0,1", "16·256²", "L3", "only in B"} <= set(words)
    assert words.count("≠") == 2
    hostile = figure_svg(report().drawing, lambda message: f"<script>{message}&")
    assert "<script>" not in hostile and ElementTree.fromstring(hostile) is not None


def test_the_drawing_as_png_is_the_same_picture() -> None:
    picture = np.asarray(Image.open(io.BytesIO(figure_png(report().drawing))).convert("RGB"))
    assert picture.shape == (1160, 2000, 3)
    for part in report().drawing.parts:
        if part.kind == "node":
            x, y, _, height = part.places[-1]
            colour = picture[round(2 * (y + 40 + height - 6)), round(2 * (x + 12))]
            assert tuple(colour) == tuple(bytes.fromhex(COLOURS[part.whose][1][1:])), part.id


def test_the_archive_holds_all_of_it() -> None:
    with zipfile.ZipFile(io.BytesIO(to_zip(report()))) as archive:
        assert set(archive.namelist()) == {"compare.md", "compare.svg", "compare.png", "a.json", "b.json"}
        assert UNetConfig.from_dict(json.loads(archive.read("b.json"))) == B
        assert archive.read("compare.md").decode() == markdown(report())


def test_the_text_has_every_line_of_the_table_and_what_it_rests_on() -> None:
    text = markdown(report())
    assert "| Parameters | 483,170 | 553,506 | 1.15 |" in text
    assert "| Time for an image, measured, ms | 200.0 | 300.0 | 2.00 |" in text
    for line in lines(*report().costs):
        assert f"| {line.name} | {line.a} | {line.b} | {line.times} |" in text
    for part in ("net=unet++, base=16", "256 × 256", "medians of 3 rounds", "abc", "2026-01-01 00:00 UTC",
                 "2026-01-02", "No study has compared"):  # fmt: skip
        assert part in text.replace("\\", ""), part
    assert "No time was measured." in markdown(report(times=None))
    marked = markdown(report(), lambda message: f"[{message}](x)|<b>")
    assert not re.search(r"(?<!\\)(\]\(x\)|<b>)", marked)  # a word of a translation makes no link


def test_the_sentence_of_the_width() -> None:
    a, b = report().costs
    assert str(in_short(16, 16, a, b)).startswith("At equal width, 16 filters at the top, B has 1.15 times")
    assert "With 15 filters at the top against 16" in str(in_short(16, 15, a, b))
    assert [times_text(ratio) for ratio in (0.0178, 0.1, 1.149, 1420.634)] == ["0.018", "0.10", "1.15", "1,420.63"]


# --- what the studies say ---


def test_the_comparison_of_just_these_two_is_quoted_with_pairs_interval_photo_and_seeds() -> None:
    task = {"in_channels": 1, "classes": 2}  # the study's networks see colour and three classes
    pair = Pair(replace(wiring.SAME["unet"].config, **task), replace(wiring.SAME["unet++"].config, **task))
    told = [str(line) for line in evidence(pair, {"wiring": studied(0.1)})]
    assert len(told) == 2 and "same steps and filters" in told[0] and "same time and filters" in told[1]
    assert "+0.100 against U-Net, 7 filters" in told[0] and "95 % interval" in told[0]
    assert "over 5 pairs" in told[0] and "photo 7" in told[0] and "1, 2, 3, 4, 5" in told[0]
    assert "no difference found" in str(evidence(pair, {"wiring": studied(0.0)})[0])
    assert evidence(Pair(pair.b, pair.a), {"wiring": studied(0.1)}) == evidence(pair, {"wiring": studied(0.1)})


def test_what_was_not_compared_is_said_and_the_nearest_is_named_as_such() -> None:
    nothing, nearest_, *rest = evidence(PAIR, {"wiring": studied()})
    assert "No study has compared" in str(nothing) and "other networks than these: depth 4" in str(nearest_) and rest
    assert [str(line) for line in evidence(PAIR, {"wiring": None})] == [str(nothing)]
    assert len(evidence(Pair(A, replace(A, depth=2)), {"wiring": studied()})) == 1
    assert all(isinstance(line, Message) for line in caption(report(found={"wiring": studied()})))


def test_a_forest_is_no_evidence_about_two_networks() -> None:
    made = summarise(strokes.STUDY, results(strokes.STUDY, lambda *_: 0.7))
    taught, forest = (strokes.STUDY.by_name[name].config for name in ("shapes-20", "forest-20"))
    assert taught != forest  # the forest has one, of which it makes nothing
    assert len(evidence(Pair(taught, forest), {"strokes": made})) == 1


# --- the clock ---


def test_both_take_their_turns_and_the_ratio_is_of_rounds() -> None:
    small = Pair(replace(A, base_channels=1, depth=1), replace(A, base_channels=1, depth=1, architecture="unet++"), 32)
    rounds = []
    found = measure(small, rounds=3, between=lambda: rounds.append(1))
    assert len(found.a) == len(found.b) == 3 and min(found.a + found.b) > 0 and len(rounds) == 4
    assert found.sizes == small.sizes and found.commit and found.device.startswith(("CPU", "NVIDIA", "MPS"))
    assert TIMES.ratio == ratio({"b": list(TIMES.b), "a": list(TIMES.a)}, "b", "a") == 2
    assert TIMES.ratio_spread == (1.5, 2.5)


def test_what_is_too_much_is_measured_smaller_or_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert measurable_side(PAIR) == 256
    monkeypatch.setattr(clock, "MOST_MACS", 2 * 10**9)
    assert measurable_side(PAIR) == 128
    monkeypatch.setattr(clock, "MOST_MACS", 1000)
    with pytest.raises(ClockError, match="even for a small image"):
        measurable_side(PAIR)
    with pytest.raises(ClockError, match="million parameters"):
        measurable_side(Pair(A, replace(B, base_channels=256, depth=6)))


# --- the challenge ---


def test_the_budget_has_two_sides() -> None:
    fits, heavy, wide = (enter(network("unet", *choice), traced) for choice in ((3, 14), (2, 20), (5, 8)))
    assert fits.within and str(fits.verdict).startswith("Within")
    assert heavy.parameters <= MOST_PARAMETERS < wide.parameters and wide.macs <= MOST_MACS < heavy.macs
    assert str(heavy.verdict).startswith("Too much work") and str(wide.verdict).startswith("Too large:")
    assert str(enter(network("unet++", 5, 32), traced).verdict).startswith("Too large and too much work")
    assert network("unet-e", 2, 4).deep_supervision


def test_the_nearest_that_was_measured_is_the_network_itself_where_it_was() -> None:
    models = read_shelf(MODELS).of("pebbles")
    there = known(models, {"wiring": studied()}, traced)
    assert len(there) > len(models) > 0 and all(0 <= one.dice <= 1 and one.trainings for one in there)
    (best, apart), *others = nearest(enter(network("unet", 4, 7), traced), there)
    assert best.config == network("unet", 4, 7) and apart == 0 and best.trainings == 5
    assert all(distance >= apart for _, distance in others)
    shipped = next(model for model in models if model.folder == "pebbles-unet-3")
    (best, apart), *_ = nearest(enter(shipped.config, traced), there)
    assert best.config == shipped.config and best.dice == shipped.validation.dice  # type: ignore[union-attr]
