"""What a visitor's session holds: the workbench, mirrored in the address. Nothing else reads or writes the address."""

import time
from dataclasses import replace
from typing import Any

import streamlit as st

from ui.address import from_address, to_address
from ui.figure import cached_trace
from ui.language import translated
from ui.workbench import LARGEST_SIDE, Refusal, Workbench, within_memory
from unet_core.config import ConfigError, UNetConfig
from unet_core.messages import ExplainedError, Message
from unet_core.nearest import nearest_config

__all__ = ["LARGEST_SIDE", "Refusal", "Workbench", "attempt", "before", "change", "follow_address", "from_address",
           "keep_run", "refusal", "run", "select", "t", "take_complaints", "to_address", "workbench",
           "write_address"]  # fmt: skip
SETTLED = 1.5  # seconds after which the browser has surely taken over the address that was written


def workbench() -> Workbench:
    """This visitor's workbench; at the first call of a session it is read from the address."""
    if "workbench" not in st.session_state:
        bench, complaints = from_address(st.query_params.to_dict(), st.context.locale)
        st.session_state["workbench"] = bench
        st.session_state["complaints"] = complaints
        st.session_state["run"] = st.query_params.get("run")
    bench = st.session_state["workbench"]
    assert isinstance(bench, Workbench)
    return bench


def change(**changes: object) -> None:
    """Replace parts of the workbench. A layer that the new network does not have is selected no more."""
    old = workbench()
    bench = replace(old, **changes)  # type: ignore[arg-type]
    if (bench.config, bench.size) != (old.config, old.size) and not st.session_state.get("same_gesture"):
        st.session_state["before"] = old
    if bench.selected is not None and bench.selected not in cached_trace(bench.config, bench.size):
        bench = replace(bench, selected=None)
    st.session_state["workbench"] = bench
    if not changes.keys() <= {"selected", "language", "finding", "versus", "tab"}:
        st.session_state.pop("refusal", None)


def attempt(**changes: Any) -> None:
    """Change fields of UNetConfig, `height` or `width`. What makes no network changes nothing: see `refusal`."""
    old = workbench()
    sides = {name: changes.pop(name) for name in ("height", "width") if name in changes}
    wanted = {**old.config.to_dict(), **changes}
    reason = None
    try:
        config = UNetConfig.from_dict(wanted)
    except ConfigError as error:
        config, reason = nearest_config(wanted, frozenset(changes)), error.message
    bench, too_large = within_memory(replace(old, config=config, **sides))
    if reason or too_large:
        st.session_state["refusal"] = Refusal(reason or too_large, bench)
    else:
        change(config=config, **sides)


def refusal() -> Refusal | None:
    """What the visitor asked for last and can't have; None as soon as the network has changed."""
    refused = st.session_state.get("refusal")
    return refused if isinstance(refused, Refusal) else None


def before() -> Workbench | None:
    """The workbench before the last change of its network; a whole drag of a slider is one change."""
    old = st.session_state.get("before")
    return old if isinstance(old, Workbench) else None


def select(row: str) -> None:
    """Select a layer, or let go of it when it is selected already."""
    change(selected=None if row == workbench().selected else row)


def t(text: str | Message | ExplainedError, /, **values: object) -> str:
    """`text` in this visitor's language."""
    return translated(text, workbench().language, **values)


def take_complaints() -> list[Message]:
    """What was wrong with the address, told once."""
    complaints = st.session_state.pop("complaints", [])
    assert isinstance(complaints, list)
    return complaints


def run() -> str | None:
    """The link of a run of this visitor, or what the address said in its place; see ui/jobs.py."""
    link = st.session_state.get("run")
    return link if isinstance(link, str) else None


def keep_run(link: str) -> None:
    """Have the address lead back to a run, on pages that show runs."""
    st.session_state["run"] = link


def write_address(with_run: bool = False) -> None:
    """Make the address say what the workbench holds, so that a link opens the same network.

    `with_run`, it leads back to the visitor's runs, too. Not on every page: who copies it gives the runs away with it.
    """
    wanted = to_address(workbench())
    if with_run and (link := run()):
        wanted["run"] = link
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)
        st.session_state["address"] = (wanted, time.monotonic())


def follow_address() -> None:
    """Take over an address that was not written here: the browser's Back and Forward lead to an earlier workbench.

    A page switch empties the address and means nothing. Just after a write the browser may still send the old one.
    """
    asked = st.query_params.to_dict()
    written, at = st.session_state.get("address", (asked, 0.0))
    if asked and asked != written and time.monotonic() - at > SETTLED:
        bench, complaints = from_address(asked, st.context.locale)
        st.session_state.update(workbench=bench, complaints=complaints, address=(asked, at))
        st.session_state.pop("refusal", None)
