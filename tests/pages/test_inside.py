"""Inside: what is sent to the browser is what the network computed, in the order and the colours asked for."""

import json
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.core.test_checkpoint import card_of
from tests.core.test_segment import trained_a_little
from ui import inside_journey, inside_runs, models
from ui.kept import bytes_of
from ui.models import model
from ui.seen import Seen
from ui.segment_state import Looking
from ui.viewer import HALF, Told
from unet_core import checkpoint
from unet_core.config import UNetConfig
from unet_core.images import LoadedImage, encode_png, load_image
from unet_core.inside.activations import Activations, activations
from unet_core.scale import rescaled
from unet_core.zoo.shelf import read_shelf

ROOT = Path(__file__).parents[2]
DATA = encode_png(
    (np.linspace(20, 180, 64) + np.random.default_rng(3).integers(0, 60, (48, 64))).astype(np.uint8)
)  # 48 x 64 pixels
POINT = (20, 41)
Start = Callable[..., AppTest]


@pytest.fixture
def start() -> Start:
    """The page with an image of ours and, if wanted, something in the session."""

    def opened(language: str = "en", data: bytes = DATA, network: str = "nuclei-unet", **state: object) -> AppTest:
        test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        test.query_params["lang"] = language
        test.session_state["segment"] = {"image": "upload", "file": ("a.png", data)}
        said = Looking(subjects={load_image(data).digest: "nuclei"}, networks={"nuclei": network})
        for name, value in {"looking": said, **state}.items():
            test.session_state[name] = value
        test.switch_page(str(ROOT / "pages/segment.py")).run()
        assert not test.exception and not test.error
        return test

    return opened


