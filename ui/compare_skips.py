"""The skip switches: a skip set to zero in a net that was trained with it, and a net that was trained without it.

These are two questions. The first asks what this net leans on, the second what a net needs.
"""

from dataclasses import dataclass

import streamlit as st

from ui import why_figures, why_words
from ui.answers import answer, answer_key
from ui.findings_results import all_results
from ui.kept import kept
from ui.language import plain, translated
from ui.models import model, shelf
from ui.seen import Seen
from ui.segment_view import mark_of
from ui.state import Workbench, t
from ui.turns import turn
from ui.uploads import chosen_name
from ui.viewer import told_of
from ui.why_figures import Figure
from ui.why_subject import chosen_truth, ready
from ui.why_switch_off import differs_in_skips_alone
from unet_core.experiments.ablation import Ablation, switch_off_skip
from unet_core.images import LoadedImage
from unet_core.inside.answer import Answer, change
from unet_core.messages import Message, Signed
from unet_core.segment import Floats
from unet_core.studies import STUDIES, sentences
from unet_core.zoo.passport import Passport

ALL = "all"
Switch = int | None  # a level; None: all of them


@dataclass(frozen=True, eq=False)
class Zeroed:
    """The image as the network saw it, and its answers with the skip and with zeros in its place."""

    pixels: Floats
    found: Ablation
    notes: tuple[Message, ...]


def show(image: LoadedImage, own: str, subject: str, bench: Workbench) -> None:
    """For the network `own`, or where nobody trained a net like it without a skip, for one that has such siblings."""
    full = _full(own, subject)
    levels = model(full)[1].config.connected_levels
    st.header(t("The skip switches"), anchor=False)
    if not levels:
        st.info(plain(t("{name} has no skip that could be switched off.", name=full)))
        return
    st.markdown(plain(t("Two questions about a skip of {name}: what becomes of its mask when zeros come along the skip "
                        "on which it was trained to lean, and what a net learns that never had the skip?",
                        name=full)))  # fmt: skip
    level = _ask(levels)
    rival = _rival(full, level, subject)
    seen = Seen(image, full, mark_of(image), told_of(image), bench.language)
    with st.spinner(t("The network looks once more, without this part …")):
        done = _zeroed(seen, level)
        beside = Answer(_per_class(image, rival.folder)) if rival else None
    why_figures.show(_payload(seen, done, level, rival.folder if rival else "", beside, chosen_name()), "compare_skips")
    if rival is None:
        st.markdown(plain(t("No network that comes with this app was trained without this skip and like {name} in all "
                            "else, so the second question has no mask here.", name=full)))  # fmt: skip
    if found := measured(level):
        st.markdown(plain(t("The second question has been asked of several trainings, too, with smaller nets.")))
        for sentence in found:
            st.markdown("- " + plain(t(sentence)))
    why_words.notes((*done.found.notes[-1:], *done.notes))


def _full(own: str, subject: str) -> str:
    """A network that has siblings without skips: this one if it has, else the one that they are compared with."""
    compared = [one.compared_with for one in shelf().trained_without(subject)]
    names = [name for name in compared if shelf().find(name) is not None]
    return own if own in names or not names else names[0]


def _ask(levels: tuple[int, ...]) -> Switch:
    names = {str(level): t("level {level}", level=level) for level in levels}
    if len(levels) > 1:
        names[ALL] = t("all of them")
    kept_choice = st.session_state.get("compare_switch")
    chosen = kept_choice if kept_choice in names else next(iter(names))
    st.session_state["skip_switch"] = chosen
    st.segmented_control(t("The skip at"), list(names), format_func=names.__getitem__, key="skip_switch",
                         required=True, on_change=_chosen)  # fmt: skip
    return None if chosen == ALL else int(chosen)


def _chosen() -> None:
    st.session_state["compare_switch"] = st.session_state["skip_switch"]


def _rival(full: str, level: Switch, subject: str) -> Passport | None:
    wanted = model(full)[1].config.connected_levels if level is None else (level,)
    return next((one for one in shelf().trained_without(subject) if one.compared_with == full
                 and one.missing_skips == wanted and differs_in_skips_alone(one.folder, full)), None)  # fmt: skip


def _per_class(image: LoadedImage, name: str) -> Floats:
    found = answer(image, name, mark_of(image)).per_class
    assert found is not None
    return found


@kept(256, key=lambda seen, level: (answer_key(seen.image, seen.name, seen.marked), level))
def _zeroed(seen: Seen, level: Switch) -> Zeroed:
    with turn():
        of, notes = ready(seen)
        return Zeroed(of.pixels, switch_off_skip(of, level), notes)


@kept(64, key=lambda seen, done, level, rival, beside, sample: (
    answer_key(seen.image, seen.name, seen.marked), level, seen.told.threshold, seen.language, rival, sample))
def _payload(seen: Seen, done: Zeroed, level: Switch, rival: str, beside: Answer | None, sample: str) -> bytes:
    threshold, language = seen.told.threshold / 256, seen.language
    before, after = done.found.before, done.found.after
    size = before.probability.shape
    pixels = size[0] * size[1]
    figures = [
        _mask("before", translated("{name}, as it was trained", language, name=seen.name), before, None, done, seen),
        _mask("after", translated("1. The same net, zeros along the skip", language), after, before, done, seen),
    ]  # fmt: skip
    if beside is not None:
        title = translated("2. Another net, trained without it: {name}", language, name=rival)
        figures.append(_mask("rival", title, beside, before, done, seen))
    figures.append(Figure("change", translated("What the zeros changed", language),
                          why_words.change_text(change(before, after, threshold), pixels, language),
                          why_figures.signed_levels(after.probability - before.probability), size,
                          "diverging"))  # fmt: skip
    label = translated("The masks with the skip, with zeros in its place, and of a net without it", language)
    return why_figures.payload(figures, label, language, columns=len(figures), most="100%")


def _mask(name: str, title: str, found: Answer, first: Answer | None, done: Zeroed, seen: Seen) -> Figure:
    """`first` is the answer with which this one's Dice is compared."""
    threshold = seen.told.threshold / 256
    size = found.probability.shape
    truth = chosen_truth(size)
    text = why_words.dice_text(None if truth is None else found.dice(truth, threshold), seen.language)
    if truth is not None and first is not None:
        text += f" ({Signed(found.dice(truth, threshold) - first.dice(truth, threshold)):+.3f})"
    pixels = done.pixels if done.pixels.shape[:2] == size else seen.image.pixels
    return Figure(name, title, text, why_figures.mask_levels(pixels, found.per_class, threshold), size)


def measured(level: Switch) -> tuple[Message, ...]:
    """What the study of skips says of the second question, where it has trained such nets: more than one mask can."""
    study, results = STUDIES["skips"], all_results()[0].get("skips")
    one = results.groups["skips"].get("none" if level is None else f"without-{level}") if results is not None else None
    if results is None or one is None:
        return ()
    return tuple(sentences.comparison(study, results, one, figure) for figure in ("dice", "mean_dice")
                 if figure in one.differences)  # fmt: skip
