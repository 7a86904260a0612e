"""What is shown of a poke: one map a block, and the same piece of the image in each, counted cell by cell."""

import numpy as np
import pytest

from tests.core.subjects import KINDS, subject_of
from unet_core.experiments.poke import Dot, poke
from unet_core.experiments.strip import blocks, cut, heads, mask_box, outside, piece_of

SIZE = (61, 70)
EXACT = [kind for kind in KINDS if kind not in ("group", "instance")]


@pytest.mark.parametrize("kind", KINDS)
def test_each_block_is_there_once_in_the_order_of_the_run(kind: str) -> None:
    of = subject_of(KINDS[kind], SIZE)
    found = poke(of, Dot(30, 40, 1))
    names = blocks(found.ripples)
    nodes = [found.ripples[name].node for name in names[1:]]
    assert names[0] == "input" and len(set(nodes)) == len(nodes)
    convolved = [row for row in of.traced.rows if row.kind == "conv" and row.node]
    assert set(nodes) == {row.node for row in convolved}
    for name, node in zip(names[1:], nodes, strict=True):  # nothing of the node is computed behind it but its head
        later = of.traced.rows[[row.name for row in of.traced.rows].index(name) + 1 :]
        assert [row.kind for row in later if row.node == node and row.kind in ("conv", "norm", "relu")] == []
    assert heads(found.ripples) == [row.name for row in of.traced.rows if row.kind == "head"]


@pytest.mark.parametrize("kind", EXACT)
@pytest.mark.parametrize("dot", [Dot(30, 40, 1), Dot(0, 69, 0)], ids=["inside", "corner"])
def test_a_piece_holds_all_that_changed_and_every_cell_over_it(kind: str, dot: Dot) -> None:
    of = subject_of(KINDS[kind], SIZE)
    found = poke(of, dot)
    piece = piece_of(found, of.size)
    changed = np.argwhere(found.before.per_class != found.after.per_class)[:, 1:]
    box = mask_box(found)
    if len(changed):
        low, high = changed.min(axis=0), changed.max(axis=0)
        assert piece.top <= low[0] and piece.left <= low[1] and high[0] < piece.bottom and high[1] < piece.right
        assert box.top <= low[0] and box.left <= low[1] and high[0] < box.bottom and high[1] < box.right
    for name in blocks(found.ripples):
        ripple = found.ripples[name]
        place, (height, width) = ripple.place, ripple.difference.shape
        rows = [i for i in range(height) if place.top + (i + 1) * place.stride > piece.top
                and place.top + i * place.stride < piece.bottom]  # fmt: skip
        columns = [j for j in range(width) if place.left + (j + 1) * place.stride > piece.left
                   and place.left + j * place.stride < piece.right]  # fmt: skip
        shown = cut(ripple, piece)
        assert np.array_equal(shown.difference, ripple.difference[np.ix_(rows, columns)]), name
        assert (shown.box.top + rows[0], shown.box.left + columns[0]) == (ripple.box.top, ripple.box.left)
        assert (shown.box.height, shown.box.width) == (ripple.box.height, ripple.box.width)
    assert outside(found) == 0


def test_where_everything_changes_all_of_the_image_is_shown() -> None:
    of = subject_of(KINDS["instance"], SIZE)
    found = poke(of, Dot(30, 40, 2))
    piece = piece_of(found, of.size)
    assert (piece.top, piece.left, piece.bottom, piece.right) == (0, 0, *SIZE)
    assert outside(found) == max(ripple.outside for ripple in found.ripples.values()) > 0
