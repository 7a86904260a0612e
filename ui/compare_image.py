"""On an image: the masks of A and B with a curtain between them, where they differ, and who is right there."""

from dataclasses import dataclass, replace

import streamlit as st

from ui import compare_skips, passports, uploads, viewer
from ui.asked import asked
from ui.compare_rivals import show_rivals
from ui.compare_state import choose
from ui.language import mark, plain
from ui.models import shelf
from ui.segment_controls import ask_subject
from ui.segment_state import OTHER, image_key
from ui.segment_view import answered, warn
from ui.state import Workbench, t
from ui.why_subject import chosen_truth
from unet_core import says
from unet_core.config import UNetConfig
from unet_core.images import LoadedImage
from unet_core.messages import Message
from unet_core.pairing import Pair
from unet_core.pairing.differences import differences, listed, wiring
from unet_core.rivals import rivals
from unet_core.zoo.nearest import StandIn, nearest_trained
from unet_core.zoo.passport import WIRING, Passport

SAMPLE_OF = {"pebbles": "pebbles", "nuclei": "real"}  # of each subject; the first has the most networks
IMAGE = "compare_image"  # in the session: the image in use here, whatever other pages show
of_compare = uploads.own_choice(IMAGE, next(iter(SAMPLE_OF.values())))
LARGE = mark("Run the networks on all {height} × {width} pixels")


@dataclass(frozen=True)
class Side:
    """A or B, and the trained network that stands for it on this image."""

    letter: str
    config: UNetConfig
    stand_in: StandIn

    @property
    def folder(self) -> str:
        return self.stand_in.model.folder


@of_compare
def show(pair: Pair, bench: Workbench) -> None:
    """An image is chosen as on Segment. Raises as `unet_core.answer` does."""
    image = chosen_image()
    subject = ask_subject(image)
    if subject in (None, OTHER):
        return
    sides = _sides(pair, str(subject))
    if sides is None:
        st.error(plain(t("No network for this subject is there: restore the folder assets/models.")))
        return
    _tell(sides)
    if not asked(image, f"compare/{image_key(image)}", LARGE):
        return
    if sides[0].folder == sides[1].folder:
        _nothing_to_compare(sides, pair, str(subject))
    else:
        _masks(sides, image, bench.language)
    compare_skips.show(image, sides[0].folder, str(subject), bench)


def chosen_image() -> LoadedImage:
    """By the same controls as on Segment."""
    return uploads.chosen_page(uploads.chosen_file())


def _sides(pair: Pair, subject: str) -> tuple[Side, Side] | None:
    models, found = shelf().of(subject), []
    for config, own in zip(pair.configs, (pair.a_model, pair.b_model), strict=True):
        known = next((one for one in models if one.folder == own), None)
        stand_in = StandIn(known, True) if known else nearest_trained(config, models)
        if stand_in is None:
            return None
        found.append(stand_in)
    a, b = _fair(pair, found[0], found[1])
    return Side("A", pair.a, a), Side("B", pair.b, b)


def _fair(pair: Pair, a: StandIn, b: StandIn) -> tuple[StandIn, StandIn]:
    """Where neither is A or B itself, two that were trained to be compared say more than the nearest of each."""
    if a.exact or b.exact or pair.a.nested == pair.b.nested:
        return a, b
    nested = b if pair.b.nested else a
    partner = shelf().find(nested.model.compared_with)
    if nested.model.compared_in != WIRING or partner is None or partner.config.nested:
        return a, b
    return (StandIn(partner, False), b) if pair.b.nested else (a, StandIn(partner, False))


