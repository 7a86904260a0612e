"""What stands on a report: two pictures side by side, and lines of text; and how a line is wrapped."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from unet_core.comparison import ComparisonError
from unet_core.messages import Message
from unet_core.overlay import Bytes, overlay
from unet_core.segment import check_pixels
from unet_core.zoo.passport import Passport

MOST_HIGH, MOST_WIDE = 2048, 1016  # pixels of one picture; two of them and the gap are 2,048 wide
GAP = 16  # pixels between the pictures, and around everything
NARROWEST = 640  # pixels: a smaller picture is not enlarged, but its text needs room
MOST_LINES, LONGEST_LINE = 60, 600  # of text, and letters of one of them
NO_BREAK_BEFORE = "，。；：、！？）”》"  # a line of Chinese may end anywhere but before these


@dataclass(frozen=True, eq=False)
class Report:
    """`picture` is uint8 (h, w, 3), at most 2,048 a side: the image, and beside it the image under its mask."""

    title: Message
    picture: Bytes
    lines: tuple[Message, ...]

    @property
    def width(self) -> int:
        """Pixels across everything, margins included."""
        return max(NARROWEST, int(self.picture.shape[1]) + 2 * GAP)

    @property
    def text_height(self) -> int:
        """Pixels of a letter: it stays readable when the report fills a page or a screen."""
        return max(14, self.width // 72)


def make_report(
    pixels: NDArray[Any], classes: NDArray[np.integer[Any]], passport: Passport, threshold: float, made_on: date,
    notes: Sequence[Message] = (), fill: bool = True,
) -> Report:  # fmt: skip
    """A report on an image, float (H, W, 1 or 3) in 0..1, and the class of each pixel (H, W), as `class_map` has them.

    `fill` tints the mask, else only its outline is drawn. `notes` are further lines: what was done to the image, how
    many objects there are. Raises SegmentError, and ComparisonError where mask and image differ in size.
    """
    check_pixels(pixels)
    height, width = classes.shape[:2]
    if classes.shape != pixels.shape[:2]:
        raise ComparisonError("the mask has {height} × {width} pixels, the image {other_height} × {other_width}",
                              height=height, width=width, other_height=pixels.shape[0],
                              other_width=pixels.shape[1])  # fmt: skip
    about = Message(
        "Threshold {threshold:.2f} on the probability of foreground: the mask covers {percent:.1f} % of {height} × "
        "{width} pixels.",
        {"threshold": threshold, "percent": 100 * float((classes > 0).mean()), "height": height, "width": width},
    )
    lines = (*passport.sentences, about, *notes,
             *(Message("Not made for: {use}.", {"use": use}) for use in passport.not_for),
             Message("Made on {date} with U-Net Explorer.", {"date": made_on.isoformat()}))  # fmt: skip
    return Report(Message("A mask by {name}", {"name": passport.name}), _side_by_side(pixels, classes, fill),
                  lines[:MOST_LINES])  # fmt: skip


def _side_by_side(pixels: NDArray[Any], classes: NDArray[np.integer[Any]], fill: bool) -> Bytes:
    """The mask is reduced with the image and laid over it then, so that an outline is always one pixel wide."""
    height, width = classes.shape
    scale = min(1.0, MOST_WIDE / width, MOST_HIGH / height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = np.stack([_resized(channel, size, Image.Resampling.BOX) for channel in np.moveaxis(pixels, 2, 0)], axis=2)
    kinds = _resized(classes.astype(np.float32), size, Image.Resampling.NEAREST).astype(np.int64)
    gap = np.full((size[1], GAP, 3), 255, np.uint8)
    return np.concatenate([overlay(small, np.zeros_like(kinds)), gap, overlay(small, kinds, fill)], axis=1)


def _resized(values: NDArray[Any], size: tuple[int, int], how: Image.Resampling) -> NDArray[np.float32]:
    picture = Image.fromarray(np.ascontiguousarray(values, np.float32))
    return np.asarray(picture.resize(size, how), np.float32)


def wrapped(text: str, room: float, length: Callable[[str], float]) -> Iterator[str]:
    """A text as lines of at most `room` by `length`: broken at blanks, or between Chinese characters.

    A word that is longer than a line is cut.
    """
    line = ""
    for piece in _pieces(text[:LONGEST_LINE]):
        if line and length((line + piece).rstrip()) > room:
            yield line.rstrip()
            line = ""
        line = (line + piece).lstrip() if not line else line + piece
        while length(line.rstrip()) > room and len(line) > 1:
            fits = next(end for end in range(len(line) - 1, 0, -1) if end == 1 or length(line[:end]) <= room)
            yield line[:fits]
            line = line[fits:]
    if line.strip():
        yield line.rstrip()


def _pieces(text: str) -> list[str]:
    """What must not be broken: a word with the blanks behind it, or one Chinese character with its punctuation."""
    return re.findall(rf"[\u2e80-\uffff][{NO_BREAK_BEFORE}]*\s*|[^\s\u2e80-\uffff]+\s*|\s+", text)
