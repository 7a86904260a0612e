"""The aligned drawing as a file that stands alone: SVG with real text in any language, PNG with text in English.

Both are made from one list of shapes, so that they show the same. The PNG is drawn with the font that Pillow brings,
which has Latin letters alone.
"""

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from PIL import Image, ImageDraw, ImageFont

from unet_core.diagram.heads import DASHES, HOLLOW, LINE, OPEN, headed
from unet_core.diagram.rails import distance
from unet_core.diagram.sheet import HEIGHT, TEXT, WIDTH, Point, length_of, size_text
from unet_core.diagram.svg import FONT
from unet_core.messages import Message
from unet_core.pairing.aligned import Aligned, Link, Part, moment

ABOVE, BELOW = 40.0, 40.0  # units over and under the sheet: title and legend
SCALE = 2  # pixels of a PNG for a unit
INK, PAPER = "#10151A", "#FFFFFF"
COLOURS = {"both": ("#5B6670", "#EEF1F4"), "a": ("#0067A8", "#D5E8F6"), "b": ("#B84F00", "#FBE3D2")}  # edge, fill
LEGEND = {"both": Message("in A and in B"), "a": Message("only in A"), "b": Message("only in B")}
CHANGED = Message("≠ in both, with other numbers")  # in a PNG a star in place of the sign
Words = Callable[[Message], str]


@dataclass(frozen=True)
class Rectangle:
    x: float
    y: float
    width: float
    height: float
    edge: str
    fill: str
    round: float = 0.0


@dataclass(frozen=True)
class Stroke:
    """A line through its points; with a `fill` it is closed. `dashes` are drawn and left out, in units."""

    points: tuple[Point, ...]
    colour: str
    width: float
    dashes: tuple[float, float] | None = None
    fill: str | None = None
    phase: float = 0.0  # of the dashes


@dataclass(frozen=True)
class Writing:
    text: str
    x: float
    y: float  # of the base line
    height: float
    anchor: str = "middle"  # or "start"
    bold: bool = False
    raised: str = ""  # an index behind the text


Shape = Rectangle | Stroke | Writing


def figure_svg(drawing: Aligned, translate: Words = str) -> str:
    """With B reached: what only one of the two has in its colour."""
    shapes, title = list(_shapes(drawing, translate)), _title(drawing, translate)
    height = ABOVE + HEIGHT + BELOW
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH:g}" height="{height:g}" '
        f'viewBox="0 {-ABOVE:g} {WIDTH:g} {height:g}" role="img" aria-label={quoteattr(title)} font-family="{FONT}">',
        f"<title>{escape(title)}</title>",
        f'<rect x="0" y="{-ABOVE:g}" width="{WIDTH:g}" height="{height:g}" fill="{PAPER}"/>',
        *map(_as_svg, shapes), "</svg>\n",
    ])  # fmt: skip


def figure_png(drawing: Aligned) -> bytes:
    """The same in English, twice as many pixels as units."""
    sheet = Image.new("RGB", (round(SCALE * WIDTH), round(SCALE * (ABOVE + HEIGHT + BELOW))), PAPER)
    pen = ImageDraw.Draw(sheet)
    for shape in _shapes(drawing, str):
        _paint(pen, shape)
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG")
    return buffer.getvalue()


def _title(drawing: Aligned, translate: Words) -> str:
    names = {"a": drawing.stops[0].name, "b": drawing.stops[-1].name}
    return translate(Message("A: {a}, B: {b}", names))


def _shapes(drawing: Aligned, translate: Words) -> Iterator[Shape]:
    last = len(drawing.stops) - 1
    there = moment(drawing, last).there
    yield Writing(_title(drawing, translate), WIDTH / 2, 22 - ABOVE, 18, bold=True)
    for link in drawing.links:
        if there[link.id]:
            yield from _arrow(link, last)
    for part in drawing.parts:
        if there[part.id]:
            yield from _box(part, last, drawing.letters)
    yield from _legend(drawing, translate, {each.whose for each in drawing.parts})


def _arrow(link: Link, last: int) -> Iterator[Stroke]:
    colour = COLOURS[link.whose][0]
    line, head = headed(link.kind, link.courses[last], 1.25)
    yield Stroke(tuple(line), colour, LINE[link.kind], DASHES.get(link.kind), phase=link.phases[last])
    fill = None if link.kind in OPEN else PAPER if link.kind in HOLLOW else colour
    yield Stroke(tuple(head), colour, 1.6, None, fill)


def _box(part: Part, last: int, letters: float) -> Iterator[Shape]:
    edge, fill = COLOURS[part.whose]
    x, y, width, height = part.places[last]
    box = next(box for box in (part.boxes[last], part.boxes[0]) if box)
    yield Rectangle(x, y, width, height, edge, fill, 8 if box.kind == "node" else 3)
    middle = x + width / 2
    if box.kind == "head":
        yield Writing(box.label, middle, y + height / 2 + 0.34 * letters, letters, bold=True)
        return
    yield Writing("X", middle, y + 1.33 * letters, 1.2 * letters, bold=True, raised=box.label[1:])
    yield Writing(f"{box.channels}·{size_text(box.size)}", middle, y + 2.53 * letters, letters)
    if part.changed:
        yield Writing("≠", x + width - 0.6 * letters, y + 0.95 * letters, letters, bold=True)


