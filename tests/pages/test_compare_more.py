"""Compare's Quality, On an image, Prune and Predict first, in both languages, on small images and tiny networks."""

import io
import json
import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest

from tests.core.subjects import NESTED, PLAIN, net_of
from tests.core.test_checkpoint import card_of
from ui import compare_quality, models
from ui.compare_predict import TELLS, Predicting, asked_of, tells
from ui.compare_state import word_of
from ui.compare_tabs import TABS
from ui.segment_state import Looking
from unet_core import checkpoint
from unet_core.config import PRESETS, UNetConfig
from unet_core.images import load_image
from unet_core.metrics import dice
from unet_core.models import NestedUNet, build_model, prune
from unet_core.pairing import Pair
from unet_core.segment import segment
from unet_core.studies import STUDIES
from unet_core.studies.findings import load
from unet_core.zoo.shelf import read_shelf

ROOT = Path(__file__).parents[2]
THREE = replace(PLAIN, in_channels=3, classes=3)
ZOO: dict[str, UNetConfig] = {"small": THREE, "small-without-1": replace(THREE, skip_levels=(0,)), "small++": NESTED}
Start = Callable[..., AppTest]


@pytest.fixture
def zoo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Tiny networks for pebbles in place of those that ship; of "small++" the heads are measured."""
    heads = {f"L{head}": {"dice": 0.5 + 0.1 * head} for head in (1, 2)}
    seeds = {"1": {"test": {"dice": 0.75}, "heads": {"test": heads}}}
    for name, config in ZOO.items():
        about = {"from": "small", "differs_in": "the skips only" if "without" in name else "the wiring only"}
        about = about if name != "small" else {}
        metrics = {"seeds": seeds, "median": {"test": {"dice": 0.75}}} if config.nested else {}
        card = replace(card_of(config), name=name, data={"name": "pebbles", "test": {"photos": [4]}}, training=about,
                       metrics=metrics)  # fmt: skip
        checkpoint.save(tmp_path / name, net_of(config), card)
    monkeypatch.setattr(models, "MODELS", tmp_path)
    for cached in (models.shelf, models._digest):
        cached.cache_clear()
    yield tmp_path
    for cached in (models.shelf, models._digest):
        cached.cache_clear()


def picture(size: tuple[int, int] = (45, 52)) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(3).integers(0, 255, (*size, 3), np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def start() -> Start:
    def opened(part: str, a: UNetConfig | None = None, b: UNetConfig | None = None, language: str = "en",
               sample: str = "", state: dict[str, Any] | None = None, **query: str) -> AppTest:  # fmt: skip
        test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
        pair = {name: word_of(config) for name, config in (("a", a), ("b", b)) if config is not None}
        for name, value in {"lang": language, "part": part, **pair, **query}.items():
            test.query_params[name] = value
        data = picture()
        test.session_state["segment"] = {"image": "pebbles-7", "file": ("a.png", data)}  # of other pages
        test.session_state["compare_image"] = sample or "upload"
        test.session_state["looking"] = Looking(subjects={load_image(data).digest: "pebbles"})
        for name, value in (state or {}).items():
            test.session_state[name] = value
        test.switch_page(str(ROOT / "pages/compare.py")).run()
        assert not test.exception and not test.error
        return test

    return opened


def sent(test: AppTest, name: str) -> list[bytes]:
    return [part.proto.bytes for part in test.main.get("bidi_component")
            if part.proto.component_name == f"unet_{name}"]  # fmt: skip


def head_of(data: bytes) -> dict[str, Any]:
    (length,) = struct.unpack_from("<I", data)
    return json.loads(data[4 : 4 + length])  # type: ignore[no-any-return]


def words(test: AppTest) -> str:
    """All that is written in Markdown, without its escapes."""
    parts = [*test.markdown, *test.caption, *test.info]
    return "\n".join(part.value.replace("\\", "").replace("\u2060", "") for part in parts)


def test_a_tab_that_runs_networks_is_no_fragment(start: Start, zoo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, real = [], st.fragment

    def fragment(of: Callable[..., Any], **how: Any) -> Callable[..., Any]:
        made.append(of.__name__)
        return real(of, **how)

    monkeypatch.setattr(st, "fragment", fragment)
    start("challenge", THREE, NESTED)
    assert made == ["live"]
    for part in ("image", "prune"):  # a click must stop what is computed, and one in a fragment waits for it
        start(part, THREE, NESTED)
    assert made == ["live"]


# --- Quality ---


def test_the_points_are_those_of_the_results_file_and_a_click_makes_one_b(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = start("quality")
    (data,) = sent(test, "scatter")
    head, summary = json.loads(data), load(STUDIES["wiring"])
    assert summary is not None
    group = next(one for one in STUDIES["wiring"].groups if one.name == "filters")
    assert [point["id"] for point in head["points"]] == [name for name in group.members if name in summary.conditions]
    for point in head["points"]:
        figure = summary.conditions[point["id"]].figures["mean_dice"]
        assert point["value"].startswith(f"{figure.mean:.3f}") and len(point["runs"]) == (figure.n > 1) * figure.n
        assert point["counts"] == ("1 seed, 1 photo" if figure.n == 1 else f"{figure.n} seeds, 1 photo")
        assert point["low"] <= point["y"] <= point["high"] and point["versus"] == ""
    assert summary.complete or f"{summary.done} of {summary.wanted} runs are in" in words(test)
    assert "Neither A nor B was trained for this study" in words(test) and "over" in words(test)
    known = compare_quality.measured(STUDIES["wiring"], summary, group, "mean_dice")
    mine = head["key"]
    for said in ({"key": mine, "id": "unet-7"}, {"key": "x", "id": "unet++-7"}, {"key": mine, "id": 3}, 7):
        monkeypatch.setattr(compare_quality.st, "session_state", {"quality_chart": {"picked": said}})
        compare_quality._taken(head["key"], known)
        picked = compare_quality.st.session_state.get("quality_picked")
        assert picked == ((head["key"], "unet-7") if isinstance(said, dict) and said["id"] == "unet-7" else None)
    monkeypatch.undo()
    test.session_state["quality_picked"] = (head["key"], "unet-7")
    test.run()
    assert "U-Net, 7 filters: with this the others are compared" in words(test)
    test.button(key="quality_b").click().run()
    assert not test.exception
    chosen = json.loads(sent(test, "scatter")[0])
    assert [point["versus"] for point in chosen["points"]].count("B") == (chosen["key"] == head["key"])
    assert test.session_state["workbench"].versus.b == word_of(STUDIES["wiring"].by_name["unet-7"].config)


def test_every_comparison_has_a_chart_or_says_what_is_missing(start: Start) -> None:
    test = start("quality", language="zh")
    for study, group in (("skips", "skips"), ("by-photo", "macs"), ("wiring", "heads")):
        test.selectbox(key="quality_study").set_value((study, group)).run()
        assert not test.exception and not test.error
        summary = load(STUDIES[study])
        assert bool(sent(test, "scatter")) == bool(summary and summary.done)
    test.selectbox(key="quality_cost").set_value("milliseconds").run()
    (data,) = sent(test, "scatter")
    assert len(json.loads(data)["points"]) == 4 and "张照片" in json.loads(data)["points"][0]["counts"]
    test.selectbox(key="quality_study").set_value(("skips", "skips")).run()
    assert not sent(test, "scatter") and test.info  # only heads were timed


# --- On an image ---


def test_who_is_right_and_whose_masks_these_are(start: Start, zoo: Path) -> None:
    test = start("image", THREE, replace(THREE, architecture="unet++"), sample="pebbles")
    assert "A is small." in words(test) and "under Measure" not in words(test)  # Compare has no such tab
    assert "B, U-Net++ of depth 2, has no trained weights for such images." in words(test)
    assert "small++; they differ: with deep supervision against without deep supervision" in words(test)
    (viewer,) = sent(test, "viewer")
    head = head_of(viewer)
    assert head["versus"] and [pane["title"] for pane in head["panes"]] == ["A: small", "B: small++"]
    from ui.samples import SAMPLES, loaded, sample_bytes

    truth = SAMPLES["pebbles"].truth().mask  # type: ignore[misc]
    pixels = loaded(sample_bytes("pebbles")).pixels
    scores = []
    for name in ("small", "small++"):
        model, card = checkpoint.load(zoo / name)
        scores.append(dice(segment(model, card, pixels).probability >= 0.5, truth))
    assert f"Dice on this image: A {scores[0]:.3f}, B {scores[1]:.3f}." in words(test)
    assert "whose masks you see differ in: U-Net against U-Net++, deep supervision on the nested net." in words(test)
    test.button(key="compare_fair").click().run()
    versus = test.session_state["workbench"].versus
    assert (versus.a, versus.b) == ("model.small", "model.small++")


def test_the_same_network_twice_is_nothing_to_compare(start: Start, zoo: Path) -> None:
    test = start("image", THREE, THREE, language="zh")
    assert not sent(test, "viewer") and any("small" in info.value for info in test.info)
    assert len(sent(test, "figures")) == 1  # the skip switches are there all the same


def test_the_choice_of_an_image_is_compares_own(start: Start, zoo: Path) -> None:
    test = start("image", THREE, NESTED, sample="pebbles")
    test.selectbox(key="image").set_value("upload").run()
    assert test.session_state["compare_image"] == "upload"
    assert test.session_state["segment"]["image"] == "pebbles-7"  # what Segment reads
    del test.session_state["compare_image"]
    test.run()
    assert test.selectbox(key="image").value == "pebbles"  # for these there are the most networks


def test_zeros_along_a_skip_are_not_a_net_without_it(start: Start, zoo: Path) -> None:
    test = start("image", THREE, NESTED, sample="pebbles")
    test.segmented_control(key="skip_switch").set_value("1").run()
    head = head_of(sent(test, "figures")[1])
    titles = {figure["id"]: figure["title"] for figure in head["figures"]}
    assert titles["after"].startswith("1. The same net, zeros") and titles["rival"].endswith("small-without-1")
    texts = {figure["id"]: figure["text"] for figure in head["figures"]}
    from ui.samples import SAMPLES, loaded, sample_bytes

    truth, pixels = SAMPLES["pebbles"].truth().mask, loaded(sample_bytes("pebbles")).pixels  # type: ignore[misc]
    model, card = checkpoint.load(zoo / "small")
    with torch.no_grad():  # the weights that read the skip, in place of what comes along it
        first = model.decoder[1].conv1  # type: ignore[union-attr, index]
        first.weight[:, first.weight.shape[1] // 2 :] = 0
    zeroed = dice(segment(model, card, pixels).probability >= 0.5, truth)
    assert texts["after"].startswith(f"Dice {zeroed:.3f} (")
    other, card = checkpoint.load(zoo / "small-without-1")
    without = dice(segment(other, card, pixels).probability >= 0.5, truth)
    assert texts["rival"].startswith(f"Dice {without:.3f} (") and texts["rival"] != texts["after"]
    assert "without level 1: mean Dice of inside and boundary" in words(test)
    test.segmented_control(key="skip_switch").set_value("all").run()
    head = head_of(sent(test, "figures")[1])
    assert [figure["id"] for figure in head["figures"]] == ["before", "after", "change"]
    assert "was trained without this skip" in words(test)


# --- Prune ---


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_cut_has_the_mask_the_figures_and_the_costs_of_its_own_network(
    start: Start, zoo: Path, language: str
) -> None:
    test = start("prune", THREE, NESTED, language)
    head = head_of(sent(test, "pruning")[0])
    assert [cut["id"] for cut in head["cuts"]] == ["L1", "L2", "mean"] and head["start"] == "L2"
    assert {blob["name"] for blob in head["blobs"]} == {"L1", "L2", "mean"}
    rows = {row["id"]: [cell["text"] for cell in row["cells"]] for row in head["rows"]}
    model = checkpoint.load(zoo / "small++")[0]
    assert isinstance(model, NestedUNet)
    nets = [prune(model, 1), prune(model, 2), model]
    assert rows["parameters"] == [f"{sum(weight.numel() for weight in net.parameters()):,}" for net in nets]
    assert rows["card"] == ["0.600", "0.700", "0.750"] and "here" not in rows  # no truth of an upload
    assert all(float(text) >= 0 for text in rows["seconds"])  # measured by itself, after the masks
    if language == "en":
        assert "small++: U-Net++ of depth 2" in words(test) and "head L1: mean Dice" in words(test)


def test_without_trained_heads_the_costs_alone_are_shown(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint.save(tmp_path / "small", net_of(THREE), replace(card_of(THREE), name="small", data={"name": "pebbles"}))
    monkeypatch.setattr("ui.compare_prune.shelf", lambda: read_shelf(tmp_path))
    test = start("prune", THREE, replace(NESTED, deep_supervision=False))
    head = head_of(sent(test, "pruning")[0])
    rows = {row["id"]: [cell["text"] for cell in row["cells"]] for row in head["rows"]}
    assert head["blobs"] == [] and rows.keys() == {"parameters", "macs"}
    whole = build_model(NESTED)
    assert isinstance(whole, NestedUNet)
    assert rows["parameters"][0] == f"{sum(weight.numel() for weight in prune(whole, 1).parameters()):,}"
    test = start("prune", THREE, THREE)
    assert not sent(test, "pruning") and "Neither A nor B is nested" in words(test)


# --- Predict first ---


def test_an_answer_goes_in_and_the_computed_one_stands_beside_it(start: Start) -> None:
    test = start("quality", sample="pebbles")
    assert "Predict first, 1 of 5." in words(test) and "Computed" not in words(test)
    test.pills(key="predict_work").set_value("8").run()
    assert "You said: 8 times. Nearest is: 2 times." in words(test) and "Computed**" in words(test)
    test.button(key="predict_next").click().run()
    assert "Predict first, 2 of 5." in words(test) and "Measured**" not in words(test)
    worth = next(pills for pills in test.pills if pills.key and pills.key.startswith("predict_worth"))
    worth.set_value("same").run()
    assert "Measured**" in words(test) and "pairs of trainings" in words(test)
    test.button(key="predict_back").click().run()
    assert "You said: 8 times." in words(test)  # it is kept
    test.pills(key="predict_work").set_value("2").run()
    assert "You said: 2 times." in words(test) and "Nearest is" not in words(test)
    test.button(key="predict_none").click().run()
    assert not test.pills and test.button(key="predict_again").click().run().pills
    assert not any(word in words(test).lower() for word in ("score", "correct", "points"))


def test_a_tab_with_the_answer_to_the_open_question_stays_folded(start: Start) -> None:
    test = start("cost", sample="pebbles")
    folded = "because it holds the answer to the question above"
    assert folded in words(test) and not test.table and "times the work" not in words(test)
    assert folded not in words(start("quality", sample="pebbles"))
    test.button(key="predict_show").click().run()
    assert folded not in words(test) and "times the work" in words(test)
    test = start("cost", sample="pebbles")
    test.pills(key="predict_work").set_value("8").run()
    assert folded not in words(test) and "times the work" in words(test)  # it is answered
    test = start("quality", sample="pebbles")
    test.button(key="predict_next").click().run()
    assert folded in words(test) and not sent(test, "scatter")  # now the studies' is asked
    for hidden in (start("cost", hide="predict"), start("cost", state={"predicting": Predicting(skipped=True)})):
        assert folded not in words(hidden)


def test_in_short_comes_when_no_question_waits_for_an_answer(start: Start) -> None:
    test = start("challenge", sample="pebbles")
    assert "In short" not in words(test)
    for question in asked_of(Pair(PRESETS["classroom"], PRESETS["classroom++"])):
        test.pills(key=f"predict_{question.id}").set_value(question.options[0].name).run()
        if any(button.key == "predict_next" for button in test.button):
            assert "In short" not in words(test)
            test.button(key="predict_next").click().run()
    short = next(text.value for text in test.markdown if "In short" in text.value).replace("\\", "")
    assert "B has 1.15 times the parameters of A and does 1.90 times the work." in short
    assert "No study has compared these two networks" in short and "The nearest study, of smaller networks: " in short
    assert "In short" in words(start("challenge", hide="predict"))
    assert "In short" not in words(start("challenge", PRESETS["classroom"], PRESETS["classroom"], hide="predict"))


def test_every_kind_of_question_says_which_tabs_hold_its_answer() -> None:
    a, b = PRESETS["classroom"], PRESETS["classroom++"]
    pairs = (Pair(a, b), Pair(a, replace(b, deep_supervision=True)))
    assert {one.id.split("-")[0] for pair in pairs for one in asked_of(pair)} == set(TELLS)
    assert {tab for tabs in TELLS.values() for tab in tabs} <= set(TABS)


def test_who_sets_the_multiply_adds_is_not_asked_for_them(start: Start) -> None:
    asked = {match: [pills.key for pills in start("quality", match=match).pills] for match in ("", "macs")}
    assert asked[""] == ["predict_work"] and len(asked["macs"]) == 1 and asked["macs"] != asked[""]


def test_a_net_without_skips_is_measured_on_an_image_too() -> None:
    pair = Pair(PRESETS["classroom"], replace(PRESETS["classroom"], skip_levels=()))
    held = {one.id: "image" in tells(one) for one in asked_of(pair)}
    assert held["worth-skips"] and not held["work"]


def test_a_teachers_link_leaves_the_questions_out(start: Start) -> None:
    closed = start("quality", language="zh", sample="pebbles")
    assert not closed.code
    test = start("quality", language="zh", sample="pebbles", state={"predict_teachers": True})
    codes = [code.value for code in test.code if "hide=" in code.value]
    assert codes and all("predict" in code for code in codes) and "先预测" in words(test)
    hidden = start("quality", sample="pebbles", hide="predict", state={"predicting": Predicting()})
    assert not hidden.pills and not [button for button in hidden.button if (button.key or "").startswith("predict")]
