"""ONNX: the file computes what the network computes, says what is missing, and is refused beyond its bounds."""

import importlib.util
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from unet_core import onnx_file, zoo
from unet_core.checkpoint import load
from unet_core.config import PRESETS, UNetConfig
from unet_core.models import build_model
from unet_core.onnx_file import OnnxError, check_exportable, compare, main, make, missing
from unet_core.trace import trace

TINY = UNetConfig(base_channels=2, depth=1, norm="batch", classes=3)
NESTED = UNetConfig(architecture="unet++", base_channels=2, depth=2, deep_supervision=True, upsampling="bilinear",
                    in_channels=3)  # fmt: skip
needs_onnx = pytest.mark.skipif(bool(missing()), reason="the extra for ONNX is not installed")


@needs_onnx
def test_the_file_computes_what_the_network_computes() -> None:
    """Made by the process of its own; run by onnxruntime called here, not by the check that is being tested."""
    import onnx
    import onnxruntime

    made = make(trace(NESTED, (44, 48)))
    assert 0 <= made.difference < 1e-4
    session = onnxruntime.InferenceSession(made.data, providers=["CPUExecutionProvider"])
    (entry,) = session.get_inputs()
    assert (entry.name, entry.shape) == ("image", [1, 3, 44, 48])
    assert [head.name for head in session.get_outputs()] == ["L1", "L2"]
    torch.manual_seed(onnx_file.SEED)
    model = build_model(NESTED).eval()
    image = torch.rand(1, 3, 44, 48)
    with torch.inference_mode():
        expected = model(image)
    for found, logits in zip(session.run(None, {"image": image.numpy()}), expected, strict=True):
        assert np.abs(found - logits.numpy()).max() < 1e-4
    proto = onnx.load_model_from_string(made.data)
    assert {initial.name for initial in proto.graph.initializer} >= set(dict(model.named_parameters()))
    assert proto.doc_string == NESTED.to_query()
    assert str(Path(__file__).parents[2]).encode() not in made.data
    with torch.no_grad():
        model.head["L1"].bias += 1
    assert compare(made.data, model, (44, 48)) == pytest.approx(1, abs=1e-3)  # a wrong file is seen


def test_trained_weights_are_taken_where_they_are_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = zoo.MODELS / "nuclei-unet"
    trained, card = load(folder)
    taken: list[torch.nn.Module] = []
    monkeypatch.setattr(onnx_file, "to_onnx", lambda model, size: taken.append(model) or b"file")
    monkeypatch.setattr(onnx_file, "compare", lambda data, model, size: 1e-7)
    assert main(tmp_path / "net.onnx", card.config, (32, 48), str(folder)) == 1e-7
    assert main(tmp_path / "net.onnx", card.config, (32, 48), None) == 1e-7
    assert (tmp_path / "net.onnx").read_bytes() == b"file"
    same = [torch.equal(net.head.weight, trained.head.weight) for net in taken]
    assert same == [True, False]
    assert not any(net.training for net in taken)


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name.startswith("onnx") else find(name))
    assert missing() == ("onnx", "onnxscript", "onnxruntime")
    with pytest.raises(OnnxError, match="not installed here: onnx, onnxscript, onnxruntime"):
        make(trace(TINY, (32, 32)))


@pytest.mark.parametrize(
    ("config", "side", "words"),
    [(replace(PRESETS["unet-2015"], base_channels=80), 188, "parameters where the bound is 40,000,000"),
     (replace(PRESETS["classroom"], base_channels=32), 2048, "multiply-adds where the bound is 200,000,000,000"),
     (UNetConfig(base_channels=1, kernel_size=1, depth=1, convs_per_block=4), 8192, "bytes of feature maps")],
    ids=["parameters", "work", "memory"],
)  # fmt: skip
def test_a_network_beyond_a_bound_is_refused(
    config: UNetConfig, side: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx_file, "missing", tuple)
    with pytest.raises(OnnxError, match=words):
        check_exportable(trace(config, (side, side)))


@pytest.mark.parametrize("name", PRESETS)
def test_the_presets_are_within_the_bounds(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_file, "missing", tuple)
    side = {"unet-2015": 572, "unet-2015-bn": 572, "unet++-2018": 512}.get(name, 256)
    check_exportable(trace(PRESETS[name], (side, side)))


def test_what_goes_wrong_in_the_process_is_said_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_file, "missing", tuple)
    rows = trace(TINY, (32, 32))

    def run_as(result: object) -> None:
        def run(*_: object, **__: object) -> object:
            if isinstance(result, Exception):
                raise result
            return result

        monkeypatch.setattr(subprocess, "run", run)

    run_as(subprocess.CompletedProcess([], 1, "", "Traceback\n  ...\nBadThing: no such operator\n"))
    with pytest.raises(OnnxError, match="exporter has failed: BadThing: no such operator"):
        make(rows)
    run_as(subprocess.CompletedProcess([], 1, "", "one line\n"))
    with pytest.raises(OnnxError, match=r"exporter has failed: one line$"):
        make(rows)
    run_as(subprocess.CompletedProcess([], -9, "", ""))
    with pytest.raises(OnnxError, match="exporter has failed: -9"):
        make(rows)
    run_as(subprocess.TimeoutExpired("python", 1))
    with pytest.raises(OnnxError, match="longer than 300 seconds"):
        make(rows)
    for wrong in ("0.01", "nan"):
        run_as(subprocess.CompletedProcess([], 0, wrong, ""))
        with pytest.raises(OnnxError, match="computes something else than PyTorch"):
            make(rows)
