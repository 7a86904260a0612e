"""What the aligned drawing is told: two networks and the road between them, with words in one language."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from ui.components import component, packed
from ui.drawing import Scribe, cached_trace
from ui.language import mark, translated
from unet_core.diagram import HEIGHT, TEXT, WIDTH
from unet_core.diagram.blocks import NAME
from unet_core.diagram.heads import headed
from unet_core.diagram.sheet import Box, Point, size_text
from unet_core.messages import Message
from unet_core.pairing import Pair
from unet_core.pairing.aligned import Aligned, Link, Part, aligned
from unet_core.pairing.inner import inner_says, inner_unet, prunings
from unet_core.pairing.layers import layers
from unet_core.pairing.reads import reads

LETTERS = 15.5  # height of letters in units: the drawing is shown half a window high, and they stay 11 px
WHOSE = {"both": mark("in A and in B"), "a": mark("only in A"), "b": mark("only in B"),
         "way": mark("only on the way")}  # fmt: skip
CHANGED = mark("in both, with other numbers")
HINT = mark("A node's name says its level and its place there; 16·256² are 16 channels of 256 × 256. Solid arrows go "
            "down, dotted ones up, dashed ones are skips. Point at a node, or choose it with Tab and Enter: it says "
            "what it reads in A and in B.")  # fmt: skip
Node = tuple[int, int]


def show(pair: Pair, language: str) -> None:
    """The drawing with its slider from A to B; nothing in it needs Python once it is there."""
    component("aligned", like="diagram")(key="compare_drawing", data=drawing_payload(pair, language))


@lru_cache(maxsize=64)
def kept_drawing(pair: Pair) -> Aligned:
    """`aligned`, shared between visitors."""
    return aligned(pair, LETTERS, cached_trace)


@lru_cache(maxsize=64)
def drawing_payload(pair: Pair, language: str) -> bytes:
    """Parts and links at every stop of the road, the stops' sentences, and what can light up."""
    drawing, scribe = kept_drawing(pair), Scribe(language)
    rows: dict[str, list[str]] = {}
    for layer in layers(drawing):
        rows.setdefault(layer.part, []).append(layer.id)
    names = [translated(stop.name, language) for stop in drawing.stops]
    return packed(
        {
            "version": f"{pair.a.to_query()} {pair.b.to_query()}", "language": language, "width": WIDTH,
            "height": HEIGHT, "tall": round(NAME * drawing.letters, 1), "letters": round(drawing.letters, 1),
            "title": translated("{a} and {b} in one drawing", language, a=names[0], b=names[-1]),
            "way": translated("From A to B", language),
            "hint": translated(HINT, language),
            "stops": [{"id": str(index), "text": name, "end": {0: "A", len(names) - 1: "B"}.get(index, ""),
                       "says": translated(stop.says, language)}
                      for index, (name, stop) in enumerate(zip(names, drawing.stops, strict=True))],
            "parts": [_part(part, drawing, rows.get(part.id, []), scribe) for part in drawing.parts],
            "links": [_link(link) for link in drawing.links],
            "legend": _legend(drawing, language), "lights": _lights(pair, drawing, language),
            "phrases": scribe.phrases,
        }
    )  # fmt: skip


def _part(part: Part, drawing: Aligned, rows: Sequence[str], scribe: Scribe) -> dict[str, Any]:
    known = [box or next(one for one in part.boxes if one) for box in part.boxes]
    return {
        "id": part.id, "kind": part.kind, "whose": part.whose, "changed": part.changed, "rows": rows,
        "places": [[round(value, 1) for value in place] for place in part.places], "there": part.there,
        "labels": [box.label for box in known],
        "figures": [_figures(box) if box.kind == "node" else "" for box in known],
        "says": [scribe.phrase(line) for line in _says(part, drawing)],
    }  # fmt: skip


def _figures(box: Box) -> str:
    return f"{box.channels}·{size_text(box.size)}"


