"""A mask that a visitor brings for the image in view; kept for their session, and only as long as it is the last."""

import streamlit as st

from ui.language import plain
from ui.measure_scores import Truth
from ui.segment_state import image_key
from ui.state import t
from ui.uploads import LONGEST_NAME
from unet_core.images import ImageError, LoadedImage
from unet_core.mask_file import load_mask


def uploaded_truth(image: LoadedImage, classes: int) -> Truth | None:
    """Ask for a file of at most so many classes; the truth that was brought for this image, if one was.

    One that is no mask replaces nothing.
    """
    key = image_key(image)
    st.file_uploader(
        t("The mask as an image of the same size: class numbers, black and white, or a number for each object"),
        key="mask_file", on_change=_brought, args=(key, image.pixels.shape[:2], classes),
    )  # fmt: skip
    refusal = st.session_state.pop("mask_refusal", None)
    if refusal:
        st.error(plain(t(refusal)))
    kept = st.session_state.get("mask_brought")
    if kept is None or kept[0] != key:
        return None
    _, name, truth, notes = kept
    st.write(t("Measured against {name}.", name=plain(name)))
    for note in notes:
        st.write("• " + plain(t(note)))
    return truth


def _brought(key: str, size: tuple[int, int], classes: int) -> None:
    upload = st.session_state["mask_file"]
    if upload is None:  # taken away by hand
        st.session_state.pop("mask_brought", None)
        return
    try:
        read = load_mask(upload.getvalue(), size, classes)
    except ImageError as error:
        st.session_state["mask_refusal"] = error.message
    else:
        st.session_state["mask_brought"] = (key, upload.name[-LONGEST_NAME:], Truth(read.classes > 0), read.notes)
