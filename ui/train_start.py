"""Starting a training: one at a time for each visitor, whatever is pressed how often."""

from collections.abc import Iterable, Sequence

import streamlit as st

from ui import jobs, train_data
from ui.language import plain
from ui.state import t
from ui.train_state import NETWORKS, Wanted, wanted
from unet_core.config import UNetConfig
from unet_core.messages import ExplainedError
from unet_core.runs.estimate import FEWEST_STEPS, PATIENCE, Estimate, check_budget, estimate, is_saved
from unet_core.runs.job import job_of
from unet_core.runs.order import Entrant, Order
from unet_core.runs.task import Task
from unet_core.settings import TrainingError

TRAIN, RACE = "train", "race"


def going_on(kind: str) -> bool:
    """Whether a run of this kind has not ended."""
    return any(not seen.ended for seen in jobs.runs(kind))


def start(kind: str, entrants: Sequence[Entrant], race: str = "", chosen: Wanted | None = None) -> None:
    """At a click, as `chosen`, or else as the visitor has chosen. While one goes on nothing is started; why something
    can't be is told by `say_refusal`.
    """
    st.session_state.pop(f"{kind}_refusal", None)
    if going_on(kind):
        return
    chosen = chosen or wanted()
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


def cost_of(config: UNetConfig, data: Task) -> Estimate:
    """`estimate`, shared between reruns. Raises TrainingError as that does."""
    return _cost_of(config, data.channels, len(data.classes), data.crop, data)


@st.cache_data(max_entries=64, show_spinner=False)
def _cost_of(config: UNetConfig, channels: int, classes: int, crop: int, _data: Task) -> Estimate:
    """By all that it depends on, so that no visitor's images are kept along with it."""
    return estimate(config, _data)


def say_time(seconds: float, per_step: float) -> None:
    """That a network takes longer than it was given, or will be refused, where it is so slow."""
    steps = int(seconds / per_step)
    if steps >= FEWEST_STEPS:
        return
    try:
        check_budget(PATIENCE * seconds, seconds, per_step, steps)
    except TrainingError as error:
        st.warning(plain(t(error)))
        return
    st.warning(t("With fewer than {fewest} steps nothing is learned, so it will take that many: about {enough:.0f} s "
                 "instead of {seconds:.0f} s.", fewest=FEWEST_STEPS, enough=FEWEST_STEPS * per_step,
                 seconds=seconds))  # fmt: skip


def say_saved(costs: Iterable[Estimate]) -> None:
    """That so large a training is not saved on the way."""
    parameters = sum(cost.parameters for cost in costs)
    if not is_saved(parameters):
        st.warning(t("With {parameters:,} parameters this is too much to be saved on the way: if its process should "
                     "die, or has to make room for others in a pause of more than {pause:.0f} s, it begins anew.",
                     parameters=parameters, pause=jobs.LIMITS.paused_seconds))  # fmt: skip


def chosen_entrant() -> Entrant:
    """The network that was chosen."""
    return Entrant(NETWORKS[wanted().network], wanted().config)
