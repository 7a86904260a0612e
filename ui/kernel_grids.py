"""What every operation on the Kernel page is drawn with: grids of numbers, and the way of a window over them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from ui.kernel_numbers import Scale, cells, kernel_cells, number, weight_text
from ui.language import translated
from unet_core.kernel.kernels import Kernel
from unet_core.kernel.window import Area, Position, Term, Worked

View = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Look:
    """What is to be seen: the whole image, a part of it, the kernels, and how the window steps."""

    image: Tensor
    part: Tensor
    kernel: Kernel
    before: Kernel  # of the convolution that a chain begins with
    padding: int
    stride: int
    language: str

    def t(self, template: str, **values: object) -> str:
        return translated(template, self.language, **values)


def source_grid(worked: Worked, scale: Scale, title: str) -> View:
    """The grid that the window lies on."""
    return grid(worked.source, scale, title, worked.padding) | {
        "at": nearest(worked), "first": 0, "count": len(worked.positions), "across": worked.across,
    }  # fmt: skip


def result_grid(worked: Worked, scale: Scale, title: str) -> View:
    """The grid of what comes out; each cell leads to the position that made it."""
    count = len(worked.positions)
    return grid(worked.result, scale, title) | {
        "at": list(range(count)), "first": 0, "count": count, "across": worked.across,
    }  # fmt: skip


def grid(values: Tensor, scale: Scale, title: str, padding: int = 0) -> View:
    """Numbers on colours, (rows, columns)."""
    return {"title": title, "columns": values.shape[1], "cells": cells(values, scale, padding)}


def nearest(worked: Worked) -> list[int]:
    """For every cell of the source, along its rows, the position whose window has its middle nearest to it."""
    rows, columns = worked.source.shape
    windows = [position.window for position in worked.positions]
    down = _nearest(sorted({(w.row, w.rows) for w in windows}), rows)
    across = _nearest(sorted({(w.column, w.columns) for w in windows}), columns)
    return [y * worked.across + x for y in down for x in across]


def _nearest(spans: Sequence[tuple[int, int]], side: int) -> list[int]:
    middles = [first + (length - 1) / 2 for first, length in spans]
    return [min(range(len(middles)), key=lambda i: abs(middles[i] - cell)) for cell in range(side)]


def position(at: Position, terms: list[list[str]], total: str, value: str = "") -> View:
    """One stop of the window: frames in source and result, the terms, the line that says what they make, the value."""
    return {"w": area(at.window), "t": area(at.target), "e": terms, "s": total, "v": value, "k": at.winner}


def largest(values: Tensor) -> int:
    """Where to begin: the largest value, sign left out, that does not stand at the rim."""
    inner = values[1:-1, 1:-1].abs() if min(values.shape) > 2 else values.abs()
    row, column = divmod(int(inner.flatten().argmax()), inner.shape[1])
    rim = int(min(values.shape) > 2)
    return (row + rim) * values.shape[1] + column + rim


def area(of: Area) -> list[int]:
    return [of.row, of.column, of.rows, of.columns]


def place(of: Area) -> dict[str, int]:
    """As people count, from 1."""
    return {"row": of.row + 1, "column": of.column + 1}


def sides(values: Tensor) -> dict[str, int]:
    return {"rows": values.shape[0], "columns": values.shape[1]}


def product(term: Term) -> list[str]:
    """What is written, and what it makes."""
    return [f"{number(term.value)} × {weight_text(term.weight)}", number(term.product)]


def window(look: Look) -> View:
    """The cells under the window, once more and larger."""
    return {"title": look.t("Window"), "from": "window"}


def kernel(look: Look) -> View:
    return {"sign": "×", "title": look.t("Kernel"), "columns": look.kernel.weight.shape[1],
            "cells": kernel_cells(look.kernel.weight)}  # fmt: skip


def bias_line(look: Look) -> str:
    return look.t("+ bias {bias}", bias=number(look.kernel.bias))
