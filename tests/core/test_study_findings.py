"""Sentences, charts and verdicts come from the results: change a number, and the sentence changes."""

import json
from pathlib import Path

import pytest

from tests.core.studied import Quality, results
from unet_core.studies import STUDIES, claims, data_amount, depth, skips, wiring
from unet_core.studies.claims import Claim, Verdict, together
from unet_core.studies.findings import Finding, findings, load
from unet_core.studies.study import Study
from unet_core.studies.summary import Summary, summarise, summary_file, write

JITTER = (0.000, 0.003, -0.002, 0.001, -0.001, 0.002, -0.003)


def level(**conditions: float) -> Quality:
    """0.8 for every condition but those named, with '_' for '-', each a little different in every repeat."""
    means = {name.replace("_", "-"): mean for name, mean in conditions.items()}
    return lambda name, repeat: means.get(name, 0.8) + JITTER[(repeat + len(name)) % 7]


def summary(study: Study, quality: Quality, repeats: int = 7) -> Summary:
    return summarise(study, results(study, quality, repeats))


def said(finding: Finding) -> str:
    return "\n".join(map(str, finding.sentences))


def of(study: Study, made: Summary | None, group: str, figure: str = "dice") -> Finding:
    (found,) = [one for one in findings(study, made) if (one.group, one.figure) == (group, figure)]
    return found


def test_better_worse_and_no_difference_found() -> None:
    found = of(skips.STUDY, summary(skips.STUDY, level(none=0.6, add=0.9)), "skips")
    assert "Dice of the foreground: better than all skips: added, not stacked." in map(str, found.headlines)
    assert "Dice of the foreground: worse than all skips: no skip." in map(str, found.headlines)
    same = "Dice of the foreground: no difference found from all skips: without level 0; without level 1"
    assert str(found.headlines[-1]).startswith("A recent paper") and str(found.headlines[-2]).startswith(same)
    (none,) = [str(one) for one in found.details if str(one).startswith("no skip:")]
    assert none.startswith("no skip: Dice of the foreground 0.60") and none.endswith("over 5 pairs: worse.")
    assert "−0.20" in none and found.state == ()


def test_changing_the_file_changes_the_sentence(tmp_path: Path) -> None:
    path = summary_file(tmp_path, skips.STUDY)
    write(path, summary(skips.STUDY, level(none=0.6)))
    before = of(skips.STUDY, load(skips.STUDY, tmp_path), "skips")
    data = json.loads(path.read_text())
    data["groups"]["skips"]["none"]["differences"]["dice"] |= {"mean": 0.1, "low": 0.05, "high": 0.15}
    data["conditions"]["none"]["figures"]["dice"]["mean"] = 0.777
    path.write_text(json.dumps(data))
    after = of(skips.STUDY, load(skips.STUDY, tmp_path), "skips")
    assert "worse than all skips: no skip." in said(before) and "better than all skips: no skip." in said(after)
    assert "no skip: Dice of the foreground 0.777; +0.100 against all skips, 95 % interval +0.050 to +0.150 over 5 " \
           "pairs: better." in said(after)  # fmt: skip
    assert next(point.mean for point in after.chart.points if point.name == "none") == 0.777
    data["groups"]["skips"]["none"]["differences"]["dice"] |= {"low": -0.05}
    path.write_text(json.dumps(data))
    last = of(skips.STUDY, load(skips.STUDY, tmp_path), "skips")
    assert "−0.050 to +0.150 over 5 pairs: no difference found." in said(last)
    assert "better than" not in said(last)


@pytest.mark.parametrize(("mean", "words"), [(0.9, "here it does too"), (0.7, "here it hurts"),
                                             (0.8, "here no difference is found")])  # fmt: skip
def test_the_topmost_skip_is_answered(mean: float, words: str) -> None:
    made = summary(skips.STUDY, level(without_0=mean))
    assert words in said(of(skips.STUDY, made, "skips")) and words in said(of(skips.STUDY, made, "skips", "boundary_f"))
    assert "topmost" not in said(of(depth.STUDY, summary(depth.STUDY, level()), "filters"))


