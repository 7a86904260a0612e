"""The tab Sizes of Build, the shape coach: why a size fits or not, three ways out, and what becomes of the border."""

from collections.abc import Sequence

import streamlit as st

from ui import sizes_pictures
from ui.components import component
from ui.figure import Size, cached_trace
from ui.language import mark
from ui.state import LARGEST_SIDE, Workbench, attempt, before, t, workbench, write_address
from unet_core.coach import LevelSides, Way, border_says, level_sides, story, way_says, ways_out
from unet_core.config import PRESETS, UNetConfig
from unet_core.messages import Message
from unet_core.sizes import is_legal
from unet_core.trace import Trace

EXAMPLE = 512  # what many images measure, and the classic mistake with the network of 2015
WAYS = {"resize": mark("Resize"), "pad": mark("Pad"), "crop": mark("Crop")}


def show(bench: Workbench) -> None:
    """First the size that is tried; where it fits, or else for the size that is drawn, what comes out of it."""
    if st.session_state.pop("coach_used", False):  # the tab is part of a fragment, and the whole page is to follow
        write_address()
        st.rerun()
    size, example = _tried(bench)
    legal = all(is_legal(bench.config, side) for side in size)
    told, picture = st.columns([3, 2], gap="medium")
    with told:
        _try(size[0], example)
        _story(bench.config, size)
    if not legal:
        with picture:
            _wrong(bench, size)
        _ways(bench, size)
    _border(bench, size if legal else bench.size)


def _tried(bench: Workbench) -> tuple[Size, bool]:
    """What the visitor tries here, until another size is asked for elsewhere; and whether it is the example."""
    side, asked = st.session_state.get("coach_tried", (None, None))
    if side is not None and asked == (bench.height, bench.width):
        return (side, side), False
    untouched = bench.config == PRESETS["unet-2015"] and not bench.snapped and before() is None
    return ((EXAMPLE, EXAMPLE), True) if untouched else ((bench.height, bench.width), False)


def _try(side: int, example: bool) -> None:
    st.session_state["coach_side"] = side
    st.number_input(t("Try an input size"), 1, LARGEST_SIDE, key="coach_side", on_change=_try_another, width=220)
    if example:
        st.write(t("An example: many images measure {side} × {side} px, and this network does not take them.",
                   side=EXAMPLE))  # fmt: skip


def _try_another() -> None:
    side, bench = st.session_state["coach_side"], workbench()
    if isinstance(side, int) and 1 <= side <= LARGEST_SIDE:
        st.session_state["coach_tried"] = side, (bench.height, bench.width)


def _story(config: UNetConfig, size: Size) -> None:
    sides = tuple(dict.fromkeys(size))
    for side in sides:
        if len(sides) > 1:
            st.markdown(t("**Of {side} px:**", side=side))
        _list(story(config, side))


def _wrong(bench: Workbench, size: Size) -> None:
    """The picture of what goes wrong with the first side that does not fit."""
    side = next(side for side in size if not is_legal(bench.config, side))
    for picture in (sizes_pictures.silent_picture, sizes_pictures.unfit_picture):
        payload = picture(bench.config, side, bench.language)
        if payload:
            component("frames")(key="coach_wrong", data=payload)


def _ways(bench: Workbench, size: Size) -> None:
    st.header(t("Three ways out"), anchor=False)
    ways = {way.kind: way for way in ways_out(bench.config, size)}
    for column, kind in zip(st.columns(3, gap="medium", border=True), WAYS, strict=True):
        with column, st.container(height="stretch"):
            st.markdown(f"**{t(WAYS[kind])}**")
            if kind in ways:
                _way(bench, size, ways[kind])
            else:
                st.write(t("There is nothing to crop: the image is smaller than the smallest size that fits."))


def _way(bench: Workbench, size: Size, way: Way) -> None:
    payload = sizes_pictures.way_picture(bench.config, size, way.kind, bench.language)
    component("frames")(key=f"coach_{way.kind}", data=payload)
    _list(way_says(way))
    st.space("stretch")  # the three buttons stand on one line
    _use_button(bench, way.size, way.kind)


def _use_button(bench: Workbench, size: Size, key: str) -> None:
    label = t("Use {height} × {width}", height=size[0], width=size[1])
    disabled = _fixed(bench) or max(size) > LARGEST_SIDE
    st.button(label, key=f"coach_use_{key}", on_click=_use, args=size, disabled=disabled)


def _fixed(bench: Workbench) -> bool:
    """True where a teacher's link has taken the size away."""
    return "size" in bench.hidden | bench.locked or bool({"height", "width"} & bench.locked)


def _use(height: int, width: int) -> None:
    if not _fixed(workbench()):
        st.session_state.pop("coach_tried", None)
        st.session_state["coach_used"] = True
        attempt(height=height, width=width)


def _border(bench: Workbench, size: Size) -> None:
    """What comes out of a size that fits, drawn over an image, and its sides level by level."""
    sides = {"height": size[0], "width": size[1]}
    drawn = size == bench.size
    st.header(t("What becomes of {height} × {width} px, the size drawn above", **sides) if drawn
              else t("What becomes of {height} × {width} px", **sides), anchor=False)  # fmt: skip
    trace = cached_trace(bench.config, size)
    told, picture = st.columns([3, 2], gap="medium")
    with told:
        _list(border_says(bench.config, size, trace))
        if not drawn:
            _use_button(bench, size, "tried")
        st.table([_cells(level, trace) for level in level_sides(trace)])
    with picture:
        component("frames")(key="coach_border", data=sizes_pictures.border_picture(bench.config, size, bench.language))


def _cells(sides: LevelSides, trace: Trace) -> dict[str, str]:
    cells = {
        t("Level"): f"{sides.level}",
        t("Channels"): f"{sides.channels:,}",
        t("goes in"): _side(sides.before),
        t("after the block"): _side(sides.after),
        t("comes up"): _side(sides.below),
    }
    if any(row.kind == "crop" for row in trace.rows):
        cells[t("cut from the skip, per side")] = _unbroken(", ".join(f"{pixels} px" for pixels in sides.cropped))
    return cells | {t("leaves the block"): _side(sides.out)}


def _side(size: Size | None) -> str:
    if size is None:
        return ""
    return f"{size[0]}" if size[0] == size[1] else _unbroken(f"{size[0]} × {size[1]}")


def _list(sentences: Sequence[Message]) -> None:
    st.markdown("\n".join(f"- {_unbroken(t(sentence))}" for sentence in sentences))


def _unbroken(text: str) -> str:
    """No line ends inside a size or before a unit."""
    return text.replace(" × ", "\u00a0×\u00a0").replace(" px", "\u00a0px").replace(" %", "\u00a0%")
