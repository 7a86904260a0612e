"""Transplant: the skips of one image, the bottleneck of another, and whose mask comes out."""

from dataclasses import dataclass

import streamlit as st

from ui import why_figures, why_words
from ui.answers import answer_key
from ui.kept import kept
from ui.language import joined, mark, plain, translated
from ui.models import model, shelf
from ui.samples import SAMPLES, loaded, sample_bytes
from ui.seen import Seen
from ui.segment_state import looking
from ui.segment_view import mark_of
from ui.state import t
from ui.turns import turn
from ui.uploads import LONGEST_NAME, UPLOAD, chosen_name, image_title, last_upload
from ui.why_figures import Figure
from ui.why_state import asking, take_over
from ui.why_subject import brought, network_of, side_of, truth_of
from unet_core.experiments.transplant import Transplant, transplant
from unet_core.experiments.verdict import NAMES, Verdict, verdict
from unet_core.images import LoadedImage
from unet_core.messages import Message

TITLES = {
    "a": mark("A, as it is"), "skips a": mark("Skips of A, bottleneck of B"),
    "skips b": mark("Skips of B, bottleneck of A"), "b": mark("B, as it is"),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Other:
    """The second image, B: a sample by its key, or UPLOAD; and the diameter that was marked in it."""

    name: str
    title: str
    image: LoadedImage
    marked: float | None


@dataclass(frozen=True, eq=False)
class Mixed:
    """`key` tells it from every other pair of images and network."""

    key: str
    found: Transplant
    notes: tuple[Message, ...]


def show(seen: Seen) -> None:
    other = _ask_partner(seen)
    st.caption(plain(t("A is “{a}”, B is “{b}”.", a=image_title(), b=other.title)))
    with st.spinner(t("The network looks at both images, and at both mixtures …")):
        mixed = _mixed(seen, other, chosen_name())
    judged = verdict(mixed.found, seen.told.threshold / 256)
    why_figures.show(_payload(seen, mixed), "why_transplant")
    st.markdown(_table(judged))
    st.write(joined(plain(t(sentence)) for sentence in judged.sentences))
    why_words.notes(mixed.notes)


def _ask_partner(seen: Seen) -> Other:
    """Images of the same kind of thing: on others the network would mean nothing."""
    subject = getattr(shelf().find(seen.name), "subject", "")
    names = {name: t(sample.title) for name, sample in SAMPLES.items()
             if sample.subject == subject and name != chosen_name()}  # fmt: skip
    brought_last = last_upload()
    unused = brought_last if chosen_name() != UPLOAD else None
    if unused and looking().subjects.get(loaded(unused[1]).digest) == subject:
        names[UPLOAD] = unused[0][-LONGEST_NAME:]
    chosen = asking().partner if asking().partner in names else next(iter(names))
    st.session_state["why_partner"] = chosen
    st.selectbox(t("The other image, B"), list(names), format_func=names.__getitem__, key="why_partner",
                 on_change=take_over, args=("partner",), width=300)  # fmt: skip
    image = loaded(brought_last[1] if chosen == UPLOAD and brought_last else sample_bytes(chosen))
    return Other(chosen, names[chosen], image, mark_of(image))


def _key(seen: Seen, other: Other, sample: str) -> str:
    first, second = ((seen.image, seen.marked), (other.image, other.marked))
    return "|".join((answer_key(first[0], seen.name, first[1]), answer_key(second[0], seen.name, second[1]), sample))


@kept(256, key=_key)
def _mixed(seen: Seen, other: Other, sample: str) -> Mixed:
    """Both truths are those of samples, and an upload has none."""
    with turn():
        first = brought(seen.image, seen.name, seen.marked)
        second = brought(other.image, seen.name, other.marked)
        sizes = [one.pixels.shape[:2] for one in (first, second)]
        side = side_of(seen.name, (min(size[0] for size in sizes), min(size[1] for size in sizes)))
        truths = [truth_of(name, size) for name, size in zip((sample, other.name), sizes, strict=True)]
        found = transplant(network_of(seen.name), model(seen.name)[1], first.pixels, second.pixels, *truths,
                           max_side=side)  # fmt: skip
    return Mixed(_key(seen, other, sample), found, (*first.notes, *second.notes, *found.notes))


@kept(64, key=lambda seen, mixed: (mixed.key, seen.told.threshold, seen.language))
def _payload(seen: Seen, mixed: Mixed) -> bytes:
    """A mixed mask lies on the image whose skips it has."""
    found, language = mixed.found, seen.language
    answers = (found.own[0], found.mixed[0], found.mixed[1], found.own[1])
    pixels = (found.pixels[0], found.pixels[0], found.pixels[1], found.pixels[1])
    scores = verdict(found, seen.told.threshold / 256)
    figures = [
        Figure(name, translated(TITLES[name], language), _dice_text(scores, name, language),
               why_figures.mask_levels(image, answer.per_class, seen.told.threshold / 256), image.shape[:2])
        for name, answer, image in zip(NAMES, answers, pixels, strict=True)
    ]  # fmt: skip
    label = translated("The masks of both images and of both mixtures", language)
    return why_figures.payload(figures, label, language, columns=len(figures))


def _dice_text(judged: Verdict, name: str, language: str) -> str:
    return translated("Dice {a:.3f} with A, {b:.3f} with B", language, a=judged.scores[name, "a"],
                      b=judged.scores[name, "b"])  # fmt: skip


def _table(judged: Verdict) -> str:
    heads = ((t("Dice with the truth of A"), t("Dice with the truth of B")) if judged.by_truth
             else (t("Dice with the own mask of A"), t("Dice with the own mask of B")))  # fmt: skip
    lines = [f"| {t('Mask')} | {heads[0]} | {heads[1]} |", "|---|---:|---:|"]
    lines += [f"| {t(TITLES[name])} | {judged.scores[name, 'a']:.3f} | {judged.scores[name, 'b']:.3f} |"
              for name in NAMES]  # fmt: skip
    return "\n".join(lines)
