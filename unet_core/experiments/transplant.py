"""Transplant: the skips of one image, the bottleneck of another. Whose mask comes out?

A test of the sentence "skips say where, the bottleneck says what", whatever its result.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unet_core.checkpoint import Card
from unet_core.inside.answer import Answer
from unet_core.inside.subject import Subject, subject
from unet_core.inside.wiring import behind, frontier
from unet_core.messages import ExplainedError, Message
from unet_core.models import NestedUNet, UNet
from unet_core.segment import MAX_SIDE, check_pixels

Truth = NDArray[Any] | None


@dataclass(frozen=True, eq=False)
class Transplant:
    """Of the images A and B, both cut to one size, `pixels` and `truths`: their own answers, and the two mixed ones.

    `mixed[0]` has the skips of A and the bottleneck of B, `mixed[1]` those of B and the bottleneck of A. `dice` names
    an answer, "a", "b", "skips a", "skips b", and a truth, "a" or "b"; it holds those whose truth was given.
    """

    pixels: tuple[NDArray[Any], NDArray[Any]]
    truths: tuple[Truth, Truth]
    own: tuple[Answer, Answer]
    mixed: tuple[Answer, Answer]
    dice: dict[tuple[str, str], float]
    notes: tuple[Message, ...]


def transplant(
    model: UNet | NestedUNet, card: Card, a: NDArray[Any], b: NDArray[Any], truth_a: Truth = None,
    truth_b: Truth = None, max_side: int = MAX_SIDE, threshold: float = 0.5,
) -> Transplant:  # fmt: skip
    """Mix what a model saw in two images, float (H, W, C) in 0..1; the truths are (H, W), what is not 0 is foreground.

    Of images that differ in size the middle of both is used: made larger or smaller, their objects would no longer have
    the size that the network knows. Raises SegmentError and RoomError as `subject` does.
    """
    for pixels, truth in ((a, truth_a), (b, truth_b)):
        check_pixels(pixels)
        if truth is not None and truth.shape != pixels.shape[:2]:
            raise ExplainedError("a truth must be as large as its image, got {truth} for {image}",
                                 truth=truth.shape, image=pixels.shape[:2])  # fmt: skip
    size = min(a.shape[0], b.shape[0]), min(a.shape[1], b.shape[1])
    images = middle(a, size), middle(b, size)
    truths = _cut(truth_a, size), _cut(truth_b, size)
    one, other = (subject(model, card, each, max_side=max_side) for each in images)
    answers = _answers(one, other)
    names = ("a", "b", "skips a", "skips b")
    dice = {(name, owner): answer.dice(truth, threshold) for name, answer in zip(names, answers, strict=True)
            for owner, truth in zip(("a", "b"), truths, strict=True) if truth is not None}  # fmt: skip
    cut = [Message("The images differ in size: of both, the {height} × {width} pixels in the middle are used.",
                   {"height": size[0], "width": size[1]})] if a.shape[:2] != b.shape[:2] else []  # fmt: skip
    notes = dict.fromkeys((*cut, *one.notes, *other.notes, *_what_is_mixed(one)))
    return Transplant(images, truths, answers[:2], answers[2:], dice, tuple(notes))


def middle(pixels: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """The `size` (height, width) pixels in the middle of (H, W, ..); of an odd rest one more is left out at the end."""
    top, left = (pixels.shape[0] - size[0]) // 2, (pixels.shape[1] - size[1]) // 2
    return pixels[top : top + size[0], left : left + size[1]]


def _cut(truth: Truth, size: tuple[int, int]) -> Truth:
    return None if truth is None else middle(np.asarray(truth), size)


def _answers(one: Subject, other: Subject) -> tuple[Answer, Answer, Answer, Answer]:
    """Of A, of B, and with the skips of A and of B."""
    row = bottleneck(one)
    again = behind(one.traced, {row})
    rows = frontier(one.traced, again) | {row}
    first, of_first = one.keep(rows)
    second, of_second = other.keep(rows)
    skips_first = one.replay({**of_first, row: of_second[row]}, again)
    skips_second = other.replay({**of_second, row: of_first[row]}, again)
    return first, second, skips_first, skips_second


def bottleneck(of: Subject) -> str:
    """The row that the deepest node of the encoder, X^(depth,0), hands on."""
    return [row.name for row in of.traced.rows if row.node == (of.config.depth, 0)][-1]


def _what_is_mixed(of: Subject) -> list[Message]:
    config, depth = of.config, {"depth": of.config.depth, "before": of.config.depth - 1}
    if not config.nested and not config.connected_levels:
        return [Message("No skip is connected in this network: all of the mask comes from the bottleneck.")]
    if not config.nested:
        return [Message("The bottleneck is the output of the deepest block, X^({depth},0); the skips are what the "
                        "blocks above it put out on the way down.", depth)]  # fmt: skip
    told = [Message("Only the deepest block, X^({depth},0), counts as the bottleneck here. All other nodes of the "
                    "encoder are from the image of the skips, and so is every node that reads nothing but these.",
                    depth)]  # fmt: skip
    if config.deep_supervision and config.depth > 1:
        told.append(Message("Of the heads only L{depth} reads the bottleneck. L1 to L{before} are from the image of "
                            "the skips alone, and the mask is the mean of all: it leans towards that image.", depth)
                    if config.depth > 2 else
                    Message("Of the heads only L2 reads the bottleneck. L1 is from the image of the skips alone, and "
                            "the mask is the mean of both: it leans towards that image."))  # fmt: skip
    return told
