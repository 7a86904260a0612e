"""What can be switched off in a network, as a visitor chooses it: a block or one of its channels, or a skip."""

from dataclasses import dataclass

import streamlit as st

from ui.figure import cached_trace, show_diagram
from ui.language import mark
from ui.models import model
from ui.seen import Seen
from ui.state import t
from ui.why_state import asking, take_over
from unet_core.diagram.maps import grouped
from unet_core.experiments.ablation import joins, sources
from unet_core.messages import Message
from unet_core.segment import input_size
from unet_core.trace import LayerRow, Trace

PARTS = {"skip": mark("A skip"), "block": mark("A block or a channel")}
NEVER = ("input", "head")


@dataclass(frozen=True)
class Part:
    """A skip, by the level, the step of the node that reads and the step that is read; or a row and a channel of it."""

    level: int | None = None
    step: int | None = None
    source: int | None = None
    row: str = ""
    channel: int | None = None


def traced_of(seen: Seen) -> Trace:
    config = model(seen.name)[1].config
    height, width = seen.image.pixels.shape[:2]
    return cached_trace(config, input_size(config, (height, width)))


def ask(seen: Seen) -> Part:
    """First which kind of part, then which one."""
    offered = skips(traced_of(seen), model(seen.name)[1].config.nested)
    names = {name: t(text) for name, text in PARTS.items() if name == "block" or offered}
    chosen = asking().part if asking().part in names else "block"
    st.session_state["why_part"] = chosen
    st.segmented_control(t("Switch off"), list(names), format_func=names.__getitem__, key="why_part",
                         on_change=take_over, args=("part",))  # fmt: skip
    return _ask_skip(offered) if chosen == "skip" else _ask_block(seen)


def _ask_skip(offered: dict[Part, Message]) -> Part:
    listed = {_key(part): (part, t(text)) for part, text in offered.items()}
    levels = [part.level for part, _ in listed.values() if part.step is None]
    middle = _key(Part(levels[len(levels) // 2])) if levels else next(iter(listed))  # often the one that does most
    chosen = asking().skip if asking().skip in listed else middle
    texts = {key: text for key, (_, text) in listed.items()}
    st.session_state["why_skip"] = chosen
    st.selectbox(t("Skip"), list(texts), format_func=texts.__getitem__, key="why_skip", on_change=take_over,
                 args=("skip",))  # fmt: skip
    return listed[chosen][0]


def _key(part: Part) -> str:
    return f"{part.level}.{part.step}.{part.source}"


def skips(traced: Trace, nested: bool) -> dict[Part, Message]:
    """Every skip that can be switched off by itself or with others, and what it is called."""
    found: dict[Part, Message] = {}
    for level in sorted({row.node[0] for row in joins(traced) if row.node}):
        rows = joins(traced, level)
        if not nested:
            _, height, width = rows[0].out_shape
            found[Part(level)] = Message("level {level}: {height} × {width}",
                                         {"level": level, "height": height, "width": width})  # fmt: skip
            continue
        if len(rows) > 1:
            found[Part(level)] = Message("all skips of level {level}", {"level": level})
        for row in rows:
            found |= _edges(traced, row)
    return found


def _edges(traced: Trace, row: LayerRow) -> dict[Part, Message]:
    assert row.node is not None
    level, step = row.node
    read = sources(traced, row)
    found = {Part(level, step): Message("all skips into X^({level},{step})", {"level": level, "step": step})}
    single = {Part(level, step, source): Message("from X^({level},{source}) to X^({level},{step})",
                                                 {"level": level, "source": source, "step": step})
              for source in read}  # fmt: skip
    return (found if len(read) > 1 else {}) | single


def blocks(traced: Trace, seen: Seen) -> list[str]:
    """The rows of the feature maps that can be switched off, in the order of the run."""
    config = model(seen.name)[1].config
    return [rows[-1].name for kind, rows in grouped(traced, config) if kind not in NEVER]


def _ask_block(seen: Seen) -> Part:
    """By a click in the drawing or in a list, and then all of it or one channel."""
    traced = traced_of(seen)
    config = model(seen.name)[1].config
    known = blocks(traced, seen)
    deepest = max(reversed(known), key=lambda row: (traced[row].node or (0, 0))[0])
    chosen = asking().block if asking().block in known else deepest
    height, width = traced.rows[0].out_shape[-2:]
    show_diagram(config, (height, width), chosen, seen.language, key="why_diagram", tallest="30vh", compact=True,
                 on_pick=lambda row: _pick(row, known))  # fmt: skip
    st.session_state["why_block"] = chosen
    st.selectbox(t("Block"), known, key="why_block", on_change=take_over, args=("block",))
    channels = traced[chosen].out_shape[0]
    channel = asking().channel if asking().channel in range(channels) else None
    names = {-1: t("all {channels} channels", channels=channels),
             **{number: t("channel {channel} alone", channel=number) for number in range(channels)}}  # fmt: skip
    st.session_state["why_channel"] = -1 if channel is None else channel
    st.selectbox(t("Channel"), list(names), format_func=names.__getitem__, key="why_channel", on_change=_take_channel)
    return Part(row=chosen, channel=channel)


def _pick(row: str, known: list[str]) -> None:
    """Of a box the drawing may name another row than the one that it hands on."""
    if row in known:
        asking().block = row


def _take_channel() -> None:
    channel = st.session_state["why_channel"]
    asking().channel = channel if isinstance(channel, int) and channel >= 0 else None
