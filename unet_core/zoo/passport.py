"""What has to stand over every mask: which network made it, what it learned from, and how far to trust it.

Made from a model's card alone.
"""

from dataclasses import dataclass
from functools import cache

from unet_core import says
from unet_core.checkpoint import Card
from unet_core.config import UNetConfig
from unet_core.data.samples import PARTS
from unet_core.messages import Message
from unet_core.sizes import smallest_legal
from unet_core.trace import trace
from unet_core.zoo.not_for import not_for
from unet_core.zoo.quality import Quality, images_of, quality, threshold_of

NUCLEI, PEBBLES, SHAPES, OTHER = "nuclei", "pebbles", "shapes", "other"
SUBJECTS = {  # in the order in which a page offers them
    NUCLEI: Message("cells or nuclei"), PEBBLES: Message("stones"), SHAPES: Message("drawn shapes"),
    OTHER: Message("something else"),
}  # fmt: skip
SUBJECT_OF = {"synthetic fluorescence nuclei": NUCLEI, "pebbles": PEBBLES, "shapes": SHAPES}  # by the data set's name
WIRING, SKIPS, MULTIPLY_ADDS = "the wiring only", "the skips only", "the multiply-adds"  # as recipes say it
OF_VISITORS = {str(name): name for name in (Message("one picture, by strokes"), Message("a visitor's own images"))}
SHIPPED, TRAINED, BROUGHT = "shipped", "trained", "brought"  # where a model comes from
OPENINGS = {
    SHIPPED: Message("Mask by {name}: {network}, {parameters:,} parameters; not the network you built."),
    TRAINED: Message("Mask by {name}, trained here on {date}: {network}, {parameters:,} parameters."),
    BROUGHT: Message("Mask by {name}, which you brought along: {network}, {parameters:,} parameters."),
}  # fmt: skip
ONE_TRAINING = Message("one training, so how far another would differ is not known")


@dataclass(frozen=True)
class Passport:
    """One model. `folder` is where its card lies; `missing_skips` the levels that it was trained without.

    `compared_with` names the model that this one was trained to be compared with, and `compared_in` says what differs,
    WIRING or SKIPS, or, the other way round, what is the same, MULTIPLY_ADDS. Both are "" for one that stands alone.
    `threshold` is the one that its figures are for.
    """

    folder: str
    name: str
    config: UNetConfig
    network: Message
    parameters: int
    subject: str  # a key of SUBJECTS
    trained_on: Message
    test: Quality | None
    validation: Quality | None
    threshold: float
    tells_touching_apart: bool
    missing_skips: tuple[int, ...]
    compared_with: str
    compared_in: str
    not_for: tuple[Message, ...]
    classes: tuple[str, ...]
    object_diameter: float  # pixels, median over the training data
    sentences: tuple[Message, ...]


def passport(card: Card, folder: str = "", origin: str = SHIPPED) -> Passport:
    """The passport of a card. Raises CheckpointError where the card holds something else than figures."""
    config, (other, what) = card.config, compared(card)
    return Passport(
        folder or card.name, card.name, config, says.title(config), parameters(config), subject_of(card),
        _trained_on(card), quality(card, "test"), quality(card, "validation"), threshold_of(card),
        card.classes == PARTS, missing_skips(config), other, what, tuple(map(not_for, card.not_for)), card.classes,
        card.object_diameter, passport_sentences(card, origin),
    )  # fmt: skip


@cache
def parameters(config: UNetConfig) -> int:
    """How many numbers training has found."""
    side = smallest_legal(config)
    return trace(config, (side, side)).params


def subject_of(card: Card) -> str:
    """A key of SUBJECTS: what the images of its training show."""
    return SUBJECT_OF.get(str(card.data.get("name")), OTHER)


def passport_sentences(card: Card, origin: str = SHIPPED) -> tuple[Message, ...]:
    """What stands over a mask, in plain words. Raises CheckpointError where the card holds other than figures.

    `origin` is SHIPPED, TRAINED or BROUGHT: of what a visitor brought along, nothing was checked.
    """
    lines = [
        Message(OPENINGS[origin].template, {
            "name": card.name, "network": says.title(card.config), "parameters": parameters(card.config),
            "date": str(card.training.get("date", "?"))[:10]}),
        _trained_on(card),
    ]  # fmt: skip
    test, validation = quality(card, "test"), quality(card, "validation")
    if origin == BROUGHT:
        claimed = test or validation
        lines.append(
            Message("How good it is nobody has measured.") if claimed is None else
            Message("Its card says that it reaches a Dice of {dice:.3f}, which nobody has checked here.",
                    {"dice": claimed.dice})
        )  # fmt: skip
    elif test is not None:
        lines += _measured(test, _place(card), card.config.deep_supervision)
    elif validation is not None:
        place = Message("the images by which its training was steered")
        lines += _measured(validation, place, card.config.deep_supervision)
    else:
        lines.append(Message("How good it is nobody has measured."))
    return (*lines, *_relation(card))


