"""What the diagram is told: both drawings of a network, and how one becomes the other, with words in one language.

A drawing is kept per network, size and language, and shared between visitors: thirty students who drag the same slider
cost one trace, and a click costs no drawing.
"""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from ui.components import packed
from ui.language import translated
from unet_core import says
from unet_core.config import UNetConfig
from unet_core.diagram import HEIGHT, TEXT, VIEWS, WIDTH, Arrow, Box, Diagram, Text, default_view, diagram
from unet_core.diagram.heads import headed
from unet_core.diagram.morph import Morph
from unet_core.diagram.sheet import Place, Point
from unet_core.messages import Message
from unet_core.trace import Trace, trace

LARGE_TEXT = 24.0  # of a compact drawing, in units of the sheet
SAMPLE = ((1.0, 6.0), (31.0, 6.0))  # the arrow in a legend, 32 x 12 units
FOR_PICTURES = 46.0  # units that a box is wide at least when there is a picture in it
Size = tuple[int, int]


@lru_cache(maxsize=256)
def cached_trace(config: UNetConfig, size: Size) -> Trace:
    """`trace`, shared between visitors and bounded."""
    return trace(config, size)


def diagram_payload(
    config: UNetConfig, size: Size, selected: str | None, language: str, tallest: str = "58vh", compact: bool = False,
    thumbnails: Mapping[str, str] | None = None, stale: bool = False, view: str | None = None,
) -> bytes:  # fmt: skip
    """Boxes, arrows, texts and totals as the browser draws them; see `show_diagram`."""
    drawn = _drawn(config, size, language, compact, view, bool(thumbnails))
    own = {"selected": selected, "stale": stale, "tallest": tallest, "pictures": dict(thumbnails or {})}
    return drawn[:-1] + b"," + json.dumps(own, ensure_ascii=False).encode("utf-8")[1:]


@lru_cache(maxsize=256)
def _drawn(
    config: UNetConfig, size: Size, language: str, compact: bool, view: str | None, pictured: bool
) -> bytes:  # fmt: skip
    traced = cached_trace(config, size)
    text = LARGE_TEXT if compact else TEXT
    views = VIEWS if view is None and not compact else (view or default_view(config),)
    sheets = [diagram(traced, text, each, narrowest=FOR_PICTURES if pictured else 0, sizes=not compact)
              for each in views]  # fmt: skip
    scribe = Scribe(language)
    return packed(
        {
            "version": f"depth={config.depth} size={size[0]}x{size[1]} {config.to_query()}",
            "language": language, "width": WIDTH, "height": HEIGHT, "compact": compact, "text": text,
            "title": translated("{what}: click a block to select it", language, what=says.title(config)),
            "totals": [{"id": str(index), "text": translated(line, language)}
                       for index, line in enumerate(says.totals(traced))],
            "start": views.index(default_view(config)) if default_view(config) in views else 0,
            "switch": _switch_words(language) if len(views) > 1 else None,
            "layers": layers(sheets, scribe, config.nested), "arrows": arrows(sheets, scribe, text / TEXT),
            "phrases": scribe.phrases,
        }
    )  # fmt: skip


def _switch_words(language: str) -> dict[str, str]:
    return {
        "blocks": translated("Blocks", language), "maps": translated("Feature maps", language),
        "way": translated("From blocks to feature maps", language),
    }  # fmt: skip


