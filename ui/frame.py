"""What every page begins with: title, language, doors to the other pages, and a word about a broken link."""

import gc
from pathlib import Path

import streamlit as st

from ui.figure import cached_trace
from ui.language import LANGUAGES, mark, plain
from ui.state import Workbench, change, follow_address, t, take_complaints, workbench, write_address
from unet_core.config import PRESETS

ASSETS = Path(__file__).parent.parent / "assets"
PAGES = {
    "app.py": mark("Home"), "pages/build.py": mark("Build"), "pages/walk.py": mark("Walk"),
    "pages/kernel.py": mark("Kernel"), "pages/segment.py": mark("Segment"),
    "pages/train.py": mark("Train"), "pages/compare.py": mark("Compare"), "pages/findings.py": mark("Findings"),
}  # fmt: skip
STYLE = """<style>
.stAppHeader { background: transparent; left: auto; right: 0; width: max-content; }
.stAppHeader, .stAppHeader * { pointer-events: none; }
.stAppHeader button, .stAppHeader button *, .stAppHeader a { pointer-events: auto; }
.stMainBlockContainer { padding: 0.9rem 3rem 2rem; max-width: 1500px; }
.stMainBlockContainer h1 { font-size: 1.5rem; padding: 0 0 0.4rem; }
.stMainBlockContainer h2 { font-size: 1.2rem; padding: 0.4rem 0; }
.st-key-doors { padding-right: 7rem; }
.st-key-entrances a { border: 1px solid light-dark(#8A949E, #6B757F); border-radius: 0.5rem; padding: 0.4rem 0.8rem; }
[data-testid="stBaseButton-primary"]:not(:disabled) * { color: light-dark(#fff, #000); }
[data-testid="stWidgetLabel"], [data-testid="stWidgetLabel"] * { color: inherit; }
button[data-variant="segmented_control"][data-selected]:hover * { color: light-dark(#004B7D, #A9DCF8); }
</style>"""


def page(title: str, question: str, runs: bool = False) -> Workbench:
    """Begin a page: `title` and `question` are templates. Returns the visitor's workbench.

    A page that shows `runs` has a way back to them in its address.
    """
    st.set_page_config(page_title="U-Net Explorer", page_icon=str(ASSETS / "icon.png"), layout="wide",
                       initial_sidebar_state="collapsed")  # fmt: skip
    _warm_up()
    st.html(STYLE)
    follow_address()
    bench = workbench()
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="doors"):
        for path, name in PAGES.items():
            st.page_link(path, label=t(name))
        st.space("stretch")
        _language_switch(bench.language)
    for complaint in take_complaints():
        st.warning(plain(t(complaint)))
    write_address(runs)
    st.title(f"{t(title)} · {t(question)}" if question else t(title), anchor=False)
    return workbench()


def _language_switch(language: str) -> None:
    st.session_state["language"] = language
    st.segmented_control(
        "Language / 语言", list(LANGUAGES), format_func=LANGUAGES.__getitem__, key="language", required=True,
        label_visibility="collapsed", on_change=_language_changed,
    )  # fmt: skip


def _language_changed() -> None:
    if st.session_state["language"] in LANGUAGES:
        change(language=st.session_state["language"])


@st.cache_resource(show_spinner=False)
def _warm_up() -> bool:
    """Once in a process: the first build on meta takes a second or two, and what was imported never dies."""
    cached_trace(PRESETS["unet-2015"], (572, 572))
    gc.collect()
    gc.freeze()  # else every collection walks all of torch, about 190 ms each
    return True
