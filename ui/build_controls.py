"""The controls of the Build page. Every widget takes its value from the workbench and hands its change back to it."""

from collections.abc import Callable
from typing import Any

import streamlit as st
import torch
import torchinfo

from ui.components import component, packed
from ui.figure import ARCHITECTURE_NAMES, cached_trace
from ui.language import mark, plain
from ui.state import LARGEST_SIDE, Workbench, change, change_config, t, workbench
from unet_core.config import CHOICES, GROUPS, LIMITS, PRESETS, ConfigError, UNetConfig
from unet_core.messages import Message
from unet_core.models import build_model
from unet_core.sizes import smallest_legal

PRESET_NAMES = {
    "unet-2015": mark("U-Net, 2015"), "unet-2015-bn": mark("U-Net, 2015, with batch norm"),
    "unet++-2018": mark("U-Net++, 2018"), "classroom": mark("Classroom U-Net"),
    "classroom++": mark("Classroom U-Net++"),
}  # fmt: skip
PRESET_SIDES = {"unet-2015": 572, "unet-2015-bn": 572, "unet++-2018": 512, "classroom": 256, "classroom++": 256}
COUNTS = {"in_channels": mark("Channels in"), "classes": mark("Classes"), "kernel_size": mark("Kernel size"),
          "convs_per_block": mark("Convolutions per block")}  # fmt: skip
SIDES = {"height": mark("Input height"), "width": mark("Input width")}
FILTERS = [4, 8, 12, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128]
LARGEST_SLIDER_SIDE = 1024


