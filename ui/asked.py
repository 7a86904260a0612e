"""What takes seconds on a large image is only computed when somebody has asked for it."""

import streamlit as st

from ui.state import t
from unet_core.images import LoadedImage

AT_ONCE = 2048**2  # pixels: up to here it takes no longer than a click may


def asked(image: LoadedImage, what: str, label: str) -> bool:
    """True of a small image, and of a large one as soon as the button `label` was pressed for `what`.

    `label` is a template that may tell {height} and {width}.
    """
    height, width = image.pixels.shape[:2]
    known: set[str] = st.session_state.setdefault("asked", set())
    if height * width <= AT_ONCE or what in known:
        return True
    st.button(t(label, height=height, width=width), key=f"ask_{label}", on_click=known.add, args=(what,))
    return False
