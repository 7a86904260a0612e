"""A dot on the image: differences as two runs of the plain model have them, and nothing outside the box."""

import numpy as np
import pytest
import torch

from tests.core.subjects import KINDS, PLAIN, image_of, net_of, subject_of
from tests.core.test_checkpoint import PERCENTILE
from tests.core.test_inside_activations import hooked
from unet_core.config import UNetConfig
from unet_core.experiments.poke import Dot, paint, poke
from unet_core.inside.subject import subject
from unet_core.messages import ExplainedError
from unet_core.segment import levels, prepare

EXACT = [kind for kind in KINDS if kind not in ("group", "instance")]
SIZE = (43, 50)


def inputs_of(of, painted: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    """Both images as the network gets them, normalised by the levels of the first, written out."""
    config = of.config
    channels = [pixels.transpose(2, 0, 1) for pixels in (of.pixels, painted)]
    scale = levels(channels[0], PERCENTILE)
    tensor = prepare(of.card, of.pixels).tensor
    lost = 0 if config.padding == "same" else 40
    widths = [(0, 0), *((lost // 2, tensor.shape[2 + axis] - SIZE[axis] - lost // 2) for axis in (0, 1))]
    one, other = (torch.from_numpy(np.pad(scale.applied(each), widths, mode="reflect"))[None] for each in channels)
    return one, other


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dot", [Dot(20, 30, 1, (1.0,)), Dot(0, 49, 0, (0.0,))], ids=["inside", "corner"])
def test_the_differences_are_those_of_two_runs_and_stay_in_their_box(kind: str, dot: Dot) -> None:
    of = subject_of(KINDS[kind], SIZE)
    found = poke(of, dot)
    one, other = inputs_of(of, found.pixels)
    assert torch.allclose(one, of.prepared.tensor)
    before, after = hooked(of.model, one), hooked(of.model, other)
    assert list(found.ripples) == list(of.drawn)
    for name, ripple in found.ripples.items():
        difference = np.abs(after[name] - before[name]).max(axis=0)
        assert ripple.shape == before[name].shape
        cut = difference[: ripple.difference.shape[0], : ripple.difference.shape[1]]
        rounding = 1e-5 * max(1, np.abs(before[name]).max())
        assert np.allclose(ripple.difference, cut, atol=rounding) and ripple.peak == ripple.difference.max()
        if kind in EXACT:
            assert ripple.outside == 0, name
            box = ripple.box
            difference[box.top : box.bottom, box.left : box.right] = 0
            assert difference.max() < 1e-6
    assert found.exact == (kind in EXACT) and (found.change.largest > 0 or dot.radius == 0)
    assert found.ripples["input"].peak > 0.1


def test_a_norm_that_sees_the_whole_image_leaves_the_box_and_it_says_so() -> None:
    for kind in ("group", "instance"):
        found = poke(subject_of(KINDS[kind], SIZE), Dot(20, 30, 2))
        assert not found.exact and "measures the whole image" in str(found.notes[-1])
        assert found.ripples["encoder.0.relu1"].outside > 0 and found.ripples["input"].outside == 0
    assert "levels of the untouched one" in str(poke(subject_of(PLAIN, SIZE), Dot(20, 30)).notes[-1])


def test_a_box_is_no_larger_than_what_many_dots_can_change() -> None:
    """Together, changes of different strength fill the first blocks' boxes."""
    of = subject_of(PLAIN, SIZE)
    filled = {name: np.zeros(row.out_shape[1:], bool) for name, (_, row) in of.drawn.items()}
    for value in np.linspace(0, 1, 9):
        found = poke(of, Dot(20, 30, 0, (float(value),)))
        for name, ripple in found.ripples.items():
            changed = ripple.difference > 0
            filled[name][: changed.shape[0], : changed.shape[1]] |= changed
    for name in ("input", "encoder.0.relu1", "encoder.0.relu2", "pool.0", "encoder.1.relu1"):
        box = found.ripples[name].box
        inner = filled[name][box.top : box.bottom, box.left : box.right]
        assert inner.any(axis=1).all() and inner.any(axis=0).all(), name


def test_a_dot_near_a_mirrored_edge_is_seen_twice() -> None:
    of = subject_of(PLAIN, (43, 50))
    box = poke(of, Dot(41, 10, 0, (0.0,))).ripples["input"].box
    assert (box.top, box.bottom) == (41, 44)  # row 42 is the mirror; row 43 shows row 41 again


def test_the_levels_stay_those_of_the_untouched_image() -> None:
    of = subject_of(PLAIN, (22, 27))
    dark = subject(net_of(PLAIN), of.card, of.pixels * 0.2)
    found = poke(dark, Dot(5, 5, 3))
    difference = found.ripples["input"].difference
    assert np.count_nonzero(difference) == 29  # the pixels of a circle of radius 3
    own = prepare(dark.card, found.pixels).tensor - dark.prepared.tensor
    assert np.count_nonzero(own) > 300


@pytest.mark.parametrize("config", [PLAIN, KINDS["nested"]], ids=["grey", "colour"])
def test_a_dot_is_a_filled_circle(config: UNetConfig) -> None:
    pixels = image_of(config, (9, 9))
    painted = paint(pixels, Dot(4, 3, 2, (0.25,)))
    for row in range(9):
        for column in range(9):
            there = (row - 4) ** 2 + (column - 3) ** 2 <= 4
            assert np.array_equal(
                painted[row, column], np.full(pixels.shape[2], 0.25) if there else pixels[row, column]
            )
    added = paint(pixels, Dot(4, 3, 0, (-0.3,), added=True))
    assert np.allclose(added[4, 3], np.maximum(pixels[4, 3] - np.float32(0.3), 0))


@pytest.mark.parametrize("dot, reason", [
    (Dot(43, 0), "no pixel in row 43"), (Dot(0, 0, 65), "radius must be a number in 0..64"),
    (Dot(0, 0, 1, (1.5,)), "colour must be a number in 0..1"), (Dot(0, 0, 1, (0.5, 0.5)), "has 1 or 1 values, got 2"),
    (Dot(0, 0, 1, (float("nan"),)), "colour must be"),
])  # fmt: skip
def test_dots_that_can_not_be_painted(dot: Dot, reason: str) -> None:
    with pytest.raises(ExplainedError, match=reason):
        poke(subject_of(PLAIN, SIZE), dot)


def test_an_image_that_was_reduced_is_poked_where_it_came_from() -> None:
    of = subject(net_of(PLAIN), subject_of(PLAIN).card, image_of(PLAIN, (80, 100)), max_side=50)
    found = poke(of, Dot(60, 20, 2, (1.0,)))
    difference = found.ripples["input"].difference
    row, column = np.unravel_index(difference.argmax(), difference.shape)
    assert (abs(row - 30) <= 1) and (abs(column - 10) <= 1) and found.after.probability.shape == (80, 100)
    assert all(ripple.outside == 0 for ripple in found.ripples.values())
