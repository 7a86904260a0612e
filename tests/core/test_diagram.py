"""Both drawings against the trace they are drawn from: nothing left out, nothing twice, nothing on top of another."""

from collections import Counter
from functools import cache
from itertools import combinations

import pytest

from tests.core.drawn import Drawn, drawn, overlap, strokes_through
from tests.core.sweep import smallest_size
from unet_core.config import PRESETS, UNetConfig
from unet_core.diagram import HEIGHT, VIEWS, WIDTH, Diagram, Text, default_view, diagram
from unet_core.messages import ExplainedError
from unet_core.trace import trace, trace_model


@pytest.fixture(scope="module", params=VIEWS)
def sheets(request: pytest.FixtureRequest) -> list[Drawn]:
    return drawn(request.param)


def test_the_sweep_is_broad() -> None:
    assert len(drawn("maps")) > 200
    assert {(config.architecture, config.depth) for config, _, _ in drawn("maps")} >= {
        (architecture, depth) for architecture in ("unet", "unet++") for depth in range(1, 7)
    }


def test_every_row_belongs_to_exactly_one_box(sheets: list[Drawn]) -> None:
    for config, run, sheet in sheets:
        rows = Counter(row for box in sheet.boxes for row in box.rows)
        assert rows == Counter(row.name for row in run.rows), config.to_query()
        assert all(sheet.box_of(box.rows[0]) == box for box in sheet.boxes)
        assert all(box.id == box.rows[-1] or box.kind == "node" for box in sheet.boxes)


def test_boxes_and_arrows_have_names_of_their_own(sheets: list[Drawn]) -> None:
    for config, _, sheet in sheets:
        assert len({box.id for box in sheet.boxes}) == len(sheet.boxes), config.to_query()
        assert len({arrow.id for arrow in sheet.arrows}) == len(sheet.arrows), config.to_query()


def test_everything_is_on_the_sheet_and_no_box_on_another(sheets: list[Drawn]) -> None:
    for config, _, sheet in sheets:
        for box in sheet.boxes:
            assert 0 <= box.x < box.right <= WIDTH, (config.to_query(), box.id)
            assert 0 <= box.y < box.bottom <= HEIGHT, (config.to_query(), box.id)
        for one, other in combinations(sheet.boxes, 2):
            assert not overlap(one.place, other.place, 0.5), (config.to_query(), one.id, other.id)
        for arrow in sheet.arrows:
            assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in arrow.points), (config.to_query(), arrow)


def test_no_text_is_on_another_or_on_a_foreign_box(sheets: list[Drawn]) -> None:
    for config, _, sheet in sheets:
        for text in sheet.texts:
            x, y, width, height = text.frame
            assert x >= 0 and y >= 0 and x + width <= WIDTH and y + height <= HEIGHT, (config.to_query(), text)
            for box in sheet.boxes:
                if box.id != text.owner:
                    assert not overlap(text.frame, box.place), (config.to_query(), text, box.id)
        for one, other in combinations(sheet.texts, 2):
            assert not overlap(one.frame, other.frame), (config.to_query(), one, other)


def test_no_arrow_runs_through_a_text(sheets: list[Drawn]) -> None:
    for config, _, sheet in sheets:
        for text in sheet.texts:
            assert not strokes_through(sheet, text.frame), (config.to_query(), text)


def test_no_arrow_touches_a_box_that_it_does_not_belong_to(sheets: list[Drawn]) -> None:
    for config, _, sheet in sheets:
        for box in sheet.boxes:
            x, y, width, height = box.place
            near = (x - 1.5, y - 1.5, width + 3, height + 3)
            for arrow in strokes_through(sheet, near):
                assert box.id in (arrow.source, arrow.target), (config.to_query(), box.id, arrow)


def test_texts_belong_to_what_is_drawn_and_are_as_high_as_asked_for(sheets: list[Drawn]) -> None:
    for config, _, sheet in sheets:
        owners = {"", *(box.id for box in sheet.boxes), *(arrow.id for arrow in sheet.arrows)}
        for text in sheet.texts:
            assert text.owner in owners, config.to_query()
            assert text.height >= 12.5, (config.to_query(), text)
            assert not text.index or text.index_height >= 12.5, (config.to_query(), text)


def test_what_is_not_written_is_in_the_hover_card(sheets: list[Drawn]) -> None:
    for config, run, sheet in sheets:
        for box in sheet.boxes:
            said = " ".join(str(line) for line in box.says)
            channels, height, width = run[box.rows[-1]].out_shape
            assert f"{height} × {width} × {channels}" in said, (config.to_query(), box.id)


