"""The training loop: it learns, a stopped run goes on as if nothing had been, and it says why it can't go on."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from unet_core.augment import Augmentation, crops
from unet_core.config import UNetConfig
from unet_core.device import choose_device
from unet_core.losses import LOSSES, centred, loss_of, mean_soft_dice
from unet_core.metrics import dice
from unet_core.models import NestedUNet, UNet, build_model
from unet_core.pairs import Pairs
from unet_core.probabilities import foreground
from unet_core.settings import Settings, TrainingError, learning_rate
from unet_core.train import Progress, Training, train
from unet_core.training_state import seconds_of
from unet_core.validation import Validation, validate

TINY = UNetConfig(classes=1, base_channels=4, depth=1, padding="same", norm="batch", dropout=0.2)
SETTINGS = Settings(steps=8, batch_size=2, crop=16, validate_every=4, learning_rate=1e-2)

WILD = Augmentation(rotation=180, scale=(0.5, 2), elastic=3, gamma=0.5, contrast=0.3, brightness=0.2, noise=0.2)


def squares(count: int, side: int = 32, seed: int = 0) -> Pairs:
    """Bright squares on dark noise."""
    rng = np.random.default_rng(seed)
    classes = np.zeros((count, side, side), np.int64)
    for truth in classes:
        top, left = rng.integers(2, side - 12, 2)
        truth[top : top + 10, left : left + 10] = 1
    images = classes[:, None] + 0.3 * rng.normal(size=(count, 1, side, side))
    return Pairs(torch.from_numpy(images.astype(np.float32)), torch.from_numpy(classes))


DATA, VALIDATION = squares(6), squares(3, seed=1)


def new_model(config: UNetConfig = TINY) -> UNet | NestedUNet:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        return build_model(config)


def run(model: torch.nn.Module, settings: Settings = SETTINGS, state: Path | None = None) -> list[Progress]:
    return list(train(model, DATA, VALIDATION, settings, "cpu", state))


def test_a_tiny_net_learns_to_find_squares() -> None:
    model = new_model(replace(TINY, dropout=0.0))
    before = validate(model, VALIDATION).metrics
    steps = run(model, replace(SETTINGS, steps=60, batch_size=4, crop=32, validate_every=20))
    after = validate(model, VALIDATION).metrics
    assert after["dice"] > 0.9 > before["dice"]
    assert steps[-1].loss < 0.7 * steps[0].loss


def test_half_the_digits_learn_as_well() -> None:
    model = new_model(replace(TINY, dropout=0.0))
    settings = replace(SETTINGS, steps=60, batch_size=4, crop=32, validate_every=20)
    losses = [[p.loss for p in run(new_model(replace(TINY, dropout=0.0)), settings)]]
    losses.append([p.loss for p in run(model, replace(settings, precision="bfloat16"))])
    assert losses[0] != losses[1] and losses[1] == pytest.approx(losses[0], rel=0.2)
    assert losses[0][0] == pytest.approx(losses[1][0], rel=5e-3) and validate(model, VALIDATION).metrics["dice"] > 0.9
    assert {tensor.dtype for tensor in model.parameters()} == {torch.float32}


def test_every_loss_trains_and_is_the_one_that_is_asked_for() -> None:
    weights = torch.rand(6, 32, 32, generator=torch.Generator().manual_seed(0)) * 2
    data, first = Pairs(DATA.images, DATA.classes, weights), {}
    for name in LOSSES:
        settings = replace(SETTINGS, steps=2, validate_every=2, loss=name)
        config = replace(TINY, dropout=0.0)
        model = new_model(config)
        steps = list(train(model, data, data, settings, "cpu"))
        images, *truth = crops(*data.tensors(), 2, 16, settings.augmentation, settings.seed, 1, "cpu")
        with torch.no_grad():
            expected = loss_of(name)(new_model(config).train()(images), *truth)
        assert steps[0].loss == pytest.approx(float(expected), rel=1e-5), name
        assert (steps[1].metrics or {})["loss"] == validate(model, data, name).metrics["loss"]
        first[name] = steps[0].loss
    assert len(set(first.values())) == len(LOSSES)


def test_the_preview_is_the_first_validation_image_and_figures_are_means_over_images() -> None:
    for config in (TINY, replace(TINY, classes=3), replace(TINY, padding="valid")):
        model = new_model(config)
        seen = validate(model, VALIDATION)
        assert model.training  # as it came
        validate(model.eval(), VALIDATION)
        assert not model.training
        with torch.no_grad():
            logits = model(VALIDATION.images)
            truth = centred(VALIDATION.classes, logits)
            found = foreground(logits)
        assert seen.preview.dtype == np.float32 and np.allclose(seen.preview, found[0].numpy(), atol=1e-6)
        dices = [dice(f.numpy() >= 0.5, t.numpy() > 0) for f, t in zip(found, truth, strict=True)]
        assert seen.metrics["dice"] == pytest.approx(np.mean(dices))
        assert seen.metrics["loss"] == pytest.approx(float(loss_of("cross-entropy")(logits, truth)) + 1
                                                     - float(mean_soft_dice(logits, truth)), rel=1e-5)  # fmt: skip
        if config.classes == 1:
            assert seen.metrics["mean_dice"] == seen.metrics["dice"]
            assert validate(model, Pairs(VALIDATION.images, 2 * VALIDATION.classes)).metrics == seen.metrics


def test_validation_of_many_images_at_once_or_few_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    model = new_model(replace(TINY, classes=2))
    whole = validate(model, DATA)
    monkeypatch.setattr("unet_core.validation.BATCH", 5)
    assert validate(model, DATA, "cross-entropy").metrics["dice"] == whole.metrics["dice"]
    assert np.allclose(validate(model, DATA).preview, whole.preview, atol=1e-6)


def test_progress_says_where_it_is() -> None:
    steps = run(new_model())
    assert [p.step for p in steps] == list(range(1, 9)) and steps[-1].done == 1.0
    assert [p.step for p in steps if p.metrics] == [4, 8]
    assert set(steps[3].metrics or {}) == {"dice", "iou", "mean_dice", "class_dice", "loss"}
    assert [p.step for p in steps if p.preview is not None] == [4, 8]
    assert all(p.images_per_second > 0 and p.seconds > 0 and p.steps == 8 for p in steps)


@pytest.mark.parametrize(("stop_at", "changed"), [(3, {}), (4, {}), (6, {}), (3, {"precision": "bfloat16"}),
                                                    (5, {"augmentation": WILD})])  # fmt: skip
def test_a_stopped_and_resumed_run_equals_an_uninterrupted_one_bit_for_bit(
    tmp_path: Path, stop_at: int, changed: dict[str, Any]
) -> None:  # fmt: skip
    whole, parts, state, settings = new_model(), new_model(), tmp_path / "run.safetensors", replace(SETTINGS, **changed)
    losses = [p.loss for p in run(whole, settings)]
    steps = train(parts, DATA, VALIDATION, settings, "cpu", state)
    first = [next(steps).loss for _ in range(stop_at)]
    steps.close()
    torch.rand(5)  # the caller's random numbers have no part in it
    resumed = new_model()
    rest = run(resumed, settings, state)
    assert first + [p.loss for p in rest] == losses
    for name, tensor in whole.state_dict().items():
        assert torch.equal(tensor, resumed.state_dict()[name]), name
    assert not resumed.training and seconds_of(state) > 0
    assert run(new_model(), settings, state) == []  # it was done already


def test_augmentation_is_what_the_settings_say(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[object, ...]] = []

    def spied(*words: object) -> object:
        seen.append(words)
        return crops(*words)

    monkeypatch.setattr("unet_core.train.crops", spied)
    plain, wild = run(new_model()), run(new_model(), replace(SETTINGS, augmentation=WILD))
    assert [words[5] for words in seen] == [Augmentation()] * 8 + [WILD] * 8
    assert [words[6:8] for words in seen] == [(1, step) for step in range(1, 9)] * 2
    assert [p.loss for p in plain] != [p.loss for p in wild]
    weighed = Pairs(DATA.images, DATA.classes, torch.ones(6, 32, 32))
    for name, cut_along in (("focal", False), ("unet-2015", True)):  # weights that nobody reads cost time
        list(train(new_model(), weighed, weighed, replace(SETTINGS, steps=1, loss=name), "cpu"))
        assert (seen[-1][2] is not None) == cut_along


def test_training_leaves_the_callers_random_numbers_alone() -> None:
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    run(new_model())
    assert torch.equal(torch.rand(3), expected)


def test_the_best_weights_on_validation_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    model, seen, scores = new_model(), [], iter([0.2, 0.9, 0.5, 0.4])

    def scripted(*_: object) -> Validation:
        seen.append({name: tensor.clone() for name, tensor in model.state_dict().items()})
        return Validation({"mean_dice": next(scores), "dice": len(seen)}, np.zeros((1, 1), np.float32))

    monkeypatch.setattr("unet_core.train.validate", scripted)
    run(model, replace(SETTINGS, validate_every=2))
    assert all(torch.equal(tensor, seen[1][name]) for name, tensor in model.state_dict().items())
    assert not all(torch.equal(tensor, seen[3][name]) for name, tensor in model.state_dict().items())


@pytest.mark.parametrize("changed", [{"settings": replace(SETTINGS, seed=9)}, {"data": squares(6, seed=5)},
                                     {"config": replace(TINY, base_channels=5)}, {"validation": squares(3, seed=2)},
                                     {"settings": replace(SETTINGS, augmentation=WILD)}])  # fmt: skip
def test_a_foreign_state_is_refused(tmp_path: Path, changed: dict[str, object]) -> None:
    state = tmp_path / "run.safetensors"
    run(new_model(), SETTINGS, state)
    values = {"settings": SETTINGS, "data": DATA, "config": TINY, "validation": VALIDATION} | changed
    with pytest.raises(TrainingError, match=r"run\.safetensors belongs to a training with other settings"):
        next(train(new_model(values["config"]), values["data"], values["validation"], values["settings"], "cpu", state))


@pytest.mark.parametrize("content", [b"", b"junk" * 100, None])
def test_a_damaged_state_is_refused(tmp_path: Path, content: bytes | None) -> None:
    state = tmp_path / "run.safetensors"
    if content is None:
        save_file({"weight": torch.zeros(1)}, state)  # a safetensors file, of something else
    else:
        state.write_bytes(content)
    with pytest.raises(TrainingError, match="no saved training, or a damaged one"):
        next(train(new_model(), DATA, VALIDATION, SETTINGS, "cpu", state))


def test_a_loss_that_is_no_number_stops_with_the_reason() -> None:
    broken = Pairs(DATA.images.clone(), DATA.classes)
    broken.images[:, 0, 15, 15] = float("nan")
    model = new_model()
    with pytest.raises(TrainingError, match=r"stopped at step 1: the loss is nan.*smaller learning_rate than 0\.01"):
        list(train(model, broken, VALIDATION, replace(SETTINGS, crop=32), "cpu"))
    assert all(torch.isfinite(parameter).all() for parameter in model.parameters())


def test_learning_rate_rises_to_its_peak_and_falls_to_almost_nothing() -> None:
    settings = Settings(steps=100, learning_rate=0.01)
    rates = [learning_rate(step, settings) for step in range(1, 101)]
    peak = int(np.argmax(rates))
    assert rates[peak] == pytest.approx(0.01) and 15 <= peak <= 25
    assert np.all(np.diff(rates[: peak + 1]) > 0) and np.all(np.diff(rates[peak:]) < 0)
    assert 0.001 <= rates[0] < 0.002 and rates[-1] == pytest.approx(1e-5)
    assert learning_rate(1, Settings(steps=1)) > 0


def test_deep_supervision_trains() -> None:
    model = new_model(UNetConfig(architecture="unet++", classes=2, base_channels=2, depth=2, padding="same",
                                 deep_supervision=True))  # fmt: skip
    assert run(model)[-1].metrics is not None


def test_what_does_not_fit_is_refused_before_the_first_step() -> None:
    three = Pairs(DATA.images, DATA.classes * 2)
    with pytest.raises(TrainingError, match=r"the truth has a class 2, the network tells only 0\.\.1 apart"):
        next(train(new_model(replace(TINY, classes=2)), DATA, three, SETTINGS, "cpu"))
    assert next(train(new_model(), three, three, SETTINGS, "cpu")).step == 1  # one class: all that is not background
    weighed = Pairs(DATA.images, DATA.classes, torch.ones(6, 32, 32))
    with pytest.raises(TrainingError, match="unet-2015 needs a weight for every pixel, in training and in validation"):
        next(train(new_model(), weighed, VALIDATION, replace(SETTINGS, loss="unet-2015"), "cpu"))


def test_bad_settings_pairs_and_devices_are_refused() -> None:
    with pytest.raises(TrainingError, match="steps must be above 0, got 0"):
        Settings(steps=0)
    with pytest.raises(TrainingError, match=r"images must be \(N, C, H, W\)"):
        Pairs(torch.zeros(2, 1, 8, 8), torch.zeros(2, 8, 9))
    with pytest.raises(TrainingError, match=r"loss must be one of cross-entropy, dice, .*, got hinge"):
        Settings(loss="hinge")
    with pytest.raises(TrainingError, match="precision must be one of float32, bfloat16, got float16"):
        Settings(precision="float16")
    with pytest.raises(TrainingError, match="weights must have the shape of the classes"):
        Pairs(DATA.images, DATA.classes, torch.ones(6, 32, 31))
    with pytest.raises(TrainingError, match="there is no device abacus here"):
        choose_device("abacus")
    assert choose_device("cpu").type == "cpu"


def test_a_training_that_ends_at_another_step_goes_through_the_whole_cycle() -> None:
    """Of 40 steps 10 are done: the other 30 of the cycle are gone through in 15, or in 60."""
    settings = replace(SETTINGS, steps=40)
    for steps, pace in ((25, 2.0), (70, 0.5)):
        training = Training(new_model(), DATA, VALIDATION, settings, "cpu")
        rates = [training.advance().learning_rate for _ in range(10)]  # type: ignore[union-attr]
        assert rates == [learning_rate(step, settings) for step in range(1, 11)]
        training.end_after(steps)
        rest = []
        while (progress := training.advance()) is not None:
            rest.append(progress)
        assert [one.learning_rate for one in rest] == pytest.approx(
            [learning_rate(10 + pace * number, settings) for number in range(1, steps - 9)])  # fmt: skip
        assert rest[-1].step == rest[-1].steps == steps and rest[-1].metrics is not None
