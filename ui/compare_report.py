"""The tab Report of Compare: the drawing, the table and the caption as files."""

from collections.abc import Callable
from datetime import date
from functools import partial

import streamlit as st

from ui.compare_cost import costs
from ui.compare_drawing import kept_drawing
from ui.compare_work import known
from ui.findings_results import all_results
from ui.language import plain, translated
from ui.state import Workbench, t
from unet_core.messages import Message
from unet_core.pairing import Pair
from unet_core.pairing.figure import figure_png, figure_svg
from unet_core.pairing.report import Report, caption, markdown, to_zip


def show(pair: Pair, bench: Workbench) -> None:
    """What the report says, and what it can be taken away as; each file is made at the click."""
    results, damaged = all_results()
    for error in damaged:
        st.error(plain(t(error)))
    report = Report(pair, kept_drawing(pair), costs(pair), known(pair), results, date.today())
    translate = _in(bench.language)
    if report.times is None:
        st.info(t("The times of these two networks are not measured yet: open Cost, and they will stand in the "
                  "report."))  # fmt: skip
    files: dict[str, tuple[Callable[[], str | bytes], str, str]] = {
        t("Report as ZIP"): (partial(to_zip, report, translate), "compare.zip", "application/zip"),
        t("Report as Markdown"): (partial(markdown, report, translate), "compare.md", "text/markdown"),
        t("Drawing as SVG"): (partial(figure_svg, report.drawing, translate), "compare.svg", "image/svg+xml"),
        t("Drawing as PNG, in English"): (partial(figure_png, report.drawing), "compare.png", "image/png"),
    }
    with st.container(horizontal=True):
        for label, (made, name, kind) in files.items():
            st.download_button(label, made, name, kind, on_click="ignore", key=f"compare_{name}")
    st.markdown("\n".join(f"- {plain(t(line))}" for line in caption(report)))
    with st.expander(t("Copy to report: the text as Markdown"), expanded=False):
        st.code(markdown(report, translate), language=None, wrap_lines=True)


def _in(language: str) -> Callable[[Message], str]:
    def translate(message: Message) -> str:
        return translated(message, language)

    return translate
