"""What stands over every mask: whose it is, what it learned from, and how far to trust it."""

import streamlit as st

from ui.language import plain
from ui.state import t
from unet_core.checkpoint import Card
from unet_core.zoo.passport import passport

SHORT = 3  # sentences that are always in sight


def short(card: Card) -> str:
    """Whose mask it is, what it learned from, and its measured quality."""
    return " ".join(plain(t(sentence)) for sentence in passport(card).sentences[:SHORT])


def more(card: Card) -> None:
    """The rest of the passport, folded up: what it is to be compared with, and what it is not for."""
    known = passport(card)
    with st.popover(t("More about {name}", name=plain(card.name))):
        for sentence in known.sentences[SHORT:]:
            st.write(plain(t(sentence)))
        st.write(f"**{t('What it is not for')}**")
        for line in known.not_for:
            st.write("• " + plain(t(line)))
