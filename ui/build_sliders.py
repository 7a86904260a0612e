"""The three sliders of the Build page, which speak while they are dragged, and the line that says what was snapped."""

from typing import Any

import streamlit as st

from ui.components import component, packed
from ui.controls import FIELDS, SLIDERS, value_text
from ui.state import LARGEST_SIDE, Workbench, attempt, change, refusal, t, workbench
from unet_core.config import GROUPS, LIMITS
from unet_core.messages import Message
from unet_core.sizes import smallest_legal

FILTERS = [4, 8, 12, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128]
LARGEST_SLIDER_SIDE = 1024


def sliders() -> bool:
    """Input size, depth and filters, speaking while they are dragged. True when one was just released."""
    bench = workbench()
    move = st.session_state.get("sliders_move", {})
    _remember_what_fitted(bench)
    payload = {
        "language": bench.language, "seen": move.get("seq", 0),
        "sliders": [slider | {"locked": slider["id"] in bench.locked}
                    for slider in (_size_slider(bench), _depth_slider(bench), _filter_slider(bench))
                    if slider["id"] not in bench.hidden],
        **(_refused(bench) or _snapped(bench)),
    }  # fmt: skip
    component("sliders")(key="sliders", data=packed(payload), on_move_change=_moved)
    return bool(st.session_state.pop("sliders_released", False))


def dragging() -> bool:
    """Whether a hand is on a slider."""
    return bool(st.session_state.get("sliders_move", {}).get("dragging"))


def _remember_what_fitted(bench: Workbench) -> None:
    """The way back leads to where the last size that fitted was left standing, and only over one change of network."""
    if dragging():
        return
    if not bench.snapped:
        st.session_state["fitted"], st.session_state["snapped_by"] = bench, None
    elif st.session_state.get("snapped_by") is None:
        st.session_state["snapped_by"] = bench.config
    elif st.session_state["snapped_by"] != bench.config:
        st.session_state.pop("fitted", None)


def _size_slider(bench: Workbench) -> dict[str, Any]:
    """Every stop is a side that fits, so the slider itself never makes a size that does not."""
    step, smallest, side = 2**bench.config.depth, smallest_legal(bench.config), bench.size[0]
    largest = max(LARGEST_SLIDER_SIDE, side, smallest + 8 * step)
    if dragging():  # the scale stays while a hand is on it
        largest = max(largest, st.session_state.get("largest_stop", 0))
    st.session_state["largest_stop"] = largest
    values = list(range(smallest, largest + 1, step))
    texts = [f"{value} × {value}" for value in values]
    texts[values.index(side)] = _times(bench.size)  # perhaps no square
    return _slider("size", t("Input size"), values, side, texts)


def _depth_slider(bench: Workbench) -> dict[str, Any]:
    low, high = map(int, LIMITS["depth"])
    values = list(range(low, high + 1))
    return _slider("depth", t("Depth: poolings"), values, bench.config.depth, list(map(str, values)))


def _filter_slider(bench: Workbench) -> dict[str, Any]:
    values = sorted({*FILTERS, bench.config.base_channels})
    if bench.config.norm == "group":
        values = [value for value in values if value % GROUPS == 0 or value == bench.config.base_channels]
    return _slider("filters", t("Filters at the top"), values, bench.config.base_channels, list(map(str, values)))


def _slider(name: str, label: str, values: list[int], value: int, texts: list[str]) -> dict[str, Any]:
    return {"id": name, "label": label, "values": values, "texts": texts, "index": values.index(value)}


def _free(bench: Workbench) -> list[str]:
    """The sliders that a visitor may move."""
    return [name for name in SLIDERS if name not in bench.hidden | bench.locked]


def _refused(bench: Workbench) -> dict[str, Any] | None:
    """One line under the sliders: why there is no such network, and the nearest that there is."""
    refused = refusal()
    if refused is None:
        return None
    note = t("{reason}. The drawing still shows the network before.", reason=refused.reason)
    nearest = t("Take the nearest: {choices}", choices=_differences(bench, refused.nearest))
    actions = [{"id": "nearest", "text": nearest}, {"id": "stay", "text": t("Stay with the one shown")}]
    return {"note": note, "actions": actions, "refused": True}


def _differences(bench: Workbench, other: Workbench) -> str:
    """What another workbench has otherwise: 'Normalisation group, Filters at the top 16'."""
    before, after = ({**each.config.to_dict(), "height": each.height, "width": each.width} for each in (bench, other))
    changed = [f"{t(FIELDS[name])} {value_text(name, after[name], bench.language)}"
               for name in FIELDS if before[name] != after[name]]  # fmt: skip
    return ", ".join(changed) or t("the network shown")


def _snapped(bench: Workbench) -> dict[str, Any]:
    """One line under the sliders: what was snapped to what, and the way back."""
    if not bench.snapped:
        return {"note": "", "actions": []}
    asked, size = (bench.height, bench.width), bench.size
    note = Message(
        "An input of {asked} does not fit depth {depth} with {padding} padding; "
        "shown is the nearest that fits, {size}.",
        {"asked": _times(asked), "depth": bench.config.depth, "padding": bench.config.padding, "size": _times(size)},
    )
    actions = [{"id": "keep", "text": t("Keep {size}", size=_times(size))}]
    fitted = st.session_state.get("fitted")
    if fitted is not None:
        back = t("Back to {size}", size=_times(fitted.size))
        if fitted.config.depth != bench.config.depth:
            back = t("Back to depth {depth}, {size}", depth=fitted.config.depth, size=_times(fitted.size))
        actions.insert(0, {"id": "back", "text": back})
    return {"note": t(note), "actions": actions}


def _times(size: tuple[int, int]) -> str:
    return f"{size[0]} × {size[1]}"


def _moved() -> None:
    """A slider moved or a button of the note was pressed. What the browser sends is checked like any other input."""
    move = st.session_state["sliders"].get("move")
    if not isinstance(move, dict):
        return
    seq = move.get("seq")
    st.session_state["same_gesture"] = dragging()
    st.session_state["sliders_move"] = {
        "seq": seq if isinstance(seq, (int, float)) else 0,
        "dragging": move.get("final") is False,
    }
    st.session_state["sliders_released"] = move.get("final") is True
    name, value = move.get("id"), move.get("value")
    bench = workbench()
    if name == "action":
        _act(str(value), bench)
    elif name in _free(bench) and isinstance(value, int) and not isinstance(value, bool):
        _slide(name, value)
    st.session_state["same_gesture"] = False


def _slide(name: str, value: int) -> None:
    if name == "size":
        side = min(max(value, 1), LARGEST_SIDE)
        attempt(height=side, width=side)
    elif name == "depth":
        levels = workbench().config.skip_levels
        kept = None if levels is None else tuple(level for level in levels if level < value)
        attempt(depth=value, skip_levels=kept)
    else:
        attempt(base_channels=value)


def _act(action: str, bench: Workbench) -> None:
    refused = refusal()
    if action == "keep":
        change(height=bench.size[0], width=bench.size[1])
    elif action == "stay" and refused:
        change(config=bench.config)
    elif action == "nearest" and refused:
        nearest = refused.nearest
        change(config=nearest.config, height=nearest.height, width=nearest.width)
    elif action == "back" and "fitted" in st.session_state:
        change(
            **{name: getattr(st.session_state["fitted"], name) for name in ("config", "height", "width", "selected")}
        )