def test_arrows_are_edges_of_the_trace_and_named_in_the_legend(sheets: list[Drawn]) -> None:
    for config, run, sheet in sheets:
        boxes = {box.id: box for box in sheet.boxes}
        # the two halves of a concatenation are drawn side by side, and an arrow leaves from the right one
        ups = {box.node: box.id for box in sheet.boxes if box.kind == "up"}
        pairs = {ups[box.node]: box.id for box in sheet.boxes if box.kind == "copy"}
        owner = {row: box.id for box in sheet.boxes for row in box.rows}
        edges = {(owner[source], owner[target]) for source, target in run.edges}
        for arrow in sheet.arrows:
            starts = {arrow.source, pairs.get(arrow.source, arrow.source)}
            assert any((start, arrow.target) in edges for start in starts), (config.to_query(), arrow)
        assert {arrow.kind for arrow in sheet.arrows} <= {kind for kind, _ in sheet.legend}, config.to_query()
        joined = {frozenset((one, other)) for one, other in pairs.items()}
        fed = {(arrow.source, arrow.target) for arrow in sheet.arrows}
        for source, target in edges:  # and no edge is left out
            if source != target and boxes[source].kind != "copy" and frozenset((source, target)) not in joined:
                assert (source, target) in fed, (config.to_query(), source, target)


def test_bigger_maps_are_never_drawn_smaller() -> None:
    for config, _, sheet in drawn("maps"):
        maps = [box for box in sheet.boxes if not (config.nested and box.kind == "head")]  # a badge there
        for one, other in combinations(maps, 2):
            if max(one.size) > max(other.size):
                assert one.height >= other.height - 1e-9, config.to_query()
            if one.channels > other.channels and "copy" not in (one.kind, other.kind):
                assert one.width >= other.width - 1e-9, config.to_query()


@cache
def paper(view: str) -> Diagram:
    return diagram(trace(PRESETS["unet-2015"], (572, 572)), view=view)


def written(sheet: Diagram, kind: str) -> list[Text]:
    return [text for text in sheet.texts if kind in text.kind.split()]


def test_the_paper_is_drawn_as_in_its_figure() -> None:
    sheet = paper("maps")
    assert len(sheet.boxes) == 32
    assert Counter(arrow.kind for arrow in sheet.arrows) == {"conv": 18, "skip": 4, "pool": 4, "up": 4, "head": 1}
    assert [int("".join(filter(str.isdigit, str(text.content)))) for text in written(sheet, "skip")] == [4, 16, 40, 88]
    labels = Counter(str(text.content) for text in written(sheet, "label"))
    assert {"512+512", "256+256", "128+128", "64+64"} <= set(labels)
    assert labels["1024"] == 2 and labels["1"] == labels["2"] == 1
    sizes = {str(text.content) for text in written(sheet, "size")}
    assert sizes == {f"{side}²" for side in (572, 570, 568, 284, 282, 280, 140, 138, 136, 68, 66, 64, 32, 30, 28, 56,
                                             52, 54, 104, 102, 100, 200, 198, 196, 392, 390, 388)}  # fmt: skip
    assert {str(text.content) for text in written(sheet, "word")} == {"Encoder", "Decoder", "Bottleneck"}


def test_the_papers_blocks_make_a_v() -> None:
    sheet = paper("blocks")
    nodes = {box.node: box for box in sheet.boxes if box.kind == "node"}
    assert set(nodes) == {(level, 0) for level in range(5)} | {(level, 4 - level) for level in range(4)}
    assert Counter(arrow.kind for arrow in sheet.arrows) == {"skip": 4, "pool": 4, "up": 4, "head": 1}
    assert all(len(arrow.points) == 2 for arrow in sheet.arrows)
    assert {str(text.content) for text in written(sheet, "size")} >= {"64·568²", "1024·28²", "64·388²"}
    assert {text.index for text in written(sheet, "name")} == {f"{level},{step}" for level, step in nodes}


@pytest.mark.parametrize("view", VIEWS)
def test_nodes_stand_on_their_grid(view: str) -> None:
    for config, _, sheet in drawn("blocks" if view == "blocks" else "maps"):
        if view == "maps" and not config.nested:
            continue
        rows: dict[tuple[int, int], list[float]] = {}
        for box in sheet.boxes:
            if box.kind not in ("head",):
                rows.setdefault(box.node, []).extend((box.x, box.right))
        centre = {node: (min(edges) + max(edges)) / 2 for node, edges in rows.items()}
        pitch = (centre[config.depth, 0] - centre[0, 0]) / config.depth
        for (level, step), x in centre.items():
            assert x == pytest.approx(centre[0, 0] + (level + 2 * step) * pitch), config.to_query()


