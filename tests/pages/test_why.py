"""The tab Why of Segment: each experiment in both languages, on small uploads and tiny networks of every wiring."""

import io
import json
import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from tests.core.subjects import NESTED, PLAIN, net_of
from tests.core.test_checkpoint import card_of
from ui import models, why_figures, why_series
from ui.language import translated
from ui.samples import loaded
from ui.segment_state import Looking
from ui.why_state import Asking
from unet_core import checkpoint
from unet_core.zoo.shelf import read_shelf

ROOT = Path(__file__).parents[2]
SIZE = (61, 70)
ZOO = {
    "nuclei-unet": PLAIN, "nuclei-without": replace(PLAIN, skip_levels=(1,)),
    "nuclei-group": replace(PLAIN, norm="group", base_channels=8),
    "nuclei-nested": replace(NESTED, in_channels=1),
}  # fmt: skip
Start = Callable[..., AppTest]
Heads = list[dict[str, Any]]


def picture(seed: int = 3, size: tuple[int, int] = SIZE) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 255, size, np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def zoo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Tiny networks for nuclei in place of those that ship."""
    for name, config in ZOO.items():
        training = {"from": "nuclei-unet", "differs_in": "the skips only"} if name == "nuclei-without" else {}
        card = replace(card_of(config), name=name, data={"name": "synthetic fluorescence nuclei"}, training=training)
        checkpoint.save(tmp_path / name, net_of(config), card)
    monkeypatch.setattr(models, "MODELS", tmp_path)
    caches = (models.shelf, models._digest)
    for cached in caches:
        cached.cache_clear()
    yield
    for cached in caches:
        cached.cache_clear()


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> dict[str, Heads]:
    """What the figures of each group say, by the key of the component."""
    found: dict[str, Heads] = {}
    original = why_figures.show

    def show(data: bytes, key: str, *rest: Any) -> None:
        (length,) = struct.unpack("<I", data[:4])
        found[key] = json.loads(data[4 : 4 + length])["figures"]
        original(data, key, *rest)

    monkeypatch.setattr(why_figures, "show", show)
    return found


@pytest.fixture
def start(zoo: None, drawn: dict[str, Heads]) -> Start:
    """start("poke", network="nuclei-nested", radius=2): the tab with an upload of noise that is called nuclei."""

    def started(experiment: str, language: str = "en", network: str = "nuclei-unet", image: str = "upload",
                marked: float | None = None, **asked: Any) -> AppTest:  # fmt: skip
        test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        test.query_params["lang"] = language
        data = picture()
        digest = loaded(data).digest
        test.session_state["segment"] = {"image": image, "file": ("noise.png", data)}
        test.session_state["looking"] = Looking({digest: "nuclei"}, {"nuclei": network}, {},
                                                {f"{digest}/0": marked} if marked else {})  # fmt: skip
        test.session_state["why"] = Asking(experiment, **asked)
        test.session_state["segment_tab"] = "why"
        test.switch_page(str(ROOT / "pages" / "segment.py")).run()
        assert not test.exception
        return test

    return started


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """An upload with a part that sees no border."""
    data = picture(5, (150, 160))
    monkeypatch.setattr("tests.pages.test_why.picture", lambda: data)


def texts(test: AppTest) -> str:
    parts = (test.markdown, test.warning, test.error, test.caption, test.info)
    return "\n".join(element.value for part in parts for element in part).replace("\\", "")


def captions(figures: Heads) -> str:
    return "\n".join(f"{figure['title']}: {figure['text']}" for figure in figures)


def numbers(text: str) -> list[float]:
    return [float(number.replace(",", "")) for number in re.findall(r"\d[\d,]*\.?\d*", text)]


# --- every experiment ---

EXPERIMENTS = {"switch_off": "why_switch_off", "transplant": "why_transplant", "poke": "why_poke", "field": "why_field"}
SERIES = {"shift": "why_shift", "heads": "why_heads"}  # begun by a button


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_each_experiment_shows_its_pictures_in_both_languages(
    start: Start, drawn: dict[str, Heads], experiment: str, language: str
) -> None:
    test = start(experiment, language)
    assert not test.error
    said = captions(drawn[EXPERIMENTS[experiment]])
    assert bool(re.search("[一-鿿]", said)) == (language == "zh"), said
    question = translated("Experiment", language)
    assert [one.label for one in test.segmented_control if one.key == "why_experiment"] == [question]


def begun(test: AppTest) -> AppTest:
    test.button(key="why_begin").click().run()
    assert not test.exception
    return test


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("experiment", SERIES)
def test_a_series_waits_for_its_button(
    start: Start, drawn: dict[str, Heads], experiment: str, language: str, large: None
) -> None:
    test = start(experiment, language, "nuclei-nested")
    assert not test.error and drawn == {}
    begun(test)
    assert not test.error and [one.key for one in test.button if one.key == "why_begin"] == []
    said = captions(drawn[SERIES[experiment]])
    assert bool(re.search("[一-鿿]", said)) == (language == "zh"), said


@pytest.mark.parametrize("network", ZOO)
@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_each_experiment_takes_every_network(start: Start, experiment: str, network: str) -> None:
    assert not start(experiment, network=network).error


def test_only_the_chosen_experiment_is_drawn_and_another_can_be_chosen(start: Start, drawn: dict[str, Heads]) -> None:
    test = start("nothing of the kind")
    assert list(drawn) == ["why_switch_off"]
    drawn.clear()
    test.segmented_control(key="why_experiment").set_value("transplant").run()
    assert not test.exception
    assert list(drawn) == ["why_transplant"]
    test.segmented_control(key="why_experiment").set_value(None).run()  # a second click takes the choice away
    assert not test.exception
    assert test.segmented_control(key="why_experiment").value == "transplant"


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_where_an_object_was_marked_it_says_that_the_image_was_resized(start: Start, experiment: str) -> None:
    said = texts(start(experiment, marked=6.0))
    assert "resized by a factor of 2.00 before the experiment, from 61 × 70 to 122 × 140 pixels" in said


# --- switch it off ---


def test_a_part_that_is_chosen_is_the_part_that_is_switched_off(start: Start, drawn: dict[str, Heads]) -> None:
    test = start("switch_off")
    assert test.selectbox(key="why_skip").options == ["level 0: 64 × 72", "level 1: 32 × 36"]
    first = captions(drawn["why_switch_off"])
    assert "no truth is known here" in first and "change sides" in first
    test.selectbox(key="why_skip").select_index(0).run()
    assert captions(drawn["why_switch_off"]) != first
    test.segmented_control(key="why_part").set_value("block").run()
    assert test.selectbox(key="why_block").value == "bottleneck.relu2"
    whole = captions(drawn["why_switch_off"])
    test.selectbox(key="why_channel").select_index(2).run()
    assert captions(drawn["why_switch_off"]) != whole
    assert not test.exception and "trained with the part that is switched off" in texts(test)


def test_in_a_nested_network_an_edge_a_node_or_a_level_is_switched_off(start: Start, drawn: dict[str, Heads]) -> None:
    test = start("switch_off", network="nuclei-nested")
    options = test.selectbox(key="why_skip").options
    assert len(options) == 4 + 1 + 1  # edges; a node with two of them; a level with two nodes
    assert {"all skips of level 0", "all skips into X^(0,2)", "from X^(0,1) to X^(0,2)"} <= set(options)
    seen = set()
    for option in ("all skips into X^(0,2)", "from X^(0,0) to X^(0,2)", "from X^(0,1) to X^(0,2)"):
        test.selectbox(key="why_skip").select(option).run()
        assert not test.exception and not test.error
        seen.add(captions(drawn["why_switch_off"]))
    assert len(seen) == 3


def test_a_network_that_was_trained_without_the_skip_is_named_and_shown(start: Start, drawn: dict[str, Heads]) -> None:
    test = start("switch_off", skip="0.None.None")
    assert "nuclei-without was trained without skips at these levels: 0." in texts(test)
    assert "nuclei-without" not in captions(drawn["why_switch_off"])
    test.toggle(key="why_rival").set_value(True).run()
    assert "Trained without: nuclei-without" in captions(drawn["why_switch_off"])
    test.selectbox(key="why_skip").select_index(1).run()  # of that level it has one
    assert [one.key for one in test.toggle] == [] and len(drawn["why_switch_off"]) == 3


def test_a_network_that_differs_in_more_is_not_held_against_it_but_named(start: Start) -> None:
    test = start("switch_off", network="nuclei-group", skip="0.None.None")
    assert [one.key for one in test.toggle] == []
    assert "Beside nuclei-unet there are networks that were trained without this skip" in texts(test)
    assert "Beside" not in texts(start("switch_off", network="nuclei-group", skip="1.None.None"))


def test_a_network_is_not_held_against_itself_nor_against_another_wiring(start: Start) -> None:
    test = start("switch_off", network="nuclei-without")
    assert test.selectbox(key="why_skip").options == ["level 1: 32 × 36"] and [one.key for one in test.toggle] == []
    test = start("switch_off", network="nuclei-nested", skip="0.None.None")
    assert [one.key for one in test.toggle] == []


@pytest.mark.parametrize(
    "asked", [{"skip": "9.None.None"}, {"part": "everything", "block": "encoder.99.relu1"},
              {"part": "block", "block": "head", "channel": 4}, {"part": "block", "channel": 999}],
)  # fmt: skip
def test_a_part_that_there_is_not_gives_way_to_one_that_there_is(start: Start, asked: dict[str, Any]) -> None:
    assert not start("switch_off", **asked).error


def test_on_a_sample_dice_is_said_before_and_after(start: Start, drawn: dict[str, Heads]) -> None:
    start("switch_off", image="real")
    before, after = (numbers(figure["text"]) for figure in drawn["why_switch_off"][:2])
    assert before[0] != after[0] and after[1] == pytest.approx(abs(after[0] - before[0]), abs=0.0015)


# --- transplant ---


def test_the_other_image_is_a_sample_of_the_same_kind_or_the_last_upload(start: Start) -> None:
    assert start("transplant").selectbox(key="why_partner").options == ["Nuclei under a microscope", "Synthetic nuclei"]
    test = start("transplant", image="real")
    assert test.selectbox(key="why_partner").options == ["Synthetic nuclei", "noise.png"]
    assert "| Dice with the truth of A | Dice with the truth of B |" in texts(test)
    test.selectbox(key="why_partner").select_index(1).run()
    assert not test.exception and not test.error
    said = texts(test)
    assert "A is “Nuclei under a microscope”, B is “noise.png”" in said
    assert "| Dice with the own mask of A | Dice with the own mask of B |" in said
    assert "the 61 × 70 pixels in the middle are used" in said


def test_captions_table_and_sentence_say_the_same_numbers(start: Start, drawn: dict[str, Heads]) -> None:
    said = texts(start("transplant"))
    rows = [numbers(line)[-2:] for line in said.splitlines() if line.startswith("| ") and re.search(r"\d\.\d", line)]
    assert rows == [numbers(figure["text"])[-2:] for figure in drawn["why_transplant"]]
    for value in (rows[1][0], rows[2][1]):
        assert f"{value:.3f}" in said.split("Mask |")[-1]


# --- poke ---


def test_a_dot_is_drawn_where_it_was_put_and_its_box_grows(start: Start, drawn: dict[str, Heads]) -> None:
    test = start("poke", points={f"{loaded(picture()).digest}/0": (10, 20)})
    assert drawn["why_dot"][0]["points"] == [[10, 20]]
    boxes = {figure["id"]: figure["boxes"][0] for figure in drawn["why_poke"]}
    image, bottom = boxes["input"], boxes["bottleneck.relu2"]
    assert image["r1"] - image["r0"] == image["c1"] - image["c0"] == 9  # a radius of 4
    assert 4 * (bottom["r1"] - bottom["r0"]) > 9 + 4 * 4  # each of them four pixels, and four convolutions on the way
    assert "is 0." in texts(test)
    test.slider(key="why_radius").set_value(0).run()
    small = {figure["id"]: figure["boxes"][0] for figure in drawn["why_poke"]}["input"]
    assert small["r1"] - small["r0"] == 1


def test_a_pixel_can_be_typed(start: Start, drawn: dict[str, Heads]) -> None:
    test = start("poke")
    assert drawn["why_dot"][0]["points"] == [[30, 35]]
    test.number_input(key="why_row").set_value(0).run()
    test.number_input(key="why_column").set_value(69).run()
    assert not test.exception and drawn["why_dot"][0]["points"] == [[0, 69]]


def test_a_u_net_lies_in_two_rows_and_a_nested_one_in_a_row_for_each_step(
    start: Start, drawn: dict[str, Heads]
) -> None:
    start("poke")
    places = {figure["id"]: figure["at"] for figure in drawn["why_poke"]}
    assert places == {"input": [0, 0], "encoder.0.relu2": [0, 1], "encoder.1.relu2": [0, 2],
                      "bottleneck.relu2": [0, 3], "decoder.1.relu2": [1, 2], "decoder.0.relu2": [1, 1],
                      "mask": [1, 0]}  # fmt: skip
    start("poke", network="nuclei-nested")
    titles = {tuple(figure["at"]): figure["title"] for figure in drawn["why_poke"]}
    assert len(titles) == len(drawn["why_poke"]) == 6 + 2
    assert titles[2, 1] == "X^(0,2)" and titles[2, 0] == "Mask" and titles[0, 3] == "X^(2,0)"


def test_for_a_norm_that_sees_everything_the_box_is_said_not_to_hold(start: Start) -> None:
    said = texts(start("poke", network="nuclei-group"))
    assert "The box does not hold here" in said and "measures the whole image" in said


@pytest.mark.parametrize("sent", [None, 7, "x", {}, {"picked": 3}, {"picked": {"row": -1, "column": 2}},
                                  {"picked": {"row": 61, "column": 0}}, {"picked": {"row": True, "column": 1}},
                                  {"picked": {"row": "1", "column": 1}}, {"picked": {"row": 1.5, "column": 1}},
                                  {"picked": {"row": 60, "column": 69}}])  # fmt: skip
def test_a_pick_is_taken_only_when_it_is_a_pixel(sent: object) -> None:
    def script(sent: object) -> None:
        import streamlit as st

        from ui.why_figures import _picked

        st.session_state["figure"] = sent
        st.session_state["found"] = []
        _picked("figure", (61, 70), lambda row, column: st.session_state["found"].append((row, column)))

    test = AppTest.from_function(script, kwargs={"sent": sent}).run()
    assert not test.exception
    good = isinstance(sent, dict) and sent.get("picked") == {"row": 60, "column": 69}
    assert test.session_state["found"] == ([(60, 69)] if good else [])


# --- shift ---


def test_only_a_multiple_leaves_no_difference(start: Start, drawn: dict[str, Heads], large: None) -> None:
    begun(start("shift"))
    first, last = drawn["why_shift"]
    assert (first["id"], last["id"]) == ("1", "4")
    assert numbers(first["text"])[0] > 0.01 and numbers(last["text"])[0] < 0.001


def test_an_image_that_is_too_small_is_refused_with_the_side_that_would_do(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = picture(6, (40, 44))
    monkeypatch.setattr("tests.pages.test_why.picture", lambda: small)
    test = start("shift")
    begun(test)
    assert len(test.error) == 1 and "choose an image of at least" in test.error[0].value


def test_what_was_stopped_says_so_and_can_be_begun_anew(
    start: Start, drawn: dict[str, Heads], large: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from streamlit.runtime.scriptrunner import RerunData, RerunException, get_script_run_ctx

    original, steps = why_series.pass_on, []

    def stopping() -> None:
        steps.append(1)
        original()
        if len(steps) == 2:  # as a click does between two steps
            raise RerunException(RerunData(page_script_hash=get_script_run_ctx().page_script_hash))

    monkeypatch.setattr(why_series, "pass_on", stopping)
    test = begun(start("shift", axis="rows"))
    assert "Stopped after 2 of 4 runs." in texts(test)
    assert [figure["id"] for figure in drawn["why_shift"]] == ["1", "2"]
    begun(test)
    assert [figure["id"] for figure in drawn["why_shift"]] == ["1", "4"] and "Stopped" not in texts(test)
    steps.clear()
    begun_again = start("shift", axis="rows")  # another visitor
    begun(begun_again)
    assert steps == []  # takes over what is known


# --- receptive field ---


def test_boxes_lie_around_the_pixel_and_a_table_names_the_cells(start: Start, drawn: dict[str, Heads]) -> None:
    test = start("field", points={f"{loaded(picture()).digest}/0": (41, 22)})
    whole = drawn["why_field"][0]
    assert whole["points"] == [[41, 22]]
    outer, half, most = whole["boxes"]
    for box in (half, most):
        assert box["r0"] + box["r1"] == 2 * 41 + 1 and box["c0"] + box["c1"] == 2 * 22 + 1
    assert outer["r1"] - outer["r0"] >= most["r1"] - most["r0"] >= half["r1"] - half["r0"]
    said = texts(test)
    assert f"The box is {max(outer['r1'] - outer['r0'], outer['c1'] - outer['c0'])} pixels wide" in said
    assert "| Bottleneck, level 2: `bottleneck.relu2` | 16 × 18 | 10, 5 |" in said
    assert "| Level 1, up: `decoder.1.relu2` | 32 × 36 | 20, 11 |" in said


def test_at_an_edge_it_is_said_what_lies_on_mirrored_pixels(start: Start) -> None:
    key = f"{loaded(picture()).digest}/0"
    assert "edges that were mirrored" in texts(start("field", points={key: (60, 69)}))
    assert "edges that were mirrored" not in texts(start("field", points={key: (10, 20)}))


def test_for_a_norm_that_sees_everything_it_is_said_how_much_is_inside(start: Start) -> None:
    assert "of the influence comes from inside it" in texts(start("field", network="nuclei-group"))


# --- deep supervision ---


def test_every_head_has_its_mask_its_time_and_its_costs(start: Start, drawn: dict[str, Heads]) -> None:
    begun(start("heads", network="nuclei-nested"))
    figures = drawn["why_heads"]
    assert [figure["title"] for figure in figures] == ["L1", "L2", "The mean of all heads"]
    parameters = [int(re.findall(r"([\d,]+) parameters", figure["text"])[0].replace(",", "")) for figure in figures]
    assert parameters == sorted(parameters) and parameters[2] == sum(
        parameter.numel() for parameter in models.model("nuclei-nested")[0].parameters()
    )
    assert all(re.search(r"\d\.\d\d s, ", figure["text"]) for figure in figures)


def test_a_network_with_one_head_names_those_with_more(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "which has a head at every level: nuclei-nested." in texts(start("heads"))
    monkeypatch.setattr("ui.why_heads.shelf", lambda: read_shelf(Path("nowhere")))
    assert "none that comes with this app" in texts(start("heads"))


# --- images of every kind ---


@pytest.mark.parametrize("experiment", EXPERIMENTS)
@pytest.mark.parametrize("pixels", [np.zeros((1, 1), np.uint8), np.full((40, 3, 3), 255, np.uint8)], ids=["dot", "bar"])
def test_a_picture_of_nothing_is_no_accident(
    start: Start, monkeypatch: pytest.MonkeyPatch, experiment: str, pixels: np.ndarray
) -> None:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    monkeypatch.setattr("tests.pages.test_why.picture", lambda: buffer.getvalue())
    assert not start(experiment).error


def test_an_image_beyond_the_memory_is_reduced_and_it_is_said(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    from ui import why_subject

    other = picture(9)  # what was computed of the first is kept
    monkeypatch.setattr("tests.pages.test_why.picture", lambda: other)
    original = why_subject.largest_side
    monkeypatch.setattr(why_subject, "largest_side", lambda config, size: original(config, size, most=400_000))
    for experiment in EXPERIMENTS:
        assert "The image was reduced from 61 × 70" in texts(start(experiment, partner="upload")), experiment
