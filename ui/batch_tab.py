"""Batch: many images at once, a gallery of their masks, and one ZIP of the results."""

from functools import partial

import streamlit as st

from ui.batch_work import Work
from ui.language import plain
from ui.models import model
from ui.presence import watcher
from ui.seen import Seen
from ui.state import t
from unet_core.batch import MAX_FILES, MAX_TOTAL, BatchError, File, Result, check_files, to_zip
from unet_core.images import ACCEPTED_FORMATS

ACROSS = 5  # pictures in a row of the gallery


def show(seen: Seen) -> None:
    """Choose, start, watch, take away. What is done stays for the session, until the next start."""
    st.write(t("All images are given to {name}, with the threshold {threshold:.2f} that is set above.",
               name=plain(seen.name), threshold=seen.told.threshold / 256))  # fmt: skip
    st.write(t("It looks for what it knows in every one of them, whatever they show; where an image is unlike those "
               "that it learned from, that is said."))  # fmt: skip
    uploads = st.file_uploader(
        t("Images: {formats}, at most {files} of them and {limit} MB together", formats=", ".join(ACCEPTED_FORMATS),
          files=MAX_FILES, limit=MAX_TOTAL // 2**20), accept_multiple_files=True, key="batch_files",
    )  # fmt: skip
    marked = seen.marked
    if marked is not None and not st.checkbox(
        t("Objects in all of them are {diameter:.0f} pixels wide, as marked above", diameter=marked), value=True,
        key="batch_marked",
    ):  # fmt: skip
        marked = None
    try:
        check_files([upload.size for upload in uploads])
    except BatchError as error:
        st.error(plain(t(error)))
        uploads = []
    work = _work()
    if st.button(t("Start"), type="primary", disabled=not uploads or bool(work and work.running), key="batch_start"):
        if work is not None:
            work.stop()
        files = [File(upload.name, upload.getvalue()) for upload in uploads]
        network, card = model(seen.name)
        work = Work(network, card, files, seen.told.threshold / 256, marked, watcher())
        st.session_state["batch"] = work
        st.rerun()
    if work is not None:
        st.fragment(_progress, run_every=1.0 if work.running else None)()


def _work() -> Work | None:
    kept = st.session_state.get("batch")
    return kept if isinstance(kept, Work) else None


def _progress() -> None:
    """Drawn anew once a second while it runs, and once more when it has ended."""
    work = _work()
    assert work is not None
    done, of = len(work.results), len(work.files)
    if work.running:
        left = work.seconds_left
        st.progress(done / of, t("{done} of {of} images; waiting for the first", done=done, of=of) if left is None else
                    t("{done} of {of} images, about {seconds:.0f} s left", done=done, of=of, seconds=left))  # fmt: skip
        if st.button(t("Stop"), key="batch_stop"):
            work.stop()
    else:
        if st.session_state.get("batch_told") is not work:
            st.session_state["batch_told"] = work
            st.rerun()
        st.write(t("{done} of {of} images are done.", done=done, of=of))
    if work.failed:
        st.error(plain(t(work.failed)))
    _gallery(list(work.results))
    if work.results and not work.running:
        st.download_button(t("All results as ZIP"), partial(to_zip, work.results, work.card, work.threshold),
                           f"masks-{work.card.name}.zip", "application/zip", on_click="ignore")  # fmt: skip


def _gallery(results: list[Result]) -> None:
    for start in range(0, len(results), ACROSS):
        for column, result in zip(st.columns(ACROSS), results[start : start + ACROSS], strict=False):
            with column:
                _picture(result)


def _picture(result: Result) -> None:
    if result.refused:
        st.error(f"**{plain(result.name)}**: {plain(t(result.refused))}")
        return
    st.image(result.thumbnail, width="stretch", alt=t("{name} under its mask", name=result.name))
    objects = "?" if result.objects is None else f"{result.objects:,}"
    told = t(
        "{name}: {height} × {width} pixels, the mask covers {percent:.1f} %; objects: {objects}; {seconds:.1f} s",
        name=plain(result.name), height=result.size[0], width=result.size[1], percent=100 * result.share,
        objects=objects, seconds=result.seconds,
    )  # fmt: skip
    st.caption(told)
    if result.unlike:
        st.warning("\n".join(f"- {plain(t(sentence))}" for sentence in result.unlike))
