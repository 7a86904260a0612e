"""The PyTorch file: for every kind of network it computes what ours computes, alone in a fresh process."""

import ast
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tests.core.sweep import name_of, smallest_size, sweep, traced
from unet_core.config import PRESETS, UNetConfig
from unet_core.messages import ExplainedError
from unet_core.models import build_model
from unet_core.pytorch_file import to_pytorch
from unet_core.sizes import nearest_legal
from unet_core.trace import trace, trace_model

PAPER = to_pytorch(trace(PRESETS["unet-2015"], (572, 572)))
NESTED = to_pytorch(trace(PRESETS["unet++-2018"], (512, 512)))
SMALL = [replace(config, base_channels=4, dropout=0.5) for config in PRESETS.values()]
BRANCHES = [  # what a sweep may miss: long joins with crops, a block of four, no skip at all
    UNetConfig(architecture="unet++", depth=5, base_channels=1, growth=1, skip=skip, deep_supervision=deep)
    for skip, deep in (("concat", True), ("add", False))
] + [
    UNetConfig(base_channels=8, depth=2, convs_per_block=4, kernel_size=4, padding="same", norm="group"),
    UNetConfig(base_channels=2, depth=3, skip_levels=()),
]
CONFIGS = [*SMALL, *BRANCHES, *sweep()[5::5]]
FRESH = """
import json, runpy, sys, torch
torch.set_num_threads(int(sys.argv[1]))  # as many as where the cases come from: they are summed in the same order
cases = torch.load("cases.pt")
assert "unet_core" not in sys.modules

def difference(found, expected):
    heads = found if isinstance(found, tuple) else (found,)
    assert [a.shape for a in heads] == [b.shape for b in expected]
    return max(float((a - b).abs().max() / max(1, b.abs().max())) for a, b in zip(heads, expected))

for number, case in enumerate(cases):
    names = runpy.run_path(f"net{number}.py")
    (net,) = [part for name, part in names.items() if name.startswith("UNet")]
    model = net().to(case["image"].dtype).eval()
    model.load_state_dict(case["weights"], strict=True)
    with torch.inference_mode():
        found = model(case["image"])
        try:
            refusal = model(case["image"].new_zeros(1, case["image"].shape[1], case["unfit"], case["unfit"]))
        except ValueError as error:
            refusal = str(error)
        torch.manual_seed(7)
        in_training = difference(model.train()(case["image"]), case["trained"]) if case["trained"] else 0.0
    print(json.dumps({
        "parameters": sum(p.numel() for p in model.parameters()), "several": isinstance(found, tuple),
        "difference": difference(found, case["logits"]), "in_training": in_training, "refusal": refusal,
    }))
for name in ("unet.py", "nested.py"):
    runpy.run_path(name, run_name="__main__")
"""


def case(config: UNetConfig) -> dict[str, object]:
    """Our own network with numbers that a mistake would show in, and what it computes."""
    # a norm that looks at few pixels magnifies rounding
    exact = torch.float64 if config.norm in ("group", "instance") else torch.float32
    model = build_model(config).to(exact).eval()
    with torch.no_grad():
        for tensor in model.state_dict().values():
            if tensor.is_floating_point():  # biases and a norm's running numbers, too, are not those of the start
                tensor.copy_(torch.rand(tensor.shape) * 0.4 + (0.3 if tensor.ndim == 1 else -0.2))
    image = torch.rand(1 + bool(config.dropout), config.in_channels, *smallest_size(config), dtype=exact)
    weights = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    with torch.inference_mode():
        logits = heads_of(model(image))
        torch.manual_seed(7)
        trained = heads_of(model.train()(image)) if config.dropout else None  # the only way to see dropout
    assert all(head.isfinite().all() and head.std() > 0 for head in logits)
    return {"weights": weights, "image": image, "logits": logits, "trained": trained,
            "unfit": smallest_size(config)[0] + 1}  # fmt: skip


