"""Train: choose data, network, loss and seconds, see beforehand what it will cost, and watch it learn."""

import streamlit as st

from ui import jobs, train_choice, train_data, train_done, train_start, train_trouble, train_watch
from ui.language import joined, plain
from ui.state import Workbench, t
from ui.train_start import TRAIN
from ui.train_state import wanted
from ui.turns import queued
from unet_core.jobs import Seen
from unet_core.messages import ExplainedError
from unet_core.runs.estimate import FEWEST_STEPS, macs_per_second
from unet_core.runs.run import PROBED
from unet_core.runs.task import Task


def show(bench: Workbench) -> None:
    """The four choices and what follows from them; then the run, or before there is one the images to learn from."""
    train_choice.ask()
    seen = jobs.latest(TRAIN)
    data = train_data.ask(wanted().data)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(t("Start"), type="primary", key="train_start", disabled=data is None or train_start.going_on(TRAIN),
                  on_click=_start)  # fmt: skip
        train_choice.ask_more()
        if data is not None:
            _cost(data, seen)
    train_start.say_refusal(TRAIN)
    if seen is None:
        if data is not None:
            train_data.preview(data, bench.language)
    else:
        if seen.ended:
            train_done.show(seen)
        train_watch.watch(seen, bench.language, "train")
    train_trouble.show()


def _start() -> None:
    train_start.start(TRAIN, [train_start.chosen_entrant()])


def _cost(data: Task, seen: Seen | None) -> None:
    """What the trace says of memory, and with the speed of this machine of time; a probe measures it when it begins."""
    try:
        cost = train_start.cost_of(wanted().config, data)
    except ExplainedError as error:
        st.error(plain(t(error)))
        return
    per_step = cost.seconds_per_step(_speed(seen))
    steps = int(wanted().seconds / per_step)
    said = [t("{parameters:,} parameters; a step takes {batch} images and {macs:,.1f} G multiply-adds, about "
              "{seconds:.2f} s here. It keeps {megabytes:,.0f} MB.",
              parameters=cost.parameters, batch=cost.batch, macs=cost.macs / 1e9, seconds=per_step,
              megabytes=cost.bytes / 1e6)]  # fmt: skip
    if steps >= FEWEST_STEPS:  # else `say_time` has more to say
        said.append(t("So {budget} s are some {steps:,} steps, after some seconds in which all is made ready and "
                      "{tried} steps are tried.", budget=wanted().seconds, steps=steps, tried=PROBED + 1))  # fmt: skip
    st.write(joined(said))
    train_start.say_time(wanted().seconds, per_step)
    train_start.say_saved([cost])


def _speed(seen: Seen | None) -> float:
    """Multiply-adds a second: as the visitor's last run found them, or else as this machine has done them once."""
    found = train_watch.told(seen).macs_per_second if seen is not None else None
    return found if found is not None else queued(macs_per_second)
