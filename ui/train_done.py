"""A finished run: what it became, said plainly, and what can be done with it."""

import streamlit as st

from ui import own_models, train_watch
from ui.compare_state import choose
from ui.language import joined, plain
from ui.state import change, t
from unet_core.checkpoint import Card
from unet_core.config import UNetConfig
from unet_core.jobs import Seen
from unet_core.messages import ExplainedError
from unet_core.runs.files import curves_csv, everything_zip, film_zip, network_files, run_json
from unet_core.runs.history import History
from unet_core.runs.result import Result, Trained


def show(seen: Seen) -> None:
    """One network: its best moment, its files, and the doors to pages that can use it."""
    if not isinstance(seen.result, Result):
        return
    found = train_watch.told(seen)
    (done,) = seen.result.trained
    _say(found, done)
    with st.container(horizontal=True):
        files(found, seen.result, "train")
        st.button(t("Open in Segment"), key="train_to_segment", on_click=_segment, args=(done,))
        st.button(t("Open in Build"), key="train_to_build", on_click=_build, args=(done,))
        st.button(t("Open in Compare"), key="train_to_compare", on_click=_compare, args=(done,))
    refusal = st.session_state.pop("train_use_refusal", None)
    if refusal:
        st.error(plain(t(refusal)))
    page = st.session_state.pop("train_to", None)
    if page:
        st.switch_page(page)


def _say(found: History, done: Trained) -> None:
    best = found.tracks[0].best
    if done.failed is not None:
        st.warning(plain(t(done.failed)))
    if best is not None:
        st.write(_kept(best.figures, best.step, done.steps, len(done.card["classes"])))


def _kept(figures: dict[str, float], step: int, steps: int, classes: int) -> str:
    """What decided comes first; of more than one foreground class the other Dice says less than it seems to."""
    chosen = t("It was chosen by these images, so on others expect a little less.")
    if classes <= 2:
        return joined((t("Kept is the network of step {step:,} of {steps:,}, the best on validation: Dice "
                           "{dice:.3f}.", step=step, steps=steps, dice=figures["dice"]), chosen))  # fmt: skip
    return joined((
        t("Kept is the network of step {step:,} of {steps:,}: there the mean Dice of the classes on validation was "
          "highest, {mean:.3f}.", step=step, steps=steps, mean=figures["class_dice"]),
        t("Its Dice of the foreground, {dice:.3f}, only asks whether something is there, not which class it is.",
          dice=figures["dice"]),
        chosen,
    ))  # fmt: skip


def _build(done: Trained) -> None:
    change(config=UNetConfig.from_dict(done.card["config"]))
    st.session_state["train_to"] = "pages/build.py"


def _compare(done: Trained) -> None:
    """As A, beside whatever B is."""
    choose("a", UNetConfig.from_dict(done.card["config"]))
    st.session_state["train_to"] = "pages/compare.py"


def _segment(done: Trained) -> None:
    """Segment looks with it from now on, whatever is in the image."""
    try:
        own_models.choose_in_segment(done.weights, Card.from_dict(done.card))
    except ExplainedError as error:
        st.session_state["train_use_refusal"] = error.message
    else:
        st.session_state["train_to"] = "pages/segment.py"


def files(found: History, result: Result, key: str) -> None:
    """Everything a run leaves, behind one button."""
    with st.popover(t("Take away")):
        made = [
            (t("Everything as one ZIP"), lambda: everything_zip(found, result), "run.zip", "application/zip"),
            (t("Curves as CSV"), lambda: curves_csv(found), "curves.csv", "text/csv"),
            (t("Choices, curves and figures as JSON"), lambda: run_json(found, result), "run.json", "application/json"),
            (t("The film of its masks"), lambda: film_zip(found), "film.zip", "application/zip"),
        ]
        for label, make, name, kind in made:
            st.download_button(label, make, name, kind, on_click="ignore", key=f"{key}_{name}", width="stretch")
        for number, done in enumerate(result.trained, start=1):
            for name, content in network_files(done).items():
                label = t("{name} of {network}", name=name, network=plain(t(done.label)))
                st.download_button(label, content, name, on_click="ignore", key=f"{key}_{number}_{name}",
                                   width="stretch")  # fmt: skip