def preset_and_more() -> None:
    """A preset, and behind 'More' every other choice of UNetConfig."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        names = {config: name for name, config in PRESETS.items()}
        _from_workbench("preset", names.get(workbench().config))
        shown = {name: t(PRESET_NAMES[name]) for name in PRESETS}
        st.selectbox(
            t("Start from"), list(PRESETS), key="preset", placeholder=t("Your own network"), on_change=_preset_chosen,
            format_func=shown.__getitem__, width=300, label_visibility="collapsed",
        )  # fmt: skip
        with st.popover(t("More choices")):
            _more(workbench())
    refusal = st.session_state.pop("refusal", None)
    if refusal:
        st.warning(plain(t(refusal)))


def _preset_chosen() -> None:
    name = st.session_state["preset"]
    if name in PRESETS:
        change(config=PRESETS[name], height=PRESET_SIDES[name], width=PRESET_SIDES[name])


def _more(bench: Workbench) -> None:
    config = bench.config
    left, right = st.columns(2, gap="medium")
    with left:
        _choice("architecture", t("Architecture"), config, ARCHITECTURE_NAMES)
        _choice(
            "padding", t("Padding"), config, {"valid": t("valid: the mask is smaller"), "same": t("same: size kept")}
        )
        _choice("norm", t("Normalisation"), config, {"none": t("none"), "batch": t("batch norm"),
                "group": t("group norm"), "instance": t("instance norm")})  # fmt: skip
        _choice("upsampling", t("Up-sampling"), config, {"transpose": t("2 × 2 up-convolution"),
                "bilinear": t("bilinear, then 1 × 1"),
                "nearest": t("nearest, then 1 × 1")})  # fmt: skip
        _choice("skip", t("Skips are"), config, {"concat": t("concatenated"), "add": t("added")})
        _skip_levels(config)
        _toggle(config)
    with right:
        for name, label in COUNTS.items():
            _number(name, t(label), config, *LIMITS[name])
        _most_channels(config)
        _number("growth", t("Channels grow per level by"), config, 1.0, 4.0, step=0.5)
        _number("dropout", t("Dropout"), config, 0.0, 0.9, step=0.1)
        for name, label in SIDES.items():
            _from_workbench(name, getattr(bench, name))
            st.number_input(t(label), 1, LARGEST_SIDE, key=name, on_change=_side_changed, args=(name,))


def _from_workbench(key: str, value: Any) -> None:
    st.session_state[key] = value


def _choice(name: str, label: str, config: UNetConfig, names: dict[str, str]) -> None:
    _from_workbench(name, getattr(config, name))
    st.selectbox(label, CHOICES[name], key=name, format_func=names.__getitem__, on_change=_config_changed, args=(name,))


def _number(name: str, label: str, config: UNetConfig, low: float, high: float, step: float = 1) -> None:
    value = getattr(config, name)
    _from_workbench(name, value if isinstance(low, int) else float(value))
    st.number_input(label, low, high, step=step, key=name, on_change=_config_changed, args=(name,))


def _most_channels(config: UNetConfig) -> None:
    low, high = map(int, LIMITS["max_channels"])
    _from_workbench("max_channels", config.max_channels)
    st.number_input(t("Channels at most"), low, high, value=None, key="max_channels", placeholder=t("no limit"),
                    on_change=_config_changed, args=("max_channels",))  # fmt: skip


def _skip_levels(config: UNetConfig) -> None:
    _from_workbench("skip_levels", list(config.connected_levels))
    st.pills(
        t("Levels with a skip"), list(range(config.depth)), key="skip_levels", selection_mode="multi",
        on_change=_config_changed, args=("skip_levels",),
    )  # fmt: skip


def _toggle(config: UNetConfig) -> None:
    _from_workbench("deep_supervision", config.deep_supervision)
    st.checkbox(t("Deep supervision"), key="deep_supervision", disabled=not config.nested,
                help=t("A head at every depth, L1 to Ld. A U-Net has one head only, the nested nets have several."),
                on_change=_config_changed, args=("deep_supervision",))  # fmt: skip


def _config_changed(name: str) -> None:
    value = st.session_state[name]
    changes: dict[str, Any] = {name: tuple(value) if name == "skip_levels" else value}
    if name == "architecture":  # a U-Net has one head; a U-Net^e is nothing without its four
        changes["deep_supervision"] = value == "unet-e" or (value != "unet" and workbench().config.deep_supervision)
    _try(lambda: change_config(**changes))


def _side_changed(name: str) -> None:
    _try(lambda: change(**{name: int(st.session_state[name])}))


def _try(action: Callable[[], None]) -> None:
    """A choice that makes no network changes nothing; its reason is shown."""
    try:
        action()
    except ConfigError as error:
        st.session_state["refusal"] = error.message


def sliders() -> bool:
    """Input size, depth and filters, speaking while they are dragged. True when one was just released."""
    bench = workbench()
    move = st.session_state.get("sliders_move", {})
    _remember_what_fitted(bench, dragging=bool(move.get("dragging")))
    payload = {
        "language": bench.language, "seen": move.get("seq", 0),
        "sliders": [_size_slider(bench), _depth_slider(bench), _filter_slider(bench)], **_note(bench),
    }  # fmt: skip
    component("sliders")(key="sliders", data=packed(payload), on_move_change=_moved)
    return bool(st.session_state.pop("sliders_released", False))


def _remember_what_fitted(bench: Workbench, dragging: bool) -> None:
    """The way back leads to where the last size that fitted was left standing, and only over one change of network."""
    if dragging:
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
    if st.session_state.get("sliders_move", {}).get("dragging"):  # the scale stays while a hand is on it
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


def _note(bench: Workbench) -> dict[str, Any]:
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
    st.session_state["sliders_move"] = {
        "seq": seq if isinstance(seq, (int, float)) else 0,
        "dragging": move.get("final") is False,
    }
    st.session_state["sliders_released"] = move.get("final") is True
    name, value = move.get("id"), move.get("value")
    bench = workbench()
    if name == "action":
        _act(str(value), bench)
    elif name in ("size", "depth", "filters") and isinstance(value, int) and not isinstance(value, bool):
        _try(lambda: _slide(name, value))


def _slide(name: str, value: int) -> None:
    if name == "size":
        side = min(max(value, 1), LARGEST_SIDE)
        change(height=side, width=side)
    elif name == "depth":
        levels = workbench().config.skip_levels
        kept = None if levels is None else tuple(level for level in levels if level < value)
        change_config(depth=value, skip_levels=kept)
    else:
        change_config(base_channels=value)


def _act(action: str, bench: Workbench) -> None:
    if action == "keep":
        change(height=bench.size[0], width=bench.size[1])
    elif action == "back" and "fitted" in st.session_state:
        change(
            **{name: getattr(st.session_state["fitted"], name) for name in ("config", "height", "width", "selected")}
        )


def torchinfo_summary(config: UNetConfig, size: tuple[int, int]) -> None:
    """The familiar second view, computed when it is opened, and why two of its figures differ from ours."""
    view = st.expander(t("The same network by torchinfo"), on_change="rerun", key="torchinfo")
    if not view.open:
        return
    with view:
        text, theirs = summary(config, size)
        st.write(
            t(
                "torchinfo counts {theirs:,} multiply-adds, this page {ours:,}. It counts a 2 × 2 up-convolution at "
                "four times its work, and biases and norms too; ours agree with PyTorch's own counter.",
                theirs=theirs,
                ours=cached_trace(config, size).macs,
            )
        )
        st.code(text, language=None)


@st.cache_data(max_entries=32, show_spinner=False)
def summary(config: UNetConfig, size: tuple[int, int]) -> tuple[str, int]:
    """torchinfo's own text for the network, run on the meta device, and its total of multiply-adds."""
    with torch.device("meta"):
        model = build_model(config)
    shown = torchinfo.summary(
        model, (1, config.in_channels, *size), device="meta", verbose=0, depth=4,
        col_names=("output_size", "num_params", "mult_adds"),
    )  # fmt: skip
    return str(shown), int(shown.total_mult_adds)
