"""Pictures of what of a mask is right and what is wrong, each with its legend in words and pixels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ui.components import component
from ui.kept import kept
from ui.language import mark, translated
from ui.pictures import png, shown_size, with_blobs
from unet_core.comparison import FALSE_NEGATIVE, FALSE_POSITIVE, TRUE_NEGATIVE, TRUE_POSITIVE, Comparison
from unet_core.outcome_map import COLOURS, outcome_map

SHOWN_SIDE = 1024  # pixels a side in the browser
LEGEND: Mapping[int, str] = {
    TRUE_POSITIVE: mark("blue: in both, {count:,} px (true positive)"),
    FALSE_POSITIVE: mark("orange-red: in the mask alone, {count:,} px (false positive)"),
    FALSE_NEGATIVE: mark("yellow: in the truth alone, {count:,} px (false negative)"),
    TRUE_NEGATIVE: mark("uncoloured: in neither, {count:,} px (true negative)"),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Map:
    """A comparison to be drawn: `key` tells it from every other, of any image; `title` stands under it."""

    key: str
    title: str
    figures: Comparison


def show_maps(maps: Sequence[Map], pixels: NDArray[np.float32], gain: float, language: str, *, key: str, label: str,
              most: str = "56vh") -> None:  # fmt: skip
    """Draw them side by side over the image, float (H, W, 1 or 3), shown `gain` times as bright. Sizes are CSS."""
    payload = _payload(tuple(maps), pixels, gain, language, label, most)
    component("figures")(key=key, data=payload)


@kept(64, key=lambda maps, pixels, gain, language, label, most: (tuple(one.key for one in maps), language, label))
def _payload(maps: tuple[Map, ...], pixels: NDArray[np.float32], gain: float, language: str, label: str,
             most: str) -> bytes:  # fmt: skip
    size = pixels.shape[:2]
    blobs = {str(number): png(outcome_map(pixels, one.figures.outcome, gain), shown_size(size, SHOWN_SIDE))
             for number, one in enumerate(maps)}  # fmt: skip
    figures = [
        {"id": str(number), "key": one.key, "title": one.title, "size": size, "legend": _legend(one.figures, language)}
        for number, one in enumerate(maps)
    ]  # fmt: skip
    head = {"language": language, "label": label, "figures": figures, "least": "220px", "most": most, "fit": True}
    return with_blobs(head, blobs)


def _legend(figures: Comparison, language: str) -> list[dict[str, str]]:
    counts = figures.counts
    numbers = {TRUE_POSITIVE: counts.true_positive, FALSE_POSITIVE: counts.false_positive,
               FALSE_NEGATIVE: counts.false_negative, TRUE_NEGATIVE: counts.true_negative}  # fmt: skip
    return [
        {"id": str(code), "text": translated(template, language, count=numbers[code]),
         "css": f"rgb{COLOURS[code]}" if code in COLOURS else "none"}
        for code, template in LEGEND.items()
    ]  # fmt: skip
