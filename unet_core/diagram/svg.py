"""A drawing as an SVG file that stands alone: its own style and legend, nothing fetched from anywhere.

Boxes, arrows and texts stand where the screen has them; title and totals are above them, the legend is below. Every
text is escaped.
"""

from collections.abc import Callable, Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

from unet_core import says
from unet_core.diagram import diagram
from unet_core.diagram.heads import DASHES, HOLLOW, LINE, OPEN, headed
from unet_core.diagram.sheet import HEIGHT, TEXT, WIDTH, Arrow, Box, Diagram, Point, Text, length_of
from unet_core.messages import Message
from unet_core.trace import Trace

COLOURS = {  # what -> (light, dark); the same as in the component's style sheet
    "conv": ("#0072B2", "#56B4E9"), "skip": ("#6B757F", "#9AA6B2"), "pool": ("#B84F00", "#FF8A3D"),
    "up": ("#007A59", "#2FD09B"), "head": ("#9C3F7B", "#E08BC5"), "fill": ("#DCE9F5", "#1D3A54"),
    "edge": ("#22577F", "#8CC4EC"), "quiet": ("#4F5A65", "#B4BEC9"), "input": ("#FFF3D6", "#4A3D1B"),
    "input-edge": ("#8A6A00", "#E3C45C"), "output": ("#F3DDEC", "#4A2A40"), "ink": ("#10151A", "#EDEBE8"),
    "paper": ("#FFFFFF", "#171614"),
}  # fmt: skip
FONT = "'Source Sans', 'Source Sans 3', 'Source Sans Pro', Arial, 'Liberation Sans', sans-serif"
ABOVE, LINE_HEIGHT = 54.0, 22.0  # units over the sheet for title and totals; of one line of the legend
Words = Callable[[Message], str]


def to_svg(
    trace: Trace, view: str | None = None, *, dark: bool = False, translate: Words = str, text: float = TEXT
) -> str:
    """The drawing of a traced UNetConfig as a file; see `diagram` for `view`, `text` and what is refused.

    `translate` turns a Message into the words of a language; `str` is English.
    """
    sheet = diagram(trace, text, view)
    assert trace.config is not None
    colour = {name: pair[dark] for name, pair in COLOURS.items()}
    title = translate(says.title(trace.config))
    legend, rows = _legend(sheet, translate, text, colour)
    height = ABOVE + HEIGHT + rows * LINE_HEIGHT + 1.8 * LINE_HEIGHT
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH:g}" height="{height:g}" '
            f'viewBox="0 {-ABOVE:g} {WIDTH:g} {height:g}" role="img" aria-label={quoteattr(title)}>',
            f"<title>{escape(title)}</title>",
            f"<style>{_style(colour)}</style>",
            f'<rect class="paper" x="0" y="{-ABOVE:g}" width="{WIDTH:g}" height="{height:g}"/>',
            *_head_lines(title, "   ".join(translate(line) for line in says.totals(trace)), text),
            '<g class="arrows">', *(_arrow(arrow, text / TEXT, colour) for arrow in sheet.arrows), "</g>",
            '<g class="boxes">', *(_box(box, translate) for box in sheet.boxes), "</g>",
            '<g class="texts">', *(_text(each, translate) for each in sheet.texts), "</g>",
            '<g class="legend">', *legend, "</g>",
            _line(translate(sheet.scale), WIDTH / 2, HEIGHT + (rows + 0.9) * LINE_HEIGHT, text, "scale"),
            "</svg>\n",
        ]
    )  # fmt: skip


def _style(colour: dict[str, str]) -> str:
    rules = [
        f"text {{ font-family: {FONT}; fill: {colour['ink']}; font-variant-numeric: tabular-nums }}",
        f".paper {{ fill: {colour['paper']} }}",
        f".box {{ fill: {colour['fill']}; stroke: {colour['edge']}; stroke-width: 1.1 }}",
        f".copy {{ fill: {colour['paper']}; stroke: {colour['skip']} }}",
        f".parts {{ stroke: {colour['skip']}; stroke-width: 0.7 }}",
        f".box.head {{ fill: {colour['output']}; stroke: {colour['head']} }}",
        f".box.input {{ fill: {colour['input']}; stroke: {colour['input-edge']} }}",
        ".line { fill: none }",
        ".label, .name, .badge, .title { font-weight: 650 } .totals, .word { font-weight: 600 }",
        f".size, .skip, .word, .scale {{ fill: {colour['quiet']} }} .in {{ fill: {colour['ink']} }}",
    ]
    return "\n" + "\n".join(rules) + "\n"


