"""The way from blocks to feature maps: where it starts, where it ends, and that everything goes straight."""

import pytest

from tests.core.drawn import drawn
from tests.core.sweep import sweep
from unet_core.config import PRESETS
from unet_core.diagram import diagram
from unet_core.diagram.morph import Morph, between
from unet_core.trace import trace


def morph_of(preset: str) -> Morph:
    run = trace(PRESETS[preset], (256, 256) if preset != "unet-2015" else (572, 572))
    return Morph(diagram(run, view="blocks"), diagram(run, view="maps"))


def test_one_node_on_its_way() -> None:
    """X^{1,2} of U-Net++: four maps, an up-sampled one, two copies in one box, two convolutions."""
    morph = morph_of("unet++-2018")
    node = next(box for box in morph.blocks.boxes if box.node == (1, 2))
    family = [box for box in morph.maps.boxes if box.node == (1, 2)]
    assert [box.kind for box in sorted(family, key=lambda box: box.x)] == ["copy", "up", "map", "map"]
    start, half, end = (between(morph, t) for t in (0, 0.5, 1))
    assert (start.shown, half.shown, end.shown) == (0, 0.5, 1)
    assert start.blocks[node.id] == node.place
    x, y, width, height = node.place
    for index, box in enumerate(sorted(family, key=lambda box: box.x)):
        assert start.maps[box.id] == pytest.approx((x + index * width / 4, y, width / 4, height))
        assert end.maps[box.id] == pytest.approx(box.place)
        middle = [(a + b) / 2 for a, b in zip(start.maps[box.id], end.maps[box.id], strict=True)]
        assert half.maps[box.id] == pytest.approx(middle)
    left, top = min(box.x for box in family), min(box.y for box in family)
    around = (left, top, max(box.right for box in family) - left, max(box.bottom for box in family) - top)
    assert end.blocks[node.id] == pytest.approx(around)
    assert half.blocks[node.id] == pytest.approx([(a + b) / 2 for a, b in zip(node.place, around, strict=True)])


def test_an_arrow_between_blocks_becomes_the_one_between_maps() -> None:
    morph = morph_of("unet-2015")
    start, end = between(morph, 0), between(morph, 1)
    skip = next(arrow for arrow in morph.maps.arrows if arrow.kind == "skip")
    block = next(arrow for arrow in morph.blocks.arrows if arrow.kind == "skip" and arrow.source == "encoder.3.relu2")
    for moment, arrow in ((start, block), (end, skip)):
        for point, expected in zip(moment.arrows[skip.id], arrow.points, strict=True):
            assert point == pytest.approx(expected)
    inner = next(arrow for arrow in morph.maps.arrows if arrow.target == "encoder.0.relu2")
    assert len(set(start.arrows[inner.id])) == 1  # shrunk to a point inside its block
    node = next(box for box in morph.blocks.boxes if box.id == "encoder.0.relu2")
    x, y = start.arrows[inner.id][0]
    assert node.x < x < node.right and node.y < y < node.bottom


@pytest.mark.parametrize("t", [-0.1, 1.01])
def test_there_is_no_way_beyond_the_ends(t: float) -> None:
    with pytest.raises(ValueError, match=r"0\.\.1"):
        between(morph_of("classroom"), t)


def test_every_network_has_a_way() -> None:
    """Blocks are tiled by their maps, every arrow of the blocks is one of the maps', and nothing leaves the sheet."""
    assert len(sweep()) >= 100
    for (config, _, blocks), (_, _, maps) in zip(drawn("blocks"), drawn("maps"), strict=True):
        morph = Morph(blocks, maps)
        start, half = between(morph, 0), between(morph, 0.5)
        for block in blocks.boxes:
            slices = [start.maps[box.id] for box in morph.families[block.id]]
            assert slices, (config.to_query(), block.id)
            assert sum(width for _, _, width, _ in slices) == pytest.approx(block.width)
            assert min(x for x, _, _, _ in slices) == pytest.approx(block.x)
            assert {row for box in morph.families[block.id] for row in box.rows} == set(block.rows)
        followed = [passage.blocks.id for passage in morph.passages if passage.blocks]
        assert sorted(followed) == sorted(arrow.id for arrow in blocks.arrows), config.to_query()
        assert all(passage.blocks is None or passage.blocks.kind == passage.maps.kind for passage in morph.passages)
        for x, y, width, height in [*half.blocks.values(), *half.maps.values()]:
            assert min(x, y) >= 0 and x + width <= 1000 and y + height <= 500, config.to_query()
