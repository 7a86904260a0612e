"""Links to a network: the visitor's own, and a teacher's, which hides controls of Build or locks them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from urllib.parse import urlencode

import streamlit as st

from ui.address import to_address
from ui.controls import CONTROLS, LOCKABLE
from ui.state import Workbench, t
from unet_core.messages import ExplainedError


class ControlError(ExplainedError):
    """A control that is not there, or that can't be locked."""


def link(bench: Workbench, hidden: Iterable[str], locked: Iterable[str]) -> dict[str, str]:
    """Query parameters that open `bench` with these controls gone or fixed. Raises ControlError for unknown names."""
    for names, known in ((hidden, list(CONTROLS)), (locked, LOCKABLE)):
        for name in names:
            if name not in known:
                raise ControlError("there is no control {name} to hide or lock; there are {known}", name=repr(name),
                                   known=", ".join(known))  # fmt: skip
    return to_address(replace(bench, hidden=frozenset(hidden), locked=frozenset(locked)))


def address(query: Mapping[str, str]) -> str:
    """The whole address, for another window: as this visitor's browser has it, up to the page."""
    return f"{st.context.url or ''}?{urlencode(query)}"


def show_links(bench: Workbench) -> None:
    """The address of what is on the screen, and behind a fold the link for a class."""
    st.header(t("Link"), anchor=False)
    st.caption(t("Opens this network, this size and this language in any browser that reaches this app."))
    st.code(address(to_address(bench)), language=None, wrap_lines=True)


def show_teachers_link(bench: Workbench) -> None:
    """What to hide and what to lock, and the link that does it; made when it is opened."""
    view = st.expander(t("A teacher's link: hide or lock controls"), on_change="rerun", key="teacher")
    if not view.open:
        return
    names = {name: t(label) for name, label in CONTROLS.items()}
    with view:
        hidden = st.pills(t("Hide"), list(CONTROLS), default=sorted(bench.hidden), selection_mode="multi",
                          format_func=names.__getitem__, key="teacher_hide")  # fmt: skip
        rest = [name for name in LOCKABLE if name not in hidden]
        locked = st.pills(t("Lock: it can be read but not moved"), rest, selection_mode="multi",
                          default=[name for name in rest if name in bench.locked], format_func=names.__getitem__,
                          key="teacher_lock")  # fmt: skip
        st.code(address(link(bench, hidden, locked)), language=None, wrap_lines=True)
        st.caption(t("It keeps a lesson on its path. It is no lock against a student who edits the address."))