def test_an_unfinished_study_says_how_far_it_is() -> None:
    nothing = findings(depth.STUDY, None)
    assert len(nothing) == 4 and [one.main for one in nothing] == [True, False] * 2
    assert all(said(one) == "Not measured yet." and not one.chart.points for one in nothing)
    assert findings(depth.STUDY, summary(depth.STUDY, level(), 0)) == nothing
    once = of(depth.STUDY, summary(depth.STUDY, level(), 1), "filters")
    assert str(once.state[0]) == "10 of 50 runs are in; what follows may still change."
    assert "in the one pair so far, which has no interval." in said(once) and not once.headlines
    twice = of(depth.STUDY, summary(depth.STUDY, level(), 2), "filters")
    assert "over 2 pairs" in said(twice) and "20 of 50" in said(twice)


def test_points_are_the_conditions_with_their_spread() -> None:
    made = summary(depth.STUDY, level())
    chart = of(depth.STUDY, made, "parameters").chart
    assert [point.name for point in chart.points] == [one.name for one in depth.MATCHED.values()]
    assert [point.reference for point in chart.points] == [False, False, False, True, False]
    for point in chart.points:
        values = [level()(point.name, repeat) for repeat in depth.STUDY.repeats]
        assert sorted(point.values) == sorted(values) and point.n == 5
        assert (point.low, point.high) == (min(values), max(values))
        assert point.mean == pytest.approx(sum(values) / 5)


def test_heads_come_with_their_time() -> None:
    found = of(wiring.STUDY, summary(wiring.STUDY, level()), "heads")
    assert [point.milliseconds for point in found.chart.points] == [10, 20, 30, 40]
    assert "head L1: 10 ms for a photo, 4.0 times as fast as head L4." in said(found)
    assert "heads" not in said(of(wiring.STUDY, summary(wiring.STUDY, level()), "filters"))


def test_deformed_crops_are_compared_with_the_same_crops() -> None:
    found = of(data_amount.STUDY, summary(data_amount.STUDY, level(crops_1=0.5, crops_1_elastic=0.6)), "elastic")
    assert "better than the same crops as they are: one crop, deformed." in said(found)
    (one,) = [str(sentence) for sentence in found.details if str(sentence).startswith("one crop, deformed:")]
    assert "Dice of the foreground 0.60" in one or "Dice of the foreground 0.59" in one
    assert "against one crop, 95 %" in one and one.endswith("better.")
    assert "no difference found from the same crops as they are: 2 crops, deformed; 5 crops, deformed" in said(found)
    assert len(found.chart.points) == 10


def test_many_intervals_are_a_warning_and_the_computing_is_told() -> None:
    made = summary(depth.STUDY, level())
    assert "this study has 16 of them." in said(of(depth.STUDY, made, "filters"))
    assert "50 trainings, 25 minutes together, on: CPU, bfloat16." in said(of(depth.STUDY, made, "filters"))


# --- the article checked ---


def checked(**qualities: Quality) -> dict[str, Claim]:
    """All claims, with results of those studies alone that are named, '_' for '-'."""
    measured = {name.replace("_", "-"): quality for name, quality in qualities.items()}
    made = {name: summary(study, measured[name]) if name in measured else None for name, study in STUDIES.items()}
    return {one.name: one for one in claims.claims(STUDIES, made)}


def test_without_results_only_the_shapes_are_known() -> None:
    verdicts = {name: one.verdict for name, one in checked().items()}
    assert verdicts == {
        "output": Verdict.FAILS, "doubling": Verdict.HOLDS, "kernels": Verdict.OPEN, "levels": Verdict.OPEN,
        "skips": Verdict.OPEN, "nesting": Verdict.OPEN,
    }  # fmt: skip
    assert str(checked()["skips"].evidence[0].statement) == (
        "no skip against all skips, with the same steps and filters: not measured yet."
    )


