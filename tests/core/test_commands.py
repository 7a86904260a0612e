"""`train` and `evaluate` on the command line, in miniature, and the model that ships."""

import json
import signal
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from unet_core import checkpoint, zoo
from unet_core.commands import training as commands
from unet_core.data.nuclei import generate
from unet_core.data.samples import digest
from unet_core.messages import ExplainedError

SHIPPED = zoo.MODELS / "nuclei-unet"


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
    assert card.config == model.config == zoo.QUICK.config
    assert set(card.metrics["seeds"]) == {"4", "5"} and card.training["steps"] == 20
    assert card.training["command"] == "python -m unet_core train nuclei-unet --seeds 4,5 --quick"
    dices = [figures["validation"]["dice"] for figures in card.metrics["seeds"].values()]
    assert card.metrics["median"]["validation"]["dice"] == pytest.approx(sum(dices) / 2)
    assert dices[card.training["seeds"].index(card.metrics["shipped_seed"])] == max(dices)
    assert str(trained) not in (trained / "out" / "card.json").read_text()


def test_a_miniature_never_opens_the_test_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def opened() -> None:
        raise AssertionError

    monkeypatch.setattr(zoo, "real_image", opened)
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
    assert good.exit_code == 0 and "DIFFERS" not in good.output and good.output.count("now") == 10
    path = trained / "out" / "card.json"
    text = path.read_text()
    data = json.loads(text)
    data["metrics"]["median"]["validation"]["dice"] += 0.0011
    path.write_text(json.dumps(data))
    wrong = run("evaluate", "--folder", trained / "out")
    path.write_text(text)
    assert wrong.exit_code == 1 and wrong.output.count("DIFFERS") == 1 and "1 figures differ" in wrong.output


def test_the_log_has_a_line_for_each_opening(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a generated image in the place of the real one, which tests leave alone."""
    monkeypatch.setattr(zoo, "real_image", lambda: generate(77, 0, zoo.QUICK.knobs))
    model, card = checkpoint.load(trained / "out")
    other = zoo.new_model(zoo.QUICK, 5)
    recipe = zoo.Recipe(config=zoo.QUICK.config, knobs=zoo.QUICK.knobs)
    zoo.finish(recipe, card, {4: model, 5: other}, zoo.validation_of(card), tmp_path)
    for log in ("--no-log", "--log"):
        assert run("evaluate", "--folder", tmp_path, log).exit_code == 0
    lines = [json.loads(line) for line in (tmp_path / "evaluations.jsonl").read_text().splitlines()]
    assert [(line["why"], line["seed"]) for line in lines] == [
        ("finished model", 4), ("finished model", 5), ("recomputation", 4), ("recomputation", 5),
    ]  # fmt: skip
    for line, one in zip(lines, (model, other, model, other), strict=True):
        assert line["weights_sha256"] == checkpoint.weights_digest(one)
        assert line["dice"] == zoo.measure(one, card, [zoo.real_image()])["dice"]


@pytest.mark.parametrize("words", [["--seeds", "1,x"], ["--seeds", "1,1"], ["--steps", "0"], ["--quick"]])
def test_bad_options_are_refused(words: list[str]) -> None:
    result = run("train", *words)
    assert result.exit_code == 2 and "Error" in result.output


def test_otsu_and_all_foreground_on_an_even_and_a_plain_image() -> None:
    assert not zoo.otsu(np.full((4, 4), 0.3, np.float32)).any()
    sample = generate(1, 3, zoo.QUICK.knobs)
    share = sample.mask.mean()
    assert zoo.baselines([sample])["all_foreground"]["dice"] == pytest.approx(2 * share / (1 + share), abs=1e-5)


def test_figures_of_another_kind_are_no_agreement() -> None:
    with pytest.raises(ExplainedError, match="other figures"):
        list(zoo._compare("x", {"dice": 1.0}, {"iou": 1.0}))


# The model that ships


def test_the_shipped_model_is_what_its_card_says() -> None:
    model, card = checkpoint.load(SHIPPED)
    assert (SHIPPED / "weights.safetensors").stat().st_size <= 4_000_000
    assert card.config == model.config == zoo.NUCLEI.config
    assert card.normalisation == zoo.normalisation(zoo.NUCLEI)
    assert zoo.knobs_from(card.data["knobs"]) == zoo.NUCLEI.knobs
    assert card.training["steps"] == zoo.NUCLEI.settings.steps and set(card.metrics["seeds"]) == {"1", "2", "3"}
    assert card.metrics["median"] == zoo.medians(card.metrics["seeds"])
    assert card.baselines["test"]["otsu"]["dice"] == pytest.approx(0.842, abs=1e-3)


def test_the_test_image_was_opened_once_for_each_finished_model() -> None:
    lines = [json.loads(line) for line in (SHIPPED / "evaluations.jsonl").read_text().splitlines()]
    finished = [line["weights_sha256"] for line in lines if line["why"] == "finished model"]
    assert len(finished) == len(set(finished))
    metrics = checkpoint.load_card(SHIPPED).metrics
    for seed, figures in metrics["seeds"].items():
        where = SHIPPED if int(seed) == metrics["shipped_seed"] else SHIPPED / f"seed-{seed}"
        own = checkpoint.load(where)[1].weights_sha256
        assert own in finished
        assert {line["dice"] for line in lines if line["weights_sha256"] == own} == {figures["test"]["dice"]}


def test_validation_of_the_shipped_model_can_be_computed_again() -> None:
    """The figures of `evaluate` that need no look at the test image, for the seed that ships."""
    model, card = checkpoint.load(SHIPPED)
    validation = zoo.validation_of(card)
    assert digest(validation[:1]) == digest([generate(zoo.NUCLEI.validation_set[0], 0, zoo.NUCLEI.knobs)])
    shipped = card.metrics["seeds"][str(card.metrics["shipped_seed"])]["validation"]
    assert zoo.measure(model, card, validation) == pytest.approx(shipped, abs=zoo.TOLERANCE)
    assert shipped["dice"] > card.baselines["validation"]["otsu"]["dice"] + 0.05
