"""A run as files to take away: its curves, its film, what it was made of, and the network itself."""

import csv
import io
import json
import zipfile
from dataclasses import asdict
from typing import Any

import numpy as np

from unet_core.checkpoint import CARD, WEIGHTS, Card, card_text
from unet_core.images import encode_png, indexed_png
from unet_core.overlay import overlay, palette
from unet_core.runs.history import History, Track
from unet_core.runs.result import Result, Trained

COLUMNS = ("network", "step", "seconds", "training loss", "validation loss", "validation dice", "validation class dice",
           "training dice", "training class dice")  # fmt: skip
FIGURES = ("loss", "dice", "class_dice", "train_dice", "train_class_dice")


def curves_csv(found: History) -> str:
    """A line for every step of every network; figures where there was a look."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for track in found.tracks:
        for step in sorted({*track.losses, *track.moments}):
            seconds, loss = track.losses.get(step, (0.0, ""))
            moment = track.moments.get(step)
            figures = [moment.figures[name] for name in FIGURES] if moment else [""] * len(FIGURES)
            writer.writerow([str(track.label), step, round(seconds, 3), loss, *figures])
    return stream.getvalue()


def run_json(found: History, result: Result | None) -> str:
    """All choices, plans, curves and figures as one JSON file."""
    order = found.opened.order if found.opened else None
    about = {} if order is None else {
        "data": order.data, "seconds": order.seconds, "loss": order.loss, "learning_rate": order.learning_rate,
        "augmentation": asdict(order.augmentation), "images": order.images, "seed": order.seed,
    }  # fmt: skip
    configs = [] if order is None else [entrant.config.to_dict() for entrant in order.entrants]
    done: list[Trained | None] = list(result.trained) if result else [None] * len(found.tracks)
    networks = [_network(*each) for each in zip(found.tracks, configs, done, strict=True)]
    return json.dumps({"order": about, "networks": networks}, indent=1, ensure_ascii=False) + "\n"


def _network(track: Track, config: dict[str, object], done: Trained | None) -> dict[str, Any]:
    return {
        "name": str(track.label), "config": config, "plan": None if track.plan is None else asdict(track.plan),
        "failed": None if track.failed is None else str(track.failed),
        "best_step": done.best_step if done else None,
        "loss": [[step, round(seconds, 3), loss] for step, (seconds, loss) in sorted(track.losses.items())],
        "looks": [{"step": one.step, "seconds": one.seconds, "figures": one.figures} for one in track.looks],
    }  # fmt: skip


def film_zip(found: History) -> bytes:
    """The watched images, their truth, and the masks of every kept moment: PNG files whose values are classes, and the
    same laid over the image."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        _write_film(archive, found, "")
    return buffer.getvalue()


def _write_film(archive: zipfile.ZipFile, found: History, folder: str) -> None:
    opened = found.opened
    if opened is None:
        return
    colours = palette(len(opened.classes))
    for number, (image, truth) in enumerate(zip(opened.images, opened.truths, strict=True), start=1):
        archive.writestr(f"{folder}image-{number}.png", encode_png(image[..., 0] if image.shape[2] == 1 else image))
        archive.writestr(f"{folder}truth-{number}.png", indexed_png(truth, colours))
    for which, track in enumerate(found.tracks, start=1):
        for moment in track.looks:
            for number, mask in enumerate(moment.shown.masks if moment.shown else (), start=1):
                name = f"{folder}network-{which}/step-{moment.step:05d}-image-{number}"
                archive.writestr(f"{name}.png", indexed_png(mask, colours))
                picture = overlay(opened.images[number - 1] / np.float32(255), mask)
                archive.writestr(f"{name}-overlay.png", encode_png(picture))


def network_files(done: Trained) -> dict[str, bytes]:
    """The two files that a model consists of, by their names: what Segment and the command line can read.

    {} of a network that was too large to be trained."""
    if not done.weights:
        return {}
    return {WEIGHTS: done.weights, CARD: card_text(Card.from_dict(done.card)).encode()}


def everything_zip(found: History, result: Result | None) -> bytes:
    """All of these in one ZIP."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("curves.csv", curves_csv(found))
        archive.writestr("run.json", run_json(found, result))
        _write_film(archive, found, "film/")
        for number, done in enumerate(result.trained if result else (), start=1):
            for name, content in network_files(done).items():
                archive.writestr(f"network-{number}/{name}", content)
    return buffer.getvalue()
