"""Up-convolution as the browser draws it: seen from below, one value and all it is spread over; seen from above, one
value and all it is the sum of."""

from torch import Tensor

from ui.kernel_grids import (
    Look,
    View,
    bias_line,
    kernel,
    largest,
    place,
    position,
    product,
    result_grid,
    sides,
    source_grid,
    window,
)
from ui.kernel_numbers import GREYS, Scale, number
from ui.kernel_operations import chain_scale
from unet_core.kernel.chain import chained, highest
from unet_core.kernel.up_kernels import constant
from unet_core.kernel.upconv import spread_map, up_convolve
from unet_core.kernel.window import Position

SIDE, PICTURE_SIDE = 4, 24  # pixels of the plain image, in numbers and as a picture


def up_convolution(look: Look) -> View:
    """2 x 2: the patches lie side by side."""
    whole = spread_map(chained(look.image, look.before, "pool"), look.kernel.weight, look.kernel.bias)
    scale = Scale(highest(whole), True) if look.kernel.signed or look.before.signed else chain_scale(look)
    return _up(look, chained(look.part, look.before, "pool"), chain_scale(look), scale) | {
        "after": (look.t("After the up-convolution"), whole, scale),
        "note": look.t("Every value is spread over four; nothing overlaps. In the network each output channel adds up "
                       "such maps, one from every input channel."),
    }  # fmt: skip


def overlapping_up_convolution(look: Look) -> View:
    """3 x 3 with stride 2, on a plain image: whatever pattern comes out is the operation's own."""
    whole = spread_map(constant(PICTURE_SIDE), look.kernel.weight, look.kernel.bias)
    scale = Scale(float(whole.abs().max()), look.kernel.signed)
    view = _up(look, constant(SIDE), GREYS, scale)
    view["source"]["title"] = look.t("A plain image: 1 everywhere")
    return view | {
        "after": (look.t("A larger one after it"), whole, scale),
        "note": look.t("Patches of 3 × 3, laid every 2 pixels, overlap: a pixel gets 1, 2 or 4 contributions, and that "
                       "is the checkerboard. Training may find weights that even it out; nothing forces it to."),
    }  # fmt: skip


def _up(look: Look, values: Tensor, source_scale: Scale, scale: Scale) -> View:
    spread = up_convolve(values, look.kernel.weight, look.kernel.bias)
    down = [position(at, [product(term) for term in at.terms], _spread_total(look, at))
            for at in spread.down.positions]  # fmt: skip
    up = [
        position(at, [product(term) for term in at.terms], _gathered_total(look, at), number(at.value))
        | {"u": [term.cell for term in at.terms]}
        for at in spread.up
    ]
    result = result_grid(spread.down, scale, look.t("Result: {rows} × {columns}", **sides(spread.down.result)))
    result |= {"at": list(range(len(down), len(down) + len(up))), "first": len(down), "count": len(up),
               "across": spread.counts.shape[1]}  # fmt: skip
    return {
        "source": source_grid(spread.down, source_scale, look.t("After convolution, ReLU and max-pool")),
        "result": result,
        "middle": [window(look) | {"title": look.t("Value")}, kernel(look)],
        "lines": [bias_line(look)],
        "columns": look.kernel.weight.shape[1],
        "positions": [*down, *up],
        "start": largest(values),
    }  # fmt: skip


def _spread_total(look: Look, at: Position) -> str:
    values = {**place(at.window), "value": number(at.value), "count": len(at.terms)}
    return look.t("Row {row}, column {column}: {value} times every weight is spread over {count} values", **values)


def _gathered_total(look: Look, at: Position) -> str:
    values = {"products": number(sum(term.product for term in at.terms)), "bias": number(at.bias),
              "value": number(at.value), "count": len(at.terms), **place(at.target)}  # fmt: skip
    if len(at.terms) == 1:
        return look.t("Row {row}, column {column} of the result, 1 contribution: {products} + bias {bias} = {value}",
                      **values)  # fmt: skip
    return look.t("Row {row}, column {column} of the result, {count} contributions: {products} + bias {bias} = {value}",
                  **values)  # fmt: skip
