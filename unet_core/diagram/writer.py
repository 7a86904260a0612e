"""Where a text may stand: never on another text, on a foreign box or on an arrow. What has no room is not written; the
hover card of its box says it."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise

from unet_core.diagram.sheet import HEIGHT, WIDTH, Arrow, Box, Place, Point, Text

BAND = 25.0  # units; things are looked for in their bands of the sheet
CLEAR = 1.5  # units between a text and what stands beside it


class Writer:
    """Takes texts in the order of their importance and keeps those that have room."""

    def __init__(self, boxes: Iterable[Box], arrows: Iterable[Arrow]) -> None:
        self.texts: list[Text] = []
        self._taken: dict[int, list[tuple[float, float, float, float, str]]] = defaultdict(list)  # left, top, right ..
        self._lines: dict[int, list[tuple[Point, Point]]] = defaultdict(list)
        for box in boxes:
            self._take((box.x, box.y, box.right, box.bottom, box.id))
        for arrow in arrows:
            for one, other in pairwise(arrow.points):
                for band in _bands(min(one[1], other[1]), max(one[1], other[1])):
                    self._lines[band].append((one, other))

    def write(self, *candidates: Text) -> bool:
        """Keep the first candidate that has room; False when none has."""
        for text in candidates:
            if self._has_room(text):
                self.texts.append(text)
                x, y, width, height = text.frame
                self._take((x, y, x + width, y + height, ""))
                return True
        return False

    def _take(self, place: tuple[float, float, float, float, str]) -> None:
        for band in _bands(place[1], place[3]):
            self._taken[band].append(place)

    def _has_room(self, text: Text) -> bool:
        x, top, width, height = text.frame
        if x < 1 or top < 1 or x + width > WIDTH - 1 or top + height > HEIGHT - 1:
            return False
        left, right, bottom, bands = x - CLEAR, x + width + CLEAR, top + height, _bands(top, top + height)
        for band in bands:
            for x1, y1, x2, y2, name in self._taken[band]:
                if x1 < right and x2 > left and y1 < bottom and y2 > top and not name == text.owner != "":
                    return False
        wider = (left, top - CLEAR / 2, width + 2 * CLEAR, height + CLEAR)
        return not any(crosses(line, wider) for band in bands for line in self._lines[band])


def _bands(top: float, bottom: float) -> range:
    return range(int(top // BAND), int(bottom // BAND) + 1)


def crosses(line: tuple[Point, Point], place: Place) -> bool:
    """True when a part of the line lies inside the place (Liang and Barsky's clipping)."""
    (x1, y1), (x2, y2) = line
    left, top, right, bottom = place[0], place[1], place[0] + place[2], place[1] + place[3]
    if (x1 <= left and x2 <= left) or (x1 >= right and x2 >= right):
        return False
    if (y1 <= top and y2 <= top) or (y1 >= bottom and y2 >= bottom):
        return False
    first, last = 0.0, 1.0
    for start, step, low, high in ((x1, x2 - x1, left, right), (y1, y2 - y1, top, bottom)):
        if step:  # else it is between the two, as was just seen
            near, far = (low - start) / step, (high - start) / step
            first, last = max(first, min(near, far)), min(last, max(near, far))
    return first <= last
