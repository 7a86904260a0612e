"""`export`: a network to take away, as a program, a drawing or a table."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from unet_core import onnx_file
from unet_core.checkpoint import WEIGHTS, load
from unet_core.commands import network
from unet_core.commands.group import Refusal
from unet_core.commands.network import Network
from unet_core.diagram import VIEWS
from unet_core.diagram.svg import to_svg
from unet_core.dot import to_dot
from unet_core.export import to_csv, to_json, to_markdown
from unet_core.pytorch_file import to_pytorch
from unet_core.trace import Trace, trace
from unet_core.whole_file import write_whole


@dataclass(frozen=True)
class Drawing:
    """How an SVG is drawn."""

    view: str | None
    dark: bool


@dataclass(frozen=True)
class Export:
    """A file's content, and what is to be told of it beside its size."""

    content: bytes
    about: Mapping[str, Any]


Writer = Callable[[Trace, Network, Drawing], Export]


def _text(write: Callable[[Trace], str]) -> Writer:
    return lambda traced, asked, drawing: Export(write(traced).encode(), {})


def _svg(traced: Trace, asked: Network, drawing: Drawing) -> Export:
    return Export(to_svg(traced, drawing.view, dark=drawing.dark).encode(), {})


def _pytorch(traced: Trace, asked: Network, drawing: Drawing) -> Export:
    """The weights of a trained one stay where they are: the file's docstring says how they are loaded."""
    return Export(to_pytorch(traced).encode(), {"weights": str(asked.folder / WEIGHTS)} if asked.folder else {})


def _onnx(traced: Trace, asked: Network, drawing: Drawing) -> Export:
    made = onnx_file.make(traced, asked.folder.resolve() if asked.folder else None)
    return Export(made.data, {"difference": made.difference})


WRITERS: dict[str, Writer] = {
    ".py": _pytorch, ".onnx": _onnx, ".dot": _text(to_dot), ".svg": _svg, ".csv": _text(to_csv),
    ".md": _text(to_markdown), ".json": _text(to_json),
}  # fmt: skip


def _check_endings(_context: click.Context, _option: click.Parameter, files: tuple[Path, ...]) -> tuple[Path, ...]:
    for file in files:
        if file.suffix.lower() not in WRITERS:
            raise click.BadParameter(f"{file.name} must end in one of {', '.join(WRITERS)}")
    return files


@click.command("export")
@network.options
@click.option("-o", "--out", "files", multiple=True, required=True, callback=_check_endings,
              type=click.Path(path_type=Path, dir_okay=False), help="File to write. Repeatable.")  # fmt: skip
@click.option("--view", type=click.Choice(VIEWS), help="Drawing of an SVG (what suits the network).")
@click.option("--dark", is_flag=True, help="An SVG for a dark background.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line on stdout for every file.")
def export(files: tuple[Path, ...], view: str | None, dark: bool, as_json: bool, **words: Any) -> None:
    """Write a network as files, each of the kind that its name ends in.

    .py is a PyTorch program of its own, .onnx a file for other runtimes (with the weights of --model, else random
    ones; checked with onnxruntime), .dot a graph for Graphviz, .svg the drawing, .csv, .md and .json the layer table.
    """
    asked = network.chosen(**words)
    if asked.folder:
        load(asked.folder)  # a damaged model is refused before anything is written
    traced = trace(asked.config, asked.size)
    exports = {file: WRITERS[file.suffix.lower()](traced, asked, Drawing(view, dark)) for file in files}
    for file, made in exports.items():
        try:
            write_whole(file, made.content)
        except OSError as error:
            raise Refusal(f"{file} can't be written: {error}") from error
        told = {"file": str(file), "bytes": len(made.content), **made.about}
        more = "".join(f"  {name}: {value}" for name, value in made.about.items())
        click.echo(json.dumps(told) if as_json else f"{file}  {len(made.content):,} bytes{more}")
