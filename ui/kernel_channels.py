"""What happens across the channels of one pixel, as the browser draws it: concatenation, batch norm, 1 x 1 convolution.

All numbers are the trained network's own; the first and the last are what it makes of the whole image at this place.
"""

import torch
from torch import Tensor

from ui.kernel_grids import Look, View, grid, largest, position, window
from ui.kernel_numbers import GREYS, Scale, figures, kernel_cells, number, short
from ui.kernel_operations import chain_scale
from unet_core.kernel.batch_norm import Normed, batch_norm
from unet_core.kernel.chain import chained, highest
from unet_core.kernel.channels import concatenation, mixing
from unet_core.kernel.part import Place
from unet_core.kernel.window import Area, Position
from unet_core.models import UNet

WIDE = 4  # channels in a row


def concatenated(look: Look, model: UNet, at: Place) -> View:
    """Two stacks of channels become one."""
    found = concatenation(model, look.image, at)
    below, skip = found.below.shape[0], found.skip.shape[0]
    scale = Scale(highest(found.joined), True)
    stacks = (found.below, found.skip, found.joined[:below], found.joined[below:])
    positions = [
        {**_where(y, x), "e": [], "m": [_channel_cells(stack[:, y, x], scale) for stack in stacks],
         "s": look.t("Row {row}, column {column}: {below} channels from below and {skip} along the skip make "
                     "{joined}; no number changes", row=y + 1, column=x + 1, below=below, skip=skip,
                     joined=found.joined.shape[0])}
        for y, x in _pixels(look.part)
    ]  # fmt: skip
    return {
        "source": _image_grid(look),
        "middle": [{"title": look.t("From below"), "columns": WIDE, "from": 0},
                   {"title": look.t("Along the skip"), "columns": WIDE, "from": 1}],
        "lines": [],
        "stack": {"title": look.t("{channels} channels here", channels=found.joined.shape[0]),
                  "items": [{"title": f"1–{below}", "columns": 2 * WIDE, "from": 2},
                            {"title": f"{below + 1}–{below + skip}", "columns": 2 * WIDE, "from": 3}]},
        "columns": 1,
        "positions": positions,
        "start": largest(look.part),
        "note": look.t("Concatenation computes nothing: it lays the channels side by side at every pixel. What to make "
                       "of both halves is for the next convolution, which reads all of them."),
    }  # fmt: skip


def normalised(look: Look, layer: torch.nn.BatchNorm2d) -> View:
    """One channel of the first batch norm, on what its own convolution made of the part."""
    channel = look.kernel.channel
    assert channel is not None
    found = batch_norm(chained(look.part, look.kernel, "conv"), layer, channel)
    whole = batch_norm(chained(look.image, look.kernel, "conv"), layer, channel).result
    scale = Scale(highest(whole), True)
    width = found.source.shape[1]
    source = grid(found.source, chain_scale(look), look.t("After the convolution"))
    return {
        "source": source | _plain_way(found.source),
        "result": grid(found.result, scale, look.t("After batch norm")) | _plain_way(found.result),
        "middle": [window(look) | {"title": look.t("Value")}],
        "lines": [
            look.t("mean {value}", value=figures(found.mean)),
            look.t("variance {value}", value=figures(found.variance)),
            f"ε {found.epsilon:.5f}", f"γ {figures(found.gamma)}", f"β {figures(found.beta)}",
        ],
        "columns": 2,
        "positions": [{**_where(y, x), **_normed_steps(look, found, y, x)} for y in range(found.source.shape[0])
                      for x in range(width)],
        "start": largest(found.source),
        "note": look.t("Mean and variance of this channel were measured while training and kept; γ and β were learned. "
                       "They are the same for every pixel and every image."),
        "after": (look.t("After batch norm"), whole, scale),
    }  # fmt: skip


def _normed_steps(look: Look, found: Normed, y: int, x: int) -> View:
    maps = (found.source, found.centred, found.scaled, found.stretched, found.result)
    value, centred, scaled, stretched, result = (float(values[y, x]) for values in maps)
    steps = [
        [f"{figures(value)} − {_signed(found.mean)}", figures(centred)],
        [f"{figures(centred)} / √({figures(found.variance)} + {found.epsilon:.5f})", figures(scaled)],
        [f"{figures(scaled)} × {_signed(found.gamma)}", figures(stretched)],
        [f"{figures(stretched)} + {_signed(found.beta)}", figures(result)],
    ]
    said = look.t("Row {row}, column {column}: {before} becomes {after}", row=y + 1, column=x + 1,
                  before=figures(value), after=figures(result))  # fmt: skip
    return {"e": steps, "s": said, "v": figures(result)}


def mixed(look: Look, model: UNet, at: Place) -> View:
    """The network's last layer: one number for each pixel, from its channels and no neighbour."""
    found = mixing(model, look.image, at)
    scale = Scale(highest(found.values), True)
    channels = found.values.shape[0]

    def worked(y: int, x: int) -> View:
        values, value = found.values[:, y, x], number(float(found.logits[y, x]))
        total = look.t(
            "Row {row}, column {column}: products {products} + bias {bias} = logit {value}", row=y + 1, column=x + 1,
            products=number(float(found.products[:, y, x].double().sum())), bias=number(found.bias),
            value=value,
        )  # fmt: skip
        terms = _mixed_terms(values, found.weights, found.products[:, y, x])
        return {**_where(y, x), "e": terms, "s": total, "v": value, "m": [_channel_cells(values, scale)]}

    return {
        "source": _image_grid(look),
        "result": grid(found.logits, Scale(highest(found.logits), True), look.t("Logits")) | _plain_way(found.logits),
        "middle": [
            {"title": look.t("{channels} channels here", channels=channels), "columns": WIDE, "from": 0},
            {"sign": "×", "title": look.t("Weights"), "columns": WIDE, "cells": kernel_cells(found.weights)},
        ],
        "lines": [look.t("+ bias {bias}", bias=number(found.bias))],
        "columns": WIDE,
        "positions": [worked(y, x) for y, x in _pixels(look.part)],
        "start": largest(found.logits),
        "note": look.t("A 1 × 1 convolution sees no neighbour: it weighs the channels of one pixel. Here it is the "
                       "network's last layer, and a logit above 0 means that nucleus is the likelier answer."),
    }  # fmt: skip


def _mixed_terms(values: Tensor, weights: Tensor, products: Tensor) -> list[list[str]]:
    triples = zip(values.tolist(), weights.tolist(), products.tolist(), strict=True)
    return [[f"{number(value)} × {number(weight)}", number(made)] for value, weight, made in triples]


def _image_grid(look: Look) -> View:
    return grid(look.part, GREYS, look.t("Part of the image, as the network gets it")) | _plain_way(look.part)


def _plain_way(values: Tensor) -> View:
    """One position for every cell."""
    count = values.numel()
    return {"at": list(range(count)), "first": 0, "count": count, "across": values.shape[1]}


def _pixels(values: Tensor) -> list[tuple[int, int]]:
    return [(y, x) for y in range(values.shape[0]) for x in range(values.shape[1])]


def _where(y: int, x: int) -> View:
    cell = Area(y, x)
    return position(Position(cell, cell, (), 0.0, 0.0), [], "")


def _channel_cells(values: Tensor, scale: Scale) -> list[list[object]]:
    levels = scale.levels(values).tolist()
    return [[short(value), level] for value, level in zip(values.tolist(), levels, strict=True)]


def _signed(value: float) -> str:
    """In brackets where it is negative."""
    return f"({figures(value)})" if value < 0 else figures(value)
