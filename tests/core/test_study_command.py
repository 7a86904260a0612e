"""`study` on the command line, in miniature."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from unet_core.commands import study as study_command
from unet_core.studies import STUDIES, runner, skips
from unet_core.studies.findings import findings, load
from unet_core.studies.miniature import miniature
from unet_core.studies.results import FOLDER, read, runs_file


def run(*words: object) -> Result:
    return CliRunner().invoke(study_command.study, ["--device", "cpu", *map(str, words)])


def test_a_miniature_never_replaces_results() -> None:
    for words in ((), ("--out", FOLDER), ("--out", FOLDER / ".." / "studies")):
        result = run("depth", "--quick", *words)
        assert result.exit_code == 2 and "say where else with --out" in result.stderr


def test_a_study_is_told_in_lines_or_in_json(tmp_path: Path) -> None:
    first = run("skips", "--quick", "--seeds", "1", "--out", tmp_path)
    assert first.exit_code == 0, first.output
    lines = first.stdout.splitlines()
    assert lines[0] == "skips: Do skips matter, and which?"
    assert lines[1].startswith("[1/18] all, seed 1: mean Dice of inside and boundary 0.")
    assert "skips: 9 of 18 runs are in" in first.stdout and "9 of 18 runs are in; what follows" in first.stdout
    second = run("skips", "--quick", "--json", "--out", tmp_path)
    told = [json.loads(line) for line in second.stdout.splitlines()]
    assert [one["done"] for one in told] == list(range(10, 19)) and {one["repeat"] for one in told} == {2}
    assert len(read(runs_file(tmp_path, skips.STUDY)).runs) == 18


def test_other_seeds_than_the_studys_are_refused(tmp_path: Path) -> None:
    for words, expected in (("6", "the study depth has 1, 2, 3, 4, 5"), ("1,1", "different whole numbers"),
                            ("x", "different whole numbers")):  # fmt: skip
        result = run("depth", "--seeds", words, "--out", tmp_path)
        assert result.exit_code == 2 and expected in result.stderr
    assert not list(tmp_path.iterdir())


def test_ctrl_c_leaves_what_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train, trained = runner.run, []

    def interrupted(*words: object) -> object:
        if len(trained) == 2:
            raise KeyboardInterrupt
        trained.append(words)
        return train(*words)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(runner, "run", interrupted)
        result = run("skips", "--quick", "--seeds", "1", "--out", tmp_path)
    assert result.exit_code == 130 and "the same command goes on from there" in result.stderr
    assert len(read(runs_file(tmp_path, skips.STUDY)).runs) == 2
    made = load(miniature(skips.STUDY), tmp_path)
    assert made is not None and made.done == 2


@pytest.mark.slow
def test_all_studies_run_in_miniature(tmp_path: Path) -> None:
    result = run("all", "--quick", "--out", tmp_path)
    assert result.exit_code == 0, result.output
    for study in STUDIES.values():
        made = load(miniature(study), tmp_path)
        assert made is not None and made.complete and made.done == 2 * len(study.conditions)
        for finding in findings(study, made):
            assert len(finding.chart.points) == len(next(g for g in study.groups if g.name == finding.group).members)
            assert finding.headlines and not finding.state
