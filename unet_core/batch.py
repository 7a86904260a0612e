"""Many images, one network: each is read, segmented and counted by itself; one that can't be is told and passed over.

Nothing is written to a disk: what comes out are masks and small pictures in memory, and a ZIP of them on request.
"""

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import nn

from unet_core.answer import answer
from unet_core.checkpoint import Card
from unet_core.images import LoadedImage, encode_png, load_image
from unet_core.instances import find_objects
from unet_core.likeness import not_compared, unlikeness
from unet_core.messages import ExplainedError, Message
from unet_core.overlay import overlay
from unet_core.probabilities import class_map
from unet_core.result_files import mask_png
from unet_core.scale import rescaled
from unet_core.zoo.passport import passport_sentences

MAX_FILES = 100
MAX_TOTAL = 256 * 2**20  # bytes of all files together
THUMBNAIL = 320  # pixels a side of the picture in a gallery, at most
COMMAND = "python -m unet_core segment FOLDER -o masks"
LONGEST_NAME = 60  # letters of a file's name that are kept
COLUMNS = ("file", "network", "threshold", "height", "width", "foreground share", "objects", "seconds", "note")
Between = Callable[[], object]


class BatchError(ExplainedError):
    """More files than are taken at once."""


@dataclass(frozen=True)
class File:
    """What a visitor brought: the name is only ever shown, never used as a path."""

    name: str
    data: bytes


@dataclass(frozen=True, eq=False)
class Result:
    """Of one file. `refused` says why there is no mask; else `mask` and `thumbnail` are PNG files, `share` is the part
    of the image that is foreground, 0..1, and `objects` None where there are too many to be counted. `unlike` says in
    what the image is unlike those that the network learned from, or why that can't be told."""

    name: str
    refused: Message | None = None
    mask: bytes = b""
    thumbnail: bytes = b""
    size: tuple[int, int] = (0, 0)  # (height, width)
    share: float = 0.0
    objects: int | None = None
    seconds: float = 0.0
    unlike: tuple[Message, ...] = ()


def check_files(sizes: Sequence[int]) -> None:
    """Raise BatchError for too many files, or too many bytes in all."""
    if len(sizes) > MAX_FILES:
        raise BatchError("These are {count} files; at most {most} are taken at once: choose fewer, or segment the "
                         "whole folder on your own computer with {command}.", count=len(sizes), most=MAX_FILES,
                         command=COMMAND)  # fmt: skip
    if sum(sizes) > MAX_TOTAL:
        raise BatchError("These files have {megabytes:.0f} MB together; at most {most} MB are taken at once: choose "
                         "fewer, or segment the whole folder on your own computer with {command}.",
                         megabytes=sum(sizes) / 2**20, most=MAX_TOTAL // 2**20, command=COMMAND)  # fmt: skip


def segment_all(
    model: nn.Module, card: Card, files: Sequence[File], threshold: float = 0.5, marked_diameter: float | None = None,
    between: Between = lambda: None,
) -> Iterator[Result]:  # fmt: skip
    """One result after another, in the order of the files; stop at any time. Raises BatchError before the first.

    `marked_diameter`, in pixels, is that of a typical object in every one of the images. `between` is called after
    every tile, and stops the work by raising.
    """
    check_files([len(file.data) for file in files])
    for file in files:
        try:
            image = load_image(file.data)
            found = answer(model, card, image.pixels, marked_diameter, on_progress=lambda *_: between())
        except ExplainedError as error:
            yield Result(file.name, error.message)
            continue
        assert found.per_class is not None
        classes = class_map(found.per_class, threshold)
        height, width = classes.shape
        yield Result(file.name, None, mask_png(found.per_class, threshold), _thumbnail(image, classes), (height, width),
                     float((classes > 0).mean()), _count(found.per_class, threshold), found.seconds,
                     _unlike(card, image, marked_diameter))  # fmt: skip


def _unlike(card: Card, image: LoadedImage, marked: float | None) -> tuple[Message, ...]:
    pixels = rescaled(image.pixels, marked, card).pixels
    reason = not_compared(card, pixels)
    return (reason,) if reason else unlikeness(card, pixels, marked is not None)


def _count(found: NDArray[np.float32], threshold: float) -> int | None:
    try:
        return find_objects(found, threshold).count
    except ExplainedError:  # too many to be objects: the mask is still one
        return None


def _thumbnail(image: LoadedImage, classes: NDArray[np.integer[Any]]) -> bytes:
    """Reduced first: else a large image would be coloured at its full size only to be looked at at a tenth."""
    height, width = classes.shape
    step = max(1, -(-max(height, width) // (2 * THUMBNAIL)))
    picture = Image.fromarray(overlay(image.pixels[::step, ::step], classes[::step, ::step]))
    picture.thumbnail((THUMBNAIL, THUMBNAIL))
    return encode_png(np.asarray(picture))


def to_zip(results: Sequence[Result], card: Card, threshold: float) -> bytes:
    """masks/001-name.png for every mask, results.csv with a line for every file, passport.txt about the network."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:  # PNG is compressed already
        for number, result in enumerate(results, start=1):
            if result.mask:
                archive.writestr(f"masks/{number:03d}-{safe_name(result.name)}.png", result.mask)
        archive.writestr("results.csv", _table(results, card, threshold))
        archive.writestr("passport.txt", "\n".join(map(str, passport_sentences(card))) + "\n")
    return buffer.getvalue()


def _table(results: Sequence[Result], card: Card, threshold: float) -> str:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for number, one in enumerate(results, start=1):
        name = f"{number:03d}-{safe_name(one.name)}"
        if one.refused:
            writer.writerow([name, card.name, threshold, "", "", "", "", "", str(one.refused)])
        else:
            count = "" if one.objects is None else one.objects
            figures = [*one.size, f"{one.share:.6f}", count, f"{one.seconds:.2f}"]
            writer.writerow([name, card.name, threshold, *figures, " ".join(map(str, one.unlike))])
    return stream.getvalue()


def safe_name(name: str) -> str:
    """A stranger's file name as a part of ours: letters, digits, dots, hyphens; no folder, no formula, not endless."""
    last = re.split(r"[/\\]", name)[-1]
    kept = re.sub(r"[^\w.-]+", "_", last).strip("._-")[-LONGEST_NAME:].strip("._-")
    return re.sub(r"\.(png|jpe?g|tiff?|gif|bmp|webp|avif)$", "", kept, flags=re.IGNORECASE) or "image"
