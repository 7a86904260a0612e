"""The drawing against the trace it is drawn from: nothing left out, nothing twice, nothing on top of another."""

from collections import Counter
from itertools import combinations

import pytest

from tests.core.sweep import smallest_size, sweep, traced
from unet_core.config import PRESETS, ConfigError, UNetConfig
from unet_core.diagram import HEIGHT, WIDTH, Box, Diagram, diagram
from unet_core.messages import ExplainedError
from unet_core.sizes import closest_legal
from unet_core.trace import Trace, trace, trace_model


def grid() -> list[UNetConfig]:
    """Every depth, one to four convolutions, few and many channels, the wirings of both drawings."""
    configs = []
    for depth in range(1, 7):
        for convs in range(1, 5):
            for kernel, padding in ((3, "same"), (3, "valid"), (9, "valid")):
                for architecture in ("unet", "unet++"):
                    for base in (1, 64):
                        try:
                            configs.append(UNetConfig(architecture, base_channels=base, depth=depth, kernel_size=kernel,
                                                      convs_per_block=convs, padding=padding))  # fmt: skip
                        except ConfigError:
                            continue
    return configs


def drawings() -> list[tuple[UNetConfig, Trace]]:
    swept = [(config, traced(config)) for config in sweep()]
    return swept + [(config, trace(config, (closest_legal(config, 572),) * 2)) for config in grid()]


@pytest.fixture(scope="module")
def drawn() -> list[tuple[UNetConfig, Trace, Diagram]]:
    return [(config, run, diagram(run)) for config, run in drawings()]


Drawn = list[tuple[UNetConfig, Trace, Diagram]]


def test_every_row_belongs_to_exactly_one_box(drawn: Drawn) -> None:
    for config, run, sheet in drawn:
        rows = Counter(row for box in sheet.boxes for row in box.rows)
        assert rows == Counter(row.name for row in run.rows), config.to_query()
        assert all(sheet.box_of(box.rows[0]) == box for box in sheet.boxes)


def test_boxes_and_arrows_have_names_of_their_own(drawn: Drawn) -> None:
    for config, _, sheet in drawn:
        assert len({box.id for box in sheet.boxes}) == len(sheet.boxes), config.to_query()
        assert len({(arrow.source, arrow.target) for arrow in sheet.arrows}) == len(sheet.arrows), config.to_query()


def test_everything_is_on_the_sheet_and_no_box_on_another(drawn: Drawn) -> None:
    for config, _, sheet in drawn:
        for box in sheet.boxes:
            assert 0 <= box.x < box.right <= WIDTH, (config.to_query(), box.id)
            assert 0 <= box.y < box.bottom <= HEIGHT, (config.to_query(), box.id)
        for one, other in combinations(sheet.boxes, 2):
            assert not overlap(one, other), (config.to_query(), one.id, other.id)
        for word in sheet.words:
            assert 0 < word.x < WIDTH, config.to_query()
            assert 0 < word.y < HEIGHT, config.to_query()


def overlap(one: Box, other: Box) -> bool:
    across = min(one.right, other.right) - max(one.x, other.x)
    down = min(one.bottom, other.bottom) - max(one.y, other.y)
    return across > 0.5 and down > 0.5


def test_arrows_are_edges_of_the_trace_and_named_in_the_legend(drawn: Drawn) -> None:
    for config, run, sheet in drawn:
        boxes = {box.id: box for box in sheet.boxes}
        # the two halves of a concatenation are drawn side by side, and an arrow leaves from the right one
        pairs = {
            boxes[up].id: box.id for up, box in zip(boxes, list(sheet.boxes)[1:], strict=False) if box.kind == "copy"
        }
        owner = {row: box.id for box in sheet.boxes for row in box.rows}
        edges = {(owner[source], owner[target]) for source, target in run.edges}
        for arrow in sheet.arrows:
            starts = {arrow.source, pairs.get(arrow.source, arrow.source)}
            assert any((start, arrow.target) in edges for start in starts), (config.to_query(), arrow)
        assert {arrow.kind for arrow in sheet.arrows} <= {kind for kind, _ in sheet.legend}, config.to_query()


def test_bigger_maps_are_never_drawn_smaller(drawn: Drawn) -> None:
    for config, _, sheet in drawn:
        maps = [box for box in sheet.boxes if box.kind != "node" and len(sheet.words)]
        for one, other in combinations(maps, 2):
            if max(one.size) > max(other.size):
                assert one.height >= other.height - 1e-9, config.to_query()
            if one.channels > other.channels:
                assert one.width >= other.width - 1e-9, config.to_query()


def test_the_paper_is_drawn_as_in_its_figure() -> None:
    sheet = diagram(trace(PRESETS["unet-2015"], (572, 572)))
    assert len(sheet.boxes) == 32
    assert Counter(arrow.kind for arrow in sheet.arrows) == {"conv": 18, "skip": 4, "pool": 4, "up": 4, "head": 1}
    labels = [str(arrow.label) for arrow in sheet.arrows if arrow.kind == "skip"]
    assert [int("".join(filter(str.isdigit, label))) for label in labels] == [4, 16, 40, 88]
    copied = {box.label for box in sheet.boxes if box.kind == "copy"}
    assert copied == {"512+512", "256+256", "128+128", "64+64"}
    assert [str(word.text) for word in sheet.words] == ["Encoder", "Decoder", "Bottleneck"]


def test_the_triangle_stands_on_its_grid() -> None:
    sheet = diagram(trace(PRESETS["unet++-2018"], (256, 256)))
    nodes = {box.node: box for box in sheet.boxes if box.kind == "node"}
    assert set(nodes) == {(i, j) for i in range(5) for j in range(5 - i)}
    pitch = (nodes[4, 0].x - nodes[0, 0].x) / 4
    for (level, step), box in nodes.items():
        assert box.x == pytest.approx(nodes[0, 0].x + (level + 2 * step) * pitch)
    assert [box.label for box in sheet.boxes if box.kind == "head"] == ["L1", "L2", "L3", "L4"]
    skips = {(arrow.source, arrow.target) for arrow in sheet.arrows if arrow.kind == "skip"}
    assert len(skips) == 4 + 3 + 2 + 1 + 3 + 2 + 1 + 2 + 1 + 1  # every pair of nodes on a level


def test_larger_text_gets_more_room() -> None:
    run = trace(PRESETS["classroom"], (256, 256))
    small, large = diagram(run), diagram(run, text=20)
    gaps = [min(box.y for box in sheet.boxes) for sheet in (small, large)]
    assert gaps[1] > gaps[0]


def test_a_strangers_network_is_refused_with_the_reason() -> None:
    from torch import nn

    with pytest.raises(ExplainedError, match="UNetConfig"):
        diagram(trace_model(nn.Sequential(nn.Conv2d(1, 2, 3)), (1, 8, 8)))


def test_cards_name_shapes_and_costs() -> None:
    sheet = diagram(trace(PRESETS["unet-2015-bn"], (572, 572)))
    card = [str(line) for line in next(box for box in sheet.boxes if box.id == "encoder.0.relu2").says]
    assert card[:3] == [
        "3 × 3 convolution + batch norm + ReLU",
        "570 × 570 × 64 → 568 × 568 × 64",
        "37,056 parameters, 11,893,211,136 multiply-adds",
    ]
    assert smallest_size(UNetConfig())[0] == 188
