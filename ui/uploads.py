"""Choosing an image, for Segment and Kernel: one of the samples, or the visitor's own.

What was chosen lies in plain session values, so that it outlives a change of page or language; an upload is kept for
the session of the one who brought it, and only when it is an image. Pages share one choice; a part of a page that is
marked by `own_choice` has one of its own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import streamlit as st

from ui.language import plain
from ui.samples import SAMPLES, loaded, sample_bytes
from ui.state import t
from unet_core.images import ACCEPTED_FORMATS, MAX_BYTES, ImageError, LoadedImage

UPLOAD = "upload"
LONGEST_NAME = 40  # letters of a file's name that are shown
FIRST = "real"  # the sample that pages begin with
_OWN: ContextVar[tuple[str, str] | None] = ContextVar("own choice", default=None)  # key in the session, first sample


@contextmanager
def own_choice(key: str, first: str) -> Iterator[None]:
    """Within it, the image in use is one that other pages don't know of: kept under `key`, at first the sample `first`.

    The file that was brought last is offered all the same.
    """
    token = _OWN.set((key, first))
    try:
        yield
    finally:
        _OWN.reset(token)


def chosen_name() -> str:
    """The key of the sample in use, or UPLOAD."""
    key, first = _OWN.get() or ("", "")
    if not key:
        return str(_kept()["image"])
    name = str(st.session_state.get(key, first))
    return first if name == UPLOAD and not _kept()["file"] else name


def image_title() -> str:
    """What the image in use is called, in the visitor's language; of an upload the end of its file's name."""
    name = chosen_name()
    return str(_kept()["file"][0])[-LONGEST_NAME:] if name == UPLOAD else t(SAMPLES[name].title)


def _kept() -> dict[str, Any]:
    kept: dict[str, Any] = st.session_state.setdefault("segment", {"image": FIRST, "file": None})
    return kept


def last_upload() -> tuple[str, bytes] | None:
    """Name and bytes of the file that the visitor brought last, in use or not."""
    kept: tuple[str, bytes] | None = _kept()["file"]
    return kept


def chosen_file() -> bytes:
    """The bytes of the image in use; an upload that is none is refused with a sentence, and the last one stays."""
    file, current, own = _kept()["file"], chosen_name(), _OWN.get()
    key = own and own[0]  # a callback runs outside of `own_choice`
    names = {name: t(sample.title) for name, sample in SAMPLES.items()}
    if file:
        names[UPLOAD] = file[0][-LONGEST_NAME:]
    st.session_state["image"] = current
    with st.container(horizontal=True):
        st.selectbox(t("Image"), list(names), format_func=names.__getitem__, key="image", width=300, on_change=_chosen,
                     args=(key,))  # fmt: skip
        st.file_uploader(
            t("or your own: {formats}, at most {limit} MB; it goes to the machine that runs this app, and nowhere else",
              formats=", ".join(ACCEPTED_FORMATS), limit=MAX_BYTES // 2**20), key="upload", on_change=_uploaded,
            args=(key,),
        )  # fmt: skip
    refusal = st.session_state.pop("upload_refusal", None)
    if refusal:
        st.error(plain(t("{reason} The image below is still the one before.", reason=refusal)))
    return bytes(file[1]) if current == UPLOAD else sample_bytes(current)


def _chosen(key: str | None) -> None:
    _use(key, st.session_state["image"])


def _use(key: str | None, name: str) -> None:
    """Take `name` into use on the pages that share an image, or where the choice is kept under `key`."""
    if key is None:
        _kept()["image"] = name
    else:
        st.session_state[key] = name


def _uploaded(key: str | None) -> None:
    """A file came, or was taken away. It is decoded here once, so that one that is no image replaces nothing."""
    upload = st.session_state["upload"]
    kept = _kept()
    if upload is None:
        kept.update(image=FIRST if kept["image"] == UPLOAD else kept["image"], file=None)
        return
    data = upload.getvalue()
    try:
        loaded(data)
    except ImageError as error:
        st.session_state["upload_refusal"] = error.message
    else:
        kept["file"] = (upload.name, data)
        _use(key, UPLOAD)


def chosen_page(data: bytes) -> LoadedImage:
    """The image, or the page of it that the visitor chose. Raises ImageError."""
    first = loaded(data)
    if first.pages == 1:
        return first
    page = st.number_input(
        t("Page, of {pages}", pages=first.pages), 1, first.pages, key=f"page_{first.digest}", width=200
    )
    return loaded(data, int(page) - 1)
