"""Compare: any two networks, from the page or from a link; nothing measured for real, as that is the core's test."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ui import compare_work, why_heads
from ui.compare_choice import PARTS, config_of, shipped, versus_from, word_of
from ui.compare_drawing import drawing_payload
from ui.compare_predict import Predicting
from ui.compare_tabs import TABS
from unet_core.config import PRESETS, UNetConfig
from unet_core.experiments.heads import heads
from unet_core.messages import ExplainedError
from unet_core.pairing import Pair
from unet_core.pairing.clock import ClockError, Times

ROOT = Path(__file__).parents[2]
A, B = PRESETS["classroom"], PRESETS["classroom++"]
Opened = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def measured(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Pair]]:
    """A clock that takes no time: B takes 1.5 times as long as its filters are to 16; the pairs that it was asked."""
    asked: list[Pair] = []

    def measure(pair: Pair, rounds: int | None = None, between: Callable[[], None] | None = None) -> Times:
        asked.append(pair)
        if between:
            between()
        ratio = 1.5 * pair.b.base_channels / 16
        return Times((0.2,) * 5, (0.2 * ratio,) * 5, pair.sizes, "a device", "2.0", "abc", "2026-01-02T03:04")

    monkeypatch.setattr(compare_work, "measure", measure)
    monkeypatch.setattr(why_heads, "heads", lambda of: heads(of, rounds=0))  # every head's mask, without its time
    compare_work._KEPT.clear()
    yield asked
    compare_work._KEPT.clear()


@pytest.fixture
def opened() -> Opened:
    def open_it(language: str = "en", **query: str) -> AppTest:
        test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
        test.session_state["predicting"] = Predicting(skipped=True)  # no tab is folded up
        test.query_params.update({"lang": language, **query})
        test.switch_page(str(ROOT / "pages" / "compare.py")).run()
        assert not test.exception
        return test

    return open_it


def settled(test: AppTest) -> AppTest:
    """With what was measured beside the page on it."""
    work = test.session_state.get("compare_work", None)
    if work is not None:
        work.wait(20)
    test.run()
    assert not test.exception
    return test


def texts(test: AppTest) -> str:
    parts = (test.title, test.markdown, test.warning, test.error, test.caption, test.info, test.success)
    return "\n".join(element.value for part in parts for element in part).replace("\\", "")


# --- the choice ---


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_opens_on_the_controlled_pair_in_both_languages(opened: Opened, language: str) -> None:
    test = settled(opened(language))
    shown = texts(test)
    assert ("differ in the wiring only" in shown) == (language == "en")
    assert "1.15" in shown and "1.90" in shown
    table = test.table[0].value
    assert list(table.iloc[0])[-3:] == ["483,170", "553,506", "1.15"] or "553,506" in table.to_string()
    assert "300 ms" in test.table[1].value.to_string() and "1.50" in test.table[1].value.to_string()


def test_a_choice_is_in_the_address_and_outlives_a_change_of_page_and_language(opened: Opened) -> None:
    test = opened()
    test.selectbox(key="compare_a").set_value("unet-2015").run()
    test.selectbox(key="compare_b").set_value("model.pebbles-unet-3").run()
    test.selectbox(key="compare_match").set_value("macs").run()
    assert {name: test.query_params[name] for name in ("a", "b", "match")} == {
        "a": "unet-2015", "b": "model.pebbles-unet-3", "match": "macs"
    }  # fmt: skip
    assert "also: 64 against" in texts(test).lower() or "They differ in: 64 against" in texts(test)
    test.switch_page(str(ROOT / "pages" / "build.py")).run()
    test.segmented_control(key="language").set_value("zh").run()
    test.switch_page(str(ROOT / "pages" / "compare.py")).run()
    assert not test.exception
    assert [test.selectbox(key=f"compare_{key}").value for key in ("a", "b", "match")] == [
        "unet-2015", "model.pebbles-unet-3", "macs"
    ]  # fmt: skip


def test_a_match_sets_the_width_of_b(opened: Opened, measured: list[Pair]) -> None:
    test = settled(opened(match="parameters"))
    assert "With 15 filters at the top against 16" in texts(test)
    test = settled(opened(match="time"))
    assert test.query_params["match"] == "time.11" and "With 11 filters at the top against 16" in texts(test)
    assert {pair.b.base_channels for pair in measured} >= {11, 15}
    test.selectbox(key="compare_a").set_value("unet-2015").run()
    assert test.selectbox(key="compare_match").value == ""  # it was measured for another pair


def test_networks_from_build_and_written_out(opened: Opened) -> None:
    test = opened(net="unet++", base="8", depth="2", padding="same", b="build", a="net:unet+,base:4,padding:same")
    assert "U-Net+ against U-Net++" in texts(test)
    assert "4 against 8 filters at the top, depth 4 against 2" in texts(test)


@pytest.mark.parametrize("config", [
    *PRESETS.values(), UNetConfig(architecture="unet++", padding="same", base_channels=7, skip_levels=(0, 2)),
    UNetConfig(depth=1, growth=1.5, dropout=0.25, max_channels=77, norm="instance", skip_levels=()),
])  # fmt: skip
def test_a_word_leads_back_to_its_network(config: UNetConfig) -> None:
    assert config_of(word_of(config), A) == config
    assert versus_from({"a": word_of(config)})[1] == []


def test_every_model_that_ships_can_be_chosen() -> None:
    assert len(shipped()) > 3 and all(config_of(word, A) == config for word, config in shipped().items())


# --- what makes no sense ---


BAD = ["nothing", "model.../../etc", "net:unet++,kernel:2,convs:1", "net", "depth:99", "a:b", "x" * 5000,
       "base:256,depth:6,kernel:9,convs:4,padding:same",
       "[a](http://b.example)", ",", ":", "net:unet,depth:"]  # fmt: skip


@pytest.mark.parametrize("word", BAD)
def test_a_word_that_names_no_network_is_refused(word: str) -> None:
    with pytest.raises(ExplainedError):
        config_of(word, A)
    assert versus_from({"b": word, "a": "classroom"})[0] is not None and versus_from({"b": word})[1] == [word]


def test_garbage_in_the_address_is_told_and_the_page_stays_whole(opened: Opened) -> None:
    test = opened(a="[a](http://b.example)", b="depth:99", match="time.999", part="nowhere")
    assert len(test.warning) == 4 and "](http" not in "".join(one.value for one in test.warning)
    assert "differ in the wiring only" in texts(test)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("query", [
    {"a": "classroom", "b": "classroom"}, {"a": "depth:1", "b": "net:unet++,depth:6,base:4,padding:same"},
    {"a": "unet-2015", "b": "classroom++", "match": "time.200"},
    {"a": "classroom", "b": "norm:group,base:8,padding:same", "match": "parameters"},
    {"a": "net:unet-e,ds:1,depth:2,padding:same", "b": "net:unet++,skips:none,ds:1,padding:same"},
])  # fmt: skip
def test_networks_with_nothing_in_common_leave_the_page_whole(
    opened: Opened, query: dict[str, str], language: str
) -> None:
    for part in TABS:
        test = settled(opened(language, part=part, **query))
        assert not test.error, (part, [one.value for one in test.error])


def test_a_is_b_is_said(opened: Opened) -> None:
    assert "nothing is left to compare" in texts(opened(a="classroom", b="classroom"))


def test_no_common_size_is_said(opened: Opened) -> None:
    assert "No input fits both: A is counted at 252" in texts(opened(a="unet-2015", b="unet++-2018"))


@pytest.mark.parametrize("claim", [None, 7, {}, {"chosen": 3}, {"chosen": "../x"}, {"chosen": ["cost"]}])
def test_whatever_the_browser_claims_was_chosen_must_be_a_tab(opened: Opened, claim: object) -> None:
    from ui import compare_tabs

    test = opened()
    assert set(TABS) <= set(PARTS)

    def script(claim: object) -> None:
        import streamlit as st

        from ui import compare_tabs
        from ui.compare_state import versus_of
        from ui.state import workbench

        st.session_state["compare_tabs"] = claim if isinstance(claim, dict) else {}
        compare_tabs._taken()
        st.session_state["result"] = versus_of(workbench()).part

    made = AppTest.from_function(script, kwargs={"claim": claim}, default_timeout=30).run()
    assert not made.exception and made.session_state["result"] == "" and compare_tabs.TABS and test


# --- the tabs ---


def test_a_measurement_that_is_refused_is_one_sentence(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> Times:
        raise ClockError("a network of more than {most} million parameters is not measured here", most=200)

    monkeypatch.setattr(compare_work, "measure", refuse)
    test = settled(opened())
    assert "more than 200 million parameters" in texts(test) and len(test.table) == 1


def test_it_is_measured_once_for_everybody_and_again_at_the_button(opened: Opened, measured: list[Pair]) -> None:
    settled(opened())
    test = settled(opened())
    assert len(measured) == 1
    test.button(key="compare_measure").click().run()
    settled(test)
    assert len(measured) == 2


def test_who_chooses_another_pair_stops_the_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    going, begun = threading.Event(), threading.Event()

    def slow(pair: Pair, rounds: int | None, between: Callable[[], None]) -> Times:
        begun.set()
        while True:
            going.wait(0.01)
            between()

    monkeypatch.setattr(compare_work, "measure", lambda pair, rounds=None, between=None: slow(pair, rounds, between))
    work = compare_work.Measuring(Pair(A, B), lambda: True)
    assert begun.wait(10) and work.running
    work.stop()
    work.wait(10)
    assert not work.running and work.failed is None and compare_work.known(Pair(A, B)) is None


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_report_and_the_challenge(opened: Opened, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    test = opened(language, part="report")
    assert len(test.get("download_button")) == 4 and len(test.info) == 1  # nothing is measured yet
    assert "base=16, depth=3" in texts(test) and "| 483,170 | 553,506 |" in test.code[-1].value
    test = opened(language, part="challenge")
    assert len(test.warning) == 1 and "2.32" in texts(test)
    test.number_input(key="challenge_filters").set_value(14).run()
    assert len(test.success) == 1 and not test.exception
    test.button(key="challenge_b").click().run()
    assert not test.exception
    assert config_of(test.query_params["b"], A) == replace(A, base_channels=14, in_channels=3, classes=3)
    assert test.query_params["part"] == "challenge"
    test.button(key="challenge_build").click().run()
    assert test.session_state["workbench"].config.base_channels == 14
    test.button(key="challenge_train").click().run()
    assert not test.exception and test.title[0].value.startswith(("Train", "训练"))
    chosen = [test.selectbox(key=f"train_{name}").value for name in ("network", "data")]
    assert chosen == ["yours", "pebbles"], "what is trained is what was chosen, on what it was chosen for"


def test_the_drawing_is_told_in_chinese_and_packed_once() -> None:
    one, other = drawing_payload(Pair(A, B), "en"), drawing_payload(Pair(A, B), "zh")
    assert b"Every node reads" in one and b"Every node reads" not in other and "密集跳跃连接".encode() in other
    assert drawing_payload(Pair(A, B), "en") is one
    for payload in (one, other):
        assert "U-Netᵉ".encode() in payload and b"U-Net^e" not in payload


def test_the_choices_of_the_challenge_are_named_as_in_the_drawing(opened: Opened) -> None:
    assert "U-Netᵉ" in opened(part="challenge").segmented_control(key="challenge_wiring").options
