"""Convolution, ReLU and max-pool as the browser draws them, every sum written out."""

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
from ui.language import mark
from unet_core.kernel.chain import chained, highest
from unet_core.kernel.window import Position, convolve, max_pool, rectify

CORNERS = (mark("upper left"), mark("upper right"), mark("lower left"), mark("lower right"))


def convolution(look: Look) -> View:
    worked = convolve(look.part, look.kernel.weight, look.kernel.bias, look.padding, look.stride)
    whole = chained(look.image, look.kernel, "conv", look.padding, look.stride)
    scale = Scale(highest(whole), True) if look.kernel.signed else GREYS

    def total(at: Position) -> str:
        return look.t(
            "Row {row}, column {column}: products {products} + bias {bias} = {value}", **place(at.target),
            products=number(sum(term.product for term in at.terms)), bias=number(at.bias), value=number(at.value),
        )  # fmt: skip

    return {
        "source": source_grid(worked, GREYS, look.t("Part of the image, as the network gets it")),
        "result": result_grid(worked, scale, look.t("Result: {rows} × {columns}", **sides(worked.result))),
        "middle": [window(look), kernel(look)],
        "lines": [bias_line(look)],
        "columns": look.kernel.weight.shape[1],
        "positions": [position(at, [product(term) for term in at.terms], total(at), number(at.value))
                      for at in worked.positions],
        "start": largest(worked.result),
        "note": look.t("Every value of the result is such a sum, with the same weights everywhere."),
        "after": (look.t("After the convolution"), whole, scale),
    }  # fmt: skip


def relu(look: Look) -> View:
    worked = rectify(chained(look.part, look.before, "conv"))
    scale = chain_scale(look)

    def total(at: Position) -> str:
        values = {"before": number(at.terms[0].value), **place(at.target)}
        if at.terms[0].value < 0:
            return look.t("Row {row}, column {column}: {before} is below zero and becomes 0", **values)
        return look.t("Row {row}, column {column}: {before} is not below zero and stays as it is", **values)

    return {
        "source": source_grid(worked, scale, look.t("After the convolution")),
        "result": result_grid(worked, scale, look.t("After ReLU")),
        "middle": [window(look) | {"title": look.t("Value")}],
        "lines": ["max(0, x)"],
        "columns": 1,
        "positions": [
            position(at, [[f"max(0, {number(at.terms[0].value)})", number(at.value)]], total(at), number(at.value))
            for at in worked.positions
        ],
        "start": largest(worked.source.clamp(max=0)),
        "note": look.t("ReLU looks at one value at a time. Without it, two convolutions in a row could do no more than "
                       "one larger convolution."),
        "after": (look.t("After ReLU"), chained(look.image, look.before, "relu"), scale),
    }  # fmt: skip


def max_pooling(look: Look) -> View:
    worked = max_pool(chained(look.part, look.before, "relu"))
    scale = chain_scale(look)

    def total(at: Position) -> str:
        assert at.winner is not None
        return look.t(
            "Row {row}, column {column}: the largest of the four is {value}, {corner}", **place(at.target),
            value=number(at.value), corner=look.t(CORNERS[at.winner]),
        )  # fmt: skip

    return {
        "source": source_grid(worked, scale, look.t("After convolution and ReLU")),
        "result": result_grid(worked, scale, look.t("Result: {rows} × {columns}", **sides(worked.result))),
        "middle": [window(look)],
        "lines": [look.t("the largest")],
        "columns": 2,
        "positions": [position(at, [[number(term.value), ""] for term in at.terms], total(at), number(at.value))
                      for at in worked.positions],
        "start": largest(worked.result),
        "note": look.t("Only the largest value goes on; where it stood is forgotten, and the skip is there to remember "
                       "it. Of equal values the first counts as the largest."),
        "after": (look.t("After max-pool"), chained(look.image, look.before, "pool"), scale),
    }  # fmt: skip


def chain_scale(look: Look) -> Scale:
    """One scale of colours from the convolution to the max-pool."""
    return Scale(highest(chained(look.image, look.before, "conv")), True) if look.before.signed else GREYS
