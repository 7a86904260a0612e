"""Untrusted bytes -> a mask on an image that is known, or one sentence that says how to save it.

What the values of a mask mean is seen from them, and said: class numbers, as an indexed PNG has them; two values, of
which the darker is background; the colours of this app's own masks; or objects, each with a number of its own. What
could mean two things is refused.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.measure import label

from unet_core.images import UPLOAD, Bounds, ImageError, Stored, read_stored, upright
from unet_core.messages import Message
from unet_core.overlay import palette
from unet_core.segment import GREY

LOSSY = ("JPEG", "WEBP", "AVIF")  # a lossless WebP keeps its few colours and is never asked
AREAS = 2  # connected areas for each number of an object, on average: it may lie in pieces, but is no smooth edge
GAPS = 2  # highest number for each object in 8 bits: numbers are used one after the other, grey values are spread
MOST_COLOURS = 256  # more than there are classes
TABLE = 2**24  # values below it are counted in a table, which is ten times as fast as sorting


class MaskError(ImageError):
    """An image that can't be read as a mask; the sentence says what to do."""


@dataclass(frozen=True, eq=False)
class LoadedMask:
    """`classes` is uint8 (H, W), 0 = background; without `every_class` it tells only 1 = foreground from it.

    `labels` is int32 (H, W) where the file numbers its objects: 0 = background, then 1, 2, .. without gaps. `notes`
    says how it was read.
    """

    classes: NDArray[np.uint8]
    every_class: bool
    labels: NDArray[np.int32] | None
    notes: tuple[Message, ...]


@dataclass(frozen=True, eq=False)
class _Values:
    """The distinct values of a file, ascending, and which of them each pixel has, (H, W)."""

    values: NDArray[Any]  # numbers, or rows of red, green and blue
    places: NDArray[np.int32]
    brightness: NDArray[Any]  # of each
    colours: bool = False  # the values are colours, and no numbers
    wide: bool = False  # more than 8 bits, as numbers of objects have

    def __len__(self) -> int:
        return len(self.values)

    def filled(self, numbers: Any) -> NDArray[np.uint8]:
        """(H, W) with a number in the place of each value."""
        result: NDArray[np.uint8] = np.asarray(numbers, np.uint8)[self.places]
        return result


def load_mask(data: bytes, size: tuple[int, int], classes: int = 2, bounds: Bounds = UPLOAD) -> LoadedMask:
    """A mask of `size` (height, width), of `classes` classes at most, background included.

    Raises ImageError as `load_image` does, and MaskError.
    """
    kind, stored = read_stored(data, bounds=bounds, indices=True)
    samples = upright(stored.samples, stored)
    _check_size(samples.shape[:2], size)
    notes = list(stored.notes)
    if stored.alpha is not None and stored.alpha.min() < 1:
        opaque = upright(stored.alpha, stored)[..., 0] >= 0.5
        return _of_transparency(samples, opaque, notes)
    found = _values(samples, stored)
    mask = (_of_few_values(found) or (_of_objects(found) if found.wide else None) or _of_classes(found, classes)
            or _of_objects(found))  # fmt: skip
    if mask is None:
        raise _too_many(len(found), classes, kind)
    numbers, labels, note = mask
    notes += [] if note is None else [note]
    return LoadedMask(numbers, labels is None and (classes == 2 or len(found) > 2), labels, tuple(notes))


_Read = tuple[NDArray[np.uint8], NDArray[np.int32] | None, Message | None]


def _of_few_values(found: _Values) -> _Read | None:
    """One value or two."""
    if len(found) > 2:
        return None
    if len(found) == 1:
        full = bool(found.brightness[0] > 0)
        note = (Message("The mask has one value only: all of it is foreground.") if full else
                Message("The mask has one value only: all of it is background."))  # fmt: skip
        return found.filled([full]), None, note
    note = Message("The mask has two values: the darker one is background.")
    second = bool(found.brightness[1] >= found.brightness[0])  # a palette may show both alike: then the higher number
    return found.filled([not second, second]), None, note


def _of_classes(found: _Values, classes: int) -> _Read | None:
    """Numbers or colours that say the class; None where there are too many. MaskError where they don't say which."""
    if found.colours and len(found) <= classes:
        known = {colour: number for number, colour in enumerate(palette(classes))}
        numbers = [known.get((int(red), int(green), int(blue))) for red, green, blue in found.values]
        return None if None in numbers else (found.filled(numbers), None, None)
    if found.colours:
        return None
    if found.values[0] >= 0 and found.values[-1] < classes:
        return found.filled(found.values), None, None
    if len(found) == classes:
        note = Message("The {count} grey values of the mask are its classes, the darkest is background.",
                       {"count": classes})  # fmt: skip
        return found.filled(np.argsort(np.argsort(found.brightness))), None, note
    if len(found) < classes:
        raise MaskError(
            "this mask has {count} values up to {highest}, which don't say which of {classes} classes they are: save "
            "it with the values 0 to {last}, or with two values for background and foreground",
            count=len(found), highest=found.values[-1].item(), classes=classes, last=classes - 1,
        )  # fmt: skip
    return None


