"""What a visitor of Train is asked before a net learns: four choices in sight, the rest behind "More choices"."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from ui.state import t
from ui.train_state import DATA, LOSSES, NETWORKS, wanted
from unet_core.runs.order import BUDGETS, MOST_SEED, RATE, RATES
from unet_core.runs.race import RACES

MOST_OF_EACH = 60  # seconds of each network of a race: four of them are four minutes


def ask() -> None:
    """Data, network, loss and seconds, in one row."""
    columns = st.columns([1.25, 1.25, 1, 0.8], gap="small")
    with columns[0]:
        _select("data", t("Learn from"), {name: t(text) for name, text in DATA.items()})
    with columns[1]:
        _select("network", t("Network"), {name: t(text) for name, text in NETWORKS.items()})
    with columns[2]:
        _select("loss", t("Loss"), {name: t(text) for name, text in LOSSES.items()})
    with columns[3]:
        _select("seconds", t("Seconds of training"), {value: f"{value} s" for value in BUDGETS})


def ask_race() -> None:
    """In what the networks differ, data, network and seconds of each, in one row."""
    columns = st.columns([1.18, 1.29, 1.29, 0.64], gap="small")
    with columns[0]:
        _select("race", t("What differs"), {name: t(race.title) for name, race in RACES.items()})
    with columns[1]:
        _select("data", t("Learn from"), {name: t(text) for name, text in DATA.items()})
    with columns[2]:
        _select("network", t("Network, apart from that"), {name: t(text) for name, text in NETWORKS.items()})
    with columns[3]:
        _select("seconds", t("Seconds for each"), {value: f"{value} s" for value in BUDGETS if value <= MOST_OF_EACH})


def ask_more(loss: bool = False) -> None:
    """The rest: how fast it learns, from how much, and which random numbers."""
    with st.popover(t("More choices")):
        if loss:
            _select("loss", t("Loss"), {name: t(text) for name, text in LOSSES.items()})
        _given("learning_rate", st.number_input, t("Learning rate at its peak"), RATES[0], RATES[1], step=1e-3,
               format="%.4f", help=t("AdamW, one cycle: it rises for a fifth of the steps and falls for the rest; "
                                     "{usual} is usual here.", usual=RATE))  # fmt: skip
        _given("flips", st.toggle, t("Turn the images over (augmentation)"))
        _given("images", st.number_input, t("Training images, empty for all of them"), 1, 256, value=None, step=1)
        _given("seed", st.number_input, t("Seed of first weights and of crops"), 0, MOST_SEED, step=1)


def _select(name: str, label: str, options: Mapping[Any, str]) -> None:
    current = getattr(wanted(), name)
    key = f"train_{name}"
    if current not in options:
        current = list(options)[-1]
        setattr(wanted(), name, current)
    st.session_state[key] = current
    st.selectbox(label, list(options), format_func=options.__getitem__, key=key, on_change=_changed, args=(name,))


def _given(name: str, widget: Callable[..., Any], *args: Any, **more: Any) -> None:
    key = f"train_{name}"
    st.session_state[key] = getattr(wanted(), name)
    widget(*args, key=key, on_change=_changed, args=(name,), **more)


def _changed(name: str) -> None:
    setattr(wanted(), name, st.session_state[f"train_{name}"])
