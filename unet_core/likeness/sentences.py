"""In what an image is unlike those that a network learned from: a sentence for each number that lies outside."""

from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from unet_core.checkpoint import Card
from unet_core.likeness.ranges import Ranges, ranges_of
from unet_core.likeness.windows import NAMES, SIDES, Statistics, statistics
from unet_core.messages import Message, Signed

OF_SCALE = ("grain", "colour_grain", "size")
# For every number what is said below and above the range; the values are filled in.
SENTENCES = {
    "contrast": (
        Message("This image has less contrast than the images that the network learned from: from its darkest to "
                "its brightest parts it is {value:.2f} of the whole range, they had {least:.2f} to {most:.2f}."),
        Message("This image has more contrast than the images that the network learned from: from its darkest to "
                "its brightest parts it is {value:.2f} of the whole range, they had {least:.2f} to {most:.2f}."),
    ),
    "middle": (
        Message("More of this image is dark than of the images that the network learned from: its median lies at "
                "{value:.2f} between its darkest and its brightest parts, theirs at {least:.2f} to {most:.2f}. "
                "Are dark and bright the other way round here?"),
        Message("More of this image is bright than of the images that the network learned from: its median lies "
                "at {value:.2f} between its darkest and its brightest parts, theirs at {least:.2f} to "
                "{most:.2f}. Are dark and bright the other way round here?"),
    ),
    "colour": (
        Message("This image is less colourful than the images that the network learned from: {value:.2f}, they "
                "had {least:.2f} to {most:.2f}."),
        Message("This image is more colourful than the images that the network learned from: {value:.2f}, they "
                "had {least:.2f} to {most:.2f}."),
    ),
    "warmth": (
        Message("This image is bluer than the images that the network learned from: red less blue is "
                "{value:+.2f}, they had {least:+.2f} to {most:+.2f}."),
        Message("This image is redder than the images that the network learned from: red less blue is "
                "{value:+.2f}, they had {least:+.2f} to {most:+.2f}."),
    ),
    "green": (
        Message("This image is more purple than the images that the network learned from: green less red and "
                "blue is {value:+.2f}, they had {least:+.2f} to {most:+.2f}."),
        Message("This image is greener than the images that the network learned from: green less red and blue is "
                "{value:+.2f}, they had {least:+.2f} to {most:+.2f}."),
    ),
    "grain": (
        Message("This image is smoother than the images that the network learned from: pixels side by side "
                "differ by {value:.1%} of its contrast, theirs by {least:.1%} to {most:.1%}. It is blurred, or "
                "things in it are larger."),
        Message("This image is grainier than the images that the network learned from: pixels side by side "
                "differ by {value:.1%} of its contrast, theirs by {least:.1%} to {most:.1%}. It is noisy, or "
                "things in it are smaller."),
    ),
    "colour_grain": (
        Message("The colours of this image change more slowly from pixel to pixel than in the images that the "
                "network learned from: by {value:.2%}, theirs by {least:.2%} to {most:.2%}. It is blurred, or "
                "things in it are larger."),
        Message("The colours of this image change faster from pixel to pixel than in the images that the network "
                "learned from: by {value:.2%}, theirs by {least:.2%} to {most:.2%}. It is noisy, or things in it "
                "are smaller."),
    ),
    "size": (
        Message("What this image shows is finer than in the images that the network learned from: light and dark "
                "change within {value:.0f} pixels, theirs within {least:.0f} to {most:.0f}."),
        Message("What this image shows is coarser than in the images that the network learned from: light and "
                "dark change within {value:.0f} pixels, theirs within {least:.0f} to {most:.0f}."),
    ),
}  # fmt: skip


def unlikeness(card: Card, pixels: NDArray[Any], marked: bool = False) -> tuple[Message, ...]:
    """Of an image as the network is to see it (after `scale.rescaled`, where an object was `marked`).

    Float (H, W, 1 or 3) in 0..1. Empty where it is like the training data, and where `not_compared` says why nothing
    can be said.
    """
    ranges = ranges_of(str(card.data.get("name")))
    found = statistics(pixels)
    return () if ranges is None or found is None else unlike(found, ranges, marked)


def not_compared(card: Card, pixels: NDArray[Any]) -> Message | None:
    """Why `unlikeness` can't tell anything of an image as the network is to see it; None where it can."""
    if ranges_of(str(card.data.get("name"))) is None:
        return Message("Nobody has measured what the images looked like that this network learned from.")
    if statistics(pixels) is not None:
        return None
    height, width = pixels.shape[:2]
    return Message("As the network sees it, the image has {height} × {width} pixels: too few to be compared with those "
                   "that the network learned from, which takes {side} a side.",
                   {"height": height, "width": width, "side": SIDES[0]})  # fmt: skip


def unlike(statistics: Statistics, ranges: Ranges, marked: bool = False) -> tuple[Message, ...]:
    """A sentence for each number outside its cut-offs; where the scale is off and nothing was marked, what to do."""
    outside = {name: side for name in NAMES if (side := _outside(statistics, ranges, name)) is not None}
    if outside.get("colour") == 0:
        outside.pop("colour_grain", None)  # where no colours are, they don't change either
    sentences = [_sentence(statistics, ranges, name, above) for name, above in outside.items()]
    if outside.keys() & set(OF_SCALE) and not marked:
        sentences.append(Message(
            "If the objects here are of another size than those that the network learned from, about {diameter:.0f} "
            "pixels, then mark a typical one, and the image is brought to their size.",
            {"diameter": ranges.object_diameter},
        ))  # fmt: skip
    return tuple(sentences)


def _outside(statistics: Statistics, ranges: Ranges, name: str) -> int | None:
    """0 below, 1 above; None inside, and where either has no such number."""
    value, known = statistics.values.get(name), ranges.sides[statistics.side].get(name)
    if value is None or known is None or known.low <= value <= known.high:
        return None
    return int(value > known.high)


def _sentence(statistics: Statistics, ranges: Ranges, name: str, above: int) -> Message:
    known = ranges.sides[statistics.side][name]
    if name == "colour" and not known.most:
        return Message("This image is in colour; those that the network learned from were grey.")
    values = {"value": statistics.values[name], "least": known.least, "most": known.most}
    if name in ("warmth", "green"):
        values = {key: Signed(number) for key, number in values.items()}
    return replace(SENTENCES[name][above], values=values)
