"""What a visitor has said on the tab Teach it: of each picture the last lesson, and the choices for the next."""

from dataclasses import dataclass, field

import streamlit as st

from ui import jobs, own_models
from ui.painting import Colour
from ui.segment_state import image_key
from unet_core.checkpoint import Card
from unet_core.class_names import class_name
from unet_core.images import LoadedImage
from unet_core.jobs import Seen as Run
from unet_core.messages import ExplainedError, Message
from unet_core.overlay import COLOURS, palette
from unet_core.strokes import Stroke
from unet_core.teach import MOST, Choices
from unet_core.teach.job import STROKES, Seen, Taught, TeachJob

KIND = "teach"  # of the jobs
SECONDS, FEWEST_SECONDS, MOST_SECONDS = 30, 2, 120
NAMES = ("not this", "this", *(f"class {number}" for number in range(3, MOST + 1)))  # as a card has them
RANDOM = ""  # in place of a network to begin from


@dataclass
class Lesson:
    """Of one picture: the link of its last job, what that was told, and the name of what came out."""

    link: str
    classes: int
    begin_from: str
    sent: tuple[Stroke, ...]
    network: str = ""


@dataclass
class Teaching:
    """One visitor's."""

    classes: int = 2
    seconds: int = SECONDS
    begin_from: str = RANDOM
    lessons: dict[str, Lesson] = field(default_factory=dict)  # by picture
    refusal: Message | None = None
    refused: tuple[str, tuple[Stroke, ...]] | None = None  # the picture and the strokes that were refused

    def refusal_of(self, picture: str, strokes: tuple[Stroke, ...]) -> Message | None:
        """Why the last start was refused, until something else is painted or another picture chosen."""
        return self.refusal if self.refused == (picture, strokes) else None


def teaching() -> Teaching:
    """This visitor's."""
    kept = st.session_state.setdefault("teach", Teaching())
    assert isinstance(kept, Teaching)
    return kept


def brushes(classes: int) -> tuple[Colour, ...]:
    """One for each class, in the colour that its mask has; the first is background, whose mask is nothing."""
    colours = (COLOURS[-1], *palette(classes)[1:])
    return tuple(Colour(number + 1, str(class_name(name)), f"rgb{colour}")
                 for number, (name, colour) in enumerate(zip(NAMES, colours, strict=False)))  # fmt: skip


def start(image: LoadedImage, strokes: tuple[Stroke, ...]) -> None:
    """Begin to teach this picture, or go on where its last lesson ended. What can't be is refused in `refusal`."""
    kept, key = teaching(), image_key(image)
    before = kept.lessons.get(key)
    kept.refusal, kept.refused = None, (key, strokes)
    goes_on = before is not None and (before.classes, before.begin_from) == (kept.classes, kept.begin_from)
    own = own_models.find(before.network) if before is not None and goes_on else None
    try:
        choices = Choices(classes=kept.classes, seconds=float(kept.seconds))
        seen = Seen.of(image.pixels, choices.side)
        job = TeachJob(seen.pixels, seen.strokes(strokes), choices, NAMES[: kept.classes], kept.begin_from,
                       own.weights if own else None)  # fmt: skip
    except ExplainedError as error:
        kept.refusal = error.message
        return
    link = jobs.start(job, KIND)
    kept.refusal = jobs.refusal(KIND)
    if link is not None:
        kept.lessons[key] = Lesson(link, kept.classes, kept.begin_from, strokes, before.network if before else "")


def send_new(image: LoadedImage, lesson: Lesson, strokes: tuple[Stroke, ...]) -> None:
    """Tell a lesson that runs of strokes that it does not know. What can't be learned is refused; the others stay."""
    if strokes == lesson.sent:
        return
    kept = teaching()
    kept.refusal, kept.refused = None, (image_key(image), strokes)
    try:
        choices = Choices(classes=lesson.classes)
        seen = Seen.of(image.pixels, choices.side)
        job = TeachJob(seen.pixels, seen.strokes(strokes), choices, NAMES[: lesson.classes])
    except ExplainedError as error:
        kept.refusal = error.message
        return
    jobs.send(lesson.link, STROKES, job.strokes)
    kept.refusal = jobs.refusal("send")
    lesson.sent = strokes


def network_of(run: Run) -> str:
    """The name under which what came out of a run is kept, "" where nothing came out. Raises CheckpointError."""
    result = run.result
    if not isinstance(result, Taught):
        return ""
    return own_models.keep(result.weights, Card.from_dict(result.card))
