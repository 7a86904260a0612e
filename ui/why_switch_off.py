"""Switch it off: the mask with and without one part of the network, and how they differ."""

from dataclasses import dataclass, replace
from typing import Any

import streamlit as st
from numpy.typing import NDArray

from ui import why_figures, why_words
from ui.answers import answer, answer_key
from ui.kept import kept
from ui.language import plain, translated
from ui.models import model, shelf
from ui.seen import Seen
from ui.state import t
from ui.turns import turn
from ui.uploads import chosen_name
from ui.why_figures import Figure
from ui.why_parts import Part, ask
from ui.why_state import asking, take_over
from ui.why_subject import chosen_truth, ready
from unet_core.experiments.ablation import Ablation, switch_off, switch_off_skip
from unet_core.inside.answer import Answer, change
from unet_core.messages import Message, Signed
from unet_core.segment import Floats
from unet_core.zoo.passport import Passport


@dataclass(frozen=True, eq=False)
class Switched:
    """What was switched off in which image, as the network saw it."""

    key: str
    pixels: Floats
    found: Ablation
    notes: tuple[Message, ...]


def show(seen: Seen) -> None:
    left, right = st.columns([1, 2.1], gap="large")
    with left:
        part = ask(seen)
        rival = _ask_rival(seen, part)
    with right:
        with st.spinner(t("The network looks once more, without this part …")):
            done = _switched(seen, part)
            beside = answer(seen.image, rival, seen.marked).per_class if rival else None
        data = _payload(seen, done, rival, beside, chosen_name())
        why_figures.show(data, "why_switch_off")
        why_words.notes((*done.found.notes[-1:], *done.notes))


@kept(256, key=lambda seen, part: (answer_key(seen.image, seen.name, seen.marked), part))
def _switched(seen: Seen, part: Part) -> Switched:
    with turn():
        of, notes = ready(seen)
        found = (switch_off(of, part.row, part.channel) if part.level is None
                 else switch_off_skip(of, part.level, part.step, part.source))  # fmt: skip
    key = f"{answer_key(seen.image, seen.name, seen.marked)}/{part}"
    return Switched(key, of.pixels, found, notes)


@kept(64, key=lambda seen, done, rival, beside, sample: (done.key, seen.told.threshold, seen.language, rival, sample))
def _payload(seen: Seen, done: Switched, rival: str, beside: Floats | None, sample: str) -> bytes:
    threshold, language = seen.told.threshold / 256, seen.language
    before, after = done.found.before, done.found.after
    size = before.probability.shape
    dice = _scores((before, after), chosen_truth(size), threshold)
    loss = "" if None in dice else f" ({Signed(dice[1] - dice[0]):+.3f})"  # type: ignore[operator]
    figures = [
        _mask("before", translated("With it", language), why_words.dice_text(dice[0], language), done.pixels, before,
              threshold),
        _mask("after", translated("Switched off", language), why_words.dice_text(dice[1], language) + loss, done.pixels,
              after, threshold),
        Figure("change", translated("What changed", language),
               why_words.change_text(change(before, after, threshold), size[0] * size[1], language),
               why_figures.signed_levels(after.probability - before.probability), size, "diverging"),
    ]  # fmt: skip
    if beside is not None:
        figures.append(_rival(seen, rival, Answer(beside)))
    label = translated("The mask with and without the part that is switched off", language)
    return why_figures.payload(figures, label, language)


def _scores(answers: tuple[Answer, ...], truth: NDArray[Any] | None, threshold: float) -> list[float | None]:
    return [None if truth is None else one.dice(truth, threshold) for one in answers]


def _mask(name: str, title: str, text: str, pixels: Floats, found: Answer, threshold: float) -> Figure:
    levels = why_figures.mask_levels(pixels, found.per_class, threshold)
    return Figure(name, title, text, levels, found.probability.shape)


def _rival(seen: Seen, rival: str, found: Answer) -> Figure:
    """The mask of the network that was trained without."""
    threshold = seen.told.threshold / 256
    (dice,) = _scores((found,), chosen_truth(found.probability.shape), threshold)
    title = translated("Trained without: {name}", seen.language, name=rival)
    return _mask("rival", title, why_words.dice_text(dice, seen.language), seen.image.pixels, found, threshold)


def _ask_rival(seen: Seen, part: Part) -> str:
    """The network that was trained without this skip, where the shelf has one and the visitor wants to see its mask."""
    without = trained_without(seen.name, part)
    other = next((one for one in without if differs_in_skips_alone(one.folder, seen.name)), None)
    if other is None:
        if names := sorted({one.compared_with for one in without} - {"", seen.name}):
            st.write(plain(t("Beside {names} there are networks that were trained without this skip: choose it above "
                             "to see their masks.", names=", ".join(names))))  # fmt: skip
        return ""
    levels = ", ".join(map(str, other.missing_skips))
    st.write(plain(t("{name} was trained without skips at these levels: {levels}.", name=other.folder, levels=levels)))
    st.session_state["why_rival"] = asking().rival
    st.toggle(t("Show its mask"), key="why_rival", on_change=take_over, args=("rival",))
    return other.folder if asking().rival else ""


def trained_without(name: str, part: Part) -> list[Passport]:
    """The other networks for the same kind of thing without the skips of a level; first those that lack few others."""
    known = shelf().find(name)
    found = shelf().trained_without(known.subject) if known and part.level is not None else ()
    return sorted((one for one in found if part.level in one.missing_skips and one.folder != name),
                  key=lambda one: len(one.missing_skips))  # fmt: skip


def differs_in_skips_alone(one: str, other: str) -> bool:
    first, second = (replace(model(name)[1].config, skip_levels=None) for name in (one, other))
    return first == second
