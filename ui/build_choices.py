"""The choices of the Build page that wait for their release: a preset, and everything under "More choices".

Every widget takes its value from the workbench and hands its change back to it. What a teacher's link hides is not
there, and what it locks can be read but not moved.
"""

from typing import Any

import streamlit as st

from ui.controls import FIELDS, VALUES
from ui.figure import ARCHITECTURE_NAMES
from ui.language import mark, plain
from ui.state import LARGEST_SIDE, Workbench, attempt, change, refusal, t, workbench
from unet_core.config import CHOICES, LIMITS, PRESETS

PRESET_NAMES = {
    "unet-2015": mark("U-Net, 2015"), "unet-2015-bn": mark("U-Net, 2015, with batch norm"),
    "unet++-2018": mark("U-Net++, 2018"), "classroom": mark("Classroom U-Net"),
    "classroom++": mark("Classroom U-Net++"),
}  # fmt: skip
PRESET_SIDES = {"unet-2015": 572, "unet-2015-bn": 572, "unet++-2018": 512, "classroom": 256, "classroom++": 256}
LEFT = ("architecture", "padding", "norm", "upsampling", "skip", "skip_levels", "deep_supervision")
RIGHT = ("in_channels", "classes", "kernel_size", "convs_per_block", "max_channels", "growth", "dropout", "height",
         "width")  # fmt: skip
STEPS = {"growth": 0.5, "dropout": 0.1}


def preset_and_more() -> None:
    """A preset, and behind 'More choices' every other choice of UNetConfig."""
    bench = workbench()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if "preset" not in bench.hidden:
            _presets(bench)
        if "more" not in bench.hidden and {*LEFT, *RIGHT} - bench.hidden:
            with st.popover(t("More choices"), disabled="more" in bench.locked):
                _more(bench)


def _presets(bench: Workbench) -> None:
    names = {config: name for name, config in PRESETS.items()}
    _from_workbench("preset", names.get(bench.config))
    shown = {name: t(PRESET_NAMES[name]) for name in PRESETS}
    st.selectbox(
        t("Start from"), list(PRESETS), key="preset", placeholder=t("Your own network"), on_change=_preset_chosen,
        format_func=shown.__getitem__, width=300, label_visibility="collapsed", disabled="preset" in bench.locked,
    )  # fmt: skip


def _preset_chosen() -> None:
    name = st.session_state["preset"]
    if name in PRESETS and "preset" not in workbench().locked:
        change(config=PRESETS[name], height=PRESET_SIDES[name], width=PRESET_SIDES[name])


def _more(bench: Workbench) -> None:
    refused = refusal()
    if refused is not None:
        st.warning(plain(t(refused.reason)))
    for column, names in zip(st.columns(2, gap="medium"), (LEFT, RIGHT), strict=True):
        with column:
            for name in names:
                if name not in bench.hidden:
                    _control(name, bench)


def _control(name: str, bench: Workbench) -> None:
    common: dict[str, Any] = {"key": name, "on_change": _changed, "args": (name,), "disabled": name in bench.locked}
    label = t(FIELDS[name])
    if name in CHOICES:
        _from_workbench(name, getattr(bench.config, name))
        words = VALUES.get(name, ARCHITECTURE_NAMES)
        shown = {value: t(words[value]) for value in CHOICES[name]}
        st.selectbox(label, CHOICES[name], format_func=shown.__getitem__, **common)
    elif name == "skip_levels":
        _from_workbench(name, list(bench.config.connected_levels))
        st.pills(label, list(range(bench.config.depth)), selection_mode="multi", wrap=True, **common)
    elif name == "deep_supervision":
        _from_workbench(name, bench.config.deep_supervision)
        common["disabled"] |= not bench.config.nested
        st.checkbox(label, **common,
                    help=t("A head at every depth, L1 to Ld. A U-Net has one head only, the nested nets have "
                           "several."))  # fmt: skip
    else:
        _number(name, label, bench, common)


def _number(name: str, label: str, bench: Workbench, common: dict[str, Any]) -> None:
    if name in ("height", "width"):
        _from_workbench(name, getattr(bench, name))
        st.number_input(label, 1, LARGEST_SIDE, **common)
        return
    low, high = LIMITS[name]
    value = getattr(bench.config, name)
    if name in STEPS:
        _from_workbench(name, float(value))
        st.number_input(label, float(low), float(high), step=STEPS[name], **common)
    else:
        _from_workbench(name, value)
        more = {"value": None, "placeholder": t("no limit")} if name == "max_channels" else {}
        st.number_input(label, int(low), int(high), step=1, **more, **common)


def _from_workbench(key: str, value: Any) -> None:
    st.session_state[key] = value


def _changed(name: str) -> None:
    value, bench = st.session_state[name], workbench()
    if name in bench.locked:
        return
    changes: dict[str, Any] = {name: tuple(value) if name == "skip_levels" else value}
    if name == "architecture":  # a U-Net has one head; a U-Net^e is nothing without its four
        changes["deep_supervision"] = value == "unet-e" or (value != "unet" and bench.config.deep_supervision)
    attempt(**changes)