def heads_of(logits: torch.Tensor | tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
    return logits if isinstance(logits, tuple) else (logits,)


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What a process that knows nothing of unet_core says: of every config, then of two files run by themselves."""
    folder = tmp_path_factory.mktemp("taken")
    torch.manual_seed(2015)
    torch.save([case(config) for config in CONFIGS], folder / "cases.pt")
    files = {f"net{number}": to_pytorch(traced(config)) for number, config in enumerate(CONFIGS)}
    for name, text in {**files, "unet": PAPER, "nested": NESTED}.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error", "-c", FRESH, str(torch.get_num_threads())], cwd=folder,
        capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def results(lines: list[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in lines[: len(CONFIGS)]]


def test_every_kind_of_network_is_among_them() -> None:
    assert len(set(CONFIGS)) >= 45
    for field in ("architecture", "padding", "norm", "upsampling", "skip", "convs_per_block", "deep_supervision"):
        assert len({getattr(config, field) for config in CONFIGS}) == len(
            {getattr(config, field) for config in [*sweep(), *CONFIGS]}
        )
    for wanted in (
        lambda c: c.kernel_size % 2 == 0 and c.padding == "same", lambda c: c.skip_levels == () and c.depth > 1,
        lambda c: c.skip_levels, lambda c: c.max_channels, lambda c: c.growth % 1, lambda c: c.dropout,
        lambda c: c.nested and c.padding == "valid" and c.skip == "add",
    ):  # fmt: skip
        assert any(wanted(config) for config in CONFIGS)


def test_it_has_our_parameters_and_computes_what_we_compute(results: list[dict[str, object]]) -> None:
    for config, result in zip(CONFIGS, results, strict=True):
        assert result["parameters"] == traced(config).params, name_of(config)
        assert result["several"] == config.deep_supervision, name_of(config)
        assert result["difference"] <= 1e-6, (name_of(config), result["difference"])  # type: ignore[operator]
        # with rounding magnified by a batch norm of few pixels; dropout in another place differs by far more
        assert result["in_training"] <= 1e-4, (name_of(config), result["in_training"])  # type: ignore[operator]


def test_it_refuses_a_size_that_does_not_fit_and_names_the_nearest(results: list[dict[str, object]]) -> None:
    for config, result in zip(CONFIGS, results, strict=True):
        below, above = nearest_legal(config, smallest_size(config)[0] + 1)
        assert result["refusal"] == f"{below + 1} pixels do not fit; nearest are {below} and {above}", name_of(config)  # type: ignore[operator]


def test_it_runs_by_itself(lines: list[str]) -> None:
    assert lines[len(CONFIGS) :] == [
        "31,030,658 parameters", "output (1, 2, 388, 388)", "9,041,700 parameters",
        f"output {[(1, 1, 512, 512)] * 4}",
    ]  # fmt: skip


def test_it_is_in_order_everywhere(tmp_path: Path) -> None:
    """Formatted and free of lint by ruff's own settings, which know nothing of this project's."""
    for number, config in enumerate([*sweep(), *BRANCHES]):
        (tmp_path / f"net{number}.py").write_text(to_pytorch(traced(config)), encoding="utf-8")
    for command in (["format", "--check"], ["check", "--select", "E,F,I,N,W,B,SIM,UP,ANN", "--line-length", "88"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", str(tmp_path)],
            capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.parametrize("config", sweep()[::5], ids=name_of)
def test_it_imports_torch_only_and_uses_what_it_defines(config: UNetConfig) -> None:
    text = to_pytorch(traced(config))
    tree = ast.parse(text)
    imports = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
    assert [ast.unparse(node) for node in imports] == ["import torch", "from torch import Tensor, nn"]
    defined = [node.name for node in tree.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))]
    assert [name for name in defined if len(re.findall(rf"\b{name}\b", text)) < 2] == []
    made = re.findall(r"self\.(\w+) = ", text)
    assert [name for name in made if text.count(f"self.{name}") < 2] == []
    forward = text[text.rindex("def forward") :]
    assert (
        "config" not in text and " if " not in forward.split("__main__")[0] and "for " not in forward.split("if _")[0]
    )


@pytest.mark.parametrize("config", sweep()[::5], ids=name_of)
def test_the_shapes_in_the_comments_are_those_of_the_trace(config: UNetConfig) -> None:
    text, rows = to_pytorch(traced(config)), traced(config)
    shapes = {
        f"(B, {', '.join(map(str, row.out_shape))})" for row in rows.rows if row.kind not in ("input", "crop", "pad")
    }
    written = re.findall(r"# (\(B, .*\))", text)
    assert set(written) <= shapes
    assert written[-1] == f"(B, {', '.join(map(str, rows[rows.outputs[-1]].out_shape))})"
    blocks = sum(row.name.endswith(f"relu{config.convs_per_block}") for row in rows.rows)
    assert len(written) >= blocks + config.depth + len(rows.outputs)


def test_the_paper_reads_like_the_figure() -> None:
    wanted = """
        skip3 = self.encoder[3](x)  # (B, 512, 64, 64)
        x = self.pool(skip3)  # (B, 512, 32, 32)

        # Bottleneck
        x = self.bottleneck(x)  # (B, 1024, 28, 28)

        # Decoder: what comes from below meets what the encoder saw at the same level
        x = self.up[3](x)  # (B, 512, 56, 56)
        x = torch.cat([x, crop(skip3, x)], dim=1)  # (B, 1024, 56, 56)
        x = self.decoder[3](x)  # (B, 512, 52, 52)
"""
    assert wanted in PAPER
    assert PAPER.startswith('"""U-Net of depth 4, 64 filters at the top: 1 channel in, 2 classes out.\n\n')
    words = " ".join(ast.get_docstring(ast.parse(PAPER)).split())  # type: ignore[union-attr]
    assert "31,030,658 parameters" in words
    assert "Ronneberger" in words and "Zhou" not in words
    assert "188, 204, 220, ...; the mask is 184 pixels smaller" in words


def test_a_nested_net_names_its_own_source() -> None:
    assert "Zhou" in NESTED and "Ronneberger" not in NESTED
    assert "1 channel in, 1 class out" in NESTED and "sigmoid of the one class" in NESTED


def test_a_strangers_network_is_refused() -> None:
    with pytest.raises(ExplainedError, match="only a network built from a UNetConfig"):
        to_pytorch(trace_model(torch.nn.Conv2d(1, 1, 1), (1, 4, 4)))
