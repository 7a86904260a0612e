"""The map of where the masks of A and B differ, with its legend in words and pixels."""

from collections.abc import Mapping

from ui.components import component
from ui.kept import kept
from ui.language import mark, translated
from ui.pictures import brighter, png, shown_size, with_blobs
from ui.segment_state import image_key
from unet_core.images import LoadedImage
from unet_core.rivals import INK_OF_A, INK_OF_B, INK_OF_WRONG, Rivals

SHOWN_SIDE = 1024  # pixels a side in the browser
INKS = (None, INK_OF_A, INK_OF_B, INK_OF_WRONG)
WITH_TRUTH: Mapping[int, str] = {
    1: mark("blue: A is right, B is not, {count:,} px"), 2: mark("orange: B is right, A is not, {count:,} px"),
    3: mark("yellow: both are wrong, {count:,} px"), 0: mark("uncoloured: both are right, {count:,} px"),
}  # fmt: skip
WITHOUT: Mapping[int, str] = {
    1: mark("blue: foreground in A's mask alone, {count:,} px"),
    2: mark("orange: foreground in B's mask alone, {count:,} px"),
    3: mark("uncoloured: foreground in both, {count:,} px"), 0: mark("uncoloured: foreground in neither, {count:,} px"),
}  # fmt: skip


def show_rivals(key: str, judged: Rivals, image: LoadedImage, language: str) -> None:
    """Draw it. `key` tells it from every other: both answers and the threshold."""
    component("figures")(key="compare_map", data=_payload(key, judged, image, language))


@kept(64, key=lambda key, judged, image, language: (key, image_key(image), judged.dice is None, language))
def _payload(key: str, judged: Rivals, image: LoadedImage, language: str) -> bytes:
    known = judged.dice is not None
    title = translated("Where they differ, and who is right", language) if known else translated("Where they differ",
                                                                                                 language)  # fmt: skip
    size = image.pixels.shape[:2]
    blob = png(judged.picture(image.pixels, brighter(image)), shown_size(size, SHOWN_SIDE))
    legend = [_entry(code, text, judged, known, language) for code, text in (WITH_TRUTH if known else WITHOUT).items()]
    head = {"language": language, "label": title, "least": "220px", "most": "100%", "fit": True,
            "figures": [{"id": "0", "key": key, "title": title, "size": size, "legend": legend}]}  # fmt: skip
    return with_blobs(head, {"0": blob})


def _entry(code: int, text: str, judged: Rivals, known: bool, language: str) -> dict[str, str]:
    ink = INKS[code] if known or code < len(INKS) - 1 else None
    return {"id": str(code), "text": translated(text, language, count=judged.counts[code]),
            "css": f"rgb{ink}" if ink else "none"}  # fmt: skip
