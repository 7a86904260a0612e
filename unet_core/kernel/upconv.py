"""Up-convolution with stride 2: every value is multiplied by the whole kernel and spread. Where spread patches overlap,
they are added; a 3 x 3 kernel overlaps unevenly, and that is the checkerboard."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from unet_core.kernel.window import Area, Position, Term, Worked

STRIDE = 2


@dataclass(frozen=True, eq=False)
class Spread:
    """`down` has a position for each value of the source and all it is spread over; `up` one for each value of the
    result and all that it is the sum of. `counts` (rows, columns) is the number of those: 1, 2 or 4 for 3 x 3."""

    down: Worked
    up: tuple[Position, ...]
    counts: Tensor


def up_convolve(values: Tensor, weight: Tensor, bias: float = 0.0) -> Spread:
    """Transposed convolution of (h, w) with a kernel (k, k) and stride 2, nothing cut off.

    (h, w) -> (2 (h - 1) + k, 2 (w - 1) + k)
    """
    result = spread_map(values, weight, bias)
    one = torch.ones_like(values)[None, None]
    counts = functional.conv_transpose2d(one, torch.ones_like(weight)[None, None], stride=STRIDE)[0, 0]
    down = tuple(_spread(values, weight, bias, y, x) for y in range(values.shape[0])
                 for x in range(values.shape[1]))  # fmt: skip
    up = tuple(_gather(values, weight, result, bias, y, x) for y in range(result.shape[0])
               for x in range(result.shape[1]))  # fmt: skip
    return Spread(Worked(values, 0, result, down, values.shape[1]), up, counts.to(torch.int64))


def _spread(values: Tensor, weight: Tensor, bias: float, y: int, x: int) -> Position:
    """One value of the source, times each weight."""
    rows, columns = weight.shape
    value = values[y, x]
    products = (value * weight).flatten().tolist()
    factors = enumerate(weight.flatten().tolist())
    terms = tuple(Term(float(value), factor, products[cell], cell) for cell, factor in factors)
    return Position(Area(y, x), Area(y * STRIDE, x * STRIDE, rows, columns), terms, bias, float(value))


def _gather(values: Tensor, weight: Tensor, result: Tensor, bias: float, y: int, x: int) -> Position:
    """One value of the result: source row i reaches it when y = 2 i + k for a row k of the kernel."""
    rows = [i for i in range(values.shape[0]) if 0 <= y - STRIDE * i < weight.shape[0]]
    columns = [j for j in range(values.shape[1]) if 0 <= x - STRIDE * j < weight.shape[1]]
    terms = []
    for i in rows:
        for j in columns:
            row, column = y - STRIDE * i, x - STRIDE * j
            value, factor = values[i, j], weight[row, column]
            terms.append(Term(float(value), float(factor), float(value * factor), row * weight.shape[1] + column))
    return Position(Area(rows[0], columns[0], len(rows), len(columns)), Area(y, x), tuple(terms), bias,
                    float(result[y, x]))  # fmt: skip


def spread_map(values: Tensor, weight: Tensor, bias: float = 0.0) -> Tensor:
    """The map of `up_convolve` alone, for images of any size."""
    offset = torch.tensor([bias], dtype=values.dtype)
    result: Tensor = functional.conv_transpose2d(values[None, None], weight[None, None], offset, STRIDE)[0, 0]
    return result
