"""Prune: a U-Net++ with a head at every level is cut at one of them; mask, Dice and costs move together.

All cuts are computed once for an image; the slider then asks nobody. Times are measured after the masks are there.
"""

from dataclasses import replace

import streamlit as st

from ui import compare_cuts
from ui.answers import answer_key
from ui.asked import asked
from ui.compare_cuts import Cut
from ui.compare_image import LARGE, SAMPLE_OF, chosen_image, of_compare, use_sample
from ui.figure import cached_trace
from ui.findings_results import all_results
from ui.kept import kept
from ui.language import plain, translated
from ui.models import model, shelf
from ui.passports import short
from ui.seen import Seen
from ui.segment_controls import ask_subject
from ui.segment_state import OTHER, image_key
from ui.segment_view import mark_of
from ui.state import Workbench, t
from ui.turns import turn
from ui.viewer import told_of
from ui.why_heads import Supervised, timed
from ui.why_series import known, series
from ui.why_subject import chosen_truth, ready
from unet_core import says
from unet_core.checkpoint import Card
from unet_core.config import UNetConfig
from unet_core.experiments.heads import ROUNDS, heads
from unet_core.models import pruned_config
from unet_core.pairing import Pair
from unet_core.sizes import closest_legal
from unet_core.studies import STUDIES, sentences
from unet_core.zoo.nearest import nearest_trained
from unet_core.zoo.quality import head_dice, quality


@of_compare
def show(pair: Pair, bench: Workbench) -> None:
    """On Compare's image, with B or A where they have heads and weights, else with the nearest net that has."""
    image = chosen_image()
    subject = ask_subject(image)
    if subject is None:
        return
    name = _network(pair, str(subject))
    if name is None:
        _without_weights(pair, str(subject), bench)
        return
    _tell(name, pair)
    if not asked(image, f"compare/{image_key(image)}", LARGE):
        return
    seen = Seen(image, name, mark_of(image), told_of(image), bench.language)
    with st.spinner(t("Every head is computed once …")):
        answers = _answers(seen)
    key = f"{answer_key(image, name, seen.marked)}/cuts"
    _draw(key, seen, answers, known(key))
    series(key, t("Measure the times"), lambda: timed(seen), at_once=True)
    st.caption(t("Each time is the median of up to {rounds} runs on this machine, in turns with the others; a busy "
                 "machine makes all of them longer. The mean of all heads needs the whole net.", rounds=ROUNDS))
    _study()


def _network(pair: Pair, subject: str) -> str | None:
    """B or A itself, or else the nearest to the one of them that is nested, among those with a head at every level."""
    supervised = [one for one in shelf().of(subject) if one.config.deep_supervision]
    own = [one.folder for folder in (pair.b_model, pair.a_model) for one in supervised if one.folder == folder]
    wanted = pair.b if pair.b.nested or not pair.a.nested else pair.a
    found = nearest_trained(wanted, supervised)
    return own[0] if own else None if found is None else found.model.folder


def _tell(name: str, pair: Pair) -> None:
    card = model(name)[1]
    if name not in (pair.a_model, pair.b_model):
        st.markdown(plain(t("Neither A nor B has trained heads at every level. Shown is the nearest network that has: "
                            "{name}, {network}.", name=name, network=says.title(card.config))))  # fmt: skip
    st.caption(short(name))


@kept(256, key=lambda seen: answer_key(seen.image, seen.name, seen.marked))
def _answers(seen: Seen) -> Supervised:
    """Every head's mask, without times."""
    with turn():
        of, notes = ready(seen)
        *_, found = heads(of, rounds=0)
        return Supervised(of.pixels, found, notes)


def _draw(key: str, seen: Seen, answers: Supervised, timed: Supervised | None) -> None:
    threshold, language = seen.told.threshold / 256, seen.language
    compare_cuts.show(f"{key}/{seen.told.threshold}", cuts_of(seen, answers, timed, threshold), answers.pixels,
                      threshold, _card_words(model(seen.name)[1], language), language,
                      translated("not yet", language))  # fmt: skip


