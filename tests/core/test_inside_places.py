"""The cell of every block that covers a pixel, against the pixels that move the cell."""

from itertools import pairwise

import numpy as np
import pytest

from tests.core.subjects import KINDS, PLAIN, VALID, image_of, net_of, subject_of
from tests.core.test_checkpoint import card_of
from unet_core.config import UNetConfig
from unet_core.inside.activations import activations
from unet_core.inside.features import FeatureError
from unet_core.inside.places import carried
from unet_core.inside.scales import scales
from unet_core.messages import ExplainedError
from unet_core.receptive_field import receptive_field
from unet_core.segment import mirrored

SIZE = (31, 38)


@pytest.mark.parametrize("config", [KINDS[kind] for kind in ("plain", "nested", "added")], ids=str)
def test_with_same_padding_a_cell_is_a_square_of_pixels(config: UNetConfig) -> None:
    found = activations(net_of(config), card_of(config), image_of(config, SIZE))
    for row, layer in found.layers.items():
        stride = 2 ** layer.node[0]
        assert found.cells(30, 37)[row] == (30 // stride, 37 // stride)
        assert found.cells(4, 3)[row] == (4 // stride, 3 // stride)


@pytest.mark.parametrize("kind", ["valid", "valid nested", "added valid"])
def test_with_valid_convolutions_a_cell_covers_the_middle_of_what_it_sees(kind: str) -> None:
    """A map is tiled without gaps; on the way down a cell's square lies in the middle of its field, exactly."""
    subject = subject_of(KINDS[kind], SIZE)
    margin = mirrored(subject.config, SIZE[0])[0]
    for row in subject.traced.rows:
        place = subject.places[row.name]
        for column in (0, row.out_shape[2] // 2, row.out_shape[2] - 1):
            field = receptive_field(subject.traced, row.name, (0, column))
            middle = place.left + (column + 0.5) * place.stride
            seen = (field.left + field.right) / 2 - margin
            if row.node is None or row.node[1] == 0:
                assert middle == seen, row.name
            else:  # behind an up-sampling a cell stands to one side in the grid of the poolings
                assert abs(middle - seen) <= 2 ** (subject.config.depth - 1), row.name
    heads = [subject.places[name] for name in subject.traced.outputs]
    assert heads[-1].top == heads[-1].left == 0  # the mask begins where the image does


def test_cells_follow_one_another_and_end_where_the_map_ends() -> None:
    subject = subject_of(VALID, SIZE)
    for row in subject.traced.rows:
        place, shape = subject.places[row.name], row.out_shape
        cells = [place.cell(5, column, shape) for column in range(-60, 100)]
        inside = [cell[1] for cell in cells if cell is not None]
        assert inside[0] == 0 and inside[-1] == shape[2] - 1
        assert {after - before for before, after in pairwise(inside)} <= {0, 1}
        assert inside.count(0) == place.stride


def test_a_pixel_of_the_image_is_found_on_the_reduced_one() -> None:
    subject = subject_of(PLAIN, SIZE)
    assert subject.seen(30, 37) == (30, 37)
    for row, column in ((31, 0), (0, 38), (-1, 0), (0.0, 0), (True, 0)):
        with pytest.raises(ExplainedError, match="rows go from 0 to 30, columns from 0 to 37"):
            subject.seen(row, column)  # type: ignore[arg-type]


def test_scales_of_colour() -> None:
    found = activations(net_of(PLAIN), card_of(PLAIN), image_of(PLAIN))
    layer = found["up.0.upconv"]
    values = [layer.values(channel) for channel in range(layer.shape[0])]
    by_channel = scales(found, layer.row)
    assert np.allclose(by_channel, [(one.min(), one.max()) for one in values], rtol=1e-3)
    by_block = scales(found, layer.row, "block")
    assert np.allclose(by_block, [(np.min(values), np.max(values))] * 4, rtol=1e-3)
    kind = [each for each in found.layers.values() if each.kind == "up"]
    ups = [np.stack([each.values(channel) for channel in range(each.shape[0])]) for each in kind]
    assert len(ups) == 2
    everywhere = scales(found, layer.row, "global")
    assert np.allclose(everywhere, [(min(map(np.min, ups)), max(map(np.max, ups)))] * 4, rtol=1e-3)
    for mode in ("channel", "block", "global"):
        plain, diverging = scales(found, layer.row, mode), scales(found, layer.row, mode, diverging=True)
        assert all(-low == high == max(abs(a), abs(b)) for (low, high), (a, b) in zip(diverging, plain, strict=True))
    with pytest.raises(FeatureError, match="by channel, block, global, got 'all'"):
        scales(found, layer.row, "all")


@pytest.mark.parametrize("whole, size", [((31, 38), (31, 38)), ((40, 80), (16, 32)), ((10, 7), (25, 19))])
def test_a_pixel_is_carried_to_the_one_that_shows_the_same(whole: tuple[int, int], size: tuple[int, int]) -> None:
    """Against the corner of the pixel, measured along both images."""
    for row in range(whole[0]):
        for column in (0, whole[1] // 2, whole[1] - 1):
            there = carried(row, column, whole, size)
            assert there == (int(row / whole[0] * size[0] + 1e-9), int(column / whole[1] * size[1] + 1e-9))
            assert all(0 <= place < side for place, side in zip(there, size, strict=True))
