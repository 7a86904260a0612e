"""`export` on the command line: each kind of file as the core writes it, and refusals that write nothing."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.core.test_checkpoint import TINY, card_of, model_of
from unet_core import checkpoint, onnx_file
from unet_core.__main__ import main
from unet_core.commands.export import WRITERS
from unet_core.config import PRESETS, UNetConfig
from unet_core.diagram.svg import to_svg
from unet_core.dot import to_dot
from unet_core.export import to_csv, to_json, to_markdown
from unet_core.onnx_file import OnnxError, OnnxFile
from unet_core.pytorch_file import to_pytorch
from unet_core.trace import Trace, trace

CLASSROOM = ("--preset", "classroom", "--size", "64x48")
KINDS = {".py": to_pytorch, ".dot": to_dot, ".csv": to_csv, ".md": to_markdown, ".json": to_json,
         ".svg": to_svg}  # fmt: skip


def run(*words: object) -> Result:
    return CliRunner().invoke(main, ["export", *map(str, words)])


def test_every_kind_of_file_at_once(tmp_path: Path) -> None:
    files = [tmp_path / "new" / f"net{ending}" for ending in KINDS]
    result = run(*CLASSROOM, "--json", *(word for file in files for word in ("-o", file)))
    assert (result.exit_code, result.stderr) == (0, "")
    traced = trace(PRESETS["classroom"], (64, 48))
    for file, line in zip(files, result.stdout.splitlines(), strict=True):
        assert file.read_text("utf-8") == KINDS[file.suffix](traced)
        assert json.loads(line) == {"file": str(file), "bytes": file.stat().st_size}
    assert set(WRITERS) == {*KINDS, ".onnx"}


def test_a_drawing_in_the_other_view_and_dark(tmp_path: Path) -> None:
    assert run(*CLASSROOM, "-o", tmp_path / "a.SVG", "--view", "blocks", "--dark").exit_code == 0
    assert (tmp_path / "a.SVG").read_text() == to_svg(trace(PRESETS["classroom"], (64, 48)), "blocks", dark=True)


def test_a_trained_network_says_where_its_weights_are(tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    checkpoint.save(folder, model_of(), card_of())
    result = run("--model", folder, "--size", 32, "-o", tmp_path / "net.py", "--json")
    assert json.loads(result.stdout)["weights"] == str(folder / "weights.safetensors")
    assert (tmp_path / "net.py").read_text() == to_pytorch(trace(TINY, (32, 32)))


def test_onnx_gets_the_weights_of_the_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The exporter itself is tested in test_onnx.py, and takes seconds."""
    asked = []

    def make(traced: Trace, trained: Path | None = None) -> OnnxFile:
        asked.append((traced.config, traced.rows[0].out_shape, trained))
        return OnnxFile(b"onnx", 1e-6)

    monkeypatch.setattr(onnx_file, "make", make)
    checkpoint.save(tmp_path / "tiny", model_of(), card_of())
    result = run("--model", tmp_path / "tiny", "--size", 16, "-o", tmp_path / "net.onnx", "--json")
    assert json.loads(result.stdout) == {"file": str(tmp_path / "net.onnx"), "bytes": 4, "difference": 1e-6}
    assert (tmp_path / "net.onnx").read_bytes() == b"onnx"
    run("--net", "base=2&depth=1&padding=same", "--size", 16, "-o", tmp_path / "net.onnx")
    assert asked == [(TINY, (1, 16, 16), tmp_path / "tiny"),
                     (UNetConfig(base_channels=2, depth=1, padding="same"), (1, 16, 16), None)]  # fmt: skip


def test_an_export_that_is_refused_leaves_the_other_files_unwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    def make(*_: object) -> OnnxFile:
        raise OnnxError("ONNX needs packages that are not installed here: {names}", names="onnx")

    monkeypatch.setattr(onnx_file, "make", make)
    result = run(*CLASSROOM, "-o", tmp_path / "net.py", "-o", tmp_path / "net.onnx")
    assert result.exit_code == 2 and "packages that are not installed" in result.stderr
    assert list(tmp_path.iterdir()) == []


REFUSED = [
    ([], "Missing option '-o'"),
    (["-o", "net.txt"], "net.txt must end in one of .py, .onnx, .dot, .svg, .csv, .md, .json"),
    (["-o", "net.py", "--model", "nuclei-unet", "--set", "depth=2"], "--model is a network with its weights"),
    (["-o", "net.py", "--model", "../card.json"], "there is no model '../card.json'"),
    (["-o", "net.py", "--size", "512"], "nearest are 508 x 508 and 524 x 524"),
    (["-o", "net.py", "--view", "side"], "'side' is not one of"),
    (["-o", "file/net.py"], "can't be written"),
]


@pytest.mark.parametrize(("words", "sentence"), REFUSED, ids=lambda part: part if isinstance(part, str) else None)
def test_what_can_not_be_exported_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], sentence: str
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("no folder")
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, "") and sentence in result.stderr.replace("\n", " ")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_table_knows_trained_networks_too() -> None:
    result = CliRunner().invoke(main, ["table", "--model", "nuclei-unet", "--size", "64", "--csv"])
    assert result.exit_code == 0
    card = checkpoint.load_card(checkpoint_folder())
    assert result.stdout == to_csv(trace(card.config, (64, 64)))


def checkpoint_folder() -> Path:
    return Path(__file__).parents[2] / "assets" / "models" / "nuclei-unet"


def test_ctrl_c_in_any_command_is_exit_code_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("unet_core.commands.table.trace", interrupted)
    assert CliRunner().invoke(main, ["table"]).exit_code == 130
