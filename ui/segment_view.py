"""The mask of Segment: one or two networks' answers for the image, their passports, and what was done on the way."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui import passports, viewer
from ui.answers import answer, answer_key, is_kept
from ui.kept import kept
from ui.language import joined, plain
from ui.models import model
from ui.pictures import brighter
from ui.segment_state import image_key, looking
from ui.state import t
from unet_core.images import LoadedImage
from unet_core.likeness import not_compared, unlikeness
from unet_core.messages import Message
from unet_core.scale import rescaled
from unet_core.segment import Segmentation

LARGE = 2**20  # pixels from which an answer takes longer than a moment


def answered(image: LoadedImage, names: Sequence[str]) -> list[viewer.Pane]:
    """An answer of each network. Raises as `unet_core.answer` does.

    While a large image is worked on, it stands there already, below the progress.
    """
    marked = mark_of(image)
    with st.spinner(t("The network is looking at the image …")):
        bars, picture = [st.empty() for _ in names], st.empty()
        height, width = image.pixels.shape[:2]
        if height * width > LARGE and not all(is_kept(image, name, marked) for name in names):
            picture.image(viewer.picture(image), width="stretch")
        try:
            return [viewer.Pane(answer_key(image, name, marked), name, _computed(image, name, marked, bar))
                    for name, bar in zip(names, bars, strict=True)]  # fmt: skip
        finally:
            picture.empty()  # it comes again, under its masks


def mark_of(image: LoadedImage) -> float | None:
    """The diameter in pixels of an object that the visitor marked in the image."""
    return looking().marked.get(image_key(image))


def _computed(image: LoadedImage, name: str, marked: float | None, bar: DeltaGenerator) -> Segmentation:
    def progress(done: int, of: int) -> None:
        if of > 1:  # what is one tile takes a moment only
            bar.progress(done / of, t("{name}: {done} of {of} tiles", name=name, done=done, of=of))

    found = answer(image, name, marked, progress)
    bar.empty()
    return found


def passports_of(panes: Sequence[viewer.Pane]) -> None:
    """Over every mask whose it is, and how far to trust it."""
    for pane in panes:
        st.caption(passports.short(pane.title))


@kept(1, key=lambda image, name, marked: answer_key(image, name, marked))
def _unlike(image: LoadedImage, name: str, marked: float | None) -> tuple[tuple[Message, ...], Message | None]:
    """In what the image, as the network saw it, is unlike those that it learned from; or why that can't be told."""
    card = model(name)[1]
    pixels = rescaled(image.pixels, marked, card).pixels
    return unlikeness(card, pixels, marked is not None), not_compared(card, pixels)


def warn(image: LoadedImage, panes: Sequence[viewer.Pane], measure: bool = True) -> None:
    """Where the image is unlike what the networks learned from, say in what; the mask may mean nothing then.

    `measure` is whether there is a tab Measure on this page.
    """
    compared = [_unlike(image, pane.title, mark_of(image)) for pane in panes]
    said = dict.fromkeys(f"- {plain(t(sentence))}" for sentences, _ in compared for sentence in sentences)
    unknown = dict.fromkeys(plain(t(reason)) for _, reason in compared if reason)
    with st.container(key="unlike"):
        if said:
            st.warning("\n".join([t("Trust this mask less: the image is unlike what the network learned from."), "",
                                  *said]))  # fmt: skip
        for reason in unknown:
            st.info(reason)
        if not said and not unknown:
            alike = t("Brightness, colour, grain and size of this image are those of the training images. That is "
                      "no proof of the mask.")  # fmt: skip
            st.caption(joined([alike, t("Judge it by eye, or under Measure.")] if measure else [alike]))


def about(image: LoadedImage, panes: Sequence[viewer.Pane]) -> None:
    """Time and device, and what was done to the image."""
    height, width = image.pixels.shape[:2]
    for pane in panes:
        st.write(t("{height} × {width} pixels in {seconds:.2f} s on {device}.", height=height,
                   width=width, seconds=pane.answer.seconds, device=pane.answer.device))  # fmt: skip
    for note in _notes(image, panes):
        st.write("• " + t(note))


def _notes(image: LoadedImage, panes: Sequence[viewer.Pane]) -> list[Message]:
    """What was done to the image, each sentence once."""
    found = [*image.notes, *(note for pane in panes for note in pane.answer.notes)]
    if (factor := brighter(image)) > 1:
        found.append(Message("It is shown {factor:.1f} times as bright as it is; the network gets the original.",
                             {"factor": factor}))  # fmt: skip
    return list({str(note): note for note in found}.values())