def _legend(drawing: Aligned, translate: Words, there: set[str]) -> Iterator[Shape]:
    entries = [(whose, translate(words)) for whose, words in LEGEND.items() if whose in there]
    changed = translate(CHANGED) if any(part.changed for part in drawing.parts) else ""
    widths = [30 + length_of(words, TEXT) + 24 for _, words in entries]
    x, y = (WIDTH - sum(widths) - length_of(changed, TEXT)) / 2, HEIGHT + 0.55 * BELOW
    for (whose, words), width in zip(entries, widths, strict=True):
        edge, fill = COLOURS[whose]
        yield Rectangle(x, y - 11, 22, 14, edge, fill, 3)
        yield Writing(words, x + 30, y, TEXT, "start")
        x += width
    if changed:
        yield Writing(changed, x, y, TEXT, "start")


# --- as SVG ---


def _as_svg(shape: Shape) -> str:
    if isinstance(shape, Rectangle):
        return (f'<rect x="{shape.x:.1f}" y="{shape.y:.1f}" width="{shape.width:.1f}" height="{shape.height:.1f}" '
                f'rx="{shape.round:g}" fill="{shape.fill}" stroke="{shape.edge}" stroke-width="1.2"/>')  # fmt: skip
    if isinstance(shape, Stroke):
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in shape.points)
        dashes = f' stroke-dasharray="{shape.dashes[0]:g} {shape.dashes[1]:g}"' if shape.dashes else ""
        dashes += f' stroke-dashoffset="{shape.phase:g}"' if shape.phase else ""
        return (f'<{"polygon" if shape.fill else "polyline"} points="{points}" fill="{shape.fill or "none"}" '
                f'stroke="{shape.colour}" stroke-width="{shape.width:g}"{dashes}/>')  # fmt: skip
    index = f'<tspan dy="{-0.3 * shape.height:.1f}" font-size="{shape.height / 1.2:.1f}">{escape(shape.raised)}</tspan>'
    weight = ' font-weight="650"' if shape.bold else ""
    return (f'<text x="{shape.x:.1f}" y="{shape.y:.1f}" font-size="{shape.height:.1f}" text-anchor="{shape.anchor}"'
            f'{weight} fill="{INK}">{escape(shape.text)}{index if shape.raised else ""}</text>')  # fmt: skip


# --- as PNG ---


def _paint(pen: ImageDraw.ImageDraw, shape: Shape) -> None:
    if isinstance(shape, Rectangle):
        (x1, y1), (x2, y2) = _pixels([(shape.x, shape.y), (shape.x + shape.width, shape.y + shape.height)])
        pen.rounded_rectangle((x1, y1, x2, y2), SCALE * shape.round, shape.fill, shape.edge, SCALE)
    elif isinstance(shape, Stroke):
        width = round(SCALE * shape.width)
        if shape.fill:
            pen.polygon(_pixels(shape.points), shape.fill, shape.colour, width)
        for piece in _dashed(shape) if shape.dashes else [shape.points]:
            pen.line(_pixels(piece), shape.colour, width, joint="curve")
    else:
        _write(pen, shape)


def _write(pen: ImageDraw.ImageDraw, words: Writing) -> None:
    ((x, y),) = _pixels([(words.x, words.y)])
    font, small = (ImageFont.load_default(SCALE * height) for height in (words.height, words.height / 1.2))
    text, raised = words.text.replace("≠", "*").replace("×", "x"), words.raised
    if text.endswith("²"):  # the font has no such sign
        text, raised = text[:-1], "2"
        small = ImageFont.load_default(SCALE * words.height * 0.7)
    length, more = font.getlength(text), small.getlength(raised)
    start = x if words.anchor == "start" else x - (length + more) / 2
    bold = 0.6 if words.bold else 0
    pen.text((start, y), text, INK, font, "ls", stroke_width=bold)
    pen.text((start + length, y - 0.3 * SCALE * words.height), raised, INK, small, "ls", stroke_width=bold)


def _pixels(points: Sequence[Point]) -> list[tuple[float, float]]:
    return [(SCALE * x, SCALE * (y + ABOVE)) for x, y in points]


def _dashed(line: Stroke) -> Iterator[tuple[Point, Point]]:
    """The pieces of a line that are drawn."""
    assert line.dashes is not None
    drawn, period = line.dashes[0], sum(line.dashes)
    passed = line.phase  # counted through the corners
    for (x1, y1), (x2, y2) in pairwise(line.points):
        whole = distance((x1, y1), (x2, y2))
        at = -(passed % period)
        while at < whole:
            ends = [min(whole, max(0.0, end)) / whole for end in (at, at + drawn)]
            if ends[0] < ends[1]:
                first, last = ((x1 + share * (x2 - x1), y1 + share * (y2 - y1)) for share in ends)
                yield first, last
            at += period
        passed += whole
