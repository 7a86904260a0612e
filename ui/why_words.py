"""What several experiments say in the same words: notes, scores, how far two masks differ."""

from collections.abc import Iterable

import streamlit as st

from ui.language import plain, translated
from ui.state import t
from unet_core.inside.answer import Change
from unet_core.messages import Message


def notes(said: Iterable[Message]) -> None:
    """Sentences in small print, each once."""
    for text in dict.fromkeys(plain(t(note)) for note in said):
        st.caption(text)


def dice_text(dice: float | None, language: str) -> str:
    """Under a mask: its Dice against the truth, or that there is no truth to hold it against."""
    if dice is None:
        return translated("no truth is known here, so no Dice", language)
    return translated("Dice {dice:.3f}", language, dice=dice)


def change_text(change: Change, pixels: int, language: str) -> str:
    """Under a difference of two masks of so many pixels."""
    return translated(
        "Blue: less foreground, orange: more. P(foreground) moves by {mean:.4f} on average and by {largest:.2f} at "
        "most; {flipped:,} pixels ({percent:.2f} %) change sides.", language,
        mean=change.mean, largest=change.largest, flipped=change.flipped, percent=100 * change.flipped / pixels,
    )  # fmt: skip
