"""Quality against cost: against the runs themselves, built networks, and results with a known answer."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from tests.core.studied import results
from tests.core.test_study_findings import level
from unet_core.config import PRESETS, UNetConfig
from unet_core.models import build_model, prune
from unet_core.studies import STUDIES, by_photo, depth, skips, wiring
from unet_core.studies.findings import load
from unet_core.studies.points import Measured, configs, counts, measured, relevant, training_seconds
from unet_core.studies.results import ResultsError, append, runs_file
from unet_core.studies.study import Study
from unet_core.studies.summary import Summary, summarise


@cache
def made(study: Study, repeats: int = 5, none: float = 0.8) -> Summary:
    return summarise(study, results(study, level(none=none), repeats))


def points(study: Study, group: str, summary: Summary | None, **more: object) -> dict[str, Measured]:
    (chosen,) = [one for one in study.groups if one.name == group]
    return {one.name: one for one in measured(study, summary, chosen, chosen.figures[0], **more)}  # type: ignore[arg-type]


def test_a_point_has_the_costs_of_its_own_network_and_a_head_those_of_what_is_left() -> None:
    found = points(wiring.STUDY, "heads", made(wiring.STUDY))
    whole = build_model(wiring.SAME["unet++-ds"].config).eval()
    assert list(found) == [f"unet++-ds-7/L{level}" for level in (1, 2, 3, 4)]
    for head in (1, 2, 3, 4):
        net = prune(whole, head)  # type: ignore[arg-type]
        one = found[f"unet++-ds-7/L{head}"]
        assert one.config == net.config
        assert one.costs["parameters"].mean == sum(weight.numel() for weight in net.parameters())
        assert one.costs["milliseconds"].mean == 10.0 * head and "training" not in one.costs
    net = build_model(depth.SAME[2].config)
    with FlopCounterMode(display=False) as counter:
        net(torch.zeros(1, 3, 96, 96))
    same = points(depth.STUDY, "filters", made(depth.STUDY))["depth-2"]
    assert same.costs["macs"].mean == counter.get_total_flops() / 2


def test_spread_counts_and_sentence_are_those_of_the_study() -> None:
    summary = made(skips.STUDY, none=0.6)
    found = points(skips.STUDY, "skips", summary)
    none, reference = found["none"], found["all"]
    assert (none.trainings, none.images, len(none.values)) == (5, 1, 5)
    assert none.figure.low == min(none.values.values()) and none.figure.high == max(none.values.values())
    assert none.difference is not None and none.difference.sign == -1
    assert str(none.sentence).startswith("no skip: mean Dice") and str(none.sentence).endswith("worse.")
    assert reference.reference and reference.difference is None and "the others are compared" in str(reference.sentence)
    assert str(found["without-1"].sentence).endswith("no difference found.")
    assert str(counts(none)) == "5 seeds, 1 photo"
    assert str(counts(points(skips.STUDY, "skips", made(skips.STUDY, 1))["none"])) == "1 seed, 1 photo"
    photo = points(by_photo.STUDY, "filters", made(by_photo.STUDY, 7))["unet++-ds-7"]
    assert str(counts(photo)) == "7 photos, each with a training of its own"


def test_nothing_measured_has_no_points_and_an_unfinished_study_those_that_are_in() -> None:
    assert points(skips.STUDY, "skips", None) == {}
    summary = made(skips.STUDY, 1)
    known = {name: one for name, one in summary.conditions.items() if name != "add"}
    part = replace(summary, conditions=known, groups={"skips": {}})
    found = points(skips.STUDY, "skips", part)
    assert "add" not in found and "not compared yet" in str(found["none"].sentence)


def test_training_times_are_those_of_the_runs_that_count(tmp_path: Path) -> None:
    for run in results(skips.STUDY, level(), 3).runs:
        append(runs_file(tmp_path, skips.STUDY), replace(run, seconds=10.0 * run.repeat))
    stranger = replace(results(skips.STUDY, level(), 1).runs[0], fingerprint="of another plan", seconds=9999.0)
    append(runs_file(tmp_path, skips.STUDY), stranger)
    seconds = training_seconds(skips.STUDY, tmp_path)
    assert seconds == {condition.name: (10.0, 20.0, 30.0) for condition in skips.STUDY.conditions}
    price = points(skips.STUDY, "skips", made(skips.STUDY, 3), seconds=seconds)["none"].costs["training"]
    assert (price.mean, price.low, price.high, price.n) == (20.0, 10.0, 30.0, 3)
    assert training_seconds(wiring.STUDY, tmp_path) == {}
    runs_file(tmp_path, skips.STUDY).write_text("{")
    with pytest.raises(ResultsError):
        training_seconds(skips.STUDY, tmp_path)


def test_equal_times_are_resolved_before_their_runs_count(tmp_path: Path) -> None:
    known = results(wiring.STUDY, level(), 1)
    assert known.timing is not None
    for entry in (known.timing, *known.runs):
        append(runs_file(tmp_path, wiring.STUDY), entry)
    assert training_seconds(wiring.STUDY, tmp_path).keys() == {one.name for one in wiring.STUDY.conditions}


def test_every_point_that_ships_is_a_network_and_the_file_agrees_about_its_costs() -> None:
    for study in (one for one in STUDIES.values() if not one.of_strokes):  # a forest has no point
        assert configs(study).keys() == study.labels.keys()
        summary = load(study)
        for name, one in (summary.conditions if summary else {}).items():
            if "/" not in name:
                (point,) = {p.costs["parameters"].mean for group in study.groups if name in group.members
                            for p in measured(study, summary, group, group.figures[0]) if p.name == name}  # fmt: skip
                assert point == one.parameters


CLASSROOM = PRESETS["classroom"]


@pytest.mark.parametrize(
    ("a", "b", "answer"),
    [
        (CLASSROOM, PRESETS["classroom++"], ("wiring", "filters")),
        (CLASSROOM, replace(CLASSROOM, skip_levels=()), ("skips", "skips")),
        (CLASSROOM, replace(CLASSROOM, skip="add"), ("skips", "skips")),
        (CLASSROOM, replace(CLASSROOM, depth=5), ("depth", "filters")),
        (replace(CLASSROOM, depth=2, skip_levels=(0,)), replace(CLASSROOM, depth=3, skip_levels=(0, 2)),
         ("depth", "filters")),
        (CLASSROOM, replace(CLASSROOM, base_channels=4), ("kernels-and-filters", "filters")),
        (CLASSROOM, CLASSROOM, None), (CLASSROOM, replace(CLASSROOM, padding="valid"), None),
    ],
)  # fmt: skip
def test_the_study_that_varies_what_two_networks_differ_in(
    a: UNetConfig, b: UNetConfig, answer: tuple[str, str] | None
) -> None:
    assert relevant(a, b) == relevant(b, a) == answer
    if answer:
        assert answer[1] in {group.name for group in STUDIES[answer[0]].groups}
