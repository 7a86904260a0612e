"""Starting a training: one at a time for each visitor, whatever is pressed how often."""

from collections.abc import Sequence

import streamlit as st

from ui import jobs, train_data
from ui.language import plain
from ui.state import t
from ui.train_state import NETWORKS, wanted
from unet_core.messages import ExplainedError
from unet_core.runs.job import job_of
from unet_core.runs.order import Entrant, Order

TRAIN, RACE = "train", "race"


def going_on(kind: str) -> bool:
    """Whether a run of this kind has not ended."""
    return any(not seen.ended for seen in jobs.runs(kind))


def start(kind: str, entrants: Sequence[Entrant], race: str = "") -> None:
    """At a click. While one goes on nothing is started; why something can't be is told by `say_refusal`."""
    st.session_state.pop(f"{kind}_refusal", None)
    if going_on(kind):
        return
    chosen = wanted()
    data = train_data.task(chosen.data)
    if data is None:
        return
    try:
        order = Order(
            chosen.data, tuple(entrants), float(chosen.seconds), chosen.loss, chosen.learning_rate,
            chosen.augmentation, chosen.images, chosen.seed, train_data.archive(chosen.data),
            race,
        )  # fmt: skip
        jobs.start(job_of(order, data), kind)
    except ExplainedError as error:
        st.session_state[f"{kind}_refusal"] = error.message


def say_refusal(kind: str) -> None:
    """Why the last start was refused."""
    for reason in (st.session_state.get(f"{kind}_refusal"), jobs.refusal(kind)):
        if reason is not None:
            st.error(plain(t(reason)))


def chosen_entrant() -> Entrant:
    """The network that was chosen."""
    return Entrant(NETWORKS[wanted().network], wanted().config)
