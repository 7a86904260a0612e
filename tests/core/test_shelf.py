"""The models that are there, and what stands over their masks: from cards of every age, and from damaged ones."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.core.test_checkpoint import card_of
from unet_core import checkpoint
from unet_core.checkpoint import Card, CheckpointError
from unet_core.config import UNetConfig
from unet_core.models import build_model
from unet_core.teach import result as taught
from unet_core.zoo import MODELS, RECIPES
from unet_core.zoo.not_for import NOT_FOR
from unet_core.zoo.passport import SUBJECTS, passport, passport_sentences, subject_of
from unet_core.zoo.quality import Quality, head_dice, quality
from unet_core.zoo.shelf import read_shelf

SMALL = UNetConfig(in_channels=3, classes=3, base_channels=2, depth=3, padding="same")
PARTS = ("background", "inside", "boundary")
DATA: dict[str, Mapping[str, Any]] = {
    "pebbles": {"name": "pebbles", "training": {"photos": [1, 2, 3]}, "validation": {"photos": [7]},
                "test": {"photos": [4]}},
    "nuclei": {"name": "synthetic fluorescence nuclei", "training": {"images": 192}, "validation": {"images": 32},
               "test": "one real photograph"},
    "shapes": {"name": "shapes", "training": {"images": 256}, "validation": {"images": 64}, "test": {"images": 9}},
}  # fmt: skip


def figures(dice: float, f1: float) -> dict[str, float]:
    return {"dice": dice, "object_f1": f1}


def card(name: str = "pebbles-unet", subject: str = "pebbles", config: UNetConfig = SMALL, **about: str) -> Card:
    """A card as `zoo.finish` writes it, of two trainings."""
    sets = {"validation": figures(0.9, 0.7), "test": figures(0.8125, 0.625)}
    classes = PARTS if config.classes == 3 else ("background", *(f"kind {n}" for n in range(1, max(2, config.classes))))
    beside = {"otsu": figures(0.5, 0.1), "classical": figures(0.5625, 0.25), "all_foreground": figures(0.375, 0.0)}
    return replace(card_of(config), name=name, classes=classes, data=DATA.get(subject, {"name": subject}),
                   training=about, metrics={"threshold": 0.5, "seeds": {"1": sets, "2": sets}, "median": sets},
                   baselines={"test": beside, "validation": beside})  # fmt: skip


def shelved(folder: Path, *cards: Card) -> None:
    for one in cards:
        checkpoint.save(folder / one.name, build_model(one.config), one)


# --- passports ---


def test_a_passport_holds_what_the_card_says() -> None:
    made = passport(card(), "folder")
    assert (made.folder, made.name, made.subject) == ("folder", "pebbles-unet", "pebbles")
    assert made.parameters == sum(parameter.numel() for parameter in build_model(SMALL).parameters())
    assert str(made.network) == "U-Net of depth 3" and made.tells_touching_apart and made.missing_skips == ()
    assert made.test == Quality(0.8125, 0.625, 2, 1, 0.5, 0.5625, 0.375, 0.25)
    assert made.validation == Quality(0.9, 0.7, 2, 1, 0.5, 0.5625, 0.375, 0.25)
    assert (made.compared_with, made.compared_in, made.threshold) == ("", "", 0.5)
    assert [str(line) for line in made.sentences] == [
        f"Mask by pebbles-unet: U-Net of depth 3, {made.parameters:,} parameters; not the network you built.",
        "Trained on 3 photographs of pebbles, all of one outcrop and by one camera.",
        "On a photograph of the same outcrop that it was not trained on it reaches a Dice of 0.812 (median of 2 "
        "trainings).",
        "Without learning: Otsu's method 0.500, the best classical setting 0.562, calling everything foreground 0.375.",
        "It finds single objects with an F1 of 0.625, the best classical setting with 0.250.",
    ]


def test_a_card_that_tells_less_is_read_all_the_same() -> None:
    """As those of the first day: Dice and IoU alone, beside Otsu's method and a mask of everything."""
    whole = checkpoint.load_card(MODELS / "nuclei-unet")
    median = {name: whole.metrics["median"]["test"][name] for name in ("dice", "iou")}
    less = replace(
        whole, metrics={**whole.metrics, "median": {"test": median}},
        baselines={"test": {name: whole.baselines["test"][name] for name in ("otsu", "all_foreground")}},
    )  # fmt: skip
    assert quality(less, "test") == Quality(0.92692, None, 3, 1, 0.84232, None, 0.33226, None)
    lines = [str(line) for line in passport_sentences(less)]
    assert lines[1:] == [
        "Trained on 192 synthetic images of fluorescent nuclei, not on a real one.",
        "On the real image among the samples it reaches a Dice of 0.927 (median of 3 trainings).",
        "Without learning: Otsu's method 0.842.",
    ]
    assert not passport(less).tells_touching_apart and "121,385 parameters" in lines[0]