def compared(card: Card) -> tuple[str, str]:
    """The model with which this one was made to be compared, and in what they differ; "" twice where there is none."""
    about = {name: str(card.training.get(name, ""))[:60] for name in ("from", "differs_in", "multiply_adds_of")}
    if about["multiply_adds_of"]:
        return about["multiply_adds_of"], MULTIPLY_ADDS
    return about["from"], about["differs_in"]


def missing_skips(config: UNetConfig) -> tuple[int, ...]:
    """The levels without a skip, ascending."""
    return tuple(level for level in range(config.depth) if level not in config.connected_levels)


def _measured(found: Quality, place: Message, heads: bool) -> list[Message]:
    """Of a net with several `heads` the figures are those of their mean, as it is used; each alone has its own."""
    trainings = Message("median of {seeds} trainings", {"seeds": found.seeds}) if found.seeds > 1 else ONE_TRAINING
    told = {"place": place, "dice": found.dice, "trainings": trainings}
    lines = [Message("On {place} the mean of its heads reaches a Dice of {dice:.3f} ({trainings}).", told) if heads
             else Message("On {place} it reaches a Dice of {dice:.3f} ({trainings}).", told)]  # fmt: skip
    values = {"otsu": found.otsu, "classical": found.classical, "everything": found.all_foreground}
    if None not in values.values():
        lines.append(
            Message("Without learning: Otsu's method {otsu:.3f}, the best classical setting {classical:.3f}, calling "
                    "everything foreground {everything:.3f}.", values)
        )  # fmt: skip
    elif found.otsu is not None:
        lines.append(Message("Without learning: Otsu's method {otsu:.3f}.", {"otsu": found.otsu}))
    if found.object_f1 is not None and found.classical_object_f1 is not None:
        lines.append(
            Message("It finds single objects with an F1 of {f1:.3f}, the best classical setting with {classical:.3f}.",
                    {"f1": found.object_f1, "classical": found.classical_object_f1})
        )  # fmt: skip
    return lines


def _relation(card: Card) -> tuple[Message, ...]:
    other, what = compared(card)
    values = {"other": other, "levels": ", ".join(map(str, missing_skips(card.config)))}
    if what == MULTIPLY_ADDS:
        return (Message("It was widened until it has the multiply-adds of {other}, to be compared with that.", values),)
    if what == SKIPS:
        return (Message("It was trained like {other}, but without skips at these levels: {levels}.", values),)
    if what == WIRING:
        return (Message("It differs from {other} in the wiring only, to be compared with that.", values),)
    return ()


def _trained_on(card: Card) -> Message:
    """On what; and on how few of those, where a visitor wanted fewer."""
    told, few = _data_of(card), card.training.get("images")
    if not isinstance(few, int):
        return told
    return Message("{told} It was given only {images} of them, or of parts cut from them.",
                   {"told": told, "images": few})  # fmt: skip


def _data_of(card: Card) -> Message:
    subject, images = subject_of(card), images_of(card, "training")
    if images is None or subject == OTHER:
        data = str(card.data.get("name", card.description))[:200]
        return Message("Trained on: {data}.", {"data": OF_VISITORS.get(data, data)})
    if subject == NUCLEI:
        return Message("Trained on {images} synthetic images of fluorescent nuclei, not on a real one.",
                       {"images": images})  # fmt: skip
    if subject == PEBBLES:
        return Message("Trained on {images} photographs of pebbles, all of one outcrop and by one camera.",
                       {"images": images})  # fmt: skip
    return Message("Trained on {images} drawn images of circles, squares and triangles.", {"images": images})


def _place(card: Card) -> Message:
    """On which images the figures are measured."""
    subject = subject_of(card)
    if subject == NUCLEI:
        return Message("the real image among the samples")
    if subject == PEBBLES:
        return Message("a photograph of the same outcrop that it was not trained on")
    return Message("images of the same kind that it was not trained on")
