"""One card of a lesson, and the question it asks before it tells."""

from dataclasses import dataclass

from unet_core.messages import Message
from unet_core.walk.pixel import MarkedPixel

CLASS_NAMES = {"background": Message("background"), "nucleus": Message("nucleus")}
LOGITS = "logits"  # the picture of the logits themselves, beside those that are named as their steps


@dataclass(frozen=True)
class Question:
    """What a card asks before it tells. `right` is the place of the right one among `choices`."""

    text: Message
    choices: tuple[Message, ...]
    right: int
    answer: Message


@dataclass(frozen=True)
class LessonCard:
    """One card. `rows` are what it points at in the drawing; `pictures` what it shows: rows, LOGITS, SOFTMAX, ARGMAX.

    `sign` stands between them: one leads to the next, or they are joined. `pixel` is there on the last card only.
    """

    title: Message
    sentence: Message
    rows: tuple[str, ...]
    pictures: tuple[str, ...]
    question: Question | None = None
    pixel: MarkedPixel | None = None
    sign: str = "→"


def class_name(name: str) -> Message:
    """A class of a network's card, to be translated where it is known."""
    return CLASS_NAMES.get(name, Message("{name}", {"name": name}))


def ask(text: Message, right: int, others: tuple[int, int], answer: Message) -> Question:
    """A question with numbers to choose from, in ascending order."""
    numbers = sorted({right, *others})
    choices = tuple(Message("{number:,}", {"number": number}) for number in numbers)
    return Question(text, choices, numbers.index(right), answer)
