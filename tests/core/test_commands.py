"""`train` and `evaluate` on the command line, in miniature, and the model that ships."""

import json
import signal
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from statistics import median

import pytest
import torch
from click.testing import CliRunner, Result

from unet_core import checkpoint, zoo
from unet_core.checkpoint import Card
from unet_core.commands import training as commands
from unet_core.commands.model import shipped
from unet_core.data import nuclei
from unet_core.data.nuclei import generate
from unet_core.data.samples import digest
from unet_core.messages import ExplainedError
from unet_core.models import NestedUNet, UNet
from unet_core.zoo.evaluate import compare, knobs_from
from unet_core.zoo.measure import measure

SHIPPED = zoo.MODELS / "nuclei-unet"
FIRST = zoo.RECIPES["nuclei-unet"]
QUICK = zoo.miniature(FIRST)
QUICK_KNOBS = replace(nuclei.DEFAULTS, height=64, width=64, coverage=(0.1, 0.4), radius=(4.0, 12.0))
SAME = import_module("unet_core.zoo.finish").SAME
NOW = 5 + 5 + 5 + 2 * 5  # figures: three baselines, the seed that ships, and the median


def run(command: str, *words: object) -> Result:
    return CliRunner().invoke(getattr(commands, command), ["nuclei-unet", *map(str, words)])


def quick(folder: Path, *words: object) -> Result:
    return run("train", "--quick", "--seeds", "4,5", "--device", "cpu", "--out", folder / "out", "--runs",
               folder / "runs", *words)  # fmt: skip


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    result = quick(folder)
    assert result.exit_code == 0, result.output
    return folder


def test_training_writes_a_model_with_its_card(trained: Path) -> None:
    model, card = checkpoint.load(trained / "out")
    assert card.config == model.config == QUICK.config
    assert set(card.metrics["seeds"]) == {"4", "5"} and card.training["steps"] == 20
    assert set(card.training["command"]) == {"4", "5"}
    assert set(card.training["command"].values()) == {"python -m unet_core train nuclei-unet --seeds 4,5 --quick"}
    dices = [figures["validation"]["dice"] for figures in card.metrics["seeds"].values()]
    assert card.metrics["median"]["validation"]["dice"] == pytest.approx(sum(dices) / 2)
    assert dices[card.training["seeds"].index(card.metrics["shipped_seed"])] == max(dices)
    assert str(trained) not in (trained / "out" / "card.json").read_text()


def test_a_miniature_never_opens_the_test_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def opened() -> None:
        raise AssertionError

    monkeypatch.setattr(nuclei, "real_image", opened)
    assert quick(tmp_path, "--steps", 2).exit_code == 0
    assert not (tmp_path / "out" / "evaluations.jsonl").exists()
    assert run("evaluate", "--folder", tmp_path / "out").exit_code == 0


