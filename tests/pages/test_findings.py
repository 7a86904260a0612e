"""Findings: what is on the page comes from the results, whatever state they are in."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.core.studied import results
from ui import findings_results
from ui.findings_chart import chart_payload, scale_of
from ui.findings_view import PARTS
from unet_core.studies import STUDIES, data_amount, depth, skips, wiring
from unet_core.studies.findings import findings
from unet_core.studies.results import ResultsError
from unet_core.studies.study import Study
from unet_core.studies.summary import summarise, summary_file, write

ROOT = Path(__file__).parents[2]
Opened = Callable[..., AppTest]
ARTICLE = {"en": "The article checked", "zh": "核对常见说法"}


def quality(name: str, repeat: int) -> float:
    """Without any skip much worse; otherwise alike, with a little that differs from run to run."""
    return (0.5 if name == "none" else 0.8) + 0.001 * ((repeat * 3 + len(name)) % 5)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that the page takes for that of the results."""
    monkeypatch.setattr(findings_results, "FOLDER", tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of every study that nobody trained."""
    made = tmp_path_factory.mktemp("complete")
    for study in STUDIES.values():
        fill(made, study)
    return made


def fill(folder: Path, study: Study, repeats: int = 7) -> Path:
    path = summary_file(folder, study)
    write(path, summarise(study, results(study, quality, repeats)))
    return path


@pytest.fixture
def opened() -> Opened:
    def open_it(language: str = "en", tab: str = "", **query: str) -> AppTest:
        test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        test.query_params.update({"lang": language, **query})
        if tab:
            test.session_state["findings_tabs"] = tab
        test.switch_page(str(ROOT / "pages" / "findings.py")).run()
        assert not test.exception
        return test

    return open_it


def texts(test: AppTest) -> str:
    parts = (test.title, test.header, test.markdown, test.warning, test.error)
    return "\n".join(element.value for part in parts for element in part).replace("\\", "")  # as Markdown shows it


def choose(test: AppTest, **choices: str) -> AppTest:
    for name, value in choices.items():
        test.selectbox(key=f"findings_{name}").set_value(value).run()
        assert not test.exception
    return test


def drawn(study: Study, group: int = 0, repeats: int = 7, language: str = "en") -> dict[str, Any]:
    """What the chart is told of a study's group, in its first figure."""
    one = study.groups[group]
    made = summarise(study, results(study, quality, repeats)) if repeats else None
    found = next(each for each in findings(study, made) if (each.group, each.main) == (one.name, True))
    payload = json.loads(chart_payload(study, one, found, language))
    assert isinstance(payload, dict)
    return payload


# --- the page ---


@pytest.mark.parametrize(("language", "words"), [("en", "Not measured yet."), ("zh", "尚未测量。")])
def test_nothing_measured_is_said(folder: Path, opened: Opened, language: str, words: str) -> None:
    test = opened(language)
    for study in STUDIES:
        choose(test, study=study)
        assert words in texts(test) and not test.error
    assert "1 × 1" not in texts(opened(language, ARTICLE[language]))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_study_comparison_and_figure_can_be_seen(
    complete: Path, opened: Opened, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setattr(findings_results, "FOLDER", complete)
    test = opened(language)
    for study in STUDIES.values():
        choose(test, study=study.name)
        for group in study.groups:
            choose(test, group=group.name)
        choose(test, figure=study.groups[-1].figures[-1])
        assert f"python -m unet_core study {study.name}" in texts(test)
        chinese = sum("一" <= letter <= "鿿" for letter in texts(test))
        assert (chinese > 200) == (language == "zh"), texts(test)


def test_a_partly_filled_study_says_how_far_it_is(folder: Path, opened: Opened) -> None:
    fill(folder, skips.STUDY, repeats=2)
    test = opened()
    assert test.selectbox(key="findings_study").value == "skips"  # the first of which something is known
    assert "18 of 45 runs are in; what follows may still change." in texts(test)


def test_changing_the_file_changes_the_page(folder: Path, opened: Opened) -> None:
    path = fill(folder, skips.STUDY)
    before = texts(opened())
    data = json.loads(path.read_text())
    data["conditions"]["none"]["figures"]["mean_dice"]["mean"] = 0.777
    data["groups"]["skips"]["none"]["differences"]["mean_dice"] |= {"mean": 0.1, "low": 0.05, "high": 0.15}
    path.write_text(json.dumps(data))
    after = texts(opened())
    assert "worse than all skips: no skip." in before and "better than all skips: no skip." in after
    assert "boundary 0.777; +0.100 against all skips" not in before
    assert "boundary 0.777; +0.100 against all skips, 95 % interval +0.050 to +0.150 over 5 pairs" in after


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"study": "skips"}', "\x00"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_damaged_file_is_one_sentence_and_the_rest_goes_on(
    folder: Path, opened: Opened, damage: str, language: str
) -> None:
    fill(folder, depth.STUDY)
    summary_file(folder, skips.STUDY).write_text(damage)
    test = opened(language)
    assert len(test.error) == 1 and "skips.json" in test.error[0].value.replace("\\", "")
    assert test.selectbox(key="findings_study").value == "depth"
    assert len(test.selectbox(key="findings_study").options) == len(STUDIES) - 1
    assert len(opened(language, ARTICLE[language]).error) == 1


