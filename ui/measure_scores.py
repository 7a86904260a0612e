"""How well masks agree with a truth, computed in turns and kept for a while, and the table of it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ui.answers import answer
from ui.kept import kept
from ui.objects_panel import mask_key
from ui.seen import Seen
from ui.segment_state import image_key
from ui.state import t
from ui.turns import queued
from unet_core.comparison import Comparison, compare
from unet_core.images import LoadedImage
from unet_core.instances import find_objects
from unet_core.messages import Message
from unet_core.objects import ObjectCounts, match
from unet_core.zoo.otsu import OtsuMask, better_of, otsu_both


@dataclass(frozen=True, eq=False)
class Truth:
    """What a mask is measured against, bool (H, W), whoever made it; and its objects, int32 (H, W), where known."""

    mask: NDArray[np.bool_]
    instances: NDArray[np.int32] | None = None

    @cached_property
    def key(self) -> str:
        """Tells it from every other."""
        return f"{self.mask.shape}/{hashlib.sha256(np.packbits(self.mask).tobytes()).hexdigest()}"


@dataclass(frozen=True)
class Row:
    """Of the table: whose mask, against what, and how it agrees."""

    whose: str
    against: str
    figures: Comparison


def network_mask(seen: Seen) -> NDArray[np.bool_]:
    """At the viewer's threshold."""
    return answer(seen.image, seen.name, seen.marked).mask(seen.told.threshold / 256)


@kept(128, key=lambda seen, truth: (mask_key(seen), truth.key))
def network_against(seen: Seen, truth: Truth) -> Comparison:
    """The mask in view against a truth. Raises ComparisonError."""
    mask = network_mask(seen)
    return queued(lambda: compare(mask, truth.mask))


@kept(64, key=image_key)
def _otsu(image: LoadedImage) -> tuple[OtsuMask, OtsuMask]:
    return queued(lambda: otsu_both(image.pixels))


@kept(128, key=lambda seen, truth: (image_key(seen.image), truth.key))
def otsu_of(seen: Seen, truth: Truth) -> tuple[OtsuMask, Comparison]:
    """What Otsu's threshold reaches on the image, given its best chance. Raises SegmentError, ComparisonError."""
    both = _otsu(seen.image)
    return queued(lambda: better_of(both, truth.mask))


@kept(64, key=lambda one, other: (one.key, other.key))
def against(one: Truth, other: Truth) -> Comparison:
    """A mask that somebody made against another one."""
    return queued(lambda: compare(one.mask, other.mask))


@kept(1, key=lambda seen, truth: (mask_key(seen), truth.key))
def objects_against(seen: Seen, truth: Truth) -> ObjectCounts:
    """The objects in the mask in view against those of a truth that knows its own. Raises ObjectError."""
    assert truth.instances is not None
    found = answer(seen.image, seen.name, seen.marked).per_class
    assert found is not None
    return queued(lambda: match(find_objects(found, seen.told.threshold / 256).labels, truth.instances))


def table(rows: Sequence[Row]) -> None:
    """A row for each comparison; what it is measured against has a column where that is not always the same."""
    several = len({row.against for row in rows}) > 1
    st.table([
        {t("Mask"): row.whose} | ({t("against"): row.against} if several else {}) |
        {t("Dice"): f"{row.figures.dice:.3f}", t("IoU"): f"{row.figures.iou:.3f}",
         t("Boundary, 2 px"): f"{row.figures.boundary_f:.3f}"}
        for row in rows
    ], border="horizontal")  # fmt: skip


def empty_note(figures: Comparison) -> Message | None:
    """What the figures mean where nothing is there, or nothing was found."""
    counts = figures.counts
    there, said = counts.true_positive + counts.false_negative, counts.true_positive + counts.false_positive
    if not there and not said:
        return figures.sentence
    if not there:
        return Message("The truth has no foreground at all, so every one of the mask's {said:,} pixels is one too "
                       "many, and all three figures are 0.", {"said": said})  # fmt: skip
    if not said:
        return Message("The mask has no foreground at all at this threshold, so all three figures are 0.")
    return None
