"""Strokes of a brush, against the distance of every pixel to the line, and whatever a browser may send."""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unet_core import strokes as strokes_module
from unet_core.strokes import MAX_POINTS, MAX_STROKES, UNPAINTED, Stroke, StrokeError, painted, read_strokes

SIZE = (60, 80)


def distances(points: tuple[tuple[float, float], ...]) -> np.ndarray:
    """Of the middle of each pixel to the nearest point of the line."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]] + 0.5
    nearest = np.full(SIZE, np.inf)
    for (x0, y0), (x1, y1) in zip(points, points[1:] or points, strict=False):
        length = (x1 - x0) ** 2 + (y1 - y0) ** 2
        along = np.clip(((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length, 0, 1) if length else 0
        nearest = np.minimum(nearest, np.hypot(x - x0 - along * (x1 - x0), y - y0 - along * (y1 - y0)))
    return nearest


@pytest.mark.parametrize("radius", [1, 2.5, 4, 9])
@pytest.mark.parametrize(
    "points", [((30.0, 20.0),), ((10.0, 10.0), (60.0, 45.0)), ((10.0, 30.0), (40.0, 5.0), (70.0, 50.0), (20.0, 50.0))]
)
def test_it_covers_what_is_within_its_radius(points: tuple[tuple[float, float], ...], radius: float) -> None:
    covered = painted([Stroke(2, radius, points)], SIZE) == 2
    distance = distances(points)
    clear = abs(distance - radius) > 1e-9
    assert (covered == (distance <= radius))[clear].all()


def test_later_strokes_lie_on_top_and_the_rest_stays_unpainted() -> None:
    found = painted([Stroke(1, 8, ((20, 20), (60, 20))), Stroke(0, 4, ((40, 20),))], SIZE)
    assert (found[20, 40], found[20, 20], found[50, 5]) == (0, 1, UNPAINTED)


def test_a_stroke_may_leave_the_image() -> None:
    found = painted([Stroke(1, 5, ((-1e6, 30), (1e6, 30)))], SIZE)
    assert (found[30] == 1).all()
    assert (found[[5, 55]] == UNPAINTED).all()


def test_no_stroke_paints_nothing() -> None:
    assert (painted([], SIZE) == UNPAINTED).all()


GOOD = {"class": 1, "radius": 3, "points": [[1, 2], [3.5, 4]]}


def test_what_a_browser_sends_becomes_strokes() -> None:
    assert read_strokes(json.loads(json.dumps([GOOD])), (0, 1)) == (Stroke(1, 3.0, ((1.0, 2.0), (3.5, 4.0))),)


@pytest.mark.parametrize(
    "told",
    [None, "x", {}, [None], [[]], [{}], [{**GOOD, "class": 7}], [{**GOOD, "class": True}], [{**GOOD, "class": "1"}],
     [{**GOOD, "radius": 0}], [{**GOOD, "radius": math.inf}], [{**GOOD, "radius": 1e9}], [{**GOOD, "radius": "3"}],
     [{**GOOD, "points": []}], [{**GOOD, "points": [[1]]}], [{**GOOD, "points": [[1, math.nan]]}],
     [{**GOOD, "points": [["a", 1]]}], [{**GOOD, "points": 3}]],
)  # fmt: skip
def test_anything_else_is_refused(told: object) -> None:
    with pytest.raises(StrokeError, match="paint them again"):
        read_strokes(told, (0, 1))


def test_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strokes_module, "MAX_WORK", 20_000)
    with pytest.raises(StrokeError, match="too long and too broad"):
        painted([Stroke(1, 50, ((0, 0), (200, 200)) * 2)], (256, 256))
    with pytest.raises(StrokeError, match="501 strokes, at most 500"):
        read_strokes([GOOD] * (MAX_STROKES + 1), (0, 1))
    with pytest.raises(StrokeError, match="20001 points"):
        read_strokes([{**GOOD, "points": [[1, 1]] * MAX_POINTS}, {**GOOD, "points": [[1, 1]]}], (0, 1))


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["class", "radius", "points"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(anything, max_size=3))
def test_no_message_breaks_it(told: list[object]) -> None:
    try:
        strokes = read_strokes(told, (0, 1))
    except StrokeError:
        return
    assert painted(strokes, (8, 8)).shape == (8, 8)
