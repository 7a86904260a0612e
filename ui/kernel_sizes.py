"""The tab Sizes: kernels of 1 x 1 to 7 x 7, what each costs and sees, where an even one moves the image, and why a
few small ones are better than one large one."""

from typing import Any

import streamlit as st
from torch import Tensor

from ui.components import component, packed
from ui.kernel_links import stack_drawings, stack_name
from ui.kernel_numbers import GREYS, Scale, number, picture
from ui.language import translated
from ui.samples import MINUTES
from unet_core.images import LoadedImage
from unet_core.kernel.part import Place, inside, part
from unet_core.kernel.sizes import (
    CHANNELS,
    COMPARED,
    DOT_SIDE,
    KERNELS,
    LAYERS,
    Blurred,
    SizeRow,
    Stack,
    blur,
    centre_of_mass,
    dot,
    size_row,
    stack,
)

SHOWN_SIDE, MARGIN = 28, 16  # pixels of the image, and around them, so that no zeros of the padding come in
START = (2, 2)  # kernel and layers


def show(image: LoadedImage, seen: Tensor, place: Place, language: str, *, key: str) -> None:
    """The table with its pictures, then the comparison of stacks."""
    component("kernel_sizes")(key=key, data=_payload(image.digest, image.page, place, language, seen))
    component("kernel_links")(key=f"{key}_stacks", data=_stacks(language))


@st.cache_resource(max_entries=16, ttl=MINUTES, show_spinner=False)
def _payload(digest: str, page: int, place: Place, language: str, _seen: Tensor) -> bytes:
    def t(template: str, **values: object) -> str:
        return translated(template, language, **values)

    side = min(_seen.shape)
    around = inside(_seen, (place[0] - SHOWN_SIDE // 2, place[1] - SHOWN_SIDE // 2), SHOWN_SIDE + 2 * MARGIN)
    crop = part(_seen, around, SHOWN_SIDE + 2 * MARGIN).clamp(min=0)
    views = {f"{kernel}-{layers}": _view(crop, kernel, layers, language) for kernel in KERNELS for layers in LAYERS}
    return packed({
        "language": language, "start": list(START), "views": views,
        "layers": [{"id": str(layers), "text": str(layers)} for layers in LAYERS],
        "rows": [{"id": str(kernel), "text": _square(kernel), "cells": _cells(size_row(kernel, side)),
                  "why": _why(kernel, language)} for kernel in KERNELS],
        "columns": [
            {"id": "kernel", "text": t("Kernel")},
            {"id": "valid", "text": t("{side} pixels become, valid padding", side=side)},
            {"id": "same", "text": t("same padding")},
            {"id": "field", "text": t("Receptive field after {layers} layers", layers=", ".join(map(str, LAYERS)))},
            {"id": "weights", "text": t("Weights per pair of channels")},
            {"id": "parameters", "text": t("Parameters, {channels} channels to {channels}", channels=CHANNELS)},
        ],
        "words": {"caption": t("Kernel sizes and what they cost"), "layers": t("Layers, one after the other"),
                  "dot": t("One bright pixel"), "dotAfter": t("Blurred"), "image": t("The image"),
                  "imageAfter": t("Blurred"),
                  "cross": t("The cross marks the same place in each pair, the ring the centre of mass.")},
        "before": {"dot": picture(dot(), GREYS), "image": picture(_trimmed(crop), GREYS), "cross": _mark(dot()),
                   "middle": [50, 50]},
    })  # fmt: skip


def _cells(row: SizeRow) -> list[str]:
    return [f"{row.valid_side:,}", f"{row.same_side:,}", ", ".join(map(str, row.fields)), f"{row.weights:,}",
            f"{row.parameters:,}"]  # fmt: skip


def _square(kernel: int) -> str:
    return f"{kernel}\u00a0×\u00a0{kernel}"


def _view(crop: Tensor, kernel: int, layers: int, language: str) -> dict[str, Any]:
    """Pictures after the blur, where the centre of mass lies, in per cent, and a sentence."""
    spot, scene = blur(dot(), kernel, layers), blur(crop, kernel, layers)
    brightest = Scale(float(spot.image.max()), False)
    return {"dot": picture(spot.image, brightest), "image": picture(_trimmed(scene.image), GREYS),
            "ring": _mark(spot.image), "text": _moved(spot, kernel, layers, language)}  # fmt: skip


def _moved(spot: Blurred, kernel: int, layers: int, language: str) -> str:
    values = {"k": kernel, "layers": layers, "up": number(-spot.up_down, 2), "left": number(-spot.left_right, 2)}
    if max(abs(spot.up_down), abs(spot.left_right)) < 0.005:
        return translated("{k} × {k}, layers: {layers}. Everything stays where it was.", language, **values)
    return translated("{k} × {k}, layers: {layers}. Everything moved {up} pixels up and {left} to the left.",
                      language, **values)  # fmt: skip


def _trimmed(crop: Tensor) -> Tensor:
    """Without the margin, where there is one."""
    height, width = crop.shape
    rows, columns = (min(MARGIN, max(0, side - SHOWN_SIDE) // 2) for side in (height, width))
    return crop[rows : height - rows, columns : width - columns]


def _mark(image: Tensor) -> list[float]:
    """The centre of mass, in per cent from the left and from above; a pixel's middle is half a pixel in."""
    row, column = centre_of_mass(image.double())
    return [100 * (column + 0.5) / DOT_SIDE, 100 * (row + 0.5) / DOT_SIDE]


def _why(kernel: int, language: str) -> str:
    if kernel == 1:
        return translated("1 × 1 sees no neighbour, however many follow each other: it only mixes channels.", language)
    if kernel % 2 == 0:
        return translated(
            "An even kernel has no middle. With same padding it needs one pixel more on one side, here on the right "
            "and below, and each layer moves the image by half a pixel. That is why kernels are odd.",
            language,
        )
    if kernel == 3:
        return translated("3 × 3 is the smallest kernel that has a middle and sees every direction.", language)
    return translated("It sees far at once, but its weights grow with the square of its side.", language)


@st.cache_resource(max_entries=4, show_spinner=False)
def _stacks(language: str) -> bytes:
    def t(template: str, **values: object) -> str:
        return translated(template, language, **values)

    return packed({
        "language": language, "title": t("Why small ones, several in a row"),
        "text": t("Two layers of 3 × 3 see as far as one of 5 × 5, three as far as one of 7 × 7, with fewer weights; "
                  "and the ReLU in between lets them make more of it than one weighted sum."),
        "drawings": stack_drawings(language),
        "columns": [t("Layers"), t("Receptive field"), t("Weights per pair of channels"), t("ReLUs")],
        "rows": [_stack_cells(stack(*each), language) for pair in COMPARED for each in pair],
    })  # fmt: skip


def _stack_cells(found: Stack, language: str) -> list[str]:
    name = stack_name(found.kernel, found.layers)
    sum_of_weights = f"{found.layers} × {found.kernel} × {found.kernel} = {found.weights}"
    return [translated(name, language), f"{found.field} × {found.field}", sum_of_weights, str(found.relus)]