def _of_objects(found: _Values) -> _Read | None:
    """Numbers of objects: 0 is background. None where equal values lie scattered, as those of a smooth edge do."""
    if found.colours or found.values[0] < 0 or not (found.wide or found.values[-1] <= GAPS * len(found)):
        return None
    numbers = np.cumsum(found.values > 0).astype(np.int32)
    labels = numbers[found.places]
    areas = int(label(labels, connectivity=2).max())  # type: ignore[no-untyped-call]  # of equal numbers, 0 aside
    if areas > AREAS * numbers[-1]:
        return None
    note = Message("The values of the mask were read as numbers of {count} objects, 0 is background.",
                   {"count": int(numbers[-1])})  # fmt: skip
    return (labels > 0).astype(np.uint8), labels, note


def _of_transparency(samples: NDArray[Any], opaque: NDArray[np.bool_], notes: list[Message]) -> LoadedMask:
    """Painted on nothing: what is painted is foreground, if it has a single colour."""
    painted = samples[opaque]
    if len(painted) and (painted != painted[0]).any():
        raise MaskError("this mask has transparent parts and several colours: save it without transparency")
    notes.append(Message("The transparent parts of the mask are background."))
    return LoadedMask(opaque.astype(np.uint8), False, None, tuple(notes))


def _check_size(found: tuple[int, ...], wanted: tuple[int, int]) -> None:
    if tuple(found) != tuple(wanted):
        raise MaskError(
            "this mask has {height} × {width} pixels and the image has {image_height} × {image_width}: save it in the "
            "size of the image, without smoothing",
            height=found[0], width=found[1], image_height=wanted[0], image_width=wanted[1],
        )  # fmt: skip


def _too_many(found: int, classes: int, kind: str) -> MaskError:
    if kind in LOSSY:
        return MaskError(
            "this mask has {found:,} different colours, because {format} changes colours to save space: save it as "
            "PNG, which keeps them, from the program that it was made with",
            found=found, format=kind,
        )  # fmt: skip
    return MaskError(
        "this mask has {found:,} different colours, and {classes} at most can be told apart here: save it as PNG "
        "without smooth edges (no anti-aliasing), with one value for each class, 0 for the background",
        found=found, classes=classes,
    )  # fmt: skip


# Which values are there?


def _values(samples: NDArray[Any], stored: Stored) -> _Values:
    if stored.palette is not None:
        values, places = _distinct(samples[..., 0])
        return _Values(values, places, _brightness(stored.palette[values]))
    if samples.shape[2] == 3 and any((samples[..., 0] != samples[..., other]).any() for other in (1, 2)):
        return _colours(samples)
    grey: NDArray[Any] = samples[..., 0]
    wide = grey.dtype.kind != "f" and grey.dtype.itemsize > 1
    if grey.dtype.kind == "f":
        grey = _whole_numbers(grey)
    if stored.zero_is_white:
        grey = grey.max() - grey
    values, places = _distinct(grey)
    return _Values(values, places, values, wide=wide)


def _colours(samples: NDArray[Any]) -> _Values:
    if samples.dtype.kind not in "iu" or samples.dtype.itemsize > 2 or samples.min() < 0:
        raise MaskError("this mask has colours of more than 16 bits: save it as an indexed PNG")
    bits = 8 * samples.dtype.itemsize
    whole: NDArray[Any] = samples.astype(np.int32 if bits == 8 else np.int64)
    packed, places = _distinct(whole[..., 0] << 2 * bits | whole[..., 1] << bits | whole[..., 2])
    if len(packed) > MOST_COLOURS:  # to be refused: only how many they are counts
        return _Values(packed, places, packed, colours=True)
    colours = np.stack([packed >> 2 * bits, packed >> bits & 2**bits - 1, packed & 2**bits - 1], axis=1)
    return _Values(colours, places, _brightness(colours), colours=True)


def _whole_numbers(grey: NDArray[Any]) -> NDArray[np.int64]:
    """Floats that count; two values of any kind are fine too. MaskError for others."""
    if not np.isfinite(grey).all():
        raise MaskError("this mask holds values that are no numbers: save it again as an 8-bit PNG")
    whole: NDArray[np.int64] = grey.clip(-(2**53), 2**53).astype(np.int64)
    if (whole == grey).all():
        return whole
    values = np.unique(grey)
    if len(values) > 2:
        raise MaskError("this mask holds {count} numbers with fractions, as probabilities are: choose a threshold, and "
                        "save what lies above it as 1 and the rest as 0", count=len(values))  # fmt: skip
    higher: NDArray[np.int64] = (grey == values[-1]).astype(np.int64)
    return higher


def _brightness(colours: NDArray[Any]) -> NDArray[np.float64]:
    weighed: NDArray[np.float64] = colours @ np.array(GREY)
    return weighed


def _distinct(codes: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int32]]:
    """The distinct integers of (H, W), ascending, and the place among them of each."""
    if codes.min() < 0 or codes.max() >= TABLE:
        values, places = np.unique(codes, return_inverse=True)
        return values, places.reshape(codes.shape).astype(np.int32)
    there = np.zeros(int(codes.max()) + 1, np.bool_)
    there[codes] = True
    numbers = np.cumsum(there, dtype=np.int32) - 1
    return np.flatnonzero(there), numbers[codes]
