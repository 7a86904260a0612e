"""Choosing an image on the Segment page, and the words beside its mask."""

import streamlit as st

from ui.language import mark
from ui.segment_view import brighter, loaded, mask_png, sample_bytes
from ui.state import t
from unet_core.images import ACCEPTED_FORMATS, MAX_BYTES, LoadedImage
from unet_core.messages import Message
from unet_core.segment import Segmentation

SAMPLES = {"real": mark("Nuclei under a microscope"), "synthetic": mark("Synthetic nuclei")}


def chosen_file() -> bytes:
    """The bytes of the upload, or of the sample where there is none. Choosing a sample lets go of an upload."""
    turn = st.session_state.setdefault("upload_turn", 0)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        shown = {name: t(template) for name, template in SAMPLES.items()}
        sample = st.selectbox(t("Image"), list(SAMPLES), format_func=shown.__getitem__, key="sample",
                              on_change=_forget_upload, width=300)  # fmt: skip
        upload = st.file_uploader(
            t("or your own: {formats}, at most {limit} MB; it goes to the machine that runs this app, and nowhere else",
              formats=", ".join(ACCEPTED_FORMATS), limit=MAX_BYTES // 2**20), key=f"upload_{turn}",
        )  # fmt: skip
    return upload.getvalue() if upload else sample_bytes(sample)


def _forget_upload() -> None:
    st.session_state["upload_turn"] += 1


def chosen_page(data: bytes) -> LoadedImage:
    """The image, or the page of it that the visitor chose. Raises ImageError."""
    first = loaded(data)
    if first.pages == 1:
        return first
    page = st.number_input(t("Page, of {pages}", pages=first.pages), 1, first.pages, key=f"page_{first.digest}")
    return loaded(data, int(page) - 1)


def about(image: LoadedImage, result: Segmentation, threshold: int) -> None:
    """Time and device, what was done to the image, and the mask to take away."""
    height, width = image.pixels.shape[:2]
    st.write(t("{height} × {width} pixels in {seconds:.2f} s on {device}.", height=height, width=width,
               seconds=result.seconds, device=result.device))  # fmt: skip
    notes = [*image.notes, *result.notes]
    if (factor := brighter(image)) > 1:
        notes.append(Message("It is shown {factor:.1f} times as bright as it is; the network gets the original.",
                             {"factor": factor}))  # fmt: skip
    for note in notes:
        st.write("• " + t(note))
    st.download_button(t("Mask as PNG"), mask_png(result, threshold), "mask.png", "image/png", on_click="ignore")
