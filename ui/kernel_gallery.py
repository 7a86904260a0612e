"""The tab Kernels: all kernels that can be used, each with what it makes of the image around the part."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st
from torch import Tensor

from ui.components import component, packed
from ui.kernel_controls import choice, network, shelves, use_kernel
from ui.kernel_numbers import GREYS, Scale, kernel_picture, picture, weight_text
from ui.language import translated
from ui.models import model, weights_digest
from ui.samples import MINUTES
from unet_core.images import LoadedImage
from unet_core.kernel.chain import chained, highest
from unet_core.kernel.kernels import (
    BEFORE,
    HAND,
    RANDOM,
    RANDOM_SEED,
    TRAINED,
    Kernel,
    Kinship,
    kinship,
)
from unet_core.kernel.part import SIDE, Place, inside, part

SHOWN_SIDE = 72  # pixels of the image around the part


def show(image: LoadedImage, seen: Tensor, place: Place, language: str, *, key: str) -> None:
    """Every kernel as a button; a click uses it in the picture above."""
    around = inside(seen, (place[0] - (SHOWN_SIDE - SIDE) // 2, place[1] - (SHOWN_SIDE - SIDE) // 2), SHOWN_SIDE)
    kept = choice()
    used = kept.kernels["trained" if kept.operation == "norm" else "first"]
    payload = _payload(image.digest, image.page, weights_digest(), around, used, language, seen)
    component("kernel_gallery")(key=key, data=payload, on_picked_change=lambda: _picked(key))


def _picked(key: str) -> None:
    """What the browser claims was clicked must be a kernel."""
    told = st.session_state[key].get("picked")
    name = told.get("kernel") if isinstance(told, dict) else None
    if isinstance(name, str) and name in shelves(weights_digest())["first"]:
        use_kernel(name)


@st.cache_resource(max_entries=32, ttl=MINUTES, show_spinner=False)
def _payload(digest: str, page: int, weights: str, around: Place, used: str, language: str, _seen: Tensor) -> bytes:
    tiles = _tiles(digest, page, weights, around, language, _seen)
    groups = _groups(tiles, _kinship(weights), language)
    return packed({"language": language, "used": used, "groups": groups})


@st.cache_resource(max_entries=8, ttl=MINUTES, show_spinner=False)
def _tiles(
    digest: str, page: int, weights: str, around: Place, language: str, _seen: Tensor
) -> dict[str, list[dict[str, Any]]]:  # fmt: skip
    values = part(_seen, around, SHOWN_SIDE)
    found: dict[str, list[dict[str, Any]]] = {group: [] for group in (HAND, RANDOM, TRAINED, BEFORE)}
    for kernel in shelves(weights)["first"].values():
        found[kernel.group].append(_tile(kernel, values, language))
    return found


def _tile(kernel: Kernel, values: Tensor, language: str) -> dict[str, Any]:
    made = chained(values, kernel, "conv")
    scale = Scale(highest(made, 0.985), True) if kernel.signed else GREYS
    name = translated(kernel.name, language)
    numbers = [weight_text(weight) for weight in kernel.weight.flatten().tolist()]
    return {
        "id": kernel.id, "name": name, "src": picture(made, scale),
        "label": translated("{name}, weights {weights}", language, name=name, weights=", ".join(numbers)),
        "weights": kernel_picture(kernel.weight),
    }  # fmt: skip


@st.cache_resource(show_spinner=False)
def _kinship(weights: str) -> Kinship:
    return kinship(network(weights), model()[1])


def _groups(
    tiles: Mapping[str, Sequence[dict[str, Any]]], evidence: Kinship, language: str
) -> list[dict[str, Any]]:  # fmt: skip
    def t(template: str, **values: object) -> str:
        return translated(template, language, **values)

    pairs = [{"id": after["id"], "title": t("no. {number}", number=number), "tiles": [
        before | {"name": t("before")}, after | {"name": t("after")}]}
        for number, (before, after) in enumerate(zip(tiles[BEFORE], tiles[TRAINED], strict=True))]  # fmt: skip
    return [
        {"id": HAND, "title": t("Made by hand"), "cards": _singles(tiles[HAND]), "text": t(
            "Classics of image processing: someone decided what to look for. Plus and minus signs mark the weights.")},
        {"id": TRAINED, "title": t("Learned: the first layer of the trained network, before and after training"),
         "cards": pairs, "text": _evidence_text(evidence, language)},
        {"id": RANDOM, "title": t("Random: what PyTorch puts into a new layer"), "cards": _singles(tiles[RANDOM]),
         "text": t("Drawn with seed {seed}. Already random kernels blur a little and find some edges.",
                   seed=RANDOM_SEED)},
    ]  # fmt: skip


def _singles(tiles: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"id": tile["id"], "title": "", "tiles": [tile]} for tile in tiles]


def _evidence_text(evidence: Kinship, language: str) -> str:
    if not evidence.proven:
        return translated("The weights that the training began with could not be drawn again here: those shown as "
                          "before are another beginning.", language)  # fmt: skip
    return translated(
        "The beginning is drawn anew, with the training's own code and seed ({seed}). That it is the right one can be "
        "seen: training moves weights but leaves a likeness. Before and after correlate with {first:.2f} in this layer "
        "and {own:.2f} over all {weights:,} convolution weights; with another seed it would be {stranger:.2f}.",
        language, seed=evidence.seed, first=evidence.first, own=evidence.own, weights=evidence.weights,
        stranger=abs(evidence.stranger),
    )  # fmt: skip
