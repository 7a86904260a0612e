"""The tab Measure: figures against an independent computation, what a brush tells, uploads, objects and their unit."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from ui import painting
from ui.duel_view import verdict
from ui.glossary import GLOSSARY
from ui.measure_scores import empty_note
from ui.models import model
from ui.painting import Painting
from ui.segment_tabs import WORDS
from unet_core.answer import answer
from unet_core.comparison import compare
from unet_core.data import nuclei
from unet_core.images import load_image
from unet_core.strokes import Stroke
from unet_core.window import balanced_window

ROOT = Path(__file__).parents[2]
NETWORK = "nuclei-unet"
Start = Callable[..., AppTest]


@pytest.fixture(scope="module")
def real() -> tuple[np.ndarray, np.ndarray]:
    """The network's mask of the real sample at a threshold of 0.5, and the annotator's."""
    sample = nuclei.real_image()
    pixels = load_image((nuclei.FOLDER / "dsb2018.png").read_bytes()).pixels
    return answer(*model(NETWORK), pixels).probability >= 0.5, sample.mask


@pytest.fixture
def start() -> Start:
    def opened(lang: str = "en", mode: str | None = None, image: str = "real", **state: Any) -> AppTest:
        test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
        test.query_params["lang"] = lang
        test.session_state["segment_tab"] = "measure"
        test.session_state["segment"] = {"image": image, "file": None}
        from ui.segment_state import Looking

        test.session_state["looking"] = Looking(networks={"nuclei": NETWORK})
        if mode:
            test.session_state["measure_mode"] = mode
        for name, value in state.items():
            test.session_state[name] = value
        test.switch_page(str(ROOT / "pages" / "segment.py")).run()
        assert not test.exception
        return test

    return opened


def texts(test: AppTest) -> str:
    parts = (test.markdown, test.header, test.info, test.error, test.caption)
    return "\n".join(element.value for part in parts for element in part).replace("\\", "")


def figures(test: AppTest) -> list[list[str]]:
    """The rows of the table."""
    return test.table[0].value.to_numpy().tolist()


def dice(one: np.ndarray, other: np.ndarray) -> str:
    return f"{2 * (one & other).sum() / (one.sum() + other.sum()):.3f}"


def iou(one: np.ndarray, other: np.ndarray) -> str:
    return f"{(one & other).sum() / (one | other).sum():.3f}"


def stroke(*points: tuple[float, float], label: int = 1, radius: float = 6) -> dict[str, Any]:
    return {"class": label, "radius": radius, "points": [list(point) for point in points]}


def say(test: AppTest, key: str, told: list[Any], seconds: object = 0.0, **claim: Any) -> AppTest:
    """What the browser would send after a stroke on the picture in view."""
    picture, revision, *_ = test.session_state[f"{key}_start"][0]
    test.session_state[key] = {
        "painted": {"image": picture, "revision": revision, "strokes": told, "seconds": seconds} | claim
    }
    return test.run()


def disc(x: float, y: float, radius: float, shape: tuple[int, int]) -> np.ndarray:
    rows, columns = np.mgrid[: shape[0], : shape[1]] + 0.5
    return (rows - y) ** 2 + (columns - x) ** 2 <= radius**2


def png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


# --- against the annotator ---


def test_the_mask_is_measured_against_the_annotator(start: Start, real: tuple[np.ndarray, np.ndarray]) -> None:
    test = start()
    rows = figures(test)
    assert rows[0][:3] == [NETWORK, dice(*real), iou(*real)]
    assert rows[1][0] == "Otsu's method" and rows[1][1] == "0.842"
    assert "both were tried against the truth" in texts(test)
    assert "the annotator 125" in texts(test)


def test_the_threshold_of_the_viewer_counts(start: Start) -> None:
    test = start()
    before, digest = figures(test)[0], test.session_state["viewer_start"][0]
    test.session_state["viewer"] = {"threshold": {"digest": digest, "value": 250}}
    test.run()
    assert not test.exception
    assert figures(test)[0] != before
    assert figures(test)[1][1] == "0.842"


def test_without_an_annotator_nothing_pretends_to_be_one(start: Start) -> None:
    test = start(image="drone")
    assert "Nobody has drawn a truth" in texts(test)
    assert len(test.segmented_control(key="measure_control").options) == 2
    assert not test.table


# --- painting ---


def test_strokes_become_a_mask_that_is_measured(start: Start, real: tuple[np.ndarray, np.ndarray]) -> None:
    test = start(mode="painted")
    assert "Nothing is painted yet" in texts(test) and not test.table
    say(test, "measure_brush", [stroke((100, 200)), stroke((300, 80), radius=20), stroke((300, 80), label=0)], 2.5)
    assert not test.exception
    mine = disc(100, 200, 6, (512, 512)) | (disc(300, 80, 20, (512, 512)) & ~disc(300, 80, 6, (512, 512)))
    rows = figures(test)
    assert [row[:2] for row in rows] == [[NETWORK, "your mask"], ["Otsu's method", "your mask"],
                                         ["your mask", "the annotator"], [NETWORK, "the annotator"]]  # fmt: skip
    assert [rows[n][2] for n in (0, 2, 3)] == [dice(real[0], mine), dice(mine, real[1]), dice(*real)]
    assert f"You painted {mine.sum():,} pixels" in texts(test)


def test_strokes_outlive_tab_image_and_language_and_belong_to_their_image(start: Start) -> None:
    test = start(mode="painted")
    say(test, "measure_brush", [stroke((100, 200))])
    painted = figures(test)
    test.session_state["segment_tab"] = "inside"
    test.run()
    test.session_state["segment_tab"] = "measure"
    test.run()
    assert figures(test) == painted
    test.selectbox(key="image").set_value("synthetic").run()
    assert "Nothing is painted yet" in texts(test)
    test.selectbox(key="image").set_value("real").run()
    assert figures(test) == painted
    test.segmented_control(key="language").set_value("zh").run()
    assert not test.exception
    assert [row[2:] for row in figures(test)] == [row[2:] for row in painted]


@pytest.mark.parametrize(
    "claim",
    [{"strokes": None}, {"strokes": "x"}, {"strokes": [{"class": 9}]}, {"strokes": [stroke((1, 1), label=2)]},
     {"strokes": [stroke((float("nan"), 1))]}, {"strokes": [stroke((1, 1))] * 501}],
)  # fmt: skip
def test_what_can_not_be_read_is_refused_and_the_rest_stays(start: Start, claim: dict[str, Any]) -> None:
    test = start(mode="painted")
    say(test, "measure_brush", [stroke((100, 200))])
    before = figures(test)
    say(test, "measure_brush", [], **claim)
    assert not test.exception
    assert len(test.error) == 1 and "stroke" in test.error[0].value
    assert figures(test) == before


@pytest.mark.parametrize("claim", [{"image": "another"}, {"revision": -1}, {"image": 3, "revision": None}])
def test_what_is_told_of_another_picture_or_of_yesterday_is_left_out(start: Start, claim: dict[str, Any]) -> None:
    test = start(mode="painted")
    say(test, "measure_brush", [stroke((100, 200))], **claim)
    assert not test.exception and not test.error
    assert "Nothing is painted yet" in texts(test)


def test_more_than_can_be_drawn_is_one_sentence(start: Start) -> None:
    test = start(mode="painted")
    back_and_forth = [(0.0, 0.0), (512.0, 512.0)] * 600
    say(test, "measure_brush", [stroke(*back_and_forth, radius=42)])
    assert not test.exception
    assert len(test.error) == 1 and "too long and too broad to be drawn" in test.error[0].value
    assert test.session_state["segment_tab"] == "measure"


def test_the_time_is_the_browsers_claim_as_far_as_it_is_possible(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(painting, "time", SimpleNamespace(monotonic=lambda: now))
    known, one, other = Painting(opened=100.0), Stroke(1, 2.0, ((1.0, 1.0),)), Stroke(1, 2.0, ((9.0, 1.0),))
    assert known.seconds == 0
    now = 110.0
    known.take((one,), 3.0)
    assert known.seconds == 3
    now = 130.0
    known.take((one, other), 24.0)
    assert known.seconds == 24
    known.take((one, other), 99.0)  # nothing new was painted
    assert known.seconds == 24
    for claim, seconds in ((1e5, 30.0), (0.5, 20.0), ("x", 20.0), (float("nan"), 20.0), (None, 20.0), (True, 20.0)):
        known.take((one,), claim)
        known.take((one, other), claim)
        assert known.seconds == seconds, claim
    known.take((), 7.0)
    assert known.seconds == 0


def test_a_session_keeps_a_few_paintings_only(start: Start) -> None:
    test = start(mode="painted", paintings={str(number): Painting() for number in range(40)})
    assert len(test.session_state["paintings"]) == painting.MOST


# --- can you beat the network? ---


def test_the_truth_stays_hidden_until_you_are_done(start: Start, real: tuple[np.ndarray, np.ndarray]) -> None:
    test = start(mode="duel")
    window = balanced_window(real[1])
    assert f"row {window.top} and column {window.left}" in texts(test)
    assert test.button(key="duel_done").disabled and not test.table
    say(test, "duel_brush", [stroke((40, 50), (90, 60), radius=10)], 0.0)
    assert not test.table and "annotator" in texts(test)
    test.button(key="duel_done").click().run()
    assert not test.exception
    y, x = np.mgrid[:128, :128] + 0.5
    along = np.clip(((x - 40) * 50 + (y - 50) * 10) / 2600, 0, 1)
    mine = (x - 40 - 50 * along) ** 2 + (y - 50 - 10 * along) ** 2 <= 100
    network, there = (window.of(mask) for mask in real)
    rows = figures(test)
    assert [row[0] for row in rows] == [NETWORK, "you", "Otsu's method"]
    assert [rows[0][1], rows[1][1]] == [dice(network, there), dice(mine, there)]
    lead = float(rows[0][1]) - float(rows[1][1])
    assert f"The network is ahead of you by {lead:.3f} of Dice." in texts(test)
    test.button(key="duel_again").click().run()
    assert not test.table and "Nothing is painted yet" in texts(test)


def test_who_is_ahead() -> None:
    assert "network is ahead of you by 0.100" in str(verdict(0.9, 0.8))
    assert "You are ahead of the network by 0.020" in str(verdict(0.9, 0.92))
    assert "the same Dice" in str(verdict(0.90001, 0.90002))


# --- a mask that is brought ---


def brought(test: AppTest, pixels: np.ndarray | bytes) -> AppTest:
    data = pixels if isinstance(pixels, bytes) else png(pixels)
    test.file_uploader(key="mask_file").set_value(("**mine**.png", data, "image/png")).run()
    assert not test.exception
    return test


def test_an_uploaded_mask_is_measured_and_belongs_to_its_image(
    start: Start, real: tuple[np.ndarray, np.ndarray]
) -> None:
    test = brought(start(mode="uploaded"), np.roll(real[1], 4, axis=0).astype(np.uint8) * 255)
    assert figures(test)[0][:2] == [NETWORK, dice(real[0], np.roll(real[1], 4, axis=0))]
    assert "Measured against **mine**.png" in texts(test)
    assert any("\\*\\*mine" in element.value for element in test.markdown)  # not as bold print
    test.selectbox(key="image").set_value("synthetic").run()
    assert not test.table


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("data", "word"),
    [(np.zeros((40, 50), np.uint8), "40 × 50"), (b"text", "PNG"), (b"", ""),
     (np.random.default_rng(0).integers(0, 256, (512, 512, 3)).astype(np.uint8), "260,070")],
    ids=["size", "text", "nothing", "colours"],
)  # fmt: skip
def test_a_bad_mask_gets_one_sentence(start: Start, language: str, data: np.ndarray | bytes, word: str) -> None:
    test = brought(start(language, mode="uploaded"), data)
    assert len(test.error) == 1 and word in test.error[0].value.replace("\\", "")
    assert not test.table


def test_a_black_truth_is_explained(start: Start) -> None:
    test = brought(start(mode="uploaded"), np.zeros((512, 512), np.uint8))
    assert figures(test)[0][1:] == ["0.000", "0.000", "0.000"]
    assert "The truth has no foreground at all" in texts(test)


def test_what_figures_of_nothing_mean() -> None:
    some, nothing = np.ones((3, 3), np.bool_), np.zeros((3, 3), np.bool_)
    assert empty_note(compare(some, some)) is None
    said = [str(empty_note(compare(*pair))) for pair in ((nothing, nothing), (some, nothing), (nothing, some))]
    assert [text.split(" at ")[0].split(":")[0] for text in said] == [
        "Neither the mask nor the truth has any foreground", "The truth has no foreground",
        "The mask has no foreground",
    ]  # fmt: skip
    assert "9 pixels" in said[1]


# --- objects ---


def test_objects_are_counted_and_told_in_a_unit(start: Start) -> None:
    test = start()
    assert re.search(r"Objects: \d+\. Half of them measure", texts(test))
    pixels = float(re.search(r"the median is ([\d.]+) pixels", texts(test))[1])  # type: ignore[index]
    test.text_input(key="unit_name").set_value("µm").run()
    assert "Say how long one µm is" in texts(test) and "pixels across" in texts(test)
    test.number_input(key="unit_pixels").set_value(4.0).run()
    median = float(re.search(r"the median is ([\d.]+) µm", texts(test))[1])  # type: ignore[index]
    assert median == pytest.approx(pixels / 4, rel=0.01)
    test.selectbox(key="image").set_value("synthetic").run()
    assert "µm" not in texts(test)  # another image, another scale


def test_the_marked_object_gives_the_scale(start: Start) -> None:
    test = start()
    test.number_input(key="marked").set_value(30.0).run()
    test.text_input(key="unit_name").set_value("mm").run()
    test.number_input(key="unit_marked").set_value(10.0).run()
    assert not test.exception
    assert test.number_input(key="unit_pixels").value == pytest.approx(3.0)
    assert " mm across" in texts(test)


@pytest.mark.parametrize("name", ["=1+1", "m m", "a1"])
def test_a_unit_that_is_no_name_is_refused(start: Start, name: str) -> None:
    test = start()
    test.text_input(key="unit_name").set_value(name).run()
    test.number_input(key="unit_pixels").set_value(4.0).run()
    assert not test.exception
    assert len(test.error) == 1 and "letters" in test.error[0].value
    assert "pixels across" in texts(test)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("mode", ["annotator", "uploaded", "painted", "duel", "nonsense", 7])
def test_every_way_opens_in_both_languages(start: Start, language: str, mode: object) -> None:
    test = start(language, mode=mode)
    assert not test.error
    assert ("Objects in the mask" in texts(test)) == (language == "en")


def test_a_large_image_waits_to_be_asked(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    from ui import asked

    monkeypatch.setattr(asked, "AT_ONCE", 1000)
    test = start()
    assert not test.table and "Half of them" not in texts(test)
    for label in ("Find the objects in 512 × 512 pixels", "Measure on 512 × 512 pixels"):
        next(button for button in test.button if button.label == label).click().run()
    assert test.table and "Half of them" in texts(test)
    digest = test.session_state["viewer_start"][0]
    test.session_state["viewer"] = {"threshold": {"digest": digest, "value": 200}}
    test.run()
    assert not test.table and "Half of them" not in texts(test)  # nobody has asked about this mask


@pytest.mark.parametrize("tab", sorted(WORDS))
def test_the_words_of_a_tab_are_explained_below_it(start: Start, tab: str) -> None:
    known = {str(term) for term, _ in GLOSSARY}
    assert set(WORDS[tab]) <= known  # a word that is none would be left out in silence
    folded = start(segment_tab=tab).expander[-1]
    assert folded.label == "The words of the field"
    assert [each.value.split("**")[1] for each in folded.markdown] == [term for term, _ in GLOSSARY
                                                                       if term in WORDS[tab]]  # fmt: skip
