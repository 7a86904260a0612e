"""The tab Take away of Build: the drawing, the table, the code and a link, for exactly the network on the screen.

Every file is made when its button is pressed, from the trace that the page has anyway.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache

import streamlit as st

from ui import takeaway_onnx, teacher
from ui.components import component, packed
from ui.figure import Size, cached_trace
from ui.language import translated
from ui.state import Workbench, t
from unet_core.config import UNetConfig
from unet_core.diagram import VIEWS, default_view
from unet_core.diagram.svg import to_svg
from unet_core.dot import to_dot
from unet_core.export import file_stem, to_csv, to_markdown
from unet_core.pytorch_file import to_pytorch
from unet_core.trace import Trace

COLUMNS = [5, 8]  # a button, and what it is for


def show(bench: Workbench) -> None:
    """Four cards, and the teacher's link below them."""
    for cards in ((_picture, _code), (_table, teacher.show_links)):
        for column, card in zip(st.columns(2, gap="medium"), cards, strict=True):
            with column, st.container(border=True, height="stretch"):
                card(bench)
    teacher.show_teachers_link(bench)


def _picture(bench: Workbench) -> None:
    st.header(t("Picture"), anchor=False)
    with st.container(horizontal=True, gap="medium"):
        view = default_view(bench.config)
        if "view" not in bench.hidden:
            view = _choice("takeaway_view", t("Drawing"), {"blocks": t("Blocks"), "maps": t("Feature maps")}, view)
        dark = _choice("takeaway_ground", t("Background"), {"light": t("Light"), "dark": t("Dark")}, "light") == "dark"
    wanted = (bench.config, bench.size, view, dark, bench.language)
    name = _name(bench)
    with _beside(t("For print, slides and posters: sharp at any size, its text can be edited.")):
        _download(t("Drawing as SVG"), lambda: drawing(*wanted), f"{name}.svg", "image/svg+xml")
    with _beside(t("For a document that takes no SVG: two pixels for each of the SVG's.")):
        component("takeaway")(key="takeaway_png", data=png_payload(*wanted, name))


def _table(bench: Workbench) -> None:
    st.header(t("Table"), anchor=False)
    _file(
        bench, to_csv, t("Table as CSV"), ".csv", "text/csv", t("For a spreadsheet: plain numbers, units in the head.")
    )
    _file(bench, to_markdown, t("Table as Markdown"), ".md", "text/markdown",
          t("For a report: the same rows, and the totals below."))  # fmt: skip


def _code(bench: Workbench) -> None:
    st.header(t("Code"), anchor=False)
    _file(
        bench, to_pytorch, t("PyTorch file"), ".py", "text/x-python",
        t("To read, run and train: every layer of exactly this network, with its shapes; it needs torch only."),
    )  # fmt: skip
    _file(bench, to_dot, t("Graphviz file"), ".gv", "text/vnd.graphviz",
          t("The wiring as a graph in DOT, for Graphviz and for what reads it."))  # fmt: skip
    takeaway_onnx.offer(bench, _name(bench), COLUMNS)


def _name(bench: Workbench) -> str:
    return file_stem(bench.config, bench.size)


def _file(bench: Workbench, write: Callable[[Trace], str], label: str, ending: str, kind: str, says: str) -> None:
    """A button for a text made from the trace."""
    config, size, name = bench.config, bench.size, _name(bench)
    if ending == ".py":
        name = name.replace("-", "_")  # so that Python can import it
    with _beside(says):
        _download(label, lambda: write(cached_trace(config, size)), name + ending, kind)


def _beside(says: str) -> st.delta_generator.DeltaGenerator:
    """The place of a button, with what it is for at its right."""
    button, text = st.columns(COLUMNS, vertical_alignment="center")
    text.caption(says)
    return button


def _download(label: str, data: Callable[[], str], name: str, kind: str) -> None:
    """What is downloaded is made at the click, in another thread: `data` may not ask Streamlit for anything."""
    st.download_button(label, data, name, kind, key=f"take_{name.rpartition('.')[2]}", on_click="ignore",
                       width="stretch")  # fmt: skip


def _choice(key: str, label: str, words: Mapping[str, str], usual: str) -> str:
    """One of `words`; until the visitor has chosen, what is usual for the network."""
    chosen = st.session_state.get(f"{key}_chosen")
    st.session_state[key] = chosen if chosen in words else usual
    st.segmented_control(
        label, list(words), format_func=words.__getitem__, key=key, required=True, wrap=True, on_change=_chosen,
        args=(key,),
    )  # fmt: skip
    return str(st.session_state[key])


def _chosen(key: str) -> None:
    st.session_state[f"{key}_chosen"] = st.session_state[key]


@lru_cache(maxsize=64)
def drawing(config: UNetConfig, size: Size, view: str, dark: bool, language: str) -> str:
    """The drawing as an SVG file with words in one language."""
    assert view in VIEWS
    return to_svg(cached_trace(config, size), view, dark=dark, translate=lambda text: translated(text, language))


@lru_cache(maxsize=64)
def png_payload(config: UNetConfig, size: Size, view: str, dark: bool, language: str, name: str) -> bytes:
    """The same file for the browser to turn into pixels."""
    return packed(
        {
            "svg": drawing(config, size, view, dark, language), "name": f"{name}.png", "language": language,
            "label": translated("Drawing as PNG", language),
            "failed": translated("This browser could not draw it; take the SVG.", language),
        }
    )  # fmt: skip