def test_ctrl_c_leaves_what_is_needed_to_go_on(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    with monkeypatch.context() as patch:
        patch.setattr(commands, "_line", lambda *_: signal.raise_signal(signal.SIGINT))
        stopped = quick(tmp_path)
    assert stopped.exit_code == commands.INTERRUPTED, stopped.output
    assert "Stopped at step 1 of 20" in stopped.output and not (tmp_path / "out").exists()
    resumed = quick(tmp_path)
    assert resumed.exit_code == 0 and "step    1/20" not in resumed.output.split("seed 5")[0]
    assert checkpoint.load(tmp_path / "out")[1].weights_sha256 == checkpoint.load(trained / "out")[1].weights_sha256


def test_evaluate_agrees_with_the_card_and_sees_a_wrong_figure(trained: Path) -> None:
    good = run("evaluate", "--folder", trained / "out")
    assert good.exit_code == 0 and "DIFFERS" not in good.output and good.output.count("now") == NOW
    path = trained / "out" / "card.json"
    text = path.read_text()
    data = json.loads(text)
    data["metrics"]["median"]["validation"]["dice"] += 0.0011
    path.write_text(json.dumps(data))
    wrong = run("evaluate", "--folder", trained / "out")
    path.write_text(text)
    assert wrong.exit_code == 1 and wrong.output.count("DIFFERS") == 1 and "1 figures differ" in wrong.output


def test_the_log_has_a_line_for_each_opening(trained: Path, tmp_path: Path) -> None:
    """With generated images in the place of the real one, which tests leave alone."""
    tests = (generate(77, 0, QUICK_KNOBS),)
    data = replace(QUICK.load(), open_test=lambda: tests)
    recipe = replace(QUICK, finished=True)
    model, card = checkpoint.load(trained / "out")
    models = {4: model, 5: zoo.new_model(QUICK.config, 5)}
    done = zoo.finish(recipe, data, models, {**card.training, "command": {"4": "x", "5": "x"}}, tmp_path)
    shipped_seed = done.metrics["shipped_seed"]
    for write_log in (False, True):
        list(zoo.recompute(tmp_path, done, data, "y", write_log))
    lines = [json.loads(line) for line in (tmp_path / "evaluations.jsonl").read_text().splitlines()]
    assert [(line["why"], line["seed"], line["command"]) for line in lines] == [
        ("finished model", 4, "x"), ("finished model", 5, "x"), ("recomputation", shipped_seed, "y"),
    ]  # fmt: skip
    assert lines[2]["weights_sha256"] == done.weights_sha256 == lines[shipped_seed - 4]["weights_sha256"]
    kept, _ = checkpoint.load(tmp_path)
    assert lines[2]["dice"] == measure(kept, done, tests)["dice"] == done.metrics["seeds"][str(shipped_seed)]["test"][
        "dice"]  # fmt: skip


def test_a_seed_trained_later_joins_the_card(trained: Path, tmp_path: Path) -> None:
    """And a card of other settings is replaced, not joined."""
    first, card = checkpoint.load(trained / "out")
    data, about = QUICK.load(), {**card.training, "seconds": {"4": 1.0}, "seeds": [4], "command": {"4": "first"}}
    assert set(zoo.finish(QUICK, data, {4: first}, about, tmp_path).metrics["seeds"]) == {"4"}
    fresh = zoo.new_model(QUICK.config, 9).eval()
    later = {"seconds": {"9": 2.0}, "precision": {"9": "float32"}, "device": {"9": "another"}, "seeds": [9],
             "command": {"9": "later"}}  # fmt: skip
    joined = zoo.finish(QUICK, data, {9: fresh}, {**about, **later}, tmp_path)
    assert set(joined.metrics["seeds"]) == {"4", "9"}
    assert joined.training["seeds"] == [4, 9] and joined.training["seconds"] == {"4": 1.0, "9": 2.0}
    assert joined.training["precision"]["4"] == "bfloat16" and joined.training["precision"]["9"] == "float32"
    assert joined.training["command"] == {"4": "first", "9": "later"}
    assert joined.training["device"]["9"] == "another" != joined.training["device"]["4"]
    assert joined.metrics["shipped_seed"] == 4  # a network that learned nothing is no better on validation
    before = zoo.finish(QUICK, data, {4: first}, about, tmp_path / "alone").weights_sha256
    assert joined.weights_sha256 == before == checkpoint.load(tmp_path)[1].weights_sha256
    other = zoo.finish(QUICK, data, {9: fresh}, {**about, "steps": 21, "seconds": {"9": 2.0}}, tmp_path)
    assert set(other.metrics["seeds"]) == {"9"}


def test_half_precision_goes_up_as_far_as_the_figures_stay(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """With a measure that minds the digits of the first convolution, then also of the one a level deeper."""
    model, card = checkpoint.load(trained / "out")
    first, second = (block.conv1.weight for block in model.encoder)
    for weight in (first, second):
        weight.data += 1e-5
    about = {**card.training, "seconds": {"4": 1.0}, "seeds": [4]}
    minded: list[torch.Tensor] = []

    def digits(net: UNet | NestedUNet, card: Card, samples: object) -> dict[str, float]:
        mine = [block.conv1.weight for block in net.encoder][: len(minded)]
        return {"dice": 0.5 + 0.1 * all(map(torch.equal, mine, minded))}

    monkeypatch.setattr(import_module("unet_core.zoo.finish"), "measure", digits)
    for level, weight in ((1, first), (2, second)):
        minded.append(weight)
        zoo.finish(QUICK, QUICK.load(), {4: model}, about, tmp_path / str(level))
        assert (tmp_path / str(level) / checkpoint.WEIGHTS).read_bytes() == checkpoint.weights_of(model, level)
    model.bottleneck.conv1.weight.data[0] = 1e5  # too large for float16
    whole = zoo.finish(QUICK, QUICK.load(), {4: model}, about, tmp_path / "whole")
    assert whole.weights_sha256 == checkpoint.weights_digest(model)


def test_a_kept_seed_is_stored_as_small_as_it_may_be(trained: Path, tmp_path: Path) -> None:
    """Of an earlier card whose weights are there in full; its figures are measured again as they ship."""
    model, card = checkpoint.load(trained / "out")
    about = {**card.training, "seconds": {"4": 1.0}, "seeds": [4]}
    there = zoo.finish(QUICK, QUICK.load(), {4: model}, about, tmp_path)
    checkpoint.save(tmp_path, model, there)
    larger = (tmp_path / checkpoint.WEIGHTS).stat().st_size
    later = {"seconds": {"9": 2.0}, "precision": {"9": "float32"}, "device": {"9": "another"}, "seeds": [9]}
    joined = zoo.finish(QUICK, QUICK.load(), {9: zoo.new_model(QUICK.config, 9).eval()}, {**about, **later}, tmp_path)
    assert joined.metrics["shipped_seed"] == 4 and set(joined.metrics["seeds"]) == {"4", "9"}
    assert joined.weights_sha256 == there.weights_sha256 and (tmp_path / checkpoint.WEIGHTS).stat().st_size < larger
    assert joined.metrics["seeds"]["4"] == there.metrics["seeds"]["4"]


def test_the_heads_of_a_nested_net_are_measured_one_by_one(tmp_path: Path) -> None:
    recipe = zoo.miniature(zoo.RECIPES["nuclei-unet++"])
    data, model = recipe.load(), zoo.new_model(recipe.config, 1).eval()
    about = {"seeds": [1], "seconds": {"1": 1.0}, "command": {"1": "x"}, "date": "", "device": {"1": ""}}
    card = zoo.finish(recipe, data, {1: model}, about, tmp_path)
    heads = card.metrics["seeds"]["1"]["heads"]["validation"]
    assert list(heads) == ["L1", "L2"] and heads["L1"] != heads["L2"]
    assert {"dice", "object_f1", "boundary_f", "mean_dice", "dice_1", "dice_2"} <= heads["L1"].keys()
    labels = [label for label, old, new in zoo.recompute(tmp_path, card, data, "y", False) if abs(old - new) <= 1e-3]
    assert "seed 1, validation, L1: dice" in labels and "seed 1, validation: object_f1" in labels


@pytest.mark.parametrize("words", [["--seeds", "1,x"], ["--seeds", "1,1"], ["--steps", "0"], ["--quick"]])
def test_bad_options_are_refused(words: list[str]) -> None:
    result = run("train", *words)
    assert result.exit_code == 2 and "Error" in result.output


def test_figures_of_another_kind_are_no_agreement() -> None:
    with pytest.raises(ExplainedError, match="other figures"):
        list(compare("x", {"dice": 1.0}, {"iou": 1.0}))
    assert [old - new for _, old, new in compare("x", {"dice": 1.0}, {"iou": 1.0, "dice": 0.5})] == [0.5]


# The models that ship


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_model_is_what_its_card_and_its_recipe_say(name: str) -> None:
    model, card = checkpoint.load(zoo.MODELS / name)
    recipe, metrics = zoo.RECIPES[name], card.metrics
    assert card.config == model.config == recipe.config
    assert card.training["steps"] == recipe.settings.steps
    assert set(metrics["seeds"]) == set(map(str, recipe.seeds)) and str(metrics["shipped_seed"]) in metrics["seeds"]
    for which in ("validation", "test"):
        figures = metrics["median"][which]
        for figure, value in figures.items():
            assert value == median(seed[which][figure] for seed in metrics["seeds"].values())
        assert figures["dice"] > card.baselines[which]["otsu"]["dice"]


@pytest.mark.parametrize("name", shipped())
def test_the_test_images_were_opened_once_for_each_finished_model(name: str) -> None:
    lines = [json.loads(line) for line in (zoo.MODELS / name / "evaluations.jsonl").read_text().splitlines()]
    finished = [line["weights_sha256"] for line in lines if line["why"] == "finished model"]
    assert len(finished) == len(set(finished))
    card = checkpoint.load_card(zoo.MODELS / name)
    assert card.weights_sha256 in finished
    for seed, figures in card.metrics["seeds"].items():
        own = [line for line in lines if line["seed"] == int(seed)]
        assert own[0]["why"] == "finished model"
        dices = [line["dice"] for line in own]
        last = [line["dice"] for line in own if line["weights_sha256"] == own[-1]["weights_sha256"]]
        assert set(last) == {figures["test"]["dice"]}  # of the same weights every look found the same
        assert max(dices) - min(dices) < SAME  # weights that were stored anew, in fewer digits, are the same to three


def test_all_models_together_are_small_enough_for_a_stick() -> None:
    assert sum(file.stat().st_size for file in zoo.MODELS.rglob("*") if file.is_file()) <= 40 * 2**20


def test_the_first_model_generates_its_data_again() -> None:
    card = checkpoint.load_card(SHIPPED)
    assert knobs_from(card.data["knobs"]) == nuclei.DEFAULTS and card.normalisation == nuclei.NORMALISATION
    assert card.baselines["test"]["otsu"]["dice"] == pytest.approx(0.842, abs=1e-3)


def test_validation_of_the_shipped_model_can_be_computed_again() -> None:
    """The figures of `evaluate` that need no look at the test image, for the seed that ships."""
    model, card = checkpoint.load(SHIPPED)
    few = {**card.data, "training": {**card.data["training"], "images": 1}}  # the other 191 would take 20 seconds
    validation = zoo.data_of(replace(card, data=few)).validation
    assert digest(validation) == card.data["validation"]["sha256"]
    published = card.metrics["seeds"][str(card.metrics["shipped_seed"])]["validation"]
    found = measure(model, card, validation)
    assert {name: found[name] for name in published} == pytest.approx(published, abs=zoo.TOLERANCE)
    assert published["dice"] > card.baselines["validation"]["otsu"]["dice"] + 0.05
