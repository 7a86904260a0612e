"""The mask of Segment: one or two networks' answers for the image, their passports, and what was done on the way."""

from collections.abc import Sequence

import streamlit as st

from ui import passports, viewer
from ui.answers import answer, answer_key
from ui.kept import kept
from ui.language import plain
from ui.models import model
from ui.pictures import brighter
from ui.segment_state import image_key, looking
from ui.state import t
from unet_core.images import LoadedImage
from unet_core.likeness import unlikeness
from unet_core.messages import Message
from unet_core.scale import rescaled
from unet_core.segment import Segmentation


def answered(image: LoadedImage, names: Sequence[str]) -> list[viewer.Pane]:
    """An answer of each network. Raises as `unet_core.answer` does."""
    marked = mark_of(image)
    with st.spinner(t("The network is looking at the image …")):
        return [viewer.Pane(answer_key(image, name, marked), name, _computed(image, name, marked)) for name in names]


def mark_of(image: LoadedImage) -> float | None:
    """The diameter in pixels of an object that the visitor marked in the image."""
    return looking().marked.get(image_key(image))


def _computed(image: LoadedImage, name: str, marked: float | None) -> Segmentation:
    bar = st.empty()

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
def _unlike(image: LoadedImage, name: str, marked: float | None) -> tuple[Message, ...]:
    """In what the image, as the network saw it, is unlike those that it learned from."""
    card = model(name)[1]
    return unlikeness(card, rescaled(image.pixels, marked, card).pixels, marked is not None)


def warn(image: LoadedImage, panes: Sequence[viewer.Pane]) -> None:
    """Where the image is unlike what the networks learned from, say in what; the mask may mean nothing then."""
    said = [sentence for pane in panes for sentence in _unlike(image, pane.title, mark_of(image))]
    if said:
        with st.container(key="unlike"):
            st.warning("\n".join([t("Trust this mask less: the image is unlike what the network learned from."), "",
                                  *dict.fromkeys(f"- {plain(t(sentence))}" for sentence in said)]))  # fmt: skip


def about(image: LoadedImage, panes: Sequence[viewer.Pane]) -> None:
    """Time and device, and what was done to the image."""
    height, width = image.pixels.shape[:2]
    for pane in panes:
        st.write(t("{height} × {width} pixels in {seconds:.2f} s on {device}.", height=height, width=width,
                   seconds=pane.answer.seconds, device=pane.answer.device))  # fmt: skip
    for note in _notes(image, panes):
        st.write("• " + t(note))


def _notes(image: LoadedImage, panes: Sequence[viewer.Pane]) -> list[Message]:
    """What was done to the image, each sentence once."""
    found = [*image.notes, *(note for pane in panes for note in pane.answer.notes)]
    if (factor := brighter(image)) > 1:
        found.append(Message("It is shown {factor:.1f} times as bright as it is; the network gets the original.",
                             {"factor": factor}))  # fmt: skip
    return list({str(note): note for note in found}.values())
