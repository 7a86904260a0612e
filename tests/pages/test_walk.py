"""Walk by Streamlit's own test runner: what the player is told in both languages, and what the browser may claim."""

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.core.sweep import sweep
from ui import models, walk_view, walk_words
from ui.state import Workbench
from ui.walk_drawing import _payload
from ui.walk_view import PAPER, Walk
from unet_core.config import PRESETS, UNetConfig
from unet_core.sizes import smallest_legal


def told(network: str, image: str, language: str, bench: Workbench | None = None) -> dict[str, Any]:
    """What the player is told about a choice."""
    card = models.model()[1]
    mine = bench or Workbench()
    config, size = {"trained": (card.config, (256, 256)), "paper": PAPER, "yours": (mine.config, mine.size)}[network]
    weights = models.weights_digest() if network == "trained" else ""
    head: dict[str, Any] = json.loads(walk_view.player_payload(Walk(network, image, config, size), weights, language))
    return head


def texts(value: object) -> list[str]:
    """Every text that a learner reads, out of what the player is told."""
    if isinstance(value, dict):
        silent = {"id", "rows", "name", "picture", "src", "language", "network", "sign"}
        images = {"pictures"} if isinstance(value.get("pictures"), dict) else set()
        return [text for name in value.keys() - silent - images for text in texts(value[name])]
    if isinstance(value, list):
        return [text for part in value for text in texts(part)]
    return [value] if isinstance(value, str) else []


def choose(told: object, kind: str = "network") -> dict[str, str]:
    """What is kept after the browser has claimed `told`, and the page has been made with it."""

    def script(told: object, kind: str) -> None:
        import streamlit as st

        from ui import walk_view
        from ui.state import workbench

        st.session_state["player"] = {kind: told}
        walk_view._kept()
        walk_view._network_changed() if kind == "network" else walk_view._image_changed()
        walk = walk_view.chosen(workbench())
        st.session_state["result"] = {"network": walk.network, "image": walk.image}

    test = AppTest.from_function(script, kwargs={"told": told, "kind": kind}, default_timeout=30).run()
    assert not test.exception
    kept: dict[str, str] = test.session_state["result"]
    return kept


@pytest.mark.parametrize("image", walk_words.IMAGES)
def test_the_trained_network_has_ten_cards_a_picture_for_every_step_and_no_english_in_chinese(image: str) -> None:
    english, chinese = told("trained", image, "en"), told("trained", image, "zh")
    assert len(english["cards"]) == len(chinese["cards"]) == 10
    for head in (english, chinese):
        assert all(step["picture"] in head["pictures"] and step["caption"] for step in head["steps"])
        assert all(picture["name"] in head["pictures"] for card in head["cards"] for picture in card["pictures"])
        assert all(source.startswith("data:image/png;base64,") for source in head["pictures"].values())
    assert [step["id"] for step in english["steps"]] == [step["id"] for step in chinese["steps"]]
    assert english["steps"][-1]["count"] == f"{len(english['steps'])} of {len(english['steps'])}"
    words = [text for text in texts(chinese) if any(letter.isalpha() for letter in text)]
    assert len(words) > 200
    assert [text for text in words if not any("\u4e00" <= letter <= "\u9fff" for letter in text)] == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_paper_has_sizes_and_no_pictures(language: str) -> None:
    head = told("paper", "real", language)
    assert head["cards"] == [] and head["pictures"] == {} and head["images"] == []
    assert not any(step["picture"] for step in head["steps"])
    shapes = [step["shapes"].replace("\u00a0", " ") for step in head["steps"]]
    assert shapes[0] == "572 × 572 × 1" and any("28 × 28 × 1024" in shape for shape in shapes)
    assert "388 × 388 × 2" in shapes[-3]
    assert "64 + 64 = 128" in " ".join(text for step in head["steps"] for text in step["text"])


@pytest.mark.parametrize(
    "config", [*sweep()[::40], UNetConfig(depth=6, convs_per_block=4, architecture="unet++", base_channels=4)]
)
def test_your_network_is_walked_whatever_it_is(config: UNetConfig) -> None:
    side = smallest_legal(config)
    head = told("yours", "real", "zh", Workbench(config, side, side))
    assert head["steps"][0]["id"] == "input" and head["steps"][-1]["id"] == "argmax"
    assert len(json.dumps(head)) < 3e6


def test_what_the_browser_claims_was_chosen_must_be_there() -> None:
    start = {"network": "trained", "image": "real"}
    for claim in (None, "paper", {"id": ["paper"]}, {"id": "nothing"}):
        assert choose(claim) == start
    assert choose({"id": "paper"}, "image") == start
    assert choose({"id": "paper", "at": 1}) == {**start, "network": "paper"}
    assert choose({"id": "yours"})["network"] == "yours"
    assert choose({"id": "synthetic"}, "image") == {**start, "image": "synthetic"}


def test_the_drawing_shows_the_copy_that_a_skip_makes() -> None:
    card = models.model()[1]
    found = walk_view.travelled("real", models.weights_digest())
    drawn = json.loads(_payload(card.config, (256, 256), "en", "real", found))
    boxes = drawn["layers"][0]["boxes"]
    assert all(box["rows"][-1] in drawn["pictures"] for box in boxes)
    assert drawn["pictures"]["skip.0.join"] == drawn["pictures"]["encoder.0.relu2"] != drawn["pictures"]["up.0.upconv"]
    paper = json.loads(_payload(PRESETS["unet-2015"], (572, 572), "en", "", None))
    assert paper["pictures"] == {} and len(paper["layers"][0]["boxes"]) == 23
