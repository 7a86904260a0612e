"""What the browser is told: both drawings and the way between them, in one language, and little else."""

import json
from typing import Any

import pytest

from ui.drawing import cached_trace, diagram_payload
from unet_core.config import PRESETS, UNetConfig
from unet_core.diagram import diagram
from unet_core.diagram.morph import Morph, between

CLASSROOM, SIZE = PRESETS["classroom"], (64, 96)
PICTURE = "data:image/png;base64,iVBORw0KGgo="


def told(*args: Any, **more: Any) -> dict[str, Any]:
    return json.loads(diagram_payload(*args, **more))


def test_it_holds_both_places_of_everything() -> None:
    data, run = told(PRESETS["classroom++"], SIZE, None, "en"), cached_trace(PRESETS["classroom++"], SIZE)
    morph = Morph(diagram(run, view="blocks"), diagram(run, view="maps"))
    ends = between(morph, 0), between(morph, 1)
    assert (data["start"], [layer["view"] for layer in data["layers"]]) == (0, ["blocks", "maps"])
    for name, layer in zip(("blocks", "maps"), data["layers"], strict=True):
        for box in layer["boxes"]:
            for place, moment in zip(box["at"], ends, strict=True):
                assert place == pytest.approx(getattr(moment, name)[box["id"]], abs=0.051)
    for arrow in data["arrows"]:
        for line, moment in zip(arrow["lines"], ends, strict=True):
            assert line[0] == pytest.approx(moment.arrows[arrow["id"]][0], abs=0.051)
    assert len({len(arrow["lines"][0]) - len(arrow["lines"][1]) for arrow in data["arrows"]}) == 1


def test_lines_of_hover_cards_travel_once() -> None:
    data = told(PRESETS["unet-2015"], (572, 572), None, "en")
    assert len(data["phrases"]) == len(set(data["phrases"]))
    card = next(box for box in data["layers"][1]["boxes"] if box["id"] == "encoder.0.relu2")["says"]
    assert [data["phrases"][line] for line in card][:2] == [
        "3 × 3 convolution + ReLU", "570 × 570 × 64 → 568 × 568 × 64",
    ]  # fmt: skip


def test_a_click_draws_nothing_anew() -> None:
    before, after = told(CLASSROOM, SIZE, None, "en"), told(CLASSROOM, SIZE, "pool.0", "en", stale=True)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"selected", "stale"} and after["selected"] == "pool.0"


def test_one_drawing_alone_has_no_switch() -> None:
    for more, views in (({"view": "blocks"}, ["blocks"]), ({"view": "maps"}, ["maps"]), ({"compact": True}, ["maps"])):
        data = told(CLASSROOM, SIZE, None, "en", **more)
        assert [layer["view"] for layer in data["layers"]] == views and data["switch"] is None
        assert {len(box["at"]) for box in data["layers"][0]["boxes"]} == {1}
    assert told(CLASSROOM, SIZE, None, "en")["switch"]["maps"] == "Feature maps"
    assert told(UNetConfig(depth=5, padding="same"), (64, 64), None, "en")["start"] == 0


def test_pictures_travel_with_the_drawing_and_make_room() -> None:
    data = told(CLASSROOM, SIZE, None, "en", thumbnails={"encoder.0.relu1": PICTURE})
    assert data["pictures"] == {"encoder.0.relu1": PICTURE}
    assert min(box["at"][-1][2] for box in data["layers"][-1]["boxes"]) >= 40
    assert told(CLASSROOM, SIZE, None, "en")["pictures"] == {}


def test_it_is_told_in_chinese() -> None:
    data = told(CLASSROOM, SIZE, None, "zh")
    words = [data["title"], *data["switch"].values(), *(layer["scale"] for layer in data["layers"])]
    assert all(any("\u4e00" <= letter <= "\u9fff" for letter in word) for word in words), words
