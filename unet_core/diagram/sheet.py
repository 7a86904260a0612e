"""What a drawing is made of: boxes, arrows and words, each with its place on a sheet of WIDTH x HEIGHT units."""

from dataclasses import dataclass

from unet_core.messages import Message

WIDTH, HEIGHT = 1000.0, 500.0
MARGIN = 48.0  # left and right: room for a size beside the outermost box
TEXT = 12.0  # height of a label, in units, unless the caller asks for larger ones
BOTTOM = 40.0  # room for sizes and for the word under the last row
GAP = 27.0  # between two rows of boxes, beside a channel count: an arrow
LETTER = 0.58  # the widest digit of a label, as a share of its height; tells whether a label fits
LOWEST, TALLEST_DOUBLING = (20.0, 56.0), 60.0  # height of the smallest feature map; most that twice the side adds
Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """One thing to click: the rows it stands for (the last is what it shows), its place, and what is written on it.

    kind: input, map, pool, copy (the skip's half of a concatenation), up, sum, head, node. `size_place`: inside
    (upright text), below, left, right, or none where it fits nowhere; the hover card `says` it anyway.
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
    size_place: str = "none"
    says: tuple[Message, ...] = ()

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
    """One of the five kinds (conv, skip, pool, up, head) from box to box, along its points."""

    kind: str
    source: str
    target: str
    points: tuple[Point, ...]
    label: Message | None = None


@dataclass(frozen=True)
class Word:
    """A word on the sheet that is no box's own, centred at its point."""

    text: Message
    x: float
    y: float


@dataclass(frozen=True)
class Diagram:
    """A finished sheet. `legend` pairs each kind of arrow that occurs with its words; `scale` says what is drawn."""

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    words: tuple[Word, ...]
    legend: tuple[tuple[str, Message], ...]
    scale: Message

    def box_of(self, row: str) -> Box | None:
        """The box that a row of the trace belongs to, or None."""
        return next((box for box in self.boxes if row in box.rows), None)


def size_text(size: tuple[int, int]) -> str:
    """'572²' for a square, '572×400' otherwise."""
    return f"{size[0]}²" if size[0] == size[1] else f"{size[0]}×{size[1]}"