class Scribe:
    """Writes in one language, and every line of the hover cards once, however many boxes say it."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.phrases: list[str] = []
        self._known: dict[str, int] = {}

    def phrase(self, line: Any) -> int:
        text = translated(line, self.language)
        if text not in self._known:
            self._known[text] = len(self.phrases)
            self.phrases.append(text)
        return self._known[text]

    def texts(self, texts: Sequence[Text]) -> list[dict[str, object]]:
        return [self._text(text, str(index)) for index, text in enumerate(texts)]

    def _text(self, text: Text, name: str) -> dict[str, object]:
        content = text.content if isinstance(text.content, str) else translated(text.content, self.language)
        written: dict[str, object] = {"id": name, "text": content, "x": round(text.x, 1), "y": round(text.y, 1),
                                      "kind": text.kind, "height": round(text.height, 2)}  # fmt: skip
        if text.anchor != "middle":
            written["anchor"] = text.anchor
        if text.upright:
            written["upright"] = True
        if text.index:
            written |= {"index": text.index, "indexHeight": round(text.index_height, 2),
                        "raised": round(text.raised, 2)}  # fmt: skip
        return written


def layers(sheets: Sequence[Diagram], scribe: Scribe, dims: bool) -> list[dict[str, object]]:
    """The boxes of each drawing with their places in all drawings."""
    others: list[Mapping[str, Place]] = [{}]
    if len(sheets) == 2:
        morph = Morph(*sheets)
        others = [morph.opened, morph.slices]
    layers = []
    for index, (sheet, elsewhere) in enumerate(zip(sheets, others, strict=True)):
        owned: dict[str, list[Text]] = {}
        for text in sheet.texts:
            owned.setdefault(text.owner, []).append(text)
        boxes = []
        for box in sheet.boxes:
            places = [box.place] if len(sheets) == 1 else [box.place, elsewhere[box.id]][:: 1 if index == 0 else -1]
            boxes.append(_box(box, places, owned.get(box.id, ()), scribe))
        layers.append({
            "view": sheet.view, "boxes": boxes, "words": scribe.texts(owned.get("", ())),
            "legend": [_entry(kind, text, scribe) for kind, text in sheet.legend],
            "scale": translated(sheet.scale, scribe.language), "dims": dims or sheet.view == "blocks",
        })  # fmt: skip
    return layers


def _entry(kind: str, text: Message, scribe: Scribe) -> dict[str, object]:
    line, head = headed(kind, SAMPLE)
    return {"id": kind, "text": translated(text, scribe.language), "line": _points(line), "head": _points(head)}


def _box(box: Box, places: Sequence[Place], texts: Sequence[Text], scribe: Scribe) -> dict[str, object]:
    return {
        "id": box.id, "kind": box.kind, "rows": box.rows, "at": [_rounded(place) for place in places],
        "parts": box.parts if box.kind == "copy" else 1, "texts": scribe.texts(texts),
        "says": [scribe.phrase(line) for line in box.says],
    }  # fmt: skip


def arrows(sheets: Sequence[Diagram], scribe: Scribe, scale: float) -> list[dict[str, Any]]:
    """Every arrow with its course in each drawing; one inside a block has no name in the drawing of blocks."""
    texts = [{text.owner: text for text in sheet.texts if text.kind == "skip"} for sheet in sheets]
    copies = {box.node: box.id for box in sheets[-1].boxes if box.kind == "copy"}
    beside = {box.id: copies[box.node] for box in sheets[-1].boxes if box.kind == "up" and box.node in copies}
    if len(sheets) == 1:
        drawn = [_arrow(arrow.id, [arrow], [arrow.points], texts, scribe, scale) for arrow in sheets[0].arrows]
    else:
        drawn = [
            _arrow(passage.maps.id, [passage.blocks, passage.maps], [passage.start, passage.end], texts, scribe, scale)
            for passage in Morph(*sheets).passages
        ]
    for arrow in drawn:  # what leaves from one half of a concatenation reads the other half too
        arrow["beside"] = beside.get(arrow["ends"][-1][0])
    return drawn


def _arrow(
    name: str, arrows: Sequence[Arrow | None], courses: Sequence[tuple[Point, ...]],
    texts: Sequence[Mapping[str, Text]], scribe: Scribe, scale: float,
) -> dict[str, Any]:  # fmt: skip
    drawn = arrows[-1]
    assert drawn is not None
    lines = [headed(drawn.kind, course, scale) for course in courses]
    found = [known.get(arrow.id) if arrow else None for arrow, known in zip(arrows, texts, strict=True)]
    return {
        "id": name, "kind": drawn.kind, "ends": [[arrow.source, arrow.target] if arrow else None for arrow in arrows],
        "lines": [_points(line) for line, _ in lines], "heads": [_points(head) for _, head in lines],
        "phase": [arrow.phase if arrow else 0 for arrow in arrows],
        "texts": [scribe.texts([text] if text else []) for text in found],
    }  # fmt: skip


def _points(points: Sequence[Point]) -> list[list[float]]:
    return [[round(x, 1), round(y, 1)] for x, y in points]


def _rounded(place: Place) -> list[float]:
    return [round(value, 1) for value in place]
