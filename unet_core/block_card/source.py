"""The lines of this program that make and run an operation, read from the code itself. English in every language."""

import ast
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Any

from unet_core import blocks, models
from unet_core.config import UNetConfig
from unet_core.trace import LayerRow

PARTS: dict[str, type] = {  # first word of a module path -> the class that the model puts there
    "encoder": blocks.ConvBlock, "bottleneck": blocks.ConvBlock, "decoder": blocks.ConvBlock,
    "up": blocks.UpSample, "skip": blocks.Skip,
}  # fmt: skip
JOINS: dict[str, type] = {"crop": blocks.Crop, "concat": blocks.Concat, "add": blocks.Add}
MAKES = {  # kind of row -> what stands in the line that makes it
    "conv": "nn.Conv2d(", "norm": "norm(config.norm", "relu": "nn.ReLU(", "pad": "nn.ZeroPad2d(",
    "dropout": "nn.Dropout(", "upconv": "nn.ConvTranspose2d(", "resize": "nn.Upsample(", "head": "nn.Conv2d(",
    "pool": "nn.MaxPool2d(",
}  # fmt: skip


@dataclass(frozen=True)
class Source:
    """A piece of code: its file, what it is called, its lines, and the line (from 0) that makes the operation."""

    file: str
    name: str
    code: str
    line: int | None = None


def sources(row: LayerRow, config: UNetConfig) -> tuple[Source, ...]:
    """The code behind a row. A module of PyTorch's own is shown by the line of ours that makes it."""
    model = models.NestedUNet if config.nested else models.UNet
    if row.kind == "input":
        return (_source(model.forward, None),)
    if row.kind == "head":
        return (_source(blocks.head, MAKES["head"]),)
    if row.kind == "pool":
        return (_statement(model, MAKES["pool"]),)
    if row.kind in JOINS:
        return (_source(blocks.Skip, None), _source(JOINS[row.kind], None))
    found = _source(PARTS[row.name.partition(".")[0]], MAKES[row.kind])
    return (found, _source(blocks.norm, None)) if row.kind == "norm" else (found,)


@cache
def _source(what: type | Callable[..., Any], makes: str | None) -> Source:
    code = dedent(inspect.getsource(what)).rstrip()
    lines = code.splitlines()
    line = next((index for index, text in enumerate(lines) if makes and makes in text), None)
    return Source(_file(what), what.__qualname__, code, line)


@cache
def _statement(model: type, makes: str) -> Source:
    """The one statement of the model's __init__ in which `makes` stands."""
    code = dedent(inspect.getsource(model.__init__))  # type: ignore[misc]
    function = ast.parse(code).body[0]
    assert isinstance(function, ast.FunctionDef)
    texts = [ast.get_source_segment(code, statement) or "" for statement in function.body]
    found = next(text for text in texts if makes in text)
    return Source(_file(model), f"{model.__name__}.__init__", found)


def _file(what: type | Callable[..., Any]) -> str:
    path = Path(inspect.getfile(what))
    return f"{path.parent.name}/{path.name}"
