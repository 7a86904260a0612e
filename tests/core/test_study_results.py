"""Files of results: they grow line by line, a study goes on where it stopped, and what is damaged is refused."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.core.studied import results, run, timing
from unet_core.figures import figures
from unet_core.models import NestedUNet, build_model, prune
from unet_core.probabilities import probabilities
from unet_core.settings import Settings
from unet_core.studies import STUDIES, by_photo, runner, skips, training_run, wiring
from unet_core.studies.miniature import miniature
from unet_core.studies.parity import macs
from unet_core.studies.provenance import commit
from unet_core.studies.results import FOLDER, Results, ResultsError, append, counted, fingerprint, plan, read, runs_file
from unet_core.studies.statistics import Estimate
from unet_core.studies.study import Condition, Study
from unet_core.studies.summary import load, summarise, summary_file
from unet_core.studies.task import sets

SMALL = replace(skips.STUDY, conditions=skips.STUDY.conditions[:2], repeats=(1, 2))
Trained = list[tuple[str, int]]


def quality(name: str, repeat: int) -> float:
    return 0.5 + 0.01 * len(name) + 0.001 * repeat


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> Trained:
    """What the runner trained, in order; nothing is."""
    names: Trained = []

    def fake(study: Study, condition: Condition, repeat: int, device: str, precision: str | None) -> object:
        names.append((condition.name, repeat))
        return run(study, condition, repeat, quality, precision)

    monkeypatch.setattr(runner, "run", fake)
    return names


def test_a_run_reads_back_as_it_was(tmp_path: Path) -> None:
    known = results(wiring.STUDY, quality, repeats=1)
    path = tmp_path / "new" / "wiring.jsonl"
    assert read(path) == Results()
    assert known.timing is not None
    for entry in (known.timing, *known.runs):
        append(path, entry)
    back = read(path)
    assert back.timing == known.timing and len(back.runs) == len(known.runs)
    assert [replace(one, plan={}) for one in back.runs] == [replace(one, plan={}) for one in known.runs]
    assert json.loads(json.dumps(known.runs[0].plan)) == back.runs[0].plan


def test_a_study_goes_on_where_it_stopped(tmp_path: Path, trained: Trained) -> None:
    steps = runner.go(SMALL, tmp_path)
    first = [next(steps), next(steps), next(steps)]
    steps.close()
    assert trained == [("all", 1), ("none", 1), ("all", 2)]  # pairs come early
    assert [(one.done, one.wanted) for one in first] == [(1, 4), (2, 4), (3, 4)]
    share = macs(SMALL.conditions[1].config) / macs(SMALL.conditions[0].config)  # what one without skips saves
    assert [one.seconds_left for one in first] == pytest.approx([30 + 2 * 30 * share, 60, 30])  # each took 30 s
    assert [one.done for one in runner.go(SMALL, tmp_path)] == [4]
    assert trained[3:] == [("none", 2)] and len(read(runs_file(tmp_path, SMALL)).runs) == 4
    assert list(runner.go(SMALL, tmp_path)) == [] and len(trained) == 4


def test_only_what_was_planned_alike_counts(tmp_path: Path, trained: Trained) -> None:
    list(runner.go(SMALL, tmp_path))
    longer = replace(SMALL.conditions[1], settings=replace(SMALL.conditions[1].settings, steps=701))
    changed = replace(SMALL, conditions=(SMALL.conditions[0], longer))
    assert runner.refresh(changed, tmp_path).done == 2
    list(runner.go(changed, tmp_path))
    assert trained[4:] == [("none", 1), ("none", 2)]
    assert runner.refresh(changed, tmp_path).done == 4
    assert len(read(runs_file(tmp_path, SMALL)).runs) == 6  # nothing is ever taken out


@pytest.mark.parametrize("change", [
    lambda one: replace(one, config=replace(one.config, base_channels=9)),
    lambda one: replace(one, settings=replace(one.settings, learning_rate=1e-3)),
    lambda one: replace(one, crops=3),
])  # fmt: skip
def test_the_fingerprint_knows_all_that_decides(change: Callable[[Condition], Condition]) -> None:
    one = SMALL.conditions[0]
    assert fingerprint(SMALL, change(one), 1) != fingerprint(SMALL, one, 1) != fingerprint(SMALL, one, 2)
    assert fingerprint(SMALL, replace(one, name="other"), 1) == fingerprint(SMALL, one, 1)
    assert fingerprint(replace(SMALL, side=64), one, 1) != fingerprint(SMALL, one, 1)


def test_a_repeat_is_of_one_precision(tmp_path: Path, trained: Trained) -> None:
    """The first is whole in bfloat16, the second begun in it; the other machine does the second anew, and only that."""
    begun = runner.go(SMALL, tmp_path)
    for _ in range(3):
        next(begun)
    begun.close()
    list(runner.go(SMALL, tmp_path, precision="float32"))
    assert trained[3:] == [("all", 2), ("none", 2)]
    known = read(runs_file(tmp_path, SMALL)).runs
    now = [(one.condition, one.repeat, one.precision) for one in counted(SMALL, known)]
    assert now == [("all", 1, "bfloat16"), ("all", 2, "float32"), ("none", 1, "bfloat16"), ("none", 2, "float32")]
    half = [(one.repeat, one.precision) for one in counted(SMALL, known[:-1])]
    assert half == [(1, "bfloat16"), (2, "float32"), (1, "bfloat16")]  # as many of each: what came last
    made = runner.refresh(SMALL, tmp_path)
    assert made.done == made.wanted == 4 and made.provenance["devices"] == ["CPU, bfloat16", "CPU, float32"]
    assert list(runner.go(SMALL, tmp_path)) == [] and list(runner.go(SMALL, tmp_path, precision="float32")) == []


def test_a_run_says_in_which_precision_it_was_computed() -> None:
    study = miniature(skips.STUDY)
    usual = training_run.run(study, study.conditions[0], 1, "cpu")
    other = training_run.run(study, study.conditions[0], 1, "cpu", "bfloat16")
    assert (usual.precision, other.precision) == ("float32", "bfloat16") and usual.fingerprint == other.fingerprint
    assert usual.plan == plan(study, study.conditions[0], 1) != other.plan


def test_only_some_repeats(tmp_path: Path, trained: Trained) -> None:
    list(runner.go(SMALL, tmp_path, repeats=(2,)))
    assert trained == [("all", 2), ("none", 2)]


def test_step_times_are_measured_once_and_kept(
    tmp_path: Path, trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    measured: list[int] = []

    def fake(conditions: tuple[Condition, ...], device: str, rounds: int) -> object:
        measured.append(len(conditions))
        return timing(wiring.STUDY)

    monkeypatch.setattr(runner.timing, "measure", fake)
    for _ in range(2):
        next(runner.go(wiring.STUDY, tmp_path))
    assert measured == [6]
    for _ in runner.go(wiring.STUDY, tmp_path, repeats=(1,)):
        pass
    taken = {one.condition: one.steps for one in read(runs_file(tmp_path, wiring.STUDY)).runs}
    assert taken["unet-7"] == 280 < taken["unet-7-timed"]
    assert counted(wiring.STUDY, read(runs_file(tmp_path, wiring.STUDY)).runs) != ()


def test_a_real_run_measures_the_photo_and_each_head() -> None:
    study = miniature(wiring.STUDY)
    condition = study.by_name["unet++-ds-7"]
    again = [training_run.run(study, condition, 1, "cpu") for _ in range(2)]
    assert again[0].figures == again[1].figures and set(again[0].heads) == {f"unet++-ds-7/L{i}" for i in range(1, 5)}
    assert all(head.milliseconds > 0 for head in again[0].heads.values())
    assert again[0].steps == 2 and again[0].fingerprint == fingerprint(study, condition, 1)
    assert again[0].parameters == sum(tensor.numel() for tensor in build_model(condition.config).parameters())
    assert again[0].commit == commit() and again[0].device.startswith("CPU") and again[0].torch == torch.__version__


def test_the_seed_decides_the_first_weights_and_the_crops(monkeypatch: pytest.MonkeyPatch) -> None:
    study = miniature(skips.STUDY)
    begun: list[tuple[Settings, torch.Tensor]] = []

    def fake(model: torch.nn.Module, data: object, validation: object, settings: Settings, device: str) -> list[int]:
        begun.append((settings, next(model.parameters()).detach().clone()))
        return []

    monkeypatch.setattr(training_run, "train", fake)
    before = torch.get_rng_state()
    for repeat in (1, 1, 2):
        training_run.run(study, study.conditions[0], repeat, "cpu")
    assert torch.equal(torch.get_rng_state(), before)  # the caller's random numbers stay as they were
    (one, weights), (same, again), (other, different) = begun
    assert one == same == replace(study.conditions[0].settings, seed=1) and other == replace(one, seed=2)
    assert torch.equal(weights, again) and not torch.equal(weights, different)


def test_a_plan_says_which_photos() -> None:
    condition = by_photo.STUDY.conditions[0]
    made = plan(by_photo.STUDY, condition, 4)
    assert (made["photos"], made["measured_on"]) == ([1, 2, 3, 5, 6, 7], 4) and made["settings"]["seed"] == 4
    usual = plan(skips.STUDY, skips.STUDY.conditions[0], 4)
    assert (usual["photos"], usual["measured_on"]) == ([1, 2, 3, 5, 6], 7)


def test_a_miniature_is_small() -> None:
    study = miniature(skips.STUDY)
    assert sets(study, study.conditions[0], 1).validation.images.shape == (1, 3, 64, 64)
    assert study.repeats == (1, 2) and study.by_name.keys() == skips.STUDY.by_name.keys()
    assert all(condition.config.base_channels == 1 for condition in study.conditions)


def test_a_head_is_measured_by_itself() -> None:
    study = miniature(wiring.STUDY)
    condition = study.by_name["unet++-ds-7"]
    torch.manual_seed(0)
    model, data = build_model(condition.config).eval(), sets(study, condition, 1)
    found = training_run._heads(model, condition, data)
    assert isinstance(model, NestedUNet)
    with torch.inference_mode():
        alone = probabilities(prune(model, 2)(data.validation.images))[0].numpy()
    expected = figures(alone, data.measured.classes, data.measured.instances)
    assert found["unet++-ds-7/L2"].figures == pytest.approx(expected, abs=1e-6)
    assert training_run._heads(model, replace(condition, heads=()), data) == {}


def test_the_summary_is_what_the_runs_are(tmp_path: Path) -> None:
    known = results(SMALL, quality, repeats=2)
    for one in known.runs:
        append(runs_file(tmp_path, SMALL), one)
    made = runner.refresh(SMALL, tmp_path)
    back = load(summary_file(tmp_path, SMALL), SMALL)
    assert back is not None and (back.done, back.wanted, back.complete) == (4, 4, True)
    values = [quality("none", 1), quality("none", 2)]
    figure = back.conditions["none"].figures["dice"]
    assert figure == Estimate(2, pytest.approx(np.mean(values)), pytest.approx(np.std(values, ddof=1), abs=1e-6),
                              pytest.approx(values[0]), pytest.approx(values[1]))  # fmt: skip
    assert back.groups["skips"]["none"].differences["dice"].mean == pytest.approx(0.01)
    assert made.groups["skips"]["none"].differences["dice"].mean == pytest.approx(0.01)
    assert back.provenance["seconds"] == 120.0
    assert load(tmp_path / "other.json", SMALL) is None


def test_an_unfinished_study_has_pairs_of_what_is_in() -> None:
    known = results(SMALL, quality, repeats=2)
    made = summarise(SMALL, Results(known.runs[:3]))
    assert made.done == 3 and made.conditions["none"].figures["dice"].n == 1
    assert made.groups["skips"]["none"].differences["dice"].n == 1
    assert summarise(SMALL, Results(known.runs[:1])).groups["skips"] == {}
    assert summarise(SMALL, Results()).conditions == {}


DAMAGES: dict[str, Callable[[str], str]] = {
    "half a line": lambda line: line[: len(line) // 2],
    "no JSON": lambda line: "hello",
    "a list": lambda line: "[]",
    "a missing field": lambda line: line.replace('"steps"', '"stepps"'),
    "a text for a number": lambda line: line.replace('"seconds": 30.0', '"seconds": "30"'),
    "a figure above 1": lambda line: line.replace('"dice": 0.5', '"dice": 7.5'),
    "a figure that is no number": lambda line: line.replace('"dice": 0.', '"dice": NaN, "x": 0.'),
    "an empty line": lambda line: "",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_line_is_refused_with_its_number(tmp_path: Path, damage: Callable[[str], str]) -> None:
    path = runs_file(tmp_path, SMALL)
    for one in results(SMALL, quality, repeats=1).runs:
        append(path, one)
    first, second = path.read_text().splitlines()
    assert damage(second) != second
    path.write_text(first + "\n" + damage(second) + "\n")
    with pytest.raises(ResultsError, match=r"^line 2 of skips\.jsonl is no run, or a damaged one"):
        read(path)


@pytest.mark.parametrize("change", [
    lambda data: data.pop("conditions"),
    lambda data: data.update(study="depth"),
    lambda data: data["conditions"]["none"]["figures"]["dice"].update(mean=None),
    lambda data: data["conditions"].update(foreign=data["conditions"]["none"]),
    lambda data: data["conditions"].pop("none"),
    lambda data: data["groups"].update(foreign=data["groups"]["skips"]),
    lambda data: data["groups"]["skips"]["none"].update(reference="add"),
    lambda data: data["groups"]["skips"]["none"]["differences"]["dice"].update(low="0"),
    lambda data: data["conditions"]["none"]["values"].pop("dice"),
    lambda data: data["conditions"]["none"]["figures"].pop("dice") and data["conditions"]["none"]["values"].pop("dice"),
    lambda data: data["provenance"].pop("seconds"),
    lambda data: data["provenance"].update(devices=[7]),
])  # fmt: skip
def test_a_damaged_summary_is_refused(tmp_path: Path, change: Callable[[dict[str, object]], object]) -> None:
    for one in results(SMALL, quality, repeats=2).runs:
        append(runs_file(tmp_path, SMALL), one)
    runner.refresh(SMALL, tmp_path)
    path = summary_file(tmp_path, SMALL)
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))
    with pytest.raises(ResultsError, match=r"^skips\.json is no summary of the study skips, or a damaged one"):
        load(path, SMALL)


@pytest.mark.parametrize("study", STUDIES.values(), ids=lambda study: study.name)
def test_what_ships_is_the_summary_of_its_runs(study: Study, tmp_path: Path) -> None:
    """Nobody edits a result by hand."""
    shipped = load(summary_file(FOLDER, study), study)
    if shipped is None:
        assert not runs_file(FOLDER, study).exists()
        return
    (tmp_path / f"{study.name}.jsonl").write_bytes(runs_file(FOLDER, study).read_bytes())
    runner.refresh(study, tmp_path)
    assert summary_file(tmp_path, study).read_text() == summary_file(FOLDER, study).read_text()
