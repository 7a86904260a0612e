"""What the visitor chose on the Kernel page: image, operation, kernel, padding and stride, and the place of the part.

It lies in one plain session value, so that it outlives a change of page or language. The image is the Segment page's.
"""

import copy
from dataclasses import dataclass, field

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui.language import mark, plain
from ui.models import model, weights_digest
from ui.state import t
from ui.uploads import chosen_file, chosen_page, image_title
from unet_core.images import LoadedImage
from unet_core.kernel.kernels import Kernel, before_training, hand_made, random_kernels, trained
from unet_core.kernel.part import Place
from unet_core.kernel.up_kernels import overlapping, tiling
from unet_core.models import UNet

OPERATIONS = {
    "conv": mark("convolution"), "relu": mark("ReLU"), "pool": mark("2 × 2 max-pool"),
    "up2": mark("2 × 2 up-convolution"), "up3": mark("3 × 3 up-convolution"),
    "concat": mark("concatenation"), "norm": mark("batch norm"), "mix": mark("1 × 1 convolution"),
}  # fmt: skip
SHELVES = {  # operation -> whose kernels it can take; concatenation and the 1 x 1 convolution have no choice
    "conv": "first", "relu": "first", "pool": "first", "up2": "tiling", "up3": "overlapping", "norm": "trained",
}  # fmt: skip
STEPS = {  # padding and stride
    "same-1": (1, 1, mark("same padding, stride 1")), "valid-1": (0, 1, mark("valid padding, stride 1")),
    "same-2": (1, 2, mark("same padding, stride 2")), "valid-2": (0, 2, mark("valid padding, stride 2")),
}  # fmt: skip


@dataclass
class Choice:
    """One visitor's; `kernels` by shelf, `places` of the part by image."""

    operation: str = "conv"
    steps: str = "same-1"
    kernels: dict[str, str] = field(
        default_factory=lambda: {"first": "edge-x", "tiling": "ones-2", "overlapping": "ones-3", "trained": "trained-0"}
    )
    places: dict[str, Place] = field(default_factory=dict)


def choice() -> Choice:
    """This visitor's."""
    kept = st.session_state.setdefault("kernel", Choice())
    assert isinstance(kept, Choice)
    return kept


@st.cache_resource(show_spinner=False)
def shelves(weights: str) -> dict[str, dict[str, Kernel]]:
    """All kernels that can be chosen, by shelf and name; `weights` is `weights_digest()`."""
    learner = network(weights)
    learned = trained(learner)
    known = {
        "first": (*hand_made(), *random_kernels(), *learned, *before_training(model()[1])),
        "tiling": tiling(learner), "overlapping": overlapping(), "trained": learned,
    }  # fmt: skip
    return {shelf: {kernel.id: kernel for kernel in kernels} for shelf, kernels in known.items()}


@st.cache_resource(show_spinner=False)
def network(weights: str) -> UNet:
    """The trained network on the CPU: what is run here is tiny. A copy where the shared one is on an accelerator."""
    shared, _ = model()
    assert isinstance(shared, UNet)
    return shared if next(shared.parameters()).device.type == "cpu" else copy.deepcopy(shared).cpu()


def controls() -> LoadedImage:
    """At most four: image, operation, kernel, padding and stride. Returns the image. Raises ImageError."""
    kept = choice()
    columns = st.columns([238, 212, 220, 206], gap="small", vertical_alignment="bottom")
    with columns[0]:
        image = _image()
    operations = {name: t(text) for name, text in OPERATIONS.items()}
    _select(columns[1], t("Operation"), operations, kept.operation, "kernel_operation")
    shelf = SHELVES.get(kept.operation)
    if shelf:
        names = {name: t(kernel.name) for name, kernel in shelves(weights_digest())[shelf].items()}
        label = t("Kernel before it") if kept.operation in ("relu", "pool") else t("Kernel")
        _select(columns[2], label, names, kept.kernels[shelf], f"kernel_{shelf}")
    if kept.operation == "conv":
        steps = {name: t(text) for name, (_, _, text) in STEPS.items()}
        _select(columns[3], t("Padding and stride"), steps, kept.steps, "kernel_steps")
    return image


def _image() -> LoadedImage:
    """The Segment page's choice of an image, folded up."""
    with st.popover(t("Image: {name}", name=plain(image_title())), key="kernel_image", width="stretch"):
        return chosen_page(chosen_file())


def _select(place: DeltaGenerator, label: str, names: dict[str, str], current: str, key: str) -> None:
    st.session_state[key] = current
    place.selectbox(label, list(names), format_func=names.__getitem__, key=key, on_change=_selected, args=(key,))


def _selected(key: str) -> None:
    kept, value = choice(), st.session_state[key]
    if key == "kernel_operation":
        kept.operation = value
    elif key == "kernel_steps":
        kept.steps = value
    else:
        kept.kernels[key.removeprefix("kernel_")] = value


def chosen_kernel(kept: Choice) -> Kernel:
    """The kernel of the operation in use; for those without one, the first convolution's."""
    shelf = SHELVES.get(kept.operation, "first")
    return shelves(weights_digest())[shelf][kept.kernels[shelf]]


def use_kernel(name: str) -> None:
    """Take a kernel for the convolution; an operation that has no place for it gives way to the convolution."""
    kept = choice()
    if SHELVES.get(kept.operation) == "trained" and name.startswith("trained-"):
        kept.kernels["trained"] = name
        return
    kept.kernels["first"] = name
    if SHELVES.get(kept.operation) != "first":
        kept.operation = "conv"