def cuts_of(seen: Seen, answers: Supervised, timed: Supervised | None, threshold: float) -> list[Cut]:
    """L1 to the deepest, and the whole net."""
    card = model(seen.name)[1]
    published = head_dice(card, "test") or head_dice(card, "validation")
    whole = quality(card, "test") or quality(card, "validation")
    cuts = []
    for place, head in enumerate(answers.found.heads):
        truth = chosen_truth(head.answer.probability.shape)
        on_card = (whole.dice if whole else None) if head.level is None else published.get(head.level)
        seconds = timed.found.heads[place].seconds if timed is not None and len(timed.found.heads) > place else None
        cuts.append(Cut(head.level, head.parameters, head.macs, head.answer, seconds,
                        None if truth is None else head.answer.dice(truth, threshold), on_card))  # fmt: skip
    return cuts


def _card_words(card: Card, language: str) -> str:
    """On which images the card's figures are, and of how many trainings."""
    known = quality(card, "test")
    which = known or quality(card, "validation")
    if which is None:
        return ""
    values = {"images": which.images or "?", "seeds": which.seeds}
    if known is not None:
        return translated("Dice on its card (test images: {images}; trainings: {seeds})", language, **values)
    return translated("Dice on its card (validation images: {images}; trainings: {seeds})", language, **values)


def _without_weights(pair: Pair, subject: str, bench: Workbench) -> None:
    """No trained heads for this kind of image: say so, offer another image, and show what cutting saves."""
    st.info(plain(t("No network with a head at every level has been trained for this kind of image: there is no mask "
                    "to show and no Dice.")))  # fmt: skip
    for other, sample in SAMPLE_OF.items():
        name = _network(pair, other) if other not in (subject, OTHER) else None
        if name is not None:
            st.button(t("Prune {name} on an image that it knows", name=name), key=f"prune_on_{other}",
                      on_click=use_sample, args=(sample,))  # fmt: skip
    config = pair.b if pair.b.nested else pair.a
    if not config.nested:
        st.write(t("Neither A nor B is nested: only a U-Net++ and its relatives can end at an earlier head."))
        return
    letter = "B" if pair.b.nested else "A"
    st.markdown(plain(t("What cutting {letter}, {network}, would save, from its layers, at {side} × {side} pixels.",
                        letter=letter, network=says.title(config), side=pair.side)))  # fmt: skip
    compare_cuts.show(config.to_query(), planned(config, pair.side), None, 0.5, "", bench.language, "")
    _study()


def planned(config: UNetConfig, side: int) -> list[Cut]:
    """The costs of every cut of a net, from the traces of what is left; the last is the whole with all heads."""
    whole = replace(config, deep_supervision=True)
    nets = {level: pruned_config(whole, level) for level in range(1, config.depth + 1)}
    cuts = []
    for level, net in [*nets.items(), (None, whole)]:
        traced = cached_trace(net, (closest_legal(net, side),) * 2)
        cuts.append(Cut(level, traced.params, traced.macs))
    return cuts


def _study() -> None:
    """What the study of wirings has measured of heads, over its trainings."""
    study, results = STUDIES["wiring"], all_results()[0].get("wiring")
    group = next(one for one in study.groups if one.name == "heads")
    compared = results.groups.get(group.name, {}) if results is not None else {}
    if results is None or not compared:
        return
    st.markdown(f"**{plain(t('Measured on several trainings of a smaller net'))}**")
    figure = group.figures[0]
    told = [*sentences.state(results),
            *(sentences.comparison(study, results, one, figure) for one in compared.values()),
            *sentences.speeds(study, results, group)]  # fmt: skip
    st.markdown("\n".join(f"- {plain(t(sentence))}" for sentence in told))