def _tell(sides: tuple[Side, Side]) -> None:
    """Whose masks these are. A configuration without weights of its own has a stand-in, and that is said."""
    for place, side in zip(st.columns(2, gap="medium"), sides, strict=True):
        with place.container(border=True, height="stretch", key=f"side_{side.letter}"):
            said = told(side)
            st.markdown(plain(t(said)))
            if not side.stand_in.exact:
                word = f"model.{side.folder}"
                st.button(t("Take {name} as {letter}", name=side.folder, letter=side.letter),
                          key=f"take_{side.letter}", on_click=choose, args=(side.letter.lower(), word))  # fmt: skip
            st.caption(passports.short(side.folder))
    if not all(side.stand_in.exact for side in sides):
        _between(sides[0].stand_in.model, sides[1].stand_in.model)


def _between(one: Passport, other: Passport) -> None:
    """Stand-ins may differ in more than A and B do: say in what, and offer the pair that was trained for this."""
    apart = (*wiring(one.config, other.config), *differences(one.config, other.config))
    if apart:
        st.markdown(plain(t("The two networks whose masks you see differ in: {apart}.", apart=listed(apart))))
    partner = shelf().find(other.compared_with)
    if other.compared_in == WIRING and partner is not None:
        st.button(t("Compare {a} and {b}: they differ in the wiring only", a=partner.folder, b=other.folder),
                  key="compare_fair", on_click=_both, args=(partner.folder, other.folder))  # fmt: skip


def _both(a: str, b: str) -> None:
    choose("a", f"model.{a}")
    choose("b", f"model.{b}")


def told(side: Side) -> Message:
    """Which network's mask is shown for A or B, and in what it differs from it."""
    trained = side.stand_in.model.config
    values = {"letter": side.letter, "name": side.folder, "network": says.title(side.config)}
    apart = (*wiring(trained, side.config), *differences(trained, side.config))
    if not apart:
        return Message("{letter} is {name}.", values)
    return Message("{letter}, {network}, has no trained weights for such images. The mask shown in its place is that "
                   "of the nearest that has, {name}; they differ: {apart}.", {**values, "apart": listed(apart)})


def _nothing_to_compare(sides: tuple[Side, Side], pair: Pair, subject: str) -> None:
    """Say so, and offer a kind of image for which there are two."""
    st.info(plain(t("The trained network that is nearest to A is nearest to B, too: {name}. So there are not two masks "
                    "to compare on this kind of image.", name=sides[0].folder)))  # fmt: skip
    for other, sample in SAMPLE_OF.items():
        there = _sides(pair, other) if other != subject else None
        if there and there[0].folder != there[1].folder:
            st.button(t("Compare {a} and {b} on an image that they know", a=there[0].folder, b=there[1].folder),
                      key=f"compare_on_{other}", on_click=use_sample, args=(sample,))  # fmt: skip


def use_sample(sample: str) -> None:
    """As if it had been chosen in the list of images."""
    st.session_state[IMAGE] = sample


def _masks(sides: tuple[Side, Side], image: LoadedImage, language: str) -> None:
    found = answered(image, [side.folder for side in sides])
    panes = [replace(pane, title=f"{side.letter}: {side.folder}")
             for pane, side in zip(found, sides, strict=True)]  # fmt: skip
    left, right = st.columns([1.15, 1], gap="medium")
    with left:
        told, _ = viewer.show(image, panes, language, key="compare_viewer", markable=False, versus=True)
    threshold = told.threshold / 256
    truth = chosen_truth((image.pixels.shape[0], image.pixels.shape[1]))
    first, second = (pane.answer.probability >= threshold for pane in panes)
    judged = rivals(first, second, truth)
    key = f"{panes[0].key}|{panes[1].key}|{told.threshold}"
    with right:
        show_rivals(key, judged, image, language)
        st.markdown(plain(t(judged.sentence)))
        if judged.dice is not None:
            st.markdown(plain(t("Dice on this image: A {a:.3f}, B {b:.3f}. One image and one training of each say "
                                "little; how much trainings differ is under Quality.", a=judged.dice[0],
                                b=judged.dice[1])))  # fmt: skip
    warn(image, found, measure=False)
