"""What can be taken away of a mask; each file is made at the click and not at every stop of the slider."""

from collections.abc import Sequence
from datetime import date
from functools import partial

import streamlit as st

from ui import passports
from ui.language import translated
from ui.models import passport_of
from ui.state import t
from ui.viewer import Pane
from unet_core.images import LoadedImage
from unet_core.messages import Message
from unet_core.probabilities import class_map
from unet_core.report import make_report, report_png, report_svg
from unet_core.result_files import mask_png, probability_png


def show(image: LoadedImage, panes: Sequence[Pane], threshold: int, language: str) -> None:
    """One folded list of files for each network, and the rest of its passport."""
    with st.container(horizontal=True):
        for pane in panes:
            label = t("Take away") if len(panes) == 1 else t("Take away, {name}", name=pane.title)
            with st.popover(label, key=f"files_{pane.title}"):
                _files(image, pane, threshold / 256, language)
            passports.more(pane.title)


def _files(image: LoadedImage, pane: Pane, threshold: float, language: str) -> None:
    answer, name = pane.answer, pane.title
    assert answer.per_class is not None
    files = {
        t("Mask as PNG"): (partial(mask_png, answer.per_class, threshold), "mask.png", "image/png"),
        t("Probability, 16-bit PNG"): (partial(probability_png, answer.probability), "probability.png", "image/png"),
        t("Report as SVG"): (partial(_report, image, pane, threshold, language, "svg"), "report.svg", "image/svg+xml"),
        t("Report as PNG, in English"): (partial(_report, image, pane, threshold, language, "png"), "report.png",
                                         "image/png"),
    }  # fmt: skip
    for label, (made, end, kind) in files.items():
        st.download_button(label, made, f"{name}-{end}", kind, on_click="ignore", key=f"{name}-{end}", width="stretch")


def _report(image: LoadedImage, pane: Pane, threshold: float, language: str, kind: str) -> bytes | str:
    assert pane.answer.per_class is not None
    classes, known = class_map(pane.answer.per_class, threshold), passport_of(pane.title)
    made = make_report(image.pixels, classes, known, threshold, date.today(), (*image.notes, *pane.answer.notes))

    def translate(message: Message) -> str:
        return translated(message, language)

    return report_svg(made, translate, language) if kind == "svg" else report_png(made, translate)
