"""The data of Train: kept once for everybody, and shown with their truth before a net learns from them."""

import numpy as np
import streamlit as st

from ui import train_own, why_figures
from ui.language import plain, translated
from ui.state import t
from ui.train_state import wanted
from ui.turns import queued
from ui.why_figures import Figure
from unet_core.class_names import class_name
from unet_core.overlay import overlay
from unet_core.runs.task import OWN, Task, task_of, windows

PREVIEWED = 8  # images


def task(name: str) -> Task | None:
    """The data of a name; None where they are the visitor's own and were not brought yet."""
    if name != OWN:
        return _ready(name)
    own = train_own.kept()
    return own.task if own else None


@st.cache_resource(show_spinner=False)
def _ready(name: str) -> Task:
    """One of the data sets that come with the app; made once in a process, in a second or three."""
    return queued(lambda: task_of(name))


def archive(name: str) -> bytes:
    """The visitor's ZIP, where `name` is that of their own data."""
    own = train_own.kept()
    return own.archive if own and name == OWN else b""


def ask(name: str) -> Task | None:
    """The data of a name, asked for where they are the visitor's own."""
    if name == OWN:
        train_own.ask()
    return task(name)


def preview(data: Task, language: str) -> None:
    """A few images to learn from with their truth, and what it is made of."""
    st.write(t("It learns from {images} images with their truth, here in colour: {classes}. Kept apart to choose the "
               "best moment by, and never learned from: {validation}.", images=_count(data, "training"),
               classes=classes_text(data), validation=_count(data, "validation")))  # fmt: skip
    if wanted().images is not None:
        st.write(t("As chosen under “More choices”, only {images} of them are given to it, or of parts cut from them.",
                   images=wanted().images))  # fmt: skip
    why_figures.show(_preview(data.name + str(data.about.get("sha256", "")), language, data), key="train_preview")


def _count(data: Task, part: str) -> int:
    """Whole images; of a visitor's own only some are in memory, and in parts."""
    about = data.about.get(part)
    images = about.get("images") if isinstance(about, dict) else None
    return images if isinstance(images, int) else len(getattr(data, part))


@st.cache_data(max_entries=16, show_spinner=False)
def _preview(name: str, language: str, _data: Task) -> bytes:
    side = _data.crop
    shown = windows(_data.training[:PREVIEWED], side, PREVIEWED)
    figures = []
    for number, sample in enumerate(shown):
        picture = overlay(sample.image, sample.classes)
        times = max(1, 256 // side)  # so that single pixels stay squares
        picture = picture.repeat(times, axis=0).repeat(times, axis=1)
        figures.append(Figure(str(number), "", translated("Training image {number}", language, number=number + 1),
                              np.ascontiguousarray(picture), sample.classes.shape))  # fmt: skip
    return why_figures.payload(figures, translated("Images to learn from, with their truth", language), language,
                               least="130px", most="200px", columns=PREVIEWED)  # fmt: skip


def classes_text(data: Task) -> str:
    """The classes as one enumeration; of many only the first few."""
    return ", ".join(plain(t(name)) for name in map(class_name, data.classes[1:7]))