def test_one_training_is_said_to_be_one() -> None:
    one = card()
    one = replace(one, metrics={**one.metrics, "seeds": {"1": one.metrics["seeds"]["1"]}})
    assert "(one training, so how far another would differ is not known)" in str(passport_sentences(one)[2])


def test_who_was_never_measured_is_said_to_be_so() -> None:
    no_test = card()
    no_test = replace(no_test, metrics={**no_test.metrics, "median": {"validation": figures(0.9, 0.7)}})
    assert "On the images by which its training was steered it reaches a Dice of 0.900" in str(
        passport_sentences(no_test)[2]
    )
    nothing = passport_sentences(replace(card(), metrics={}, baselines={}))
    assert str(nothing[2]) == "How good it is nobody has measured." and len(nothing) == 3
    assert quality(replace(card(), metrics={}), "test") is None


@pytest.mark.parametrize(
    ("about", "config", "said"),
    [
        ({"from": "a", "differs_in": "the wiring only"}, SMALL, "It differs from a in the wiring only"),
        ({"multiply_adds_of": "b"}, SMALL, "until it has the multiply-adds of b"),
        ({"from": "a", "differs_in": "the skips only"}, replace(SMALL, skip_levels=(1,)), "at these levels: 0, 2."),
    ],
)
def test_what_it_is_to_be_compared_with(about: dict[str, str], config: UNetConfig, said: str) -> None:
    made = passport(card(config=config, **about))
    assert said in str(made.sentences[-1])
    assert made.compared_with == (about.get("from") or about["multiply_adds_of"])
    assert made.compared_in == about.get("differs_in", "the multiply-adds")
    assert made.missing_skips == ((0, 2) if config.skip_levels else ())


def test_subjects_and_what_nobody_knows() -> None:
    assert [subject_of(card(subject=name)) for name in ("nuclei", "pebbles", "shapes", "cats")] == [
        "nuclei", "pebbles", "shapes", "other"]  # fmt: skip
    assert "256 drawn images of circles" in str(passport_sentences(card(subject="shapes"))[1])
    assert str(passport_sentences(card(subject="cats {x}"))[1]) == "Trained on: cats {x}."
    few = card(subject="shapes")
    few = replace(few, training={**few.training, "images": 1})
    assert str(passport_sentences(few)[1]).endswith("It was given only 1 of them, or of parts cut from them.")
    assert "given only" not in str(passport_sentences(replace(few, training={"images": None}))[1])
    assert list(SUBJECTS)[-1] == "other"


def test_every_recipe_says_what_it_is_not_for_in_words_that_are_translated() -> None:
    assert {line for recipe in RECIPES.values() for line in recipe.not_for} | set(taught.NOT_FOR) == set(NOT_FOR)
    unknown = passport(replace(card(), not_for=("eating {it}",))).not_for[0]
    assert str(unknown) == "eating {it}" and unknown.template == "{line}"


@pytest.mark.parametrize("value", [1.5, -0.1, float("nan"), "0.9", None, [0.9], {"mean": 0.9}])
def test_what_is_no_figure_is_refused(value: object) -> None:
    for which in ({"test": {"dice": value}}, *([] if isinstance(value, dict) else [{"test": value}, value])):
        with pytest.raises(CheckpointError, match="the card holds something else than figures where"):
            passport(replace(card(), metrics={**card().metrics, "median": which}))
    with pytest.raises(CheckpointError, match="figures where dice should be"):
        passport(replace(card(), baselines={"test": {"otsu": {"dice": value}}, "validation": {}}))


# --- the shelf ---


