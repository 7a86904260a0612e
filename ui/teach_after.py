"""What can be done with a network that was taught: look at its mask, at other pictures, save it, take it to Segment."""

import io
import zipfile

import streamlit as st

from ui import own_models, passports, viewer
from ui.answers import answer, answer_key
from ui.language import plain
from ui.samples import loaded
from ui.state import Workbench, t
from unet_core.checkpoint import CARD, WEIGHTS, Card, card_text
from unet_core.images import ACCEPTED_FORMATS, ImageError, LoadedImage


def answer_of(bench: Workbench, image: LoadedImage, name: str, key: str) -> None:
    """The mask at the picture's own size, with opacity and threshold, and what was done on the way."""
    with st.spinner(t("The network is looking at the image …")):
        found = answer(image, name)
    st.caption(passports.short(name))
    viewer.show(image, [viewer.Pane(answer_key(image, name), name, found)], bench.language, key=key, markable=False)
    for note in (*image.notes, *found.notes):
        st.write("• " + plain(t(note)))


def show(bench: Workbench, name: str) -> None:
    """Below the mask."""
    st.header(t("What it has learned, on other pictures"), anchor=False)
    files(name)
    upload = st.file_uploader(t("Another picture"), key="teach_other",
                              help=t("{formats}; it is reduced as the first one was.",
                                     formats=", ".join(ACCEPTED_FORMATS)))  # fmt: skip
    if upload is None:
        return
    try:
        other = loaded(upload.getvalue())
    except ImageError as error:
        st.error(plain(t(error)))
        return
    answer_of(bench, other, name, "teach_other_viewer")


def files(name: str) -> None:
    """Save it, or take it to Segment."""
    own = own_models.find(name)
    if own is None:
        return
    with st.container(horizontal=True):
        save(own.weights, own.card, name, "teach_save")
        if st.button(t("Open in Segment"), key="teach_segment"):
            own_models.choose_in_segment(own.weights, own.card, own.origin)
            st.switch_page("pages/segment.py")


def save(weights: bytes, card: Card, name: str, key: str) -> None:
    """The button that takes a network away."""
    st.download_button(t("Save the network"), lambda: as_zip(weights, card), f"{name}.zip", "application/zip",
                       on_click="ignore", key=key, help=t("A ZIP of weights.safetensors and card.json."))  # fmt: skip


def as_zip(weights: bytes, card: Card) -> bytes:
    """Weights and card, as `unet_core.checkpoint.load` reads them from a folder."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(WEIGHTS, weights)
        archive.writestr(CARD, card_text(card))
    return buffer.getvalue()
