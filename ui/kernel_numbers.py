"""Numbers as the Kernel page writes and colours them. Everything is done here; the browser only looks it up."""

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from unet_core.images import indexed_png

STEPS = 32  # of brightness, and to either side of zero
POSITIVE, NEGATIVE = (0, 72, 128), (158, 62, 0)  # blue and orange: told apart without colour vision, and by the sign
SHOWN_SIDE = 384  # pixels a side of a picture
CELL = 17  # pixels a side of one weight in the picture of a kernel
MINUS = "\N{MINUS SIGN}"
Cell = list[object]  # text, colour, and what else there is to know


def number(value: float, digits: int = 3) -> str:
    """With a true minus, and never minus zero."""
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", MINUS)


def figures(value: float) -> str:
    """Five figures that count, for numbers that are divided by small ones."""
    digits = 4 if value == 0 else 4 - math.floor(math.log10(abs(value)))
    return number(value, min(9, max(0, digits)))


def short(value: float) -> str:
    """For a cell of a grid: three figures, or two decimals."""
    return number(value, 2 if abs(value) < 9.995 else 1 if abs(value) < 99.95 else 0)


def weight_text(value: float) -> str:
    """Of a kernel: 2 and 0.25 as they are, others to three decimals."""
    return number(value).rstrip("0").rstrip(".") if _is_short(value) else number(value)


def _is_short(value: float) -> bool:
    return abs(value - round(value, 3)) < 1e-7


@dataclass(frozen=True)
class Scale:
    """Values to colours: black to white from 0 to `limit`, or where `signed` orange over white to blue."""

    limit: float
    signed: bool

    def levels(self, values: Tensor) -> NDArray[np.uint8]:
        """Places in PALETTE, of the shape of the values."""
        share = (values.detach().cpu().numpy() / self.limit).clip(-1 if self.signed else 0, 1)
        steps = np.rint(share * STEPS).astype(int)
        return (steps + (2 * STEPS + 1 if self.signed else 0)).astype(np.uint8)


GREYS = Scale(1.0, False)  # of the image as the network receives it


def _palette() -> list[tuple[int, int, int]]:
    greys = [(round(255 * step / STEPS),) * 3 for step in range(STEPS + 1)]
    return [*greys, *(_mixed(NEGATIVE, step) for step in range(STEPS, 0, -1)),
            *(_mixed(POSITIVE, step) for step in range(STEPS + 1))]  # fmt: skip


def _mixed(colour: Sequence[int], step: int) -> tuple[int, int, int]:
    red, green, blue = (round(255 + (part - 255) * step / STEPS) for part in colour)
    return red, green, blue


PALETTE = _palette()


def css_palette() -> list[tuple[str, str]]:
    """Ground and ink of every colour; of black and white the ink with the higher contrast, never below 4.5 : 1."""
    inks = ("#000" if _dark_ink(colour) else "#fff" for colour in PALETTE)
    return [(f"rgb({r} {g} {b})", ink) for (r, g, b), ink in zip(PALETTE, inks, strict=True)]


def _dark_ink(ground: Sequence[int]) -> bool:
    return _luminance(ground) > 0.179


def _luminance(colour: Sequence[int]) -> float:
    """Relative luminance as WCAG defines it."""
    linear = [part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def cells(values: Tensor, scale: Scale, padding: int = 0) -> list[Cell]:
    """(rows, columns) along the rows: text and colour; those of the padding are marked."""
    rows, columns = values.shape
    levels = scale.levels(values)
    found: list[Cell] = []
    for y, row in enumerate(values.tolist()):
        for x, value in enumerate(row):
            within = padding <= y < rows - padding and padding <= x < columns - padding
            found.append([short(value), int(levels[y, x])] if within else ["0", int(levels[y, x]), "pad"])
    return found


def kernel_cells(weight: Tensor) -> list[Cell]:
    """A kernel's weights along its rows, blue above zero and orange below."""
    levels = kernel_scale(weight).levels(weight).flatten().tolist()
    return [
        [weight_text(value) if _is_short(value) else short(value), level]
        for value, level in zip(weight.flatten().tolist(), levels, strict=True)
    ]


def kernel_scale(weight: Tensor) -> Scale:
    return Scale(float(weight.abs().max()) or 1.0, True)


def picture(values: Tensor, scale: Scale, side: int = SHOWN_SIDE) -> str:
    """A map as an address that holds its own PNG; a large one is made smaller."""
    if max(values.shape) > side:
        height, width = (max(1, round(part * side / max(values.shape))) for part in values.shape)
        values = functional.interpolate(values[None, None], (height, width), mode="area")[0, 0]
    return _address(scale.levels(values))


def kernel_picture(weight: Tensor) -> str:
    """A kernel as a small picture, its signs drawn on the colours."""
    levels = kernel_scale(weight).levels(weight)
    drawn = np.kron(levels, np.ones((CELL, CELL), np.uint8))
    middle, arm = CELL // 2, slice(CELL // 2 - 3, CELL // 2 + 4)
    for (row, column), value in np.ndenumerate(weight.numpy()):
        cell = drawn[row * CELL : (row + 1) * CELL, column * CELL : (column + 1) * CELL]
        ink = 0 if _dark_ink(PALETTE[levels[row, column]]) else STEPS
        if weight_text(value) != "0":
            cell[middle, arm] = ink
        if value > 0 and weight_text(value) != "0":
            cell[arm, middle] = ink
    return _address(drawn)


def _address(levels: NDArray[np.uint8]) -> str:
    return "data:image/png;base64," + base64.b64encode(indexed_png(levels, PALETTE)).decode()