def _says(part: Part, drawing: Aligned) -> list[Message]:
    """The lines of the card: which network has it, what it reads, what it costs; once where A and B agree."""
    ends = [(name, box, drawing.traces[end]) for name, end in (("A", 0), ("B", -1)) if (box := part.boxes[end])]
    if not ends:
        box = next(one for one in part.boxes if one)
        return [Message("{name}: {whose}", {"name": _name(box), "whose": Message(WHOSE["way"])})]
    whose = Message(CHANGED if part.changed else WHOSE[part.whose])
    title = " → ".join(dict.fromkeys(_name(box) for _, box, _ in ends))
    lines = {name: _lines(box, run) for name, box, run in ends}
    told = [Message("{name}: {whose}", {"name": title, "whose": whose})]
    for name, own in lines.items():
        told += own if len(lines) == 1 else [Message("{end}: {line}", {"end": name, "line": line}) for line in own]
    alike = len(lines) == 2 and lines["A"] == lines["B"]
    return told[:1] + list(lines["A"]) if alike else told


def _name(box: Box) -> str:
    return f"X^({box.node[0]},{box.node[1]})" if box.kind == "node" else box.label


def _lines(box: Box, run: Any) -> tuple[Message, ...]:
    rows = [run[name] for name in box.rows]
    cost = Message("{channels} channels · {height} × {width}, {parameters:,} parameters, {macs:,} multiply-adds",
                   {"channels": box.channels, "height": box.size[0], "width": box.size[1],
                    "parameters": sum(row.parameters for row in rows),
                    "macs": sum(row.macs for row in rows)})  # fmt: skip
    return (reads(run, box.node), cost) if box.kind == "node" else (cost,)


def _link(link: Link) -> dict[str, Any]:
    drawn = [headed(link.kind, course, LETTERS / TEXT) for course in link.courses]
    return {
        "id": link.id, "kind": link.kind, "whose": link.whose, "source": link.source, "target": link.target,
        "there": link.there, "phases": link.phases, "lines": [_points(line) for line, _ in drawn],
        "heads": [_points(head) for _, head in drawn],
    }  # fmt: skip


def _points(points: Sequence[Point]) -> list[list[float]]:
    return [[round(x, 1), round(y, 1)] for x, y in points]


def _legend(drawing: Aligned, language: str) -> list[dict[str, str]]:
    """Of the colours those that occur."""
    there = {each.whose for each in (*drawing.parts, *drawing.links)}
    found = [(name, words) for name, words in WHOSE.items() if name in there]
    if any(part.changed for part in drawing.parts):
        found.append(("changed", CHANGED))
    return [{"id": name, "text": translated(words, language)} for name, words in found]


def _lights(pair: Pair, drawing: Aligned, language: str) -> list[dict[str, Any]]:
    """Groups of buttons: the inner U-Nets of B, or of A where B is none, and what pruning leaves of it."""
    end = next((end for end, config in ((-1, pair.b), (0, pair.a)) if config.nested), None)
    if end is None:
        return []
    config, size = drawing.stops[end].config, drawing.stops[end].size
    told = {depth: inner_says(depth, config.depth) for depth in range(1, config.depth + 1)}
    inner = [{"id": f"inner-{depth}", "text": str(depth), "parts": _ids(inner_unet(depth), depth),
              "says": translated(words, language)} for depth, words in told.items()]  # fmt: skip
    left = [{"id": f"left-{one.level}", "text": f"L{one.level}", "parts": _ids(one.nodes, one.level),
             "says": translated(one.says, language)}
            for one in prunings(config, size, cached_trace)]  # fmt: skip
    stop = (len(drawing.stops) - 1) if end else 0
    return [
        {"id": "inner", "stop": stop, "label": translated("Light up the U-Net of depth", language), "buttons": inner},
        {"id": "left", "stop": stop, "label": translated("Left after pruning to", language), "buttons": left},
    ]


def _ids(nodes: Sequence[Node], head: int) -> list[str]:
    return [*(f"{level},{step}" for level, step in nodes), f"L{head}"]
