"""What a visitor of Inside has chosen: how channels are ranked, coloured, and how many are shown."""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from ui.language import mark
from ui.state import t

MOST = 128  # channels that are shown at once
RANKINGS = {"variance": mark("Variance"), "activation": mark("Mean"), "effect": mark("Effect on the mask")}
SCALES = {"channel": mark("Channel"), "block": mark("Block"), "global": mark("Network")}
COUNTS = ("12", "24", "all")
HELP = {
    "ranking": mark("Variance: first the channels that differ most from place to place. Mean: first those that are "
                    "strongest on average. Effect: first those without which the mask changes most; it is measured by "
                    "switching off one channel after another."),
    "scale": mark("What the darkest and the brightest colour stand for. Channel: its own smallest and largest value, "
                  "so its shape is seen best. Block: those of all channels of the block, so strong and weak ones are "
                  "told apart. Network: those of all layers of the same kind."),
}  # fmt: skip


@dataclass
class Choices:
    """One visitor's."""

    ranking: str = "variance"
    scale: str = "channel"
    count: str = "12"

    @property
    def most(self) -> int:
        return MOST if self.count == "all" else int(self.count)


def choices() -> Choices:
    """This visitor's."""
    kept = st.session_state.setdefault("inside_choices", Choices())
    assert isinstance(kept, Choices)
    return kept


def ask() -> Choices:
    """Three controls in a row."""
    with st.container(horizontal=True, gap="medium"):
        _ask("ranking", t("Ranked by"), {name: t(text) for name, text in RANKINGS.items()})
        _ask("scale", t("One colour scale for each"), {name: t(text) for name, text in SCALES.items()})
        _ask("count", t("Shown"), {name: t("All") if name == "all" else name for name in COUNTS})
    return choices()


def _ask(field: str, label: str, names: Mapping[str, str]) -> None:
    key = f"inside_{field}"
    st.session_state[key] = getattr(choices(), field)
    st.segmented_control(
        label, list(names), format_func=names.__getitem__, key=key, required=True, wrap=True, on_change=_chosen,
        args=(field, tuple(names)), help=t(HELP[field]) if field in HELP else None,
    )  # fmt: skip


def _chosen(field: str, known: tuple[str, ...]) -> None:
    value = st.session_state[f"inside_{field}"]
    if value in known:
        setattr(choices(), field, value)
