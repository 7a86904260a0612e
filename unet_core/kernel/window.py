"""One output value worked out: the window it reads, the products, the bias. Convolution, ReLU and max-pool.

The results are PyTorch's own; the products beside them are what they are the sum of, up to the rounding of float32.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from unet_core.messages import ExplainedError


class KernelError(ExplainedError):
    """An operation that can't be carried out on what it was given."""


@dataclass(frozen=True)
class Area:
    """A rectangle of cells of a grid: its first row and column, and how many of each."""

    row: int
    column: int
    rows: int = 1
    columns: int = 1


@dataclass(frozen=True)
class Term:
    """One product: what was read, what it was multiplied by, what that makes, and which weight of the kernel it was,
    counted along its rows."""

    value: float
    weight: float
    product: float
    cell: int


@dataclass(frozen=True)
class Position:
    """One value of the result: the window of the source it was made from, the terms, and which of them won.

    For an up-convolution seen from below it is the other way round: one value of the source and all it is spread over.
    """

    window: Area
    target: Area
    terms: tuple[Term, ...]
    bias: float
    value: float
    winner: int | None = None  # of a max-pool: the term, counted along the rows of the window


@dataclass(frozen=True, eq=False)
class Worked:
    """One operation on a small map: the source as the window sees it, with `padding` zeros around, and the result.

    Both are (rows, columns). `positions` go along the rows of the result, `across` of them in each.
    """

    source: Tensor
    padding: int
    result: Tensor
    positions: tuple[Position, ...]
    across: int


def convolve(values: Tensor, weight: Tensor, bias: float = 0.0, padding: int = 0, stride: int = 1) -> Worked:
    """Convolution of (h, w) with a kernel (k, k), as PyTorch means it: window times kernel, nothing is turned over.

    Raises KernelError when the kernel is larger than what it lies on.
    """
    rows, columns = weight.shape
    source = functional.pad(values, (padding, padding, padding, padding))
    if rows > source.shape[0] or columns > source.shape[1]:
        raise KernelError("a kernel of {rows} × {columns} does not fit into {height} × {width} pixels", rows=rows,
                          columns=columns, height=source.shape[0], width=source.shape[1])  # fmt: skip
    offset = torch.tensor([bias], dtype=values.dtype)
    result = functional.conv2d(values[None, None], weight[None, None], offset, stride, padding)[0, 0]
    windows = functional.unfold(source[None, None], (rows, columns), stride=stride)[0].T  # (positions, k * k)
    products = windows * weight.flatten()
    positions = tuple(
        Position(
            Area(y * stride, x * stride, rows, columns), Area(y, x),
            tuple(map(Term, read.tolist(), weight.flatten().tolist(), made.tolist(), range(rows * columns))),
            float(offset), value,
        )
        for (y, x, value), read, made in zip(_cells(result), windows, products, strict=True)
    )  # fmt: skip
    return Worked(source, padding, result, positions, result.shape[1])


def rectify(values: Tensor) -> Worked:
    """ReLU of (h, w): what is below zero becomes zero."""
    result = functional.relu(values)
    positions = tuple(
        Position(Area(y, x), Area(y, x), (Term(before, 1.0, value, 0),), 0.0, value)
        for (y, x, value), before in zip(_cells(result), values.flatten().tolist(), strict=True)
    )
    return Worked(values, 0, result, positions, values.shape[1])


def max_pool(values: Tensor) -> Worked:
    """2 x 2 max-pool of (h, w), both even; of equal values the first wins, as in PyTorch."""
    width = values.shape[1]
    result, where = functional.max_pool2d(values[None, None], 2, return_indices=True)
    windows = functional.unfold(values[None, None], 2, stride=2)[0].T  # (positions, 4)
    positions = []
    for (y, x, value), read, best in zip(_cells(result[0, 0]), windows, where.flatten().tolist(), strict=True):
        row, column = divmod(best, width)
        terms = tuple(Term(number, 1.0, number, cell) for cell, number in enumerate(read.tolist()))
        winner = (row - 2 * y) * 2 + column - 2 * x
        positions.append(Position(Area(2 * y, 2 * x, 2, 2), Area(y, x), terms, 0.0, value, winner))
    return Worked(values, 0, result[0, 0], tuple(positions), width // 2)


def _cells(grid: Tensor) -> Iterator[tuple[int, int, float]]:
    """(row, column, value) along the rows."""
    for row, values in enumerate(grid.tolist()):
        for column, value in enumerate(values):
            yield row, column, value
