"""`python -m unet_core`: what it prints, and one sentence where it can't."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from unet_core.__main__ import main
from unet_core.config import PRESETS, UNetConfig
from unet_core.export import to_csv, to_json, to_markdown, to_text
from unet_core.trace import trace


def table(*words: str) -> Result:
    return CliRunner().invoke(main, ["table", *words])


def printed(*words: str) -> str:
    result = table(*words)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


PAPER = ("--preset", "unet-2015", "--size", "572")


def test_the_command_of_the_readme_prints_the_table_of_the_paper_net():
    assert printed(*PAPER) == to_text(trace(PRESETS["unet-2015"], (572, 572)))


@pytest.mark.parametrize(("option", "write"), [("--csv", to_csv), ("--json", to_json), ("--markdown", to_markdown)])
def test_the_other_forms(option, write):
    assert printed(*PAPER, option) == write(trace(PRESETS["unet-2015"], (572, 572)))


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_has_a_size_of_its_own(preset):
    data = json.loads(printed("--preset", preset, "--json"))
    assert UNetConfig.from_dict(data["config"]) == PRESETS[preset]
    assert abs(data["rows"][0]["out_shape"][1] - 572) <= 8


def test_without_a_word_it_is_the_paper_net():
    assert printed() == printed(*PAPER)


def test_choices_can_be_changed_one_by_one():
    words = ("--set", "depth=2", "--set", "padding=same", "--set", "norm=batch", "--set", "skip_levels=0")
    data = json.loads(printed(*words, "--size", "32x48", "--json"))
    assert UNetConfig.from_dict(data["config"]) == UNetConfig(depth=2, padding="same", norm="batch", skip_levels=(0,))
    assert data["rows"][0]["out_shape"] == [1, 32, 48]


@pytest.mark.parametrize("query", ["base=16&depth=3&padding=same", "?base=16&depth=3&padding=same&lang=zh"])
def test_an_address_of_the_app_names_a_network(query):
    rows = list(csv.reader(io.StringIO(printed("--net", query, "--size", "8X16", "--csv"))))
    expected = trace(UNetConfig(base_channels=16, depth=3, padding="same"), (8, 16))
    assert [row[0] for row in rows[1:]] == [row.name for row in expected.rows]


SENTENCES = [
    (["--set", "depth=9"], "depth must be"),
    (["--set", "depth=two"], "got 'two'"),
    (["--set", "depht=3"], "'depht=3' is not FIELD=VALUE; the fields are architecture, in_channels"),
    (["--set", "depth"], "'depth' is not FIELD=VALUE"),
    (["--net", "norm=layer"], "norm must be one of none, batch, group, instance, got 'layer'"),
    (["--net", "net=unet-e"], "needs deep_supervision"),
    (["--size", "512"], "an input of 512 x 512 does not fit depth 4 with valid padding; nearest are 508 x 508 and 524"),
    (["--size", "572x10"], "an input of 572 x 10 is too small for depth 4 with valid padding"),
    (["--size", "big"], "size 'big' is not a side or HEIGHTxWIDTH"),
    (["--size", "1x2x3"], "size '1x2x3' is not"),
    (["--size", "0"], "size '0' is not"),
    (["--size", "-16"], "size '-16' is not"),
    (["--size", ""], "size '' is not"),
    (["--size", "9" * 10**5], "size '9999"),
]


@pytest.mark.parametrize(("words", "sentence"), SENTENCES, ids=lambda part: str(part)[:40])
def test_what_makes_no_table_is_one_sentence_and_exit_code_2(words, sentence):
    result = table(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Error: ") and sentence in result.stderr
    assert result.stderr.count("\n") == 1 and len(result.stderr) < 400


@pytest.mark.parametrize(
    "words", [["--preset", "vnet"], ["--preset", "classroom", "--net", "depth=3"], ["--colour"], ["572"]]
)
def test_a_word_that_is_no_option_is_refused_with_the_usage(words):
    result = table(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Usage: ")


def test_help_names_every_command():
    result = CliRunner().invoke(main, ["--help"])
    assert result.exit_code == 0
    assert all(f"  {name}  " in result.stdout for name in ("table", "train", "evaluate", "segment", "export"))


def test_it_runs_as_a_module():
    root = Path(__file__).parents[2]
    words = [sys.executable, "-W", "error", "-m", "unet_core", "table", "--set", "depth=7"]
    done = subprocess.run(words, cwd=root, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Error: depth must be") and "Traceback" not in done.stderr
