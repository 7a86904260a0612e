"""Questions whose answers are computed: against networks that are built and counted, and results that are known."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import pytest

from tests.core.studied import results
from tests.core.test_study_findings import level
from unet_core.config import PRESETS, UNetConfig
from unet_core.models import build_model, prune
from unet_core.predictions import MOST, Question, nearest, questions
from unet_core.studies import STUDIES, by_photo, skips, wiring
from unet_core.studies.findings import load
from unet_core.studies.summary import Summary, summarise
from unet_core.trace import trace

CLASSROOM, NESTED = PRESETS["classroom"], PRESETS["classroom++"]
SUPERVISED = replace(NESTED, deep_supervision=True)
traced = cache(trace)
NOTHING: Mapping[str, Summary | None] = dict.fromkeys(STUDIES)


def asked(a: UNetConfig, b: UNetConfig, known: Mapping[str, Summary | None] = NOTHING, about: str | None = None,
          most: int = 99) -> dict[str, Question]:  # fmt: skip
    found = questions(a, b, (64, 64), STUDIES, known, traced, about, most)
    for one in found:
        names = [option.name for option in one.options]
        assert len(set(names)) == len(names) >= 2 and one.right in names
    return {one.id: one for one in found}


def weights(config: UNetConfig) -> int:
    return sum(weight.numel() for weight in build_model(config).parameters())


def test_how_many_times_is_what_the_built_networks_say() -> None:
    found = asked(CLASSROOM, NESTED)
    ratio = weights(NESTED) / weights(CLASSROOM)
    assert f"{ratio:.2f} times as many" in str(found["work"].found)
    work = [trace(config, (64, 64)).macs for config in (CLASSROOM, NESTED)]
    assert f"{work[1] / work[0]:.2f} times." in str(found["work"].found)
    assert found["work"].right == f"{nearest(work[1] / work[0], (0.25, 0.5, 1, 2, 4, 8)):g}"
    flat, deep = weights(CLASSROOM), weights(replace(CLASSROOM, depth=4))
    assert str(found["deeper"].found) == f"{flat:,} against {deep:,}: {deep / flat:.2f} times."
    bottleneck = sum(weight.numel() for weight in build_model(replace(CLASSROOM, depth=4)).bottleneck.parameters())
    assert f"holds {100 * bottleneck / deep:.0f} % of the parameters of depth 4" in str(found["deeper"].why)


@pytest.mark.parametrize("config", [CLASSROOM, replace(CLASSROOM, skip_levels=()), replace(CLASSROOM, depth=6),
                                    replace(CLASSROOM, skip_levels=(1,)), PRESETS["unet-2015"],
                                    replace(SUPERVISED, skip_levels=(1, 2)), replace(CLASSROOM, depth=1)])  # fmt: skip
def test_one_level_more_keeps_what_the_network_is(config: UNetConfig) -> None:
    text = str(asked(config, config)["deeper"].found)
    low, high = (int(part.replace(",", "")) for part in text.split(":")[0].split(" against "))
    assert (low if config.depth < 6 else high) == weights(config) and low < high


@pytest.mark.parametrize(("depth", "other"), [(3, 4), (6, 5)])
def test_what_the_question_of_work_has_told_is_not_asked_again(depth: int, other: int) -> None:
    a = replace(CLASSROOM, depth=depth)
    assert "deeper" not in asked(a, replace(a, depth=other))
    assert "deeper" in asked(a, replace(a, depth=other, base_channels=12))
    assert "deeper" in asked(a, replace(a, depth=2))


def test_what_pruning_leaves_is_what_the_pruned_network_has() -> None:
    found = asked(CLASSROOM, replace(SUPERVISED, depth=4))["pruned"]
    whole = build_model(replace(SUPERVISED, depth=4)).eval()
    left = prune(whole, 2)  # type: ignore[arg-type]
    kept, all_of_it = (sum(weight.numel() for weight in net.parameters()) for net in (left, whole))
    assert str(found.found).startswith(f"{kept:,} of {all_of_it:,}: {100 * kept / all_of_it:.1f} %")
    below = sum(weight.numel() for name, weight in whole.named_parameters()
                if name.startswith(("encoder.3.", "encoder.4.", "up.X3_", "decoder.X3_")))  # fmt: skip
    assert f"those hold {100 * below / all_of_it:.0f} % of the parameters" in str(found.why)
    assert "B pruned to its head L2" in str(found.text)
    assert "A pruned to its head L1" in str(asked(SUPERVISED, CLASSROOM)["pruned"].text)


def test_a_question_without_an_answer_is_not_asked() -> None:
    assert asked(CLASSROOM, CLASSROOM).keys() == {"deeper", "busiest"}  # the same network, and nothing measured
    assert "pruned" not in asked(CLASSROOM, NESTED)  # no heads to prune at
    bare = replace(NESTED, depth=1, skip_levels=())  # one level deeper its inner nodes would lead nowhere
    assert "deeper" not in asked(bare, CLASSROOM)
    assert "pruned" not in asked(CLASSROOM, replace(SUPERVISED, depth=4, skip_levels=(1, 2)))
    one_pair = {**NOTHING, "wiring": summarise(wiring.STUDY, results(wiring.STUDY, level(), 1))}
    assert "worth-wiring" not in asked(CLASSROOM, NESTED, one_pair)  # no interval yet
    lacking = summarise(skips.STUDY, results(skips.STUDY, level(), 2))
    groups = {"skips": {name: one for name, one in lacking.groups["skips"].items() if name != "without-1"}}
    assert "skip" not in asked(CLASSROOM, NESTED, {**NOTHING, "skips": replace(lacking, groups=groups)})


@pytest.mark.parametrize(("mean", "right"), [(0.9, "better"), (0.5, "worse"), (0.8, "same")])
def test_at_equal_work_the_study_decides(mean: float, right: str) -> None:
    summary = summarise(wiring.STUDY, results(wiring.STUDY, level(**{"unet++_ds_7": mean}), 5))
    found = asked(CLASSROOM, NESTED, {**NOTHING, "wiring": summary})["worth-wiring"]
    assert found.right == right and found.measured and "the same steps and multiply-adds" in str(found.text)
    assert "5 pairs" in str(found.why)
    photos = summarise(by_photo.STUDY, results(by_photo.STUDY, level(), 7))
    assert "worth-by-photo" in asked(CLASSROOM, NESTED, {**NOTHING, "wiring": summary, "by-photo": photos})


def test_an_unfinished_study_says_how_far_it_is() -> None:
    summary = summarise(wiring.STUDY, results(wiring.STUDY, level(), 2))
    found = asked(CLASSROOM, NESTED, {**NOTHING, "wiring": summary})["worth-wiring"]
    assert f"{summary.done} of the {summary.wanted} runs" in str(found.why) and not summary.complete


@pytest.mark.parametrize(("means", "right"), [({}, "none"), ({"without_1": 0.6, "without_2": 0.7}, "1"),
                                              ({"without_0": 0.9, "without_2": 0.7}, "2")])  # fmt: skip
def test_the_skip_that_costs_most_is_one_whose_loss_is_found(means: dict[str, float], right: str) -> None:
    summary = summarise(skips.STUDY, results(skips.STUDY, level(**means), 5))
    found = asked(CLASSROOM, NESTED, {**NOTHING, "skips": summary})["skip"]
    assert found.right == right and str(found.found).count(";") == 2 and "no skip" in str(found.why)


def test_at_most_five_and_first_what_the_pair_differs_in() -> None:
    shipped = {name: load(study) for name, study in STUDIES.items()}
    found = questions(CLASSROOM, SUPERVISED, (64, 64), STUDIES, shipped, traced, "wiring")
    assert len(found) == MOST == 5 and [one.id for one in found][:3] == ["work", "pruned", "worth-by-photo"]
    about = questions(CLASSROOM, replace(CLASSROOM, skip_levels=()), (64, 64), STUDIES, shipped, traced, "skips")
    assert "worth-skips" in {one.id for one in about}


def test_nearest_is_by_factors() -> None:
    assert nearest(3, (2, 4)) == 4 and nearest(2.8, (2, 4)) == 2 and nearest(1000, (1, 8)) == 8
