"""The sheet of a walk, for every network that fits on it: complete, in its frame, and nothing over anything else."""

from itertools import combinations

import pytest

from tests.core.sweep import name_of, sweep, traced
from unet_core.config import PRESETS, UNetConfig
from unet_core.diagram import Diagram, size_text
from unet_core.diagram.sheet import WIDTH, Place
from unet_core.messages import ExplainedError
from unet_core.trace import trace
from unet_core.walk.sheet import DEEPEST, fits_sheet, height, walk_sheet

TEXT = 16.0
FITTING = [config for config in sweep() if fits_sheet(config)]
PAPER = trace(PRESETS["unet-2015"], (572, 572))


def sheets(config: UNetConfig) -> tuple[Diagram, Diagram]:
    """With pictures and with sizes."""
    return walk_sheet(traced(config), TEXT, pictured=True), walk_sheet(traced(config), TEXT, pictured=False)


def overlap(one: Place, other: Place) -> bool:
    (x, y, width, high), (u, v, wide, tall) = one, other
    room = 0.01  # a copy and what it meets share an edge
    return x + width > u + room and u + wide > x + room and y + high > v + room and v + tall > y + room


def test_many_networks_fit_and_others_are_refused() -> None:
    assert len(FITTING) > 40 and {config.depth for config in FITTING} == set(range(1, DEEPEST + 1))
    for config in (UNetConfig(depth=DEEPEST + 1, base_channels=2), PRESETS["classroom++"]):
        with pytest.raises(ExplainedError, match="a U-Net of depth 4 at most"):
            walk_sheet(trace(config, (1148, 1148) if not config.nested else (64, 64)), TEXT, pictured=True)


def test_every_row_has_one_box_and_every_arrow_runs_between_boxes_that_feed_one_another() -> None:
    for config in FITTING:
        for sheet in sheets(config):
            rows = [row for box in sheet.boxes for row in box.rows]
            assert rows == [row.name for row in traced(config).rows], name_of(config)
            owner = {row: box.id for box in sheet.boxes for row in box.rows}
            fed = {(owner[source], owner[target]) for source, target in traced(config).edges}
            drawn = {(arrow.source, arrow.target) for arrow in sheet.arrows}
            copies = {box.id for box in sheet.boxes if box.kind == "copy"}
            ups = {box.id for box in sheet.boxes if box.kind == "up"}
            for source, target in drawn:  # beside a copy stands what it meets, and the arrow goes on from there
                beside = {(copy, target) for copy in copies} & fed if source in ups else set()
                assert (source, target) in fed or beside, (name_of(config), source, target)
            assert len(drawn) == len(sheet.arrows)


def test_boxes_and_texts_are_in_the_frame_and_apart() -> None:
    for config in FITTING:
        for sheet in sheets(config):
            places = [box.place for box in sheet.boxes]
            over = [text.frame for text in sheet.texts if text.kind != "size in"]
            assert not any(overlap(one, other) for one, other in combinations([*places, *over], 2)), name_of(config)
            for x, y, width, high in [*places, *over]:
                assert x >= 0 and y >= 0 and x + width <= WIDTH and y + high <= height(sheet), name_of(config)
            assert len({round(box.width, 6) for box in sheet.boxes}) == config.depth + 1  # one size a level


def test_sizes_are_inside_their_boxes_and_true() -> None:
    for config in FITTING:
        pictured, sized = sheets(config)
        assert not [text for text in pictured.texts if text.kind == "size in"]
        places = {box.id: box for box in sized.boxes}
        for text in sized.texts:
            if text.kind == "size in":
                box, (x, y, width, high) = places[text.owner], text.frame
                assert box.x <= x and x + width <= box.right and box.y <= y and y + high <= box.bottom
                rows = [traced(config)[name] for name in box.rows]
                shapes = [row.out_shape for row in rows] + [shape for row in rows for shape in row.in_shapes]
                assert text.content in [size_text((high, wide)) for _, high, wide in shapes]


def test_the_paper_s_sizes_are_all_there() -> None:
    sheet = walk_sheet(PAPER, TEXT, pictured=False)
    written: dict[str, list[str]] = {}
    for text in sheet.texts:
        if text.kind in ("size in", "label"):
            written.setdefault(text.owner, []).append(str(text.content))
    assert written["input"] == ["1", "572²"] and written["encoder.0.relu2"] == ["64", "570²", "568²"]
    assert written["pool.0"] == ["64", "284²"] and written["bottleneck.relu2"] == ["1024", "30²", "28²"]
    assert written["up.3.upconv"] == ["56²"] and written["skip.0.join"] == ["64+64", "568²", "392²"]
    assert written["head"] == ["2", "388²"]
    crops = [str(text.content) for text in sheet.texts if text.kind == "skip"]
    assert crops[0] == "copy, crop 88 px per side"
    narrow = walk_sheet(PAPER, 1.2 * TEXT, pictured=False)
    crops = [str(text.content) for text in narrow.texts if text.kind == "skip"]
    assert crops and all("crop" in words for words in crops)  # a skip that crops is never called a mere copy


def test_labels_over_pictures_say_size_and_channels() -> None:
    sheet = walk_sheet(trace(PRESETS["classroom"], (256, 256)), TEXT, pictured=True)
    labels = {text.owner: text.content for text in sheet.texts if text.kind == "label"}
    assert labels["encoder.0.relu2"] == "256²×16" and labels["skip.1.join"] == "128²×(32+32)"
    assert "up.1.upconv" not in labels