def test_all_files_damaged_leave_a_page(folder: Path, opened: Opened) -> None:
    for study in STUDIES.values():
        summary_file(folder, study).write_text("{")
    test = opened()
    assert len(test.error) == len(STUDIES) and not test.selectbox


def test_a_study_that_is_damaged_while_it_is_looked_at_gives_way(folder: Path, opened: Opened) -> None:
    fill(folder, depth.STUDY)
    path = fill(folder, wiring.STUDY)
    test = choose(opened(), study="wiring", group="heads")
    path.write_text("{")
    test.run()
    assert not test.exception and test.selectbox(key="findings_study").value == "depth"
    shutil.rmtree(folder)
    test.run()
    assert not test.exception and not test.error and "Not measured yet." in texts(test)


def test_nonsense_in_the_address_is_told(folder: Path, opened: Opened) -> None:
    test = opened(study="../../etc", findings="[a](http://b.example)", depth="99")
    assert len(test.warning) == 2 and test.selectbox(key="findings_study").value in STUDIES
    assert "Not measured yet." in texts(test)


def test_a_choice_outlives_a_change_of_page_and_language(folder: Path, opened: Opened) -> None:
    test = choose(opened(), study="wiring", group="macs", figure="object_f1")
    test.switch_page(str(ROOT / "pages" / "build.py")).run()
    test.segmented_control(key="language").set_value("zh").run()
    test.switch_page(str(ROOT / "pages" / "findings.py")).run()
    assert not test.exception
    chosen = {key: test.selectbox(key=f"findings_{key}").value for key in ("study", "group", "figure")}
    assert chosen == {"study": "wiring", "group": "macs", "figure": "object_f1"}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_article_shows_verdicts_with_their_intervals(folder: Path, opened: Opened, language: str) -> None:
    fill(folder, skips.STUDY)
    shown = texts(opened(language, ARTICLE[language]))
    english = ("does not hold", "572 px in, 388 px out", "…  not measured yet".replace("  ", " "),
               "✓ With the same steps and filters: no skip: boundary F-score at 2 px 0.50",
               "95 % interval", "6 of 6 comparisons are not measured yet, or have one pair only")  # fmt: skip
    chinese = ("不成立", "输入 572 像素，输出 388 像素", "… 尚未测量", "95 % 区间", "6 项比较中有 6 项尚未测量")
    for words in english if language == "en" else chinese:
        assert words in shown


# --- reading ---


def test_a_file_is_read_again_only_after_a_change(folder: Path) -> None:
    path = fill(folder, skips.STUDY)
    first, _ = findings_results.all_results()
    again, _ = findings_results.all_results()
    assert first["skips"] is not None and again["skips"] is first["skips"] and again["depth"] is None
    path.write_text("{")
    broken, damaged = findings_results.all_results()
    assert "skips" not in broken and [type(error) for error in damaged] == [ResultsError]
    fill(folder, skips.STUDY, repeats=1)
    mended, damaged = findings_results.all_results()
    assert mended["skips"] is not None and mended["skips"].done == 9 and not damaged


