"""Drawings of what is connected to what, cut through one line of pixels: inputs below, outputs above."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from ui.language import translated
from unet_core.kernel.dense import reach_links
from unet_core.messages import Message

INPUTS = 7  # pixels of the line that is drawn
ACROSS, UP, EDGE = 40, 86, 22  # between two pixels, between two layers, around all, in units of the drawing
Drawing = dict[str, Any]


def drawing(name: str, layers: Sequence[Tensor], title: str, kind: str) -> Drawing:
    """Rows of pixels and a line for every weight that connects two. `layers` are (outputs, inputs), 0 for no line.

    `kind` is how lines look: "weight" tells the weights apart, other words name one look for all.
    """
    lines, used = [], set()
    for row, links in enumerate(layers):
        for out, source in links.nonzero().tolist():
            used |= {(row, source), (row + 1, out)}
            (x1, y1), (x2, y2) = _place(row, source, len(layers)), _place(row + 1, out, len(layers))
            look = f"weight{int(links[out, source])}" if kind == "weight" else kind
            lines.append({"id": f"{row}-{source}-{out}", "from": f"{row}-{source}", "to": f"{row + 1}-{out}",
                          "x1": x1, "y1": y1, "x2": x2, "y2": y2, "kind": look})  # fmt: skip
    nodes = []
    for row in range(len(layers) + 1):
        for index in range(INPUTS):
            x, y = _place(row, index, len(layers))
            nodes.append({"id": f"{row}-{index}", "x": x, "y": y, "on": (row, index) in used})
    width, height = _place(0, INPUTS - 1, len(layers))
    return {"id": name, "title": title, "width": width + EDGE, "height": height + EDGE, "nodes": nodes, "lines": lines}


def _place(row: int, index: int, layers: int) -> tuple[int, int]:
    return EDGE + ACROSS * index, EDGE + UP * (layers - row)


def line_count(links: Tensor) -> int:
    return int((links > 0).sum())


def stack_name(kernel: int, layers: int) -> Message:
    if layers == 1:
        return Message("1 layer of {k} × {k}", {"k": kernel})
    return Message("{layers} layers of {k} × {k}", {"layers": layers, "k": kernel})


def stack_drawings(language: str) -> list[Drawing]:
    """Two 3 x 3 in a row and one 5 x 5, and what the middle value on top sees."""
    found = []
    for kernels in ((3, 3), (5,)):
        layers = reach_links(INPUTS, kernels)
        title = translated(
            "{stack}: the value on top sees {pixels} pixels a side", language,
            stack=stack_name(kernels[0], len(kernels)), pixels=int((layers[0] > 0).any(dim=0).sum()),
        )  # fmt: skip
        found.append(drawing(f"stack-{len(kernels)}", layers, title, "cone"))
    return found
