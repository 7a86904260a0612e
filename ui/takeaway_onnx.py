"""ONNX in the tab Take away: made on request, one at a time, in a process of its own, and checked first.

The page goes on meanwhile: the row looks once a second whether the file is there. A file is shared between visitors.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from threading import Lock

import streamlit as st

from ui.figure import Size, cached_trace
from ui.language import joined, plain
from ui.models import FIRST
from ui.state import Workbench, t
from unet_core.checkpoint import Card, load_card
from unet_core.config import UNetConfig
from unet_core.messages import ExplainedError
from unet_core.onnx_file import SEED, OnnxError, OnnxFile, check_exportable, make, missing
from unet_core.zoo import MODELS

INSTALL = "python -m pip install -r requirements-onnx.txt"
KEPT = 2  # finished files in memory, each of up to 160 MB
MOST_WAITING = 8
Key = tuple[UNetConfig, Size]


class Exports:
    """The exports that were asked for and are not finished, and the last few that are."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="onnx")
        self._futures: dict[Key, Future[OnnxFile]] = {}

    def look(self, key: Key) -> Future[OnnxFile] | None:
        """The export of a network; None when nobody has asked for it, or others have since."""
        return self._futures.get(key)

    def ask(self, key: Key) -> Future[OnnxFile]:
        """The export of a network, begun where there is none; one that has failed is tried again."""
        with self._lock:
            known = self._futures.get(key)
            if known and not (known.done() and known.exception()):
                return known
            self._futures.pop(key, None)
            finished = [each for each, future in self._futures.items() if future.done()]
            for old in finished[: max(0, len(finished) - (KEPT - 1))]:
                del self._futures[old]
            begun = self._futures[key] = self._begin(key)
            return begun

    def _begin(self, key: Key) -> Future[OnnxFile]:
        waiting = sum(not future.done() for future in self._futures.values())
        if waiting >= MOST_WAITING:
            refused: Future[OnnxFile] = Future()
            refused.set_exception(OnnxError("{waiting} exports are waiting already; try again in a minute",
                                            waiting=waiting))  # fmt: skip
            return refused
        return self._pool.submit(lambda: make(cached_trace(*key), MODELS / FIRST if trained_card(key[0]) else None))


@st.cache_resource(show_spinner=False)
def exports() -> Exports:
    """Those of all visitors."""
    return Exports()


def trained_card(config: UNetConfig) -> Card | None:
    """The card of the trained network that ships, where it is exactly this one."""
    card = _shipped()
    return card if card and card.config == config else None


@cache
def _shipped() -> Card | None:
    try:
        return load_card(MODELS / FIRST)
    except ExplainedError:
        return None


def offer(bench: Workbench, name: str, columns: list[int]) -> None:
    """The row with the button that makes the file `name`, or gives it when it is made, and what it is for."""
    key = bench.config, bench.size
    running = _running(key)
    st.fragment(_row, run_every=1.0 if running else None)(key, name, columns, running)


def _running(key: Key) -> bool:
    future = exports().look(key)
    return future is not None and not future.done()


def _row(key: Key, name: str, columns: list[int], running: bool) -> None:
    button, text = st.columns(columns, vertical_alignment="center")
    try:
        check_exportable(cached_trace(*key))
    except OnnxError as error:
        button.button(t("ONNX file"), key="onnx_none", disabled=True, width="stretch")
        where = t("In the environment of this app: `{command}`", command=INSTALL)
        text.caption(plain(t(error)) + (f"\n\n{where}" if missing() else ""))
        return
    with button:
        note = _button(key, name)
    text.caption(joined([note, _about(key)]).strip())
    if _running(key) != running:
        st.rerun()  # to begin to look every second, or to leave off


def _button(key: Key, name: str) -> str:
    """What the state of the export calls for. Returns what there is to say about it."""
    future = exports().look(key)
    if future is None or (future.done() and future.exception()):
        st.button(t("Make ONNX file"), key="onnx_make", width="stretch", on_click=exports().ask, args=(key,))
        error = future.exception() if future else None
        return "" if error is None else plain(t(error) if isinstance(error, ExplainedError) else repr(error))
    if not future.done():
        st.button(t("Exporting and checking …"), key="onnx_wait", icon="spinner", disabled=True, width="stretch")
        return ""
    st.download_button(t("ONNX file"), lambda: exports().ask(key).result().data, f"{name}.onnx",
                       "application/octet-stream", on_click="ignore", width="stretch", key="onnx_file")  # fmt: skip
    return t("Checked with a random image: onnxruntime's logits differ from ours by {difference:.1e} at most.",
             difference=future.result().difference)  # fmt: skip


def _about(key: Key) -> str:
    config, (height, width) = key
    card = trained_card(config)
    fixed = t("For other programs. The input is fixed at {height} × {width} × {channels}.", height=height, width=width,
              channels=config.in_channels)  # fmt: skip
    if card:
        return joined([fixed, t("Its weights are those of {name}, trained.", name=card.name)])
    return joined([fixed, t("Its weights are random, seed {seed}: nobody has trained this network.", seed=SEED)])
