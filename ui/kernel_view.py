"""The picture of the Kernel page: the image, a part of it as numbers, a kernel, and one output value written out.

All positions of the window are sent at once, so that it moves in the browser without a message to the server.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import streamlit as st
from torch import Tensor, nn

from ui.components import component, packed
from ui.kernel_channels import concatenated, mixed, normalised
from ui.kernel_controls import STEPS, Choice, choice, chosen_kernel, network, shelves
from ui.kernel_grids import Look, View
from ui.kernel_numbers import GREYS, Scale, css_palette, picture
from ui.kernel_operations import convolution, max_pooling, relu
from ui.kernel_up import overlapping_up_convolution, up_convolution
from ui.language import joined
from ui.models import model, weights_digest
from ui.samples import MINUTES
from ui.segment_state import image_key
from ui.state import t
from unet_core.images import LoadedImage
from unet_core.kernel.chain import highest
from unet_core.kernel.part import SIDE, Place, inside, liveliest, network_input, part
from unet_core.messages import Message

MAPS: dict[str, Callable[[Look], View]] = {
    "conv": convolution, "relu": relu, "pool": max_pooling, "up2": up_convolution, "up3": overlapping_up_convolution,
}  # fmt: skip


@dataclass(frozen=True)
class Request:
    """All that decides what is drawn, the image apart."""

    operation: str
    kernel: str
    before: str
    steps: str
    place: Place
    language: str


def show(image: LoadedImage, language: str, *, key: str) -> None:
    """The picture. A click on the whole image moves the part there. Raises SegmentError."""
    seen, notes = as_seen(image)
    request = _request(choice(), where(image, seen), language)
    payload = _payload(image.digest, image.page, weights_digest(), request, seen)
    component("kernel")(key=key, data=payload, on_placed_change=lambda: _placed(key, image, seen))
    for note in (*image.notes, *notes):
        st.caption(t(note))


def as_seen(image: LoadedImage) -> tuple[Tensor, tuple[Message, ...]]:
    """The image as the network receives it, (H, W), and what was done to it. Raises SegmentError."""
    return _as_seen(image.digest, image.page, weights_digest(), image.pixels)


@st.cache_resource(max_entries=3, ttl=MINUTES, show_spinner=False)
def _as_seen(digest: str, page: int, weights: str, _pixels: np.ndarray) -> tuple[Tensor, tuple[Message, ...]]:
    return network_input(model()[1], _pixels)


def where(image: LoadedImage, seen: Tensor) -> Place:
    """Where the part of this image is taken from: where the visitor put it, at first where there is most to see."""
    places = choice().places
    name = image_key(image)
    if name not in places:
        while len(places) >= 20:
            del places[next(iter(places))]
        places[name] = liveliest(seen)
    return places[name]


def _placed(key: str, image: LoadedImage, seen: Tensor) -> None:
    """The browser says where on the image, in shares of it, or in which direction; both may be anything."""
    told = st.session_state[key].get("placed")
    told = told if isinstance(told, dict) else {}
    top, left = where(image, seen)
    share, step = _pair(told.get("share"), 0.0, 1.0), _pair(told.get("step"), -1.0, 1.0)
    if share:
        top, left = (round(part * side - SIDE / 2) for part, side in zip(share, seen.shape, strict=True))
    elif step:
        top, left = top + round(step[0]) * SIDE // 2, left + round(step[1]) * SIDE // 2
    choice().places[image_key(image)] = inside(seen, (top, left))


def _pair(value: object, low: float, high: float) -> tuple[float, float] | None:
    if not isinstance(value, list) or len(value) != 2:
        return None
    if not all(isinstance(number, (int, float)) and low <= number <= high for number in value):
        return None
    return float(value[0]), float(value[1])


def _request(kept: Choice, place: Place, language: str) -> Request:
    return Request(kept.operation, chosen_kernel(kept).id, kept.kernels["first"], kept.steps, place, language)


@st.cache_resource(max_entries=64, ttl=MINUTES, show_spinner=False)
def _payload(digest: str, page: int, weights: str, request: Request, _seen: Tensor) -> bytes:
    known = {name: kernel for shelf in shelves(weights).values() for name, kernel in shelf.items()}
    padding, stride, _ = STEPS[request.steps]
    look = Look(_seen, part(_seen, request.place), known[request.kernel], known[request.before], padding, stride,
                request.language)  # fmt: skip
    view = _view(request, look, network(weights))
    return packed({
        **{name: value for name, value in view.items() if name != "after"},
        "language": request.language, "palette": css_palette(),
        "shape": f"{request.operation} {len(view['positions'])}",
        "pictures": _pictures(request, look, view), "words": _words(request, look, view),
    })  # fmt: skip


def _view(request: Request, look: Look, learner: nn.Module) -> View:
    if request.operation in MAPS:
        return MAPS[request.operation](look)
    if request.operation == "norm":
        return normalised(look, learner.get_submodule("encoder.0.norm1"))
    return (concatenated if request.operation == "concat" else mixed)(look, learner, request.place)


def _pictures(request: Request, look: Look, view: View) -> list[View]:
    """The whole image with a frame around the part, and the whole of what comes out where that can be had."""
    height, width = look.image.shape
    (top, left), (rows, columns) = request.place, look.part.shape
    frame = [100 * share for share in (left / width, top / height, columns / width, rows / height)]
    about = {"top": top + 1, "bottom": top + rows, "left": left + 1, "right": left + columns}
    found = [{
        "id": "image", "title": look.t("The whole image"), "src": picture(look.image, GREYS), "frame": frame,
        "label": look.t("The whole image; the part is at rows {top} to {bottom}, columns {left} to {right}. Click, or "
                        "use the arrow keys, to move it.", **about),
        "hint": look.t("rows {top}–{bottom}, columns {left}–{right}", **about),
        "ratio": f"{width} / {height}",
    }]  # fmt: skip
    if "after" in view:
        title, whole, scale = view["after"]
        found.append({
            "id": "after", "title": title, "src": picture(whole, _bolder(whole, scale)), "label": title,
            "frame": None if request.operation == "up3" else frame, "ratio": f"{whole.shape[1]} / {whole.shape[0]}",
        })  # fmt: skip
    return found


def _rounding(request: Request, look: Look) -> str:
    if request.operation == "concat":
        return look.t("The grids are rounded to three figures.")
    if request.operation == "norm":
        return look.t("Rounded: the grids to three figures, the steps to five; the network computes with what is not "
                      "rounded.")  # fmt: skip
    return look.t("Rounded: the grids to three figures, the sums to three decimals; the network adds up what is not "
                  "rounded.")  # fmt: skip


def _bolder(whole: Tensor, scale: Scale) -> Scale:
    """Edges are thin: made smaller, they would fade on the scale of the numbers."""
    return Scale(highest(whole, 0.985), True) if scale.signed else scale


def _words(request: Request, look: Look, view: View) -> View:
    """What stands under the picture, and what is said aloud of the grids."""
    notes = [look.t("Move the mouse over a grid, or use the arrow keys."), view["note"]]
    if request.operation == "conv" and look.padding:
        notes.append(
            look.t(
                "The part is taken as an image of its own: same padding puts zeros around it, also where "
                "the whole image goes on."
            )
        )
    if request.operation in ("concat", "mix"):
        notes.append(look.t("The numbers are those of the whole image at this place."))
    notes.append(_rounding(request, look))
    return {
        "note": joined(notes),
        "source": look.t("{title}. The arrow keys move the window", title=view["source"]["title"]),
        "result": look.t("{title}. The arrow keys move the window", title=view["result"]["title"]) if "result" in view
        else "",
    }  # fmt: skip