def sent(test: AppTest, name: str) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What a component was given: its head, and its pictures by name."""
    proto = [part.proto for part in test.main.get("bidi_component") if part.proto.component_name == f"unet_{name}"]
    (data,) = [one.bytes for one in proto]
    (length,) = struct.unpack_from("<I", data)
    head, at, blobs = json.loads(data[4 : 4 + length]), 4 + length, {}
    for blob in head["blobs"]:
        blobs[blob["name"]] = data[at : at + blob["length"]]
        at += blob["length"]
    return head, blobs


def image() -> LoadedImage:
    return load_image(DATA)


def computed() -> Activations:
    return activations(*model("nuclei-unet"), image().pixels)


def pointed() -> dict[str, Told]:
    return {f"{image().digest}/0": Told(HALF, POINT)}


def levels(values: np.ndarray, low: float, high: float) -> np.ndarray:
    return np.clip(np.rint((values - low) / (high - low) * 255), 0, 255)


@pytest.mark.parametrize("ranking", ["variance", "activation"])
def test_the_tiles_are_the_channels_in_their_order(start: Start, ranking: str) -> None:
    test = start(looked_at="encoder.1.relu2", viewer_told=pointed())
    test.segmented_control(key="inside_ranking").set_value(ranking).run()
    head, blobs = sent(test, "channels")
    layer = computed()["encoder.1.relu2"]
    maps = np.stack([layer.values(channel) for channel in range(16)])
    number = maps.std(axis=(1, 2)) if ranking == "variance" else maps.mean(axis=(1, 2))
    order = [tile["channel"] for tile in head["tiles"]]
    assert len(order) == 12 and np.allclose(number[order], np.sort(number)[::-1][:12], atol=1e-3)
    assert head["title"].startswith("encoder.1.relu2: 24 × 32 × 16; 12 of the channels, those ")
    for tile in head["tiles"]:
        own = maps[tile["channel"]]
        picture = np.frombuffer(blobs[tile["id"]], np.uint8).reshape(tile["size"])
        assert np.abs(picture - levels(own, own.min(), own.max())).max() <= 1
        assert tile["cell"] == [10, 20]  # row 20, column 41 in squares of 2 x 2
        assert tile["here"] == f"at the point: {own[10, 20]:.2f}"
    assert head["where"] == (
        "Row 20, column 41 of the image: here the cell in row 10, column 20. It covers 2 × 2 pixels."
    )
    assert head["extent"] == [0, 0, 1, 1] and head["block"] == "encoder.1.relu2"


def test_as_many_are_shown_as_were_asked_for(start: Start) -> None:
    test = start(looked_at="bottleneck.relu2")
    for count, number in (("24", 24), ("all", 64), ("12", 12)):
        test.segmented_control(key="inside_count").set_value(count).run()
        assert len(sent(test, "channels")[0]["tiles"]) == number


@pytest.mark.parametrize("row", ["encoder.1.relu2", "skip.1.join", "head"])
def test_one_scale_for_a_block_or_for_all_of_its_kind(start: Start, row: str) -> None:
    test, found = start(looked_at=row), computed()
    own = np.stack([found[row].values(channel) for channel in range(found[row].shape[0])])
    same = [layer for layer in found.layers.values() if layer.kind == found[row].kind]
    every = np.concatenate([layer.values(channel).ravel() for layer in same for channel in range(layer.shape[0])])
    for mode, among in (("block", own), ("global", every)):
        test.segmented_control(key="inside_scale").set_value(mode).run()
        head, blobs = sent(test, "channels")
        low, high = float(among.min()), float(among.max())
        if own.min() < 0:  # around zero, which is then white
            low, high = -max(abs(low), high), max(abs(low), high)
        assert head["legend"]["palette"] == ("diverging" if own.min() < 0 else "rising")
        assert head["legend"]["zero"] == ("0" if own.min() < 0 else "")
        assert float(head["legend"]["low"].replace("−", "-")) == pytest.approx(low, abs=0.01)
        assert float(head["legend"]["high"]) == pytest.approx(high, abs=0.01)
        for tile in head["tiles"]:
            picture = np.frombuffer(blobs[tile["id"]], np.uint8).reshape(tile["size"])
            assert np.abs(picture - levels(own[tile["channel"]], low, high)).max() <= 1


def test_the_journey_goes_from_the_image_to_the_mask(start: Start) -> None:
    head, blobs = sent(start(viewer_told=pointed()), "journey")
    assert [stop["name"] for stop in head["stops"]] == [
        "Input image", "Encoder, level 0", "Encoder, level 1", "Encoder, level 2", "Bottleneck, level 3",
        "Decoder, level 2", "Decoder, level 1", "Decoder, level 0", "Head", "Mask"]  # fmt: skip
    found = computed()
    for stop in head["stops"][:-1]:
        layer = found[stop["id"]]
        stride = 2 ** stop["level"]
        assert stop["shown"] == stop["map"] == [48 // stride, 64 // stride]  # one square for each number
        assert stop["cell"] == [20 // stride, 41 // stride]
        maps = [layer.values(channel) for channel in range(layer.shape[0])]
        varies = int(np.argmax([one.std() for one in maps]))
        assert stop["channel"] == f"no. {varies}"
        assert f"{maps[varies][tuple(stop['cell'])]:.2f}".lstrip("-") in stop["here"]
    mask = load_image(blobs["mask"]).pixels.max(axis=2) > 0
    assert np.array_equal(mask, found.answer.probability >= 0.5) and 0 < mask.sum() < mask.size


def test_a_nested_net_names_its_nodes(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = UNetConfig(architecture="unet++", classes=3, base_channels=4, depth=2, padding="same", norm="batch",
                        deep_supervision=True)  # fmt: skip
    card = replace(model("nuclei-unet")[1], name="nuclei-nested", config=config, classes=("background", "in", "edge"))
    (tmp_path / "nuclei-unet").symlink_to(models.MODELS / "nuclei-unet")
    checkpoint.save(tmp_path / "nuclei-nested", trained_a_little(config), card)  # type: ignore[arg-type]
    monkeypatch.setattr(models, "MODELS", tmp_path)
    monkeypatch.setattr(models, "shelf", lambda: read_shelf(tmp_path))
    test = start(network="nuclei-nested", looked_at="decoder.X0_2.relu1")
    names = [stop["name"] for stop in sent(test, "journey")[0]["stops"]]
    assert sorted(names) == sorted(["Input image", "X^{0,0}", "X^{1,0}", "X^{2,0}", "X^{0,1}", "X^{1,1}", "X^{0,2}",
                                    "Head L1", "Head L2", "Mask"])  # fmt: skip
    head = sent(test, "channels")[0]
    assert head["title"].startswith("X^{0,2} · decoder.X0_2.relu1: 48 × 64 × 4; 4 of the channels")
    assert head["block"] == "decoder.X0_2.relu2"


def test_a_marked_object_and_the_blocks_of_the_rescaled_image(start: Start) -> None:
    marked = 2 * model("nuclei-unet")[1].object_diameter  # the image gets half as large
    test = start(looked_at="encoder.0.relu2", viewer_told=pointed())
    test.number_input(key="marked").set_value(round(marked, 1)).run()
    size = rescaled(image().pixels, round(marked, 1), model("nuclei-unet")[1]).pixels.shape[:2]
    assert size == (24, 32)
    head, _ = sent(test, "channels")
    assert head["map"] == [24, 32] and head["tiles"][0]["cell"] == [10, 20]
    assert "resized for the network" in head["where"]
    assert any("resized by a factor of 0.50" in text.value for text in test.markdown)


def test_an_image_without_room_is_reduced_and_that_is_said(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unet_core.inside.activations.KEPT_BYTES", 200_000)
    other = encode_png(np.random.default_rng(9).integers(0, 255, (80, 96)).astype(np.uint8))
    test = start(data=other)
    head, _ = sent(test, "channels")
    height, width = head["map"]
    assert width < 96 and abs(height / width - 80 / 96) < 0.05
    said = [text.value for text in test.markdown if "must fit into memory" in text.value]
    assert len(said) == 1 and f"reduced to {height} × {width} pixels" in said[0]


def test_effects_are_measured_on_request_and_ranked(start: Start) -> None:
    test = start(looked_at="decoder.1.relu1")
    test.segmented_control(key="inside_ranking").set_value("effect").run()
    assert "those that vary most" in sent(test, "channels")[0]["title"]  # nothing is measured unasked
    test.button(key="inside_measure").click().run()
    assert not test.exception and "inside_measuring" not in test.session_state
    head, _ = sent(test, "channels")
    assert (
        "16; 12 of the channels, first those without which the mask at the threshold 0.50 changes most" in head["title"]
    )
    card = model("nuclei-unet")[1]
    before = computed().answer.mask()
    shares = [float(tile["effect"].split()[1]) for tile in head["tiles"]]
    assert shares == sorted(shares, reverse=True) and shares[0] > 0
    for tile in head["tiles"][:3]:
        silent = checkpoint.load(models.MODELS / "nuclei-unet")[0]
        silent.get_submodule("decoder.1.conv2").weight.data[:, tile["channel"]] = 0
        after = activations(silent, card, image().pixels).answer.mask()
        assert tile["effect"] == f"off: {100 * (before != after).mean():.2f} % of the pixels change"
    assert not [button for button in test.button if button.key == "inside_measure"]


def test_what_was_stopped_goes_on_where_it_stood(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Seen(load_image(encode_png(np.random.default_rng(7).integers(0, 255, (32, 32)).astype(np.uint8))),
                "nuclei-unet", None, Told(), "en")  # fmt: skip
    into, told = inside_runs.measured(seen, "decoder.1.relu1", 16), []

    class Stopped(Exception):
        pass

    def stop(now: inside_runs.Effects) -> None:
        told.append(now.done)
        if now.done == 5:
            raise Stopped

    with pytest.raises(Stopped):
        inside_runs.measure(seen, "decoder.1.relu1", into, stop)
    assert into.done == 5 and len(into.ranked()) == 5
    first = into.flipped[:5].copy()
    again = inside_runs.measured(seen, "decoder.1.relu1", 16)
    assert again is into
    inside_runs.measure(seen, "decoder.1.relu1", again, lambda now: told.append(now.done))
    assert told == list(range(1, 17)) and into.complete and np.array_equal(into.flipped[:5], first)
    other = replace(seen, told=Told(200))
    assert inside_runs.measured(other, "decoder.1.relu1", 16) is not into  # another threshold, another mask


@pytest.mark.parametrize("row", ["input", "head"])
def test_what_can_not_be_switched_off_is_said(start: Start, row: str) -> None:
    test = start(looked_at=row)
    test.segmented_control(key="inside_ranking").set_value("effect").run()
    assert not test.exception and any("can't be switched off" in info.value for info in test.info)
    assert not [button for button in test.button if button.key == "inside_measure"]


def test_a_large_map_comes_whole_when_it_is_laid_down(start: Start) -> None:
    data = encode_png(np.random.default_rng(5).integers(0, 255, (300, 280)).astype(np.uint8))
    test = start(data=data)
    head, blobs = sent(test, "channels")
    assert "whole" not in blobs and all(tile["reduced"] and max(tile["size"]) == 256 for tile in head["tiles"])
    channel = head["tiles"][3]["channel"]
    test.session_state["channels"] = {"laid": {"digest": head["digest"], "channel": channel}}
    test.run()
    head, blobs = sent(test, "channels")
    assert head["whole"]["id"] == head["tiles"][3]["id"] and head["whole"]["size"] == [300, 280]
    assert len(blobs["whole"]) == 300 * 280


@pytest.mark.parametrize("said", ["x", {}, {"digest": "x", "channel": 0}, {"channel": 99}, {"channel": True},
                                  {"channel": -1}, {"channel": "0"}, {"channel": None}])  # fmt: skip
def test_what_the_browser_claims_is_checked(start: Start, said: object) -> None:
    test = start()
    digest = sent(test, "channels")[0]["digest"]
    test.session_state["channels"] = {"laid": {"digest": digest, **said} if isinstance(said, dict) and said else said}
    test.session_state["journey"] = {"picked": {"row": said if isinstance(said, str) else "encoder.9.relu1"}}
    test.run()
    assert not test.exception and not test.error
    assert "whole" not in sent(test, "channels")[1]


def test_the_journey_picks_nothing_but_a_layer_that_was_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    seen, picked = Seen(image(), "nuclei-unet", None, Told(), "en"), []
    found = inside_runs.run(seen)
    for said in (None, "encoder.0.relu1", {}, {"row": 3}, {"row": "encoder.9.relu1"}, {"row": ["pool.0"]},
                 {"row": "pool.0", "at": 1}):  # fmt: skip
        monkeypatch.setattr(inside_journey.st, "session_state", {"journey": {"picked": said}})
        inside_journey._picked(found, picked.append)
    assert picked == ["pool.0"]


def test_it_speaks_chinese(start: Start) -> None:
    test = start("zh", viewer_told=pointed())
    head, _ = sent(test, "channels")
    journey, _ = sent(test, "journey")
    for text in (head["title"], head["where"], head["legend"]["says"], head["tiles"][0]["here"], journey["title"],
                 journey["text"], journey["stops"][0]["name"], journey["stops"][-1]["name"]):  # fmt: skip
        assert any("一" <= letter <= "鿿" for letter in text), text


def test_what_is_kept_twice_is_counted_once() -> None:
    one = np.zeros(1000, np.uint8)
    assert bytes_of([one, (one, {"again": one}), card_of(), b"12"]) == 1002
    found = computed()
    own = {id(part): part.nbytes for layer in found.layers.values() for part in layer.parts}
    rest = found.answer.per_class.nbytes + 16 * sum(len(layer.statistics.mean) for layer in found.layers.values())
    assert bytes_of(found) == sum(own.values()) + rest