def test_a_skip_that_passes_other_nodes_takes_the_one_rail_above_its_row() -> None:
    sheet = diagram(trace(PRESETS["unet++-2018"], (256, 256)), view="blocks")
    nodes = {box.id: box for box in sheet.boxes}
    skips = [arrow for arrow in sheet.arrows if arrow.kind == "skip"]
    assert len(skips) == 4 + 3 + 2 + 1 + 3 + 2 + 1 + 2 + 1 + 1  # every pair of nodes on a level
    rails: dict[int, set[float]] = {}
    for arrow in skips:
        before, after = nodes[arrow.source], nodes[arrow.target]
        if after.node[1] - before.node[1] == 1:
            assert len(arrow.points) == 2 and arrow.points[0][1] == arrow.points[1][1]
        else:
            assert arrow.points[1][1] == arrow.points[2][1] < before.y
            rails.setdefault(before.node[0], set()).add(arrow.points[1][1])
    assert sorted(rails) == [0, 1, 2] and all(len(rail) == 1 for rail in rails.values())
    assert [box.label for box in sheet.boxes if box.kind == "head"] == ["L1", "L2", "L3", "L4"]


def test_dashes_on_a_rail_fall_on_one_another() -> None:
    """A dash begins where (x - start of the rail + its length up to there + phase) is a multiple of the pattern."""
    sheet = diagram(trace(PRESETS["unet++-2018"], (256, 256)), view="maps")
    for arrow in sheet.arrows:
        if arrow.kind == "skip" and len(arrow.points) > 2:
            rail = arrow.points[-2][1]
            turn = next(index for index, point in enumerate(arrow.points) if point[1] == rail)
            way = sum(abs(a[0] - b[0]) + abs(a[1] - b[1])
                      for a, b in zip(arrow.points[:turn], arrow.points[1:], strict=False))  # fmt: skip
            assert (way + arrow.phase - arrow.points[turn][0]) % 10 == pytest.approx(0, abs=0.06) or (
                way + arrow.phase - arrow.points[turn][0]
            ) % 10 == pytest.approx(10, abs=0.06)


def test_which_drawing_a_network_opens_with() -> None:
    assert [default_view(UNetConfig(depth=depth)) for depth in (1, 4, 5, 6)] == ["maps", "maps", "blocks", "blocks"]
    assert default_view(PRESETS["classroom++"]) == "blocks"
    run = trace(PRESETS["classroom++"], (256, 256))
    assert diagram(run) == diagram(run, view="blocks")


def test_larger_text_gets_more_room() -> None:
    run = trace(PRESETS["classroom"], (256, 256))
    small, large = diagram(run), diagram(run, text=24, sizes=False)
    assert min(box.y for box in large.boxes) > min(box.y for box in small.boxes)
    assert not written(large, "size") and written(small, "size")
    assert {text.height for text in written(large, "label")} == {24}


def test_pictures_get_room() -> None:
    sheet = diagram(trace(PRESETS["classroom"], (256, 256)), narrowest=40, view="maps")
    assert min(box.width for box in sheet.boxes) >= 40
    assert not written(sheet, "in")  # nothing is written over a picture


def test_what_can_not_be_drawn_is_refused_with_the_reason() -> None:
    from torch import nn

    with pytest.raises(ExplainedError, match="UNetConfig"):
        diagram(trace_model(nn.Sequential(nn.Conv2d(1, 2, 3)), (1, 8, 8)))
    with pytest.raises(ExplainedError, match="blocks, maps"):
        diagram(trace(PRESETS["classroom"], (256, 256)), view="tree")


def test_cards_name_shapes_and_costs() -> None:
    sheet = diagram(trace(PRESETS["unet-2015-bn"], (572, 572)))
    card = [str(line) for line in next(box for box in sheet.boxes if box.id == "encoder.0.relu2").says]
    assert card[:3] == [
        "3 × 3 convolution + batch norm + ReLU",
        "570 × 570 × 64 → 568 × 568 × 64",
        "37,056 parameters, 11,893,211,136 multiply-adds",
    ]
    assert smallest_size(UNetConfig())[0] == 188


def test_every_skip_of_a_nested_net_ends_at_a_part_of_its_own() -> None:
    sheet = diagram(trace(PRESETS["unet++-2018"], (256, 256)), view="maps")
    boxes = {box.id: box for box in sheet.boxes}
    for copy in (box for box in sheet.boxes if box.kind == "copy"):
        skips = [arrow for arrow in sheet.arrows if arrow.target == copy.id]
        nearest_first = sorted(skips, key=lambda arrow: -boxes[arrow.source].node[1])
        assert len(skips) == copy.parts == copy.node[1]
        assert nearest_first[0].points[-1][0] < copy.x  # the neighbour's comes straight from the left
        for part, arrow in enumerate(nearest_first[1:], start=1):
            share = copy.width / copy.parts
            assert copy.x + part * share < arrow.points[-1][0] < copy.x + (part + 1) * share


def test_the_lower_left_corner_is_free_for_the_switch(sheets: list[Drawn]) -> None:
    corner = (0.0, HEIGHT - 36, 270.0, 36.0)
    for config, _, sheet in sheets:
        for place in [*(box.place for box in sheet.boxes), *(text.frame for text in sheet.texts)]:
            assert not overlap(place, corner), config.to_query()
