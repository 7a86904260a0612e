"""Choosing an image, for Segment and Kernel: one of the samples, or the visitor's own.

What was chosen lies in plain session values, so that it outlives a change of page or language; an upload is kept for
the session of the one who brought it, and only when it is an image.
"""

from typing import Any

import streamlit as st

from ui.language import plain
from ui.samples import SAMPLES, loaded, sample_bytes
from ui.state import t
from unet_core.images import ACCEPTED_FORMATS, MAX_BYTES, ImageError, LoadedImage

UPLOAD = "upload"
LONGEST_NAME = 40  # letters of a file's name that are shown


def chosen_name() -> str:
    """The key of the sample in use, or UPLOAD."""
    return str(_kept()["image"])


def image_title() -> str:
    """What the image in use is called, in the visitor's language; of an upload the end of its file's name."""
    kept = _kept()
    return str(kept["file"][0])[-LONGEST_NAME:] if kept["image"] == UPLOAD else t(SAMPLES[kept["image"]].title)


def _kept() -> dict[str, Any]:
    kept: dict[str, Any] = st.session_state.setdefault("segment", {"image": "real", "file": None})
    return kept


def last_upload() -> tuple[str, bytes] | None:
    """Name and bytes of the file that the visitor brought last, in use or not."""
    kept: tuple[str, bytes] | None = _kept()["file"]
    return kept


def chosen_file() -> bytes:
    """The bytes of the image in use; an upload that is none is refused with a sentence, and the last one stays."""
    kept = _kept()
    names = {name: t(sample.title) for name, sample in SAMPLES.items()}
    if kept["file"]:
        names[UPLOAD] = kept["file"][0][-LONGEST_NAME:]
    st.session_state["image"] = kept["image"]
    with st.container(horizontal=True):
        st.selectbox(t("Image"), list(names), format_func=names.__getitem__, key="image", on_change=_chosen, width=300)
        st.file_uploader(
            t("or your own: {formats}, at most {limit} MB; it goes to the machine that runs this app, and nowhere else",
              formats=", ".join(ACCEPTED_FORMATS), limit=MAX_BYTES // 2**20), key="upload", on_change=_uploaded,
        )  # fmt: skip
    refusal = st.session_state.pop("upload_refusal", None)
    if refusal:
        st.error(plain(t("{reason} The image below is still the one before.", reason=refusal)))
    return kept["file"][1] if kept["image"] == UPLOAD else sample_bytes(kept["image"])


def _chosen() -> None:
    _kept()["image"] = st.session_state["image"]


def _uploaded() -> None:
    """A file came, or was taken away. It is decoded here once, so that one that is no image replaces nothing."""
    upload = st.session_state["upload"]
    kept = _kept()
    if upload is None:
        kept.update(image="real" if kept["image"] == UPLOAD else kept["image"], file=None)
        return
    data = upload.getvalue()
    try:
        loaded(data)
    except ImageError as error:
        st.session_state["upload_refusal"] = error.message
    else:
        kept.update(image=UPLOAD, file=(upload.name, data))


def chosen_page(data: bytes) -> LoadedImage:
    """The image, or the page of it that the visitor chose. Raises ImageError."""
    first = loaded(data)
    if first.pages == 1:
        return first
    page = st.number_input(
        t("Page, of {pages}", pages=first.pages), 1, first.pages, key=f"page_{first.digest}", width=200
    )
    return loaded(data, int(page) - 1)