def _head_lines(title: str, totals: str, text: float) -> Iterator[str]:
    yield _line(title, WIDTH / 2, 20 - ABOVE, 1.3 * text, "title")
    yield _line(totals, WIDTH / 2, 42 - ABOVE, 1.1 * text, "totals")


def _line(words: str, x: float, y: float, height: float, kind: str, anchor: str = "middle") -> str:
    return (f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" font-size="{height:g}" text-anchor="{anchor}" '
            f'xml:space="preserve">{escape(words)}</text>')  # fmt: skip


def _box(box: Box, translate: Words) -> str:
    words = "; ".join(translate(line) for line in box.says)
    place = f'x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}"'
    round_ = 8 if box.kind == "node" else 2
    shape = f'<rect class="box {box.kind}" {place} rx="{round_}"><title>{escape(words)}</title></rect>'
    if box.kind != "copy":
        return shape
    cuts = [box.x + part * box.width / box.parts for part in range(1, box.parts)]
    return shape + "".join(f'<path class="parts" d="M{cut:.1f} {box.y:.1f}v{box.height:.1f}"/>' for cut in cuts)


def _arrow(arrow: Arrow, scale: float, colour: dict[str, str]) -> str:
    return f'<g class="arrow">{_stroke(arrow.kind, arrow.points, scale, colour, arrow.phase)}</g>'


def _stroke(kind: str, points: Sequence[Point], scale: float, colour: dict[str, str], phase: float = 0.0) -> str:
    """A line and its head. Colours and dashes stand in the elements: other programs drop style sheets first."""
    line, head = headed(kind, points, scale)
    dashes = f' stroke-dasharray="{_pairs([DASHES[kind]])}"' if kind in DASHES else ""
    shift = f' stroke-dashoffset="{phase:g}"' if phase else ""
    if kind in OPEN:
        fill = f'fill="none" stroke="{colour[kind]}" stroke-width="{LINE[kind]:g}"'
    elif kind in HOLLOW:
        fill = f'fill="{colour["paper"]}" stroke="{colour[kind]}" stroke-width="1.6"'
    else:
        fill = f'fill="{colour[kind]}"'
    stroke = f'fill="none" stroke="{colour[kind]}" stroke-width="{LINE[kind]:g}"{dashes}{shift}'
    return (f'<polyline class="line" points="{_pairs(line)}" {stroke}/>'
            f'<polyline class="tip" points="{_pairs(head)}" {fill}/>')  # fmt: skip


def _pairs(points: Sequence[Point]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _text(text: Text, translate: Words) -> str:
    words = text.content if isinstance(text.content, str) else translate(text.content)
    turn = f' transform="rotate(-90 {text.x:.1f} {text.y:.1f})"' if text.upright else ""
    index = ""
    if text.index:
        index = f'<tspan dy="{-text.raised:.2f}" font-size="{text.index_height:.2f}">{escape(text.index)}</tspan>'
    return (f'<text class="{text.kind}" x="{text.x:.1f}" y="{text.y:.1f}" font-size="{text.height:.2f}" '
            f'text-anchor="{text.anchor}"{turn}>{escape(words)}{index}</text>')  # fmt: skip


def _legend(sheet: Diagram, translate: Words, text: float, colour: dict[str, str]) -> tuple[list[str], int]:
    """The kinds of arrows, as many in a line as fit, and the number of lines."""
    entries = [(kind, translate(words)) for kind, words in sheet.legend]
    height = 1.1 * text
    widths = [36 + length_of(words, height) + 24 for _, words in entries]
    lines: list[list[int]] = [[]]
    for index, width in enumerate(widths):
        if lines[-1] and sum(widths[each] for each in lines[-1]) + width > WIDTH - 20:
            lines.append([])
        lines[-1].append(index)
    parts = []
    for number, line in enumerate(lines):
        x, y = (WIDTH - sum(widths[index] for index in line) + 24) / 2, HEIGHT + (number + 0.5) * LINE_HEIGHT
        for index in line:
            kind, words = entries[index]
            parts.append(_stroke(kind, ((x, y), (x + 30, y)), 1.0, colour))
            parts.append(_line(words, x + 36, y + 0.34 * height, height, "entry", "start"))
            x += widths[index]
    return parts, len(lines)
