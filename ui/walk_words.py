"""What the player is told, in one language: the words of every step and of every card, and the names of its buttons."""

from collections.abc import Mapping, Sequence
from typing import Any

from ui.language import mark, translated
from ui.walk_pictures import CloseUp
from unet_core import says
from unet_core.messages import Message
from unet_core.trace import Trace
from unet_core.walk import Journey, LessonCard, Question, Step, Stop, steps
from unet_core.walk.cards import LOGITS
from unet_core.walk.steps import ARGMAX, SOFTMAX

NETWORKS = {"trained": mark("The trained network"), "paper": mark("The paper's own sizes"),
            "yours": mark("Your network")}  # fmt: skip
IMAGES = {"real": mark("Real nuclei"), "synthetic": mark("Synthetic nuclei")}
BUTTONS = {
    "networks": mark("Whose sizes"), "images": mark("Image"), "start": mark("Start the lesson"),
    "leave": mark("Leave the lesson"), "back": mark("Back"), "next": mark("Next"), "show": mark("Show the answer"),
    "finish": mark("Finish the lesson"), "play": mark("Play"), "pause": mark("Pause"), "scrub": mark("Step"),
    "right": mark("Right."), "wrong": mark("Not quite."),
    "none": mark("No pictures: this network is not trained here, so there are only its sizes."),
}  # fmt: skip
REAL = {  # pictures that belong to no row
    LOGITS: Message("logit of the foreground"), SOFTMAX: Message("probability of the foreground"),
    ARGMAX: Message("mask over the image"),
}  # fmt: skip


def buttons(language: str) -> dict[str, str]:
    return {name: translated(text, language) for name, text in BUTTONS.items()}


def options(names: Mapping[str, str], chosen: str, language: str) -> list[dict[str, object]]:
    """One of a few to choose from."""
    return [{"id": name, "text": translated(text, language), "chosen": name == chosen} for name, text in names.items()]


def step_words(trace: Trace, journey: Journey | None, language: str) -> list[dict[str, Any]]:
    """Every step; with a journey also which picture shows it, and what that picture is."""
    walked = steps(trace)
    return [_step(step, index, len(walked), trace, journey, language) for index, step in enumerate(walked)]


def _step(
    step: Step, index: int, count: int, trace: Trace, journey: Journey | None, language: str
) -> dict[str, Any]:  # fmt: skip
    stop = journey.stops.get(step.name) if journey else None
    lines = [step.sentence, step.note, _silenced(step, stop, trace)]
    where = Message("{place}: {title}", {"place": step.place, "title": step.title})
    return {
        "id": step.name, "rows": list(step.rows), "title": translated(where, language),
        "name": step.name if step.name in trace else "",
        "count": translated("{number} of {count}", language, number=index + 1, count=count),
        "text": [translated(line, language) for line in lines if line], "shapes": _shapes(step, language),
        "changes": [translated(change, language) for change in step.changes],
        "picture": step.name if journey else None, "caption": _caption(step.name, stop, language) if journey else "",
    }  # fmt: skip


def _silenced(step: Step, stop: Stop | None, trace: Trace) -> Message | None:
    if stop is None or trace[step.name].kind != "relu":
        return None
    return Message("In this image {percent:.0f} % of its values are zero now.", {"percent": 100 * stop.zeros})


def _shapes(step: Step, language: str) -> str:
    after = says.shape_text(step.after)
    if not step.before:
        return after
    before = " + ".join(map(says.shape_text, step.before))
    return translated("{before} → {after}", language, before=before, after=after)


def _caption(name: str, stop: Stop | None, language: str) -> str:
    """What a picture shows."""
    if stop is None:
        return translated(REAL[name], language)
    return translated("channel no. {channel}: {low:.2f} (dark) to {high:.2f} (bright)", language,
                      channel=stop.channel, low=stop.low, high=stop.high)  # fmt: skip


def card_words(
    cards: Sequence[LessonCard], journey: Journey, close: CloseUp, language: str
) -> list[dict[str, Any]]:  # fmt: skip
    """Every card of the lesson."""
    return [_card(card, index, len(cards), journey, close, language) for index, card in enumerate(cards)]


def _card(
    card: LessonCard, index: int, count: int, journey: Journey, close: CloseUp, language: str
) -> dict[str, Any]:  # fmt: skip
    pictures = [_picture(name, journey, language) for name in card.pictures]
    if card.pixel:  # shown from near, with the pixel marked
        near = Message("{side} × {side} pixels of the image", {"side": close.side})
        for picture, name in zip(pictures, card.pictures, strict=True):
            picture |= {"src": close.pictures[name], "left": close.left, "top": close.top}
        pictures[0]["caption"] = translated(near, language)
    return {
        "rows": list(card.rows), "title": translated(card.title, language),
        "count": translated("{number} of {count}", language, number=index + 1, count=count),
        "text": translated(card.sentence, language), "pictures": pictures, "sign": card.sign,
        "question": _question(card.question, language) if card.question else None,
    }  # fmt: skip


def _picture(name: str, journey: Journey, language: str) -> dict[str, Any]:
    stop = journey.stops.get(name)
    caption = says.shape_text(stop.shape) if stop else translated(REAL[name], language)
    return {"id": name, "name": name, "caption": caption}


def _question(question: Question, language: str) -> dict[str, Any]:
    return {
        "text": translated(question.text, language), "right": question.right,
        "choices": [translated(choice, language) for choice in question.choices],
        "answer": translated(question.answer, language),
    }  # fmt: skip
