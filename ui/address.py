"""A workbench as query parameters, and back, with a word about everything that makes no sense. Reads no address itself:
ui/state.py does."""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import parse_qsl

from ui.compare_choice import Versus, versus_from
from ui.controls import CONTROLS, LOCKABLE, TRAIN_TABS
from ui.figure import cached_trace
from ui.findings_choice import Choice, from_word, to_word
from ui.language import LANGUAGES, mark
from ui.workbench import LARGEST_SIDE, Workbench, within_memory
from unet_core.config import QUERY_NAMES, ConfigError, UNetConfig
from unet_core.messages import Message
from unet_core.nearest import nearest_config

OTHERS = {"size", "lang", "at", "hide", "lock", "finding", "run", "tab", *Versus._fields}
UNBUILDABLE = mark("This link asks for a network that can't be built: {reason}. The nearest that can is shown instead.")
STREAMLITS_OWN = {"embed", "embed_options"}


def to_address(bench: Workbench) -> dict[str, str]:
    """Query parameters of a workbench; `from_address` is the way back."""
    pairs = {"size": f"{bench.height}x{bench.width}", "lang": bench.language}
    if bench.selected:
        pairs["at"] = bench.selected
    if bench.finding:
        pairs["finding"] = to_word(bench.finding)
    if bench.versus:
        pairs |= {name: word for name, word in bench.versus._asdict().items() if word}
    if bench.tab:
        pairs["tab"] = bench.tab
    for name, controls in (("hide", bench.hidden), ("lock", bench.locked)):
        if controls:
            pairs[name] = ".".join(sorted(controls))
    return pairs | dict(parse_qsl(bench.config.to_query()))  # Streamlit escapes it once more


def from_address(query: Mapping[str, str], locale: str | None) -> tuple[Workbench, list[Message]]:
    """A workbench from query parameters, and a word about everything in them that makes no sense."""
    complaints: list[Message] = []
    bench = Workbench(
        language=_language(query.get("lang"), locale, complaints),
        hidden=_controls(query.get("hide"), CONTROLS, complaints),
        locked=_controls(query.get("lock"), LOCKABLE, complaints),
        finding=_finding(query.get("finding"), complaints),
        versus=_versus(query, complaints),
        tab=_tab(query.get("tab"), complaints),
    )
    height, width = _sides(query.get("size"), complaints)
    bench = replace(bench, config=_config(query, complaints), height=height, width=width)
    bench, reason = within_memory(bench)
    if reason:
        complaints.append(Message(UNBUILDABLE, {"reason": reason}))
    strangers = sorted(set(query) - set(QUERY_NAMES.values()) - OTHERS - STREAMLITS_OWN)
    if strangers:
        complaints.append(Message("This link has parts nobody here knows: {names}.",
                                  {"names": ", ".join(name[:20] for name in strangers[:5])}))  # fmt: skip
    wanted = query.get("at") or None
    if wanted and wanted not in cached_trace(bench.config, bench.size):
        complaints.append(Message("This link points at a layer that its network does not have: {name}.",
                                  {"name": wanted[:40]}))  # fmt: skip
        wanted = None
    return replace(bench, selected=wanted), complaints


def _config(query: Mapping[str, str], complaints: list[Message]) -> UNetConfig:
    try:
        return UNetConfig.from_query(query)
    except ConfigError as error:
        complaints.append(Message(UNBUILDABLE, {"reason": error.message}))
        return nearest_config(UNetConfig.fields_from_query(query))


def _controls(text: str | None, known: Mapping[str, str] | list[str], complaints: list[Message]) -> frozenset[str]:
    names = [name for name in (text or "").split(".") if name]
    strangers = [name for name in names if name not in known]
    if strangers:
        complaints.append(Message("This link hides or locks what is no control here: {names}.",
                                  {"names": ", ".join(name[:20] for name in strangers[:5])}))  # fmt: skip
    return frozenset(names).intersection(known)


def _finding(word: str | None, complaints: list[Message]) -> Choice | None:
    found = from_word(word) if word else None
    if word and found is None:
        complaints.append(Message("This link asks for a finding that is not here: {name}.", {"name": word[:40]}))
    return found


def _versus(query: Mapping[str, str], complaints: list[Message]) -> Versus | None:
    found, strangers = versus_from(query)
    for word in strangers:
        complaints.append(Message("This link compares what is not here: {name}.", {"name": word[:40]}))
    return found


def _tab(name: str | None, complaints: list[Message]) -> str:
    if name and name not in TRAIN_TABS:
        complaints.append(Message("This link asks for a tab that is not here: {name}.", {"name": name[:40]}))
    return name if name in TRAIN_TABS else ""  # type: ignore[return-value]


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
