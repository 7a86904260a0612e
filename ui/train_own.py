"""A visitor's own images and masks for Train: a ZIP, read at once, kept for their session if it makes a data set."""

from dataclasses import dataclass, replace

import streamlit as st

from ui.language import plain
from ui.state import t
from ui.turns import queued
from ui.uploads import LONGEST_NAME
from unet_core.data.own import FEWEST, MOST_CLASSES, MOST_IMAGES, load_own
from unet_core.data.own.archive import MOST_BYTES
from unet_core.data.samples import DataError
from unet_core.messages import Message
from unet_core.runs.task import Task, own_task

KEPT = 8  # parts of images that stay in memory to be shown; a worker reads the ZIP anew


@dataclass(frozen=True, eq=False)
class Own:
    """A ZIP that makes a data set; of its task only a few samples."""

    name: str
    archive: bytes
    task: Task
    notes: tuple[Message, ...]


def kept() -> Own | None:
    """What this visitor brought last."""
    found: Own | None = st.session_state.get("train_own")
    return found


def ask() -> Own | None:
    """The uploader, why the last ZIP was refused, or what was made of it; None as long as there is none."""
    st.file_uploader(
        t("A ZIP of at most {limit} MB with {fewest} to {most} images, each with a truth of the same name: a mask "
          "(cat.jpg with cat_mask.png, or folders images and masks) or labelme's cat.json. It goes to the machine that "
          "runs this app, and nowhere else.", limit=MOST_BYTES // 2**20, fewest=FEWEST, most=MOST_IMAGES),
        type="zip", key="train_zip", on_change=_brought,
    )  # fmt: skip
    refusal = st.session_state.get("train_zip_refusal")
    if refusal:
        st.error(plain(t(refusal)))
    own = kept()
    if own is None:
        st.write(t("In a mask each class has a value of its own, 0 is background: an indexed PNG as VOC has it, or "
                   "grey levels; {most} classes at most. Nothing smoothed, no JPEG. Images may differ in size, but "
                   "each mask has the size of its image. A fifth of the images, drawn by a seed, is kept apart for "
                   "validation.",
                   most=MOST_CLASSES))  # fmt: skip
        return None
    if own.notes:
        st.write("\n".join(f"- {plain(t(note))}" for note in own.notes))
    return own


def _brought() -> None:
    upload = st.session_state["train_zip"]
    st.session_state.pop("train_zip_refusal", None)
    st.session_state.pop("train_own", None)  # nothing is learned from a ZIP that is not on the screen any more
    if upload is None:  # taken away by hand
        return
    data = upload.getvalue()
    try:
        st.session_state["train_own"] = queued(lambda: _read(upload.name, data))
    except DataError as error:
        st.session_state["train_zip_refusal"] = error.message


def _read(name: str, archive: bytes) -> Own:
    found = load_own(archive)
    task = own_task(found.data)
    small = replace(task, training=task.training[:KEPT])
    return Own(name[-LONGEST_NAME:], archive, small, found.notes)
