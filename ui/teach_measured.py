"""How good a U-Net is that was taught by strokes, beside what is usual for it: as the study of strokes found it."""

import streamlit as st

from ui.findings_results import all_results
from ui.language import joined, plain
from ui.state import t
from unet_core.messages import Message
from unet_core.studies import STUDIES
from unet_core.studies.findings import findings
from unet_core.studies.statistics import Difference
from unet_core.studies.strokes import COUNTS

VERDICTS = {
    1: Message("The U-Net is better: the 95 % interval of the difference goes from {low:+.3f} to {high:+.3f}."),
    0: Message("That may be chance: the 95 % interval of the difference goes from {low:+.3f} to {high:+.3f}."),
    -1: Message("The forest is better: the 95 % interval of the difference goes from {low:+.3f} to {high:+.3f}."),
}


def show() -> None:
    """By the figure that the study was planned for."""
    study = STUDIES["strokes"]
    known = all_results()[0].get(study.name)
    first = next(one for one in findings(study, known) if one.main)
    for sentence in first.state:
        st.write(plain(t(sentence)))
    forest = next((point for point in first.chart.points if point.reference), None)
    taught = next((point for point in first.chart.points if point.difference is not None), None)
    if forest is None or taught is None or taught.difference is None:
        return
    said = t("Measured on {photos} photos of pebbles, with {strokes} strokes on each: on the pixels without a stroke "
             "such a U-Net has a Dice of {taught:.3f}, and a random forest on pixel features, which is usual for this, "
             "{forest:.3f}.", photos=taught.n, strokes=COUNTS[-1], taught=taught.mean, forest=forest.mean)  # fmt: skip
    judged = verdict(taught.difference)
    st.write(joined((said, plain(t(judged)))))


def verdict(found: Difference) -> Message:
    """Which of the two is better, where that is known."""
    interval = {"low": found.low, "high": found.high}
    if found.sign is None:
        return Message("How much of that is chance is not known yet.")
    return Message(VERDICTS[found.sign].template, interval)
