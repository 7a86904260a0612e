"""Deep supervision: the masks of the heads L1 .. Ld side by side, with what each costs, and their mean."""

from collections.abc import Iterator
from dataclasses import dataclass

import streamlit as st

from ui import why_figures, why_words
from ui.answers import answer_key
from ui.kept import kept
from ui.language import plain, translated
from ui.models import model, shelf
from ui.seen import Seen
from ui.state import t
from ui.uploads import chosen_name
from ui.why_figures import Figure
from ui.why_series import series
from ui.why_subject import chosen_truth, ready
from unet_core.experiments.heads import ROUNDS, Head, Heads, heads
from unet_core.messages import Message
from unet_core.segment import Floats


@dataclass(frozen=True, eq=False)
class Supervised:
    """What is known of all heads after `done` of `of` runs, and the image as the network saw it."""

    pixels: Floats
    found: Heads
    notes: tuple[Message, ...]

    @property
    def done(self) -> int:
        return self.found.done

    @property
    def of(self) -> int:
        return self.found.of


def show(seen: Seen) -> None:
    if not model(seen.name)[1].config.deep_supervision:
        sentence = which_instead(seen.name)
        st.info(plain(t(sentence)))
        return
    key = f"{answer_key(seen.image, seen.name, seen.marked)}/heads"
    found = series(key, t("Run every head and take its time"), lambda: timed(seen))
    if found is None:
        return
    why_figures.show(_payload(key, seen, found, chosen_name()), "why_heads")
    st.write(t("Each time is the median of up to {rounds} runs on this machine, in turns with the others; a busy "
               "machine makes all of them longer. How good a network would be that was trained with one head alone "
               "this does not show.", rounds=ROUNDS))  # fmt: skip
    why_words.notes(found.notes)


def which_instead(name: str) -> Message:
    """Of the networks for the same kind of thing those with several heads."""
    known = shelf().find(name)
    others = [one.folder for one in shelf().of(known.subject) if one.config.deep_supervision] if known else []
    if not others:
        return Message("This network has one head, and none that comes with this app for this kind of image has more: "
                       "only deep supervision trains a head at every level of a U-Net++.")  # fmt: skip
    return Message("This network has one head. Choose one with deep supervision above, which has a head at every "
                   "level: {names}.", {"names": ", ".join(others)})  # fmt: skip


def timed(seen: Seen) -> Iterator[Supervised]:
    """Every head's mask, then their times in turns; to be called within a turn."""
    of, notes = ready(seen)
    for found in heads(of):
        yield Supervised(of.pixels, found, notes)


@kept(64, key=lambda key, seen, done, sample: (key, done.done, seen.told.threshold, seen.language, sample))
def _payload(key: str, seen: Seen, done: Supervised, sample: str) -> bytes:
    threshold, language = seen.told.threshold / 256, seen.language
    truth = chosen_truth(done.found.heads[0].answer.probability.shape)
    figures = []
    for head in done.found.heads:
        title = f"L{head.level}" if head.level else translated("The mean of all heads", language)
        dice = None if truth is None else head.answer.dice(truth, threshold)
        text = f"{why_words.dice_text(dice, language)}; {_costs(head, language)}"
        levels = why_figures.mask_levels(done.pixels, head.answer.per_class, threshold)
        figures.append(Figure(title, title, text, levels, head.answer.probability.shape))
    label = translated("The mask of every head", language)
    return why_figures.payload(figures, label, language, columns=max(3, len(figures)))


def _costs(head: Head, language: str) -> str:
    values = {"parameters": head.parameters, "work": head.macs / 1e9}
    if head.seconds is None:
        return translated("{parameters:,} parameters, {work:.2f} billion multiply-adds", language, **values)
    return translated("{seconds:.2f} s, {parameters:,} parameters, {work:.2f} billion multiply-adds", language,
                      seconds=head.seconds, **values)  # fmt: skip
