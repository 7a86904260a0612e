"""The choices of the Build page that wait for their release: a preset, and everything under "More".

Every widget takes its value from the workbench and hands its change back to it.
"""

from typing import Any

import streamlit as st

from ui.figure import ARCHITECTURE_NAMES
from ui.language import mark, plain
from ui.state import LARGEST_SIDE, Workbench, attempt, change, change_config, t, workbench
from unet_core.config import CHOICES, LIMITS, PRESETS, UNetConfig

PRESET_NAMES = {
    "unet-2015": mark("U-Net, 2015"), "unet-2015-bn": mark("U-Net, 2015, with batch norm"),
    "unet++-2018": mark("U-Net++, 2018"), "classroom": mark("Classroom U-Net"),
    "classroom++": mark("Classroom U-Net++"),
}  # fmt: skip
PRESET_SIDES = {"unet-2015": 572, "unet-2015-bn": 572, "unet++-2018": 512, "classroom": 256, "classroom++": 256}
COUNTS = {"in_channels": mark("Channels in"), "classes": mark("Classes"), "kernel_size": mark("Kernel size"),
          "convs_per_block": mark("Convolutions per block")}  # fmt: skip
SIDES = {"height": mark("Input height"), "width": mark("Input width")}


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
    attempt(lambda: change_config(**changes))


def _side_changed(name: str) -> None:
    attempt(lambda: change(**{name: int(st.session_state[name])}))