# --- the chart ---


@pytest.mark.parametrize("study", STUDIES.values(), ids=STUDIES)
def test_every_run_is_a_dot_where_its_value_says(study: Study) -> None:
    for index, group in enumerate(study.groups):
        payload = drawn(study, index)
        low, high = (float(payload["values"][end]["text"]) for end in (0, -1))
        assert [row["id"] for row in payload["rows"]] == list(group.members)
        for row in payload["rows"]:
            expected = [quality(row["id"], repeat) for repeat in study.repeats]
            positions = [low + run["at"] / 100 * (high - low) for run in row["runs"]]
            assert positions == pytest.approx(expected, abs=2e-4)
            assert [run["id"] for run in row["runs"]] == [str(repeat) for repeat in study.repeats]
            assert row["low"] == min(run["at"] for run in row["runs"]) <= row["at"] <= row["high"]
            assert row["mean"] == f"{sum(expected) / len(expected):.3f}"


def test_a_difference_stands_where_its_interval_says() -> None:
    rows = {row["id"]: row for row in drawn(skips.STUDY)["rows"]}
    worse = rows["none"]["difference"]
    assert worse["kind"] == "worse" and worse["verdict"] == "worse" and worse["text"].startswith("−0.3")
    assert worse["low"] <= worse["at"] <= worse["high"] < drawn(skips.STUDY)["zero"]
    assert rows["add"]["difference"]["kind"] == "same"
    assert rows["add"]["difference"]["low"] <= drawn(skips.STUDY)["zero"] <= rows["add"]["difference"]["high"]
    assert rows["all"]["difference"] is None and rows["all"]["note"] == "reference" and rows["all"]["reference"]


def test_one_pair_has_no_interval_and_no_run_has_no_mark() -> None:
    once = {row["id"]: row for row in drawn(skips.STUDY, repeats=1)["rows"]}["none"]["difference"]
    assert once["kind"] == "single" and once["interval"] == "" and once["low"] == once["at"] == once["high"]
    nothing = drawn(skips.STUDY, repeats=0)
    assert not nothing["measured"] and len(nothing["rows"]) == 9
    assert all(row["note"] == "not measured yet" and "runs" not in row for row in nothing["rows"])


def test_a_line_stands_only_where_all_have_one_reference() -> None:
    assert drawn(skips.STUDY)["line"] is not None
    pairs = drawn(data_amount.STUDY, 1)
    assert pairs["line"] is None and "reference" not in [one["id"] for one in pairs["legend"]]
    assert [row["reference"] for row in pairs["rows"]] == [True, False] * 5
    assert pairs["heads"][3] == "Difference from the same crops as they are"


def test_heads_say_their_time() -> None:
    names = [row["name"] for row in drawn(wiring.STUDY, 3)["rows"]]
    assert names == [f"head L{level}, {10 * level} ms for a photo" for level in (1, 2, 3, 4)]


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [([], 0, 1), ([0.6, 0.66], 0.6, 0.66), ([0.5], 0.4925, 0.5075), ([-0.013, 0.0, 0.021], -0.02, 0.03),
     ([0.0], -0.006, 0.006), ([-1.0, 1.0], -1, 1)],
)  # fmt: skip
def test_a_scale_holds_its_values_between_round_ends(values: list[float], low: float, high: float) -> None:
    scale = scale_of(values)
    assert scale.low <= min(values, default=0) and scale.high >= max(values, default=1)
    assert scale.low == pytest.approx(low, abs=scale.step) and scale.high == pytest.approx(high, abs=scale.step)
    ticks = scale.ticks()
    assert 2 <= len(ticks) <= 6 and (ticks[0]["at"], ticks[-1]["at"]) == (0, 100)
    read = [float(tick["text"].replace("−", "-")) for tick in ticks]
    assert read == pytest.approx([scale.low + index * scale.step for index in range(len(ticks))], abs=1e-9)
    assert scale.at(scale.low - 9) == 0 and scale.at(scale.high + 9) == 100


def test_what_a_study_rests_on_has_a_name() -> None:
    assert {key for study in STUDIES.values() for key in study.about} == set(PARTS)
