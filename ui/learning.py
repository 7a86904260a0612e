"""What the component `learning` shows of a run: curves, the masks of the watched images, and the first kernels."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ui.language import mark, translated
from ui.pictures import png, with_blobs
from unet_core.class_names import class_name
from unet_core.overlay import overlay, palette
from unet_core.runs.history import History, Moment, Track

MOST_POINTS = 150  # of a loss curve: as many as can be told apart
NAMED = 6  # classes, beside the truth; of more only the first
MOST_MOMENTS = 30  # of each network in the film
HIGHEST = 3.0  # times the loss before the first step: what is above runs along the upper edge
FIGURES = ("dice", "class_dice")
WORDS = {
    "loss": mark("Loss"), "dice": mark("Dice of the foreground"), "class_dice": mark("Dice, mean of the classes"),
    "dice_short": mark("Dice"), "class_dice_short": mark("mean Dice"), "train": mark("training"),
    "val": mark("validation"), "truth": mark("Truth"), "play": mark("Play"), "pause": mark("Hold"),
    "scrub": mark("Moment of the training"), "at": mark("after {seconds} s"), "step": mark("step {step}"),
    "waiting": mark("not yet begun"), "image": mark("validation image {number}"),
    "kernels": mark("Kernels of the first convolution; the largest weight is ±{largest}"),
    "kernel": mark("Kernel {number}"), "kept": mark("kept"),
    "grown": mark("They began as random numbers. Every step moves each weight a little to where the loss falls: go "
                  "back in time to see what they were."),
}  # fmt: skip
Bytes = NDArray[np.uint8]


def payload(found: History, run: str, language: str) -> bytes:
    """What the browser is sent of a run that has told its beginning; `run` tells it from others."""
    opened = found.opened
    assert opened is not None
    blobs = {"images": _images(opened.images), "truth": _strip(opened.truths)}
    nets = [_net(number, track, language, blobs) for number, track in enumerate(found.tracks)]
    longest = max([opened.order.seconds, *(track.seconds for track in found.tracks)])
    first = [track.looks[0].figures["loss"] for track in found.tracks if track.looks]
    head = {
        "language": language, "run": run, "words": _words(language), "nets": nets, "images": len(opened.truths),
        "size": opened.truths[0].shape, "colours": palette(len(opened.classes)), "seconds": longest,
        "classes": [translated(name, language) for name in map(class_name, opened.classes[1 : 1 + NAMED])],
        "figures": FIGURES if len(opened.classes) > 2 else FIGURES[:1],
        "figure": "class_dice" if len(opened.classes) > 2 else "dice",  # the one that decides which moment is kept
        "highest": HIGHEST * max(first, default=1.0),
    }  # fmt: skip
    return with_blobs(head, blobs)


def _net(number: int, track: Track, language: str, blobs: dict[str, bytes]) -> dict[str, Any]:
    """One network; its pictures go into `blobs`."""
    looks = track.looks
    films = {moment.step for moment in _spread([moment for moment in looks if moment.shown])}
    for moment in looks:
        if moment.step in films and moment.shown is not None:
            blobs[f"{number}.{moment.step}"] = _strip(moment.shown.masks)
            blobs[f"{number}.{moment.step}.kernels"] = moment.shown.kernels.tobytes()
    note = "" if track.failed is None else translated(track.failed, language)
    return {
        "id": str(number), "name": translated(track.label, language), "note": note,
        "loss": _curve(sorted(track.losses.values())),
        "val_loss": _line(looks, "loss"),
        "val": {name: _line(looks, name) for name in FIGURES},
        "train": {name: _line(looks, f"train_{name}") for name in FIGURES},
        "kept": _kept(track.best),
        "moments": [_moment(moment, moment.step in films) for moment in looks],
    }  # fmt: skip


def _kept(best: Moment | None) -> dict[str, float] | None:
    """The moment whose weights are kept, as far as it is known."""
    if best is None:
        return None
    return {"at": round(best.seconds, 3), **{name: _finite(best.figures[name]) for name in FIGURES}}


def _moment(moment: Moment, pictures: bool) -> dict[str, Any]:
    shown = moment.shown
    return {"at": round(moment.seconds, 3), "step": moment.step, "pictures": pictures,
            "figures": {name: round(moment.figures[name], 4) for name in FIGURES},
            "kernels": _shape(shown.kernels) if shown else None, "scale": shown.scale if shown else 0}  # fmt: skip


def _shape(kernels: Bytes) -> list[int]:
    """How many, of how many channels, and their side."""
    return [int(part) for part in kernels.shape[:3]]


def _line(looks: Sequence[Moment], name: str) -> list[tuple[float, float]]:
    return [(round(moment.seconds, 3), _finite(moment.figures[name])) for moment in looks]


def _curve(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """(seconds, loss) of every step; of many, means of a few neighbours."""
    size = max(1, -(-len(points) // MOST_POINTS))
    parts = [points[start : start + size] for start in range(0, len(points), size)]
    return [(round(part[-1][0], 3), _finite(float(np.mean([loss for _, loss in part])))) for part in parts]


def _finite(value: float) -> float:
    """JSON has no infinity."""
    return round(value, 4) if np.isfinite(value) else 1e6


def _spread(moments: list[Moment]) -> list[Moment]:
    """At most MOST_MOMENTS, evenly spread, the last one always."""
    step = max(1, -(-len(moments) // MOST_MOMENTS))
    return moments[::-step]


def _images(images: Sequence[Bytes]) -> bytes:
    """Below each other, dim ones brightened as everywhere in the app."""
    shown = [overlay(image / np.float32(255), np.zeros(image.shape[:2], np.uint8)) for image in images]
    return png(np.concatenate(shown))


def _strip(masks: Sequence[Bytes]) -> bytes:
    return png(np.concatenate(list(masks)))


def _words(language: str) -> dict[str, str]:
    """What stands in braces is filled in by the browser."""
    open_places = {name: f"{{{name}}}" for name in ("seconds", "step", "number", "largest")}
    return {name: translated(text, language, **open_places) for name, text in WORDS.items()}
