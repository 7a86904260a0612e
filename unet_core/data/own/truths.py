"""The masks of a whole set, read alike: what a value means is decided by all of them together and not file by file.

The distinct values, ascending, are the classes; the lowest is background. Of an indexed PNG they are its indices. A
255 beside small numbers is the "void" line around the objects of VOC, and is taken as background, with a note.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unet_core.data.own.archive import DRAWN, File
from unet_core.data.own.labelme import Drawing, drawn, read_drawing
from unet_core.data.own.pairing import Couple
from unet_core.data.own.reduced import reduced_mask
from unet_core.data.samples import DataError
from unet_core.images import Bounds, ImageError, read_stored, upright
from unet_core.messages import Message

MOST_CLASSES = 12  # background included: more can't be told apart by colour, nor learned in seconds
VOID, LARGEST_NUMBER = 255, 63  # 255 is no class where all others are numbers up to so much
LOSSY = ("JPEG", "WEBP", "AVIF")
Values = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Truths:
    """The class of each pixel of each reduced image, uint8 (H, W), with the classes' names, background first."""

    classes: tuple[NDArray[np.uint8], ...]
    names: tuple[str, ...]
    notes: tuple[Message, ...]


def read_truths(couples: Sequence[Couple], sizes: Sequence[tuple[int, int]], bounds: Bounds) -> Truths:
    """The truths of images of `sizes` (height, width). Raises DataError, which names the file."""
    drawings = [couple.truth.path.lower().endswith(DRAWN) for couple in couples]
    if any(drawings) and not all(drawings):
        one, other = (couples[drawings.index(kind)].truth.name for kind in (True, False))
        raise DataError("{one} has outlines and {other} is a mask: give all images the same kind of truth", one=one,
                        other=other)  # fmt: skip
    truths = [couple.truth for couple in couples]
    return _outlined(truths, sizes) if any(drawings) else _painted(truths, sizes, bounds)


def _outlined(files: Sequence[File], sizes: Sequence[tuple[int, int]]) -> Truths:
    drawings: list[Drawing] = [read_drawing(file) for file in files]
    labels = sorted({shape.label for drawing in drawings for shape in drawing.shapes if shape.label[0] != "_"})
    _check_count(1 + len(labels), files[0])
    numbers = {label: number for number, label in enumerate(labels, start=1)}
    numbers |= {shape.label: 0 for drawing in drawings for shape in drawing.shapes if shape.label[0] == "_"}
    classes = tuple(reduced_mask(drawn(drawing, numbers, size, file))
                    for drawing, size, file in zip(drawings, sizes, files, strict=True))  # fmt: skip
    for label, number in numbers.items():
        if number and not any((one == number).any() for one in classes):
            raise DataError("the class “{name}” has no pixel in any image: draw it, or remove its outlines", name=label)
    return Truths(classes, ("background", *labels), ())


def _painted(files: Sequence[File], sizes: Sequence[tuple[int, int]], bounds: Bounds) -> Truths:
    masks, each = list[Values](), list[Values]()
    for file, size in zip(files, sizes, strict=True):  # one after another: at full size they would fill the memory
        values = _values(file, size, bounds)
        each.append(np.unique(values))
        masks.append(reduced_mask(values))
    known = np.unique(np.concatenate(each))
    notes = []
    if len(known) > 2 and known[-1] == VOID and known[-2] <= LARGEST_NUMBER:
        known = known[:-1]
        notes.append(Message("The value 255, as VOC draws it around objects, was taken as background."))
    worst = max(range(len(files)), key=lambda number: len(each[number]))
    _check_count(len(known), files[worst])
    if len(known) < 2:
        raise DataError("all masks are of one value, so there is nothing to find: paint what shall be found, with a "
                        "value of its own for each class")  # fmt: skip
    if known[0] != 0:
        notes.append(Message("No mask has the value 0; the lowest, {value}, was taken as background.",
                             {"value": int(known[0])}))  # fmt: skip
    classes = tuple(_numbered(mask, known) for mask in masks)
    names = ("background", "foreground") if len(known) == 2 else (
        "background", *(f"class {int(value):x}" if value > VOID else f"class {int(value)}" for value in known[1:])
    )  # fmt: skip
    return Truths(classes, names, tuple(notes))


def _numbered(mask: Values, known: Values) -> NDArray[np.uint8]:
    """The place of each value among the known ones; another is background."""
    places = np.searchsorted(known, mask).clip(max=len(known) - 1)
    classes: NDArray[np.uint8] = np.where(known[places] == mask, places, 0).astype(np.uint8)
    return classes


def _check_count(count: int, file: File) -> None:
    if count > MOST_CLASSES:
        raise DataError(
            "the masks have {count:,} different values, the most of them in {file}, and at most {most} classes can be "
            "learned here, background included: save masks as PNG without smooth edges, with one value for each class "
            "and not for each object", count=count, file=file.name, most=MOST_CLASSES,
        )  # fmt: skip


def _values(file: File, size: tuple[int, int], bounds: Bounds) -> Values:
    """The numbers of a mask, int64 (H, W): indices, grey values, or colours as one number."""
    try:
        kind, stored = read_stored(file.data, bounds=bounds, indices=True)
    except ImageError as error:
        raise DataError("{file} can't be read: {reason}", file=file.name, reason=error.message) from error
    samples = upright(stored.samples, stored)
    if samples.shape[:2] != size:
        raise DataError(
            "{file} has {height} × {width} pixels and its image has {image_height} × {image_width}: save the mask in "
            "the size of the image, without smoothing", file=file.name, height=samples.shape[0],
            width=samples.shape[1], image_height=size[0], image_width=size[1],
        )  # fmt: skip
    if kind in LOSSY and len(np.unique(samples)) > MOST_CLASSES:
        raise DataError("{file} is a {format} file, which changes values to save space: save masks as PNG",
                        file=file.name, format=kind)  # fmt: skip
    if samples.dtype.kind == "f" and not (np.isfinite(samples).all() and (samples == np.round(samples)).all()
                                          and np.abs(samples).max() < 2**31):  # fmt: skip
        raise DataError("{file} holds numbers with fractions, as probabilities are: save whole numbers, one for each "
                        "class", file=file.name)  # fmt: skip
    if samples.dtype.kind not in "fiub" or (samples.dtype.itemsize > 4 and samples.dtype.kind != "f"):
        raise DataError("{file} holds values of a kind that no mask has: save it as an 8-bit PNG", file=file.name)
    whole: Values = samples.astype(np.int64)
    if whole.shape[2] == 3 and (whole != whole[..., :1]).any():
        if whole.min() < 0 or whole.max() > VOID:
            raise DataError("{file} has colours of more than 8 bits: save it as an indexed PNG", file=file.name)
        return whole[..., 0] << 16 | whole[..., 1] << 8 | whole[..., 2]
    grey: Values = whole[..., 0]
    return grey.max() - grey if stored.zero_is_white else grey
