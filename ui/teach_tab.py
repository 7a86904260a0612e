"""Teach it: a picture, a few strokes on it, and a network that learns from them while one watches."""

from functools import partial

import streamlit as st

from ui import jobs, teach_after, teach_measured, uploads
from ui.language import plain
from ui.models import shelf
from ui.painting import Painting, paint
from ui.pictures import brighter, to_bytes
from ui.segment_state import image_key
from ui.state import Workbench, t
from ui.teach_picture import SHOWN_SIDE, enlarged, over, small
from ui.teach_state import (
    FEWEST_SECONDS,
    KIND,
    MOST_SECONDS,
    RANDOM,
    Lesson,
    Run,
    brushes,
    network_of,
    send_new,
    start,
    teaching,
)
from unet_core.images import LoadedImage
from unet_core.jobs import STOP
from unet_core.teach import FEWEST, MOST
from unet_core.teach.job import Told
from unet_core.teach.net import can_begin_from

TALLEST = 500  # pixels: about as high as the picture with the brush, where there is room


def show(bench: Workbench) -> None:
    """Raises ImageError for a picture that can't be read, and as the answer of a network does."""
    image = uploads.chosen_page(uploads.chosen_file())
    kept, lesson = teaching(), teaching().lessons.get(image_key(image))
    run = None if lesson is None else jobs.look(lesson.link)
    going = run is not None and not run.ended
    if lesson is not None and run is not None and run.ended:
        lesson.network = network_of(run) or lesson.network
    place = st.container(horizontal=True, vertical_alignment="bottom")
    refused = st.container()
    left, right = st.columns(2, gap="large")
    with left:
        known = paint(image_key(image), (image.pixels.shape[0], image.pixels.shape[1]),
                      lambda: to_bytes(image.pixels, brighter(image)), brushes(kept.classes), bench.language,
                      key="teach_brush", first=2)  # what one came to cut out, not what is around it
    with place:
        _controls(image, known, lesson, run)
    if lesson is not None and going:
        send_new(image, lesson, known.strokes)
    refusal = kept.refusal_of(image_key(image), known.strokes)
    if refusal is not None:
        refused.error(plain(t(refusal)))
    with right:
        _answer(bench, image, lesson, run)
    if lesson is not None and lesson.network and not going:
        teach_after.show(bench, lesson.network)


def _controls(image: LoadedImage, known: Painting, lesson: Lesson | None, run: Run | None) -> None:
    kept, going = teaching(), run is not None and not run.ended
    st.session_state["teach_classes"] = kept.classes
    st.segmented_control(t("Classes"), list(range(FEWEST, MOST + 1)), key="teach_classes", on_change=_classes_chosen,
                         required=True, disabled=going)  # fmt: skip
    if going:
        assert run is not None
        st.button(t("Stop"), key="teach_stop", on_click=jobs.send, args=(run.link, STOP),
                  help=t("Ends here and keeps what it has learned."))  # fmt: skip
    else:
        again = lesson is not None and lesson.network != ""
        st.button(t("Go on learning") if again else t("Start"), key="teach_start", type="primary", on_click=start,
                  args=(image, known.strokes))  # fmt: skip
    with st.popover(t("More"), disabled=going):
        _more()


def _classes_chosen() -> None:
    teaching().classes = int(st.session_state["teach_classes"])


def _more() -> None:
    """How long, and from which weights."""
    kept = teaching()
    st.session_state["teach_seconds"] = kept.seconds
    st.number_input(t("Seconds to learn, anew with every stroke"), FEWEST_SECONDS, MOST_SECONDS, key="teach_seconds",
                    on_change=partial(_taken, "seconds"))  # fmt: skip
    names = {RANDOM: t("random weights"), **{one.folder: one.folder for one in shelf().models
                                             if can_begin_from(one.config)}}  # fmt: skip
    st.session_state["teach_begin_from"] = kept.begin_from if kept.begin_from in names else RANDOM
    st.selectbox(t("Begin from"), list(names), format_func=names.__getitem__, key="teach_begin_from",
                 on_change=partial(_taken, "begin_from"),
                 help=t("A network that ships has learned another task; that may help, or not."))  # fmt: skip


def _taken(name: str) -> None:
    setattr(teaching(), name, st.session_state[f"teach_{name}"])


def _answer(bench: Workbench, image: LoadedImage, lesson: Lesson | None, run: Run | None) -> None:
    """The mask as it grows; when it has ended, the answer at the picture's own size."""
    if lesson is None:
        _other_run()
        return
    if run is None or run.ended:
        if run is not None:
            jobs.say(run)
        if lesson.network:
            teach_after.answer_of(bench, image, lesson.network, "teach_viewer")
            _told(run)
            st.info(t("Where it errs, paint another stroke; then press “Go on learning”: it goes on from what it "
                      "knows. Below, other pictures show what it has learned."))  # fmt: skip
        return
    jobs.watch([run.link], lambda runs: _live(runs, image), key="teach_watch")


def _other_run() -> None:
    """Nothing is known of this picture; but a run of before a reload may go on, with the picture that it took along."""
    run = jobs.latest(KIND)
    if run is None or any(run.link == one.link for one in teaching().lessons.values()):
        st.info(t("Paint a stroke or two over the thing, then choose “not this” and paint over what surrounds it. "
                  "Then press Start: a small U-Net begins with random weights and learns from these strokes alone, in "
                  "half a minute. A stroke that you paint meanwhile is taken up at once."))  # fmt: skip
        teach_measured.show()
        return
    st.write(t("Your lesson from before goes on here.") if not run.ended else t("This was your last lesson."))
    jobs.watch([run.link], lambda runs: _live(runs, None), key="teach_watch_other")
    if run.ended and (name := network_of(run)):
        teach_after.files(name)


def _live(runs: list[Run], image: LoadedImage | None) -> None:
    """Drawn once a second."""
    for run in runs:
        jobs.say(run)
        seen = [one for one in run.progress if one.preview is not None]
        if image is None and not seen:
            continue
        picture = small(image) if image is not None else enlarged(seen[0].preview)
        height, width = picture.shape[:2]
        masks = [one.preview for one in seen if isinstance(one.value, Told)]
        st.image(over(picture, masks[-1]) if masks else picture, output_format="JPEG",
                 width=max(1, round(min(SHOWN_SIDE, TALLEST * width / height))),
                 alt=t("The picture under the mask so far"))  # fmt: skip
        _told(run)


def _told(run: Run | None) -> None:
    """How far it is, and how well it knows the strokes."""
    told = [one.value for one in run.progress if isinstance(one.value, Told)] if run is not None else []
    if run is None or not told:
        return
    last = told[-1]
    if not run.ended:
        st.progress(last.done)
    if last.right is None:
        st.write(t("{steps:,} steps in {seconds:.0f} s.", steps=last.step, seconds=last.seconds))
    else:
        st.write(t("{steps:,} steps in {seconds:.0f} s: {right:.0%} of the stroked pixels are right. Of the others "
                   "only your eye can tell.", steps=last.step, seconds=last.seconds, right=last.right))  # fmt: skip