def test_the_one_to_begin_with_stands_first(tmp_path: Path) -> None:
    wired = replace(SMALL, architecture="unet++", deep_supervision=True)
    shelved(
        tmp_path,
        card("nuclei-unet", "nuclei", replace(SMALL, classes=1)),
        card("pebbles-unet-3-no-skips", config=replace(SMALL, skip_levels=()), **{"from": "pebbles-unet-3",
             "differs_in": "the skips only"}),
        card("pebbles-unet++", config=wired, **{"from": "pebbles-unet", "differs_in": "the wiring only"}),
        card("pebbles-unet-3"), card("a stranger", "cats", replace(SMALL, classes=1)),
        card("pebbles-unet-wide", config=replace(SMALL, base_channels=3, depth=4), multiply_adds_of="pebbles-unet++"),
        card("pebbles-unet", config=replace(SMALL, depth=4)),
        card("shapes-unet", "shapes", replace(SMALL, classes=4)), card("nuclei-unet-4", "nuclei"),
    )  # fmt: skip
    shelf = read_shelf(tmp_path)
    assert shelf.damaged == () and shelf.subjects() == ("nuclei", "pebbles", "shapes", "other")
    assert [model.name for model in shelf.of("nuclei")] == ["nuclei-unet-4", "nuclei-unet"]
    assert [model.name for model in shelf.of("pebbles")] == [
        "pebbles-unet", "pebbles-unet-3", "pebbles-unet++", "pebbles-unet-wide", "pebbles-unet-3-no-skips"]  # fmt: skip
    assert [model.name for model in shelf.models] == [m.name for subject in SUBJECTS for m in shelf.of(subject)]
    (without,) = shelf.trained_without("pebbles")
    assert (without.name, without.missing_skips, without.compared_with) == (
        "pebbles-unet-3-no-skips", (0, 1, 2), "pebbles-unet-3")  # fmt: skip
    found = shelf.find("pebbles-unet++")
    assert found is not None and found.config == wired and shelf.find("nobody") is None


def test_damaged_folders_are_told_and_hide_nobody(tmp_path: Path) -> None:
    shelved(tmp_path, card(), card("no weights"), card("wild"), card("old"))
    (tmp_path / "no weights" / checkpoint.WEIGHTS).unlink()
    (tmp_path / "empty").mkdir()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "a file").write_text("no folder")
    (tmp_path / "wild" / checkpoint.CARD).write_text("{" * 1000)
    old = json.loads((tmp_path / "old" / checkpoint.CARD).read_text())
    old["config"]["depth"] = 99
    (tmp_path / "old" / checkpoint.CARD).write_text(json.dumps(old))
    shelf = read_shelf(tmp_path)
    assert [model.name for model in shelf.models] == ["pebbles-unet"]
    told = {one.folder: str(one.reason) for one in shelf.damaged}
    assert told == {
        "empty": "there is no card.json that can be read in empty",
        "no weights": "there is no weights.safetensors that can be read in no weights",
        "old": "depth must be 1..6, got 99",
        "wild": "card.json is no JSON that can be read",
    }


def test_no_folder_is_an_empty_shelf(tmp_path: Path) -> None:
    shelf = read_shelf(tmp_path / "nowhere")
    assert shelf.models == () == shelf.damaged == shelf.subjects()


def test_every_recipe_has_its_model_and_every_model_is_whole() -> None:
    shelf = read_shelf(MODELS)
    assert shelf.damaged == () and {model.folder for model in shelf.models} == RECIPES.keys()
    assert all(model.folder == model.name for model in shelf.models)


def test_the_dice_of_a_head_is_the_median_over_the_seeds_that_know_it() -> None:
    nested = replace(SMALL, architecture="unet++", deep_supervision=True)
    seeds = {str(seed): {"test": figures(0.8, 0.6), "heads": {"test": {f"L{head}": figures(0.1 * head + 0.01 * seed, 0)
                         for head in (1, 2, 3)}}} for seed in (1, 2, 3)}  # fmt: skip
    known = replace(card(config=nested), metrics={"seeds": {**seeds, "4": {"test": figures(0.9, 0.7)}}})
    assert head_dice(known, "test") == pytest.approx({1: 0.12, 2: 0.22, 3: 0.32})
    assert head_dice(known, "validation") == {} == head_dice(card(), "test")
    for wrong in ("much", {"dice": 1.5}, {"dice": "0.5"}):
        broken = replace(known, metrics={"seeds": {"1": {"heads": {"test": {"L1": wrong}}}}})
        with pytest.raises(CheckpointError):
            head_dice(broken, "test")