def test_shapes_are_read_off_the_network() -> None:
    output, doubling = checked()["output"], checked()["doubling"]
    assert [str(one.statement) for one in output.evidence] == [
        "The network of 2015, valid convolutions: 572 px in, 388 px out.", "Ours, with padding: 512 px in, 512 px out.",
    ]  # fmt: skip
    assert [one.verdict for one in output.evidence] == [Verdict.FAILS, Verdict.HOLDS]
    assert "64, 128, 256, 512, 1024" in str(doubling.evidence[0].statement)
    assert "32, 64, 128, 256, 512" in str(doubling.evidence[1].statement)
    assert claims._doubling(skips.NET, 96).verdict == Verdict.HOLDS
    assert claims._doubling(type(skips.NET)(growth=1.5, padding="same"), 96).verdict == Verdict.FAILS


@pytest.mark.parametrize(("mean", "verdict", "words"), [
    (0.7, Verdict.HOLDS, "holds"), (0.9, Verdict.FAILS, "does not hold"),
    (0.8, Verdict.NO_DIFFERENCE, "no difference found"),
])  # fmt: skip
def test_skips_save_detail_or_not(mean: float, verdict: Verdict, words: str) -> None:
    claim = checked(skips=level(none=mean))["skips"]
    assert claim.verdict == verdict and str(claim.words) == words
    boundary, thin = (str(one.statement) for one in claim.evidence)
    assert "boundary F-score" in boundary and "Dice of the boundary" in thin and "95 % interval" in boundary


def test_four_levels_are_best_only_if_every_other_depth_is_worse() -> None:
    best = {"depth-4": 0.9, "depth-4-matched": 0.9}

    def quality(**others: float) -> Quality:
        return level(**{name.replace("-", "_"): mean for name, mean in (best | others).items()})

    assert checked(depth=quality())["levels"].verdict == Verdict.HOLDS
    assert checked(depth=quality(**{"depth-3": 0.9}))["levels"].verdict == Verdict.PARTLY
    assert checked(depth=quality(**{"depth-3": 0.95}))["levels"].verdict == Verdict.FAILS
    assert checked(depth=level())["levels"].verdict == Verdict.NO_DIFFERENCE
    assert len(checked()["levels"].evidence) == 8


def test_kernels_and_nesting_are_asked_in_the_right_direction() -> None:
    smaller = level(kernel_1_filters_8=0.9, kernel_5_filters_8=0.7, kernel_7_filters_8=0.7, kernel_1_filters_41=0.9,
                    kernel_5_filters_10=0.7, kernel_7_filters_7=0.7)  # fmt: skip
    assert checked(kernels_and_filters=smaller)["kernels"].verdict == Verdict.HOLDS
    assert checked(kernels_and_filters=level(kernel_7_filters_7=0.9))["kernels"].verdict == Verdict.FAILS
    nested: Quality = lambda name, repeat: level()(name, repeat) + 0.1 * name.startswith("unet++-ds")  # noqa: E731
    assert checked(wiring=nested)["nesting"].verdict == Verdict.OPEN  # the photos are still to come
    assert checked(wiring=nested, by_photo=nested)["nesting"].verdict == Verdict.HOLDS
    assert checked(wiring=level(), by_photo=nested)["nesting"].verdict == Verdict.PARTLY


def test_verdicts_together() -> None:
    holds, fails, same, open_ = Verdict.HOLDS, Verdict.FAILS, Verdict.NO_DIFFERENCE, Verdict.OPEN
    assert together([holds, holds]) == holds and together([same, same]) == same
    assert together([holds, same]) == Verdict.PARTLY
    assert together([holds, fails, open_]) == fails and together([holds, open_]) == open_


def test_every_case_of_a_claim_is_compared_in_its_study() -> None:
    for case in (*claims.KERNELS, *claims.LEVELS, *claims.SKIPS, *claims.NESTING):
        (group,) = [one for one in STUDIES[case.study].groups if one.name == case.group]
        assert case.condition in dict(group.compared) and case.figure in group.figures
