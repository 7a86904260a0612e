"""What one visitor is doing: one frozen value in the session, mirrored in the address. Nothing else reads or writes
the address."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl

import streamlit as st

from ui.figure import cached_trace
from ui.language import LANGUAGES, translated
from unet_core.config import PRESETS, QUERY_NAMES, ConfigError, UNetConfig
from unet_core.messages import ExplainedError, Message
from unet_core.sizes import closest_legal

LARGEST_SIDE = 8192  # of an input that is only counted, not computed, in pixels; every network fits into it
SETTLED = 1.5  # seconds after which the browser has surely taken over the address that was written
START = PRESETS["unet-2015"]


@dataclass(frozen=True)
class Workbench:
    """The network under study. `height` and `width` are what the visitor asked for; `size` is what fits."""

    config: UNetConfig = START
    height: int = 572
    width: int = 572
    selected: str | None = None  # a row of the trace, by name
    language: str = "en"

    @property
    def size(self) -> tuple[int, int]:
        """(height, width): the nearest that fits the network."""
        return closest_legal(self.config, self.height), closest_legal(self.config, self.width)

    @property
    def snapped(self) -> bool:
        """True when the network could not take the size that was asked for."""
        return self.size != (self.height, self.width)


def workbench() -> Workbench:
    """This visitor's workbench; at the first call of a session it is read from the address."""
    if "workbench" not in st.session_state:
        bench, complaints = from_address(st.query_params.to_dict(), st.context.locale)
        st.session_state["workbench"] = bench
        st.session_state["complaints"] = complaints
    bench = st.session_state["workbench"]
    assert isinstance(bench, Workbench)
    return bench


def change(**changes: object) -> None:
    """Replace parts of the workbench. A layer that the new network does not have is selected no more."""
    bench = replace(workbench(), **changes)  # type: ignore[arg-type]
    st.session_state["workbench"] = bench if _has_layer(bench) else replace(bench, selected=None)


def change_config(**changes: object) -> None:
    """Replace choices of the network; what can't stand with them raises ConfigError and changes nothing."""
    change(config=replace(workbench().config, **changes))  # type: ignore[arg-type]


def select(row: str) -> None:
    """Select a layer, or let go of it when it is selected already."""
    change(selected=None if row == workbench().selected else row)
    write_address()


def attempt(action: Callable[[], None]) -> None:
    """A choice that makes no network changes nothing; its reason is shown."""
    try:
        action()
    except ConfigError as error:
        st.session_state["refusal"] = error.message


def _has_layer(bench: Workbench) -> bool:
    return bench.selected is None or bench.selected in cached_trace(bench.config, bench.size)


def t(text: str | Message | ExplainedError, /, **values: object) -> str:
    """`text` in this visitor's language."""
    return translated(text, workbench().language, **values)


def take_complaints() -> list[Message]:
    """What was wrong with the address, told once."""
    complaints = st.session_state.pop("complaints", [])
    assert isinstance(complaints, list)
    return complaints


def write_address() -> None:
    """Make the address say what the workbench holds, so that a link opens the same network."""
    wanted = to_address(workbench())
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


def to_address(bench: Workbench) -> dict[str, str]:
    """Query parameters of a workbench; `from_address` is the way back."""
    pairs = {"size": f"{bench.height}x{bench.width}", "lang": bench.language}
    if bench.selected:
        pairs["at"] = bench.selected
    return pairs | dict(parse_qsl(bench.config.to_query()))  # Streamlit escapes it once more


def from_address(query: Mapping[str, str], locale: str | None) -> tuple[Workbench, list[Message]]:
    """A workbench from query parameters, and a word about everything in them that makes no sense."""
    complaints: list[Message] = []
    bench = Workbench(language=_language(query.get("lang"), locale, complaints))
    try:
        bench = replace(bench, config=UNetConfig.from_query(query))
    except ConfigError as error:
        complaints.append(Message("This link asks for a network that can't be built: {reason}. The start network is "
                                  "shown instead.", {"reason": error.message}))  # fmt: skip
    sides = _sides(query.get("size"), complaints)
    strangers = sorted(set(query) - set(QUERY_NAMES.values()) - {"size", "lang", "at", "embed", "embed_options"})
    if strangers:
        complaints.append(Message("This link has parts nobody here knows: {names}.",
                                  {"names": ", ".join(name[:20] for name in strangers[:5])}))  # fmt: skip
    bench = replace(bench, height=sides[0], width=sides[1], selected=query.get("at") or None)
    if not _has_layer(bench):
        complaints.append(Message("This link points at a layer that its network does not have: {name}.",
                                  {"name": str(bench.selected)[:40]}))  # fmt: skip
        bench = replace(bench, selected=None)
    return bench, complaints


def _language(asked: str | None, locale: str | None, complaints: list[Message]) -> str:
    if asked is not None and asked not in LANGUAGES:
        complaints.append(Message("This link asks for a language that is not here; there are {languages}.",
                                  {"languages": ", ".join(LANGUAGES)}))  # fmt: skip
    elif asked:
        return asked
    return "zh" if (locale or "").lower().startswith("zh") else "en"


def _sides(text: str | None, complaints: list[Message]) -> tuple[int, int]:
    start = (Workbench.height, Workbench.width)
    if text is None:
        return start
    parts = text.lower().split("x")
    if len(parts) in (1, 2) and all(part.isascii() and part.isdigit() and len(part) <= 5 for part in parts):
        sides = int(parts[0]), int(parts[-1])
        if all(1 <= side <= LARGEST_SIDE for side in sides):
            return sides
    complaints.append(Message("This link asks for an input size that can't be used; it must be 1 to {largest} pixels a "
                              "side, like 572x572.", {"largest": LARGEST_SIDE}))  # fmt: skip
    return start
