"""What a drawing is made of: boxes, arrows and texts, each with its place on a sheet of WIDTH x HEIGHT units."""

from dataclasses import dataclass
from functools import cached_property

from unet_core.messages import Message

WIDTH, HEIGHT = 1000.0, 500.0
MARGIN = 48.0  # left and right: room for a size beside the outermost box
TEXT = 12.5  # height of a label, in units, unless the caller asks for larger ones
LETTER = 0.58  # the widest digit of a label, as a share of its height; tells whether a label fits
ABOVE, BELOW = 0.76, 0.22  # how far letters reach above and below their line, as shares of their height
RAISED = 0.3  # how far an index stands above the line, as a share of the height before it
THIN = "²·,. |"
Point = tuple[float, float]
Place = tuple[float, float, float, float]  # x, y, width, height


@dataclass(frozen=True)
class Box:
    """One thing to click: the rows it stands for (the last is what it shows), its place, and what it is called.

    kind: input, map, pool, copy (the skips' part of a concatenation), up, sum, head, node. `parts`: the maps that a
    copy holds side by side. `label` is written on it where it fits; the hover card `says` it anyway.
    """

    id: str
    kind: str
    rows: tuple[str, ...]
    x: float
    y: float
    width: float
    height: float
    channels: int
    size: tuple[int, int]
    node: tuple[int, int]
    label: str = ""
    says: tuple[Message, ...] = ()
    parts: int = 1

    @property
    def place(self) -> Place:
        return self.x, self.y, self.width, self.height

    @property
    def middle(self) -> Point:
        return self.x + self.width / 2, self.y + self.height / 2

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height


@dataclass(frozen=True)
class Arrow:
    """One of the five kinds (conv, skip, pool, up, head) from box to box, along its points.

    `phase` shifts the dashes, so that those of arrows that share a rail fall on one another.
    """

    kind: str
    source: str
    target: str
    points: tuple[Point, ...]
    phase: float = 0.0

    @property
    def id(self) -> str:
        return f"{self.source}>{self.target}"


@dataclass(frozen=True)
class Text:
    """One line of text. (`x`, `y`) is where it is anchored on its base line; upright text runs up from there.

    kind: name, label, size, skip, badge, word. `owner` is the id of the box or arrow it belongs to, "" for none.
    `index` stands behind it, raised and `index_height` high.
    """

    content: Message | str
    x: float
    y: float
    height: float
    kind: str
    owner: str = ""
    anchor: str = "middle"
    upright: bool = False
    index: str = ""
    index_height: float = 0.0

    @property
    def raised(self) -> float:
        """How far the index stands above the line."""
        return RAISED * self.height

    @cached_property
    def frame(self) -> Place:
        """The space it takes with letters of ordinary width."""
        length = length_of(str(self.content), self.height) + length_of(self.index, self.index_height)
        before = {"start": 0.0, "middle": length / 2, "end": length}[self.anchor]
        above, below = ABOVE * self.height, BELOW * self.height
        if self.index:
            above = max(above, self.raised + ABOVE * self.index_height)
        if self.upright:
            return self.x - above, self.y + before - length, above + below, length
        return self.x - before, self.y - above, length, above + below


@dataclass(frozen=True)
class Diagram:
    """A finished sheet. `legend` pairs each kind of arrow that occurs with its words; `scale` says what is drawn."""

    view: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    texts: tuple[Text, ...]
    legend: tuple[tuple[str, Message], ...]
    scale: Message

    def box_of(self, row: str) -> Box | None:
        """The box that a row of the trace belongs to, or None."""
        return next((box for box in self.boxes if row in box.rows), None)


def length_of(text: str, height: float) -> float:
    """The length of a line of text, in units, in an ordinary sans-serif."""
    ems = 0.0
    for letter in text:
        ems += 1.0 if letter > "\u2e80" else 0.38 if letter in THIN else LETTER
    return ems * height


def size_text(size: tuple[int, int]) -> str:
    """'572²' for a square, '572×400' otherwise."""
    return f"{size[0]}²" if size[0] == size[1] else f"{size[0]}×{size[1]}"
