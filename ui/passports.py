"""What stands over every mask: whose it is, what it learned from, and how far to trust it."""

import streamlit as st

from ui.language import joined, plain
from ui.models import passport_of
from ui.state import t

SHORT = 3  # sentences that are always in sight


def short(name: str) -> str:
    """Whose mask it is, what it learned from, and its measured quality."""
    return joined(plain(t(sentence)) for sentence in passport_of(name).sentences[:SHORT])


def more(name: str) -> None:
    """The rest of the passport, folded up: what it is to be compared with, and what it is not for."""
    known = passport_of(name)
    with st.popover(t("More about {name}", name=plain(known.name))):
        for sentence in known.sentences[SHORT:]:
            st.write(plain(t(sentence)))
        st.write(f"**{t('What it is not for')}**")
        for line in known.not_for:
            st.write("• " + plain(t(line)))
