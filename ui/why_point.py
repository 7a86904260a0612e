"""The pixel that an experiment is about: pointed at in a picture, or by row and column."""

import streamlit as st

from ui.seen import Seen
from ui.state import t
from ui.why_state import Point, point_of, set_point
from ui.why_subject import Size
from unet_core.inside.places import carried


def ask_point(seen: Seen) -> Point:
    """Row and column wait behind a button that says which they are."""
    row, column = point_of(seen)
    height, width = seen.image.pixels.shape[:2]
    st.session_state["why_row"], st.session_state["why_column"] = row, column
    with st.popover(t("Pixel: row {row}, column {column}", row=row, column=column)):
        st.number_input(t("Row"), 0, height - 1, key="why_row", on_change=_typed, args=(seen,))
        st.number_input(t("Column"), 0, width - 1, key="why_column", on_change=_typed, args=(seen,))
        st.caption(t("Or point at it in the large picture above, or in the first one here."))
    return row, column


def _typed(seen: Seen) -> None:
    row, column = st.session_state["why_row"], st.session_state["why_column"]
    if isinstance(row, int) and isinstance(column, int):
        set_point(seen, row, column)


def picked(seen: Seen, size: Size, row: int, column: int) -> None:
    """A pixel of a picture of `size` was pointed at."""
    height, width = seen.image.pixels.shape[:2]
    set_point(seen, *carried(row, column, size, (height, width)))
