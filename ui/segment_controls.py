"""Choosing an image on the Segment page, and the words beside its mask.

What the visitor chose lies in plain session values, so that it outlives a change of page or language; an upload is
kept for the session of the one who brought it, and only when it is an image.
"""

from functools import partial

import streamlit as st

from ui.language import mark, plain
from ui.segment_view import brighter, loaded, mask_png, sample_bytes
from ui.state import t
from unet_core.checkpoint import Card
from unet_core.images import ACCEPTED_FORMATS, MAX_BYTES, ImageError, LoadedImage
from unet_core.messages import Message
from unet_core.segment import Segmentation

SAMPLES = {"real": mark("Nuclei under a microscope"), "synthetic": mark("Synthetic nuclei")}
UPLOAD = "upload"
LONGEST_NAME = 40  # letters of a file's name that are shown


def chosen_file() -> bytes:
    """The bytes of the image in use; an upload that is none is refused with a sentence, and the last one stays."""
    kept = st.session_state.setdefault("segment", {"image": "real", "file": None})
    names = {name: t(template) for name, template in SAMPLES.items()}
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
    st.session_state["segment"]["image"] = st.session_state["image"]


def _uploaded() -> None:
    """A file came, or was taken away. It is decoded here once, so that one that is no image replaces nothing."""
    upload = st.session_state["upload"]
    kept = st.session_state["segment"]
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


def about(card: Card, image: LoadedImage, result: Segmentation, threshold: int) -> None:
    """Time and device, what was done to the image, the mask to take away, and where the network does not hold."""
    height, width = image.pixels.shape[:2]
    st.write(t("{height} × {width} pixels in {seconds:.2f} s on {device}.", height=height, width=width,
               seconds=result.seconds, device=result.device))  # fmt: skip
    notes = [*image.notes, *result.notes]
    if (factor := brighter(image)) > 1:
        notes.append(Message("It is shown {factor:.1f} times as bright as it is; the network gets the original.",
                             {"factor": factor}))  # fmt: skip
    for note in notes:
        st.write("• " + t(note))
    with st.container(horizontal=True):
        made = partial(mask_png, result, threshold)  # at the click, not at every stop of the slider
        st.download_button(t("Mask as PNG"), made, "mask.png", "image/png", on_click="ignore")
        with st.popover(t("What it is not for")):
            for line in card.not_for:
                st.write("• " + t(line))
