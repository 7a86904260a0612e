"""The faster copy of a trained network: kept as long as nothing of the network changed, and no longer."""

import weakref
from collections.abc import Callable

import pytest
import torch
from torch import nn

from unet_core import inference
from unet_core.config import UNetConfig
from unet_core.inference import for_inference, placed
from unet_core.models import build_model

CONFIG = UNetConfig(in_channels=1, classes=1, base_channels=4, depth=2, padding="same", norm="batch")
IMAGE = torch.randn(1, 1, 16, 16, generator=torch.Generator().manual_seed(0))


def trained(model: nn.Module) -> None:
    """One step of training, too small to see, but for the norms' statistics."""
    optimiser = torch.optim.Adam(model.train().parameters(), lr=1e-3)
    model(IMAGE).sum().backward()
    optimiser.step()


def ran_in_training(model: nn.Module) -> None:
    with torch.no_grad():
        model.train()(IMAGE)


def loaded(model: nn.Module) -> None:
    model.load_state_dict({name: 1.5 * tensor for name, tensor in model.state_dict().items()})


def set_in_inference_mode(model: nn.Module) -> None:
    with torch.inference_mode():
        model.get_parameter("encoder.0.conv1.weight").mul_(2)


def rebuilt(model: nn.Module) -> None:
    model.get_submodule("encoder.0").relu1 = nn.Tanh()  # no tensor tells of it


CHANGES = [trained, ran_in_training, loaded, set_in_inference_mode, rebuilt]


@pytest.fixture
def model() -> nn.Module:
    made = build_model(CONFIG)
    trained(made)
    return made.eval()


@pytest.fixture
def folds(monkeypatch: pytest.MonkeyPatch) -> list[nn.Module]:
    """Every block that was folded from now on."""
    done: list[nn.Module] = []
    fold = inference._fold
    monkeypatch.setattr(inference, "_fold", lambda block: (done.append(block), fold(block)))
    return done


def test_two_images_fold_once(model: nn.Module, folds: list[nn.Module]) -> None:
    for image in (IMAGE, IMAGE.flip(-1)):
        with torch.inference_mode():
            assert torch.allclose(placed(model, None)[0](image), model(image), atol=1e-5)
    assert len(folds) == 2 * CONFIG.depth + 1  # each block of the network


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_changed_network_is_folded_anew(model: nn.Module, change: Callable[[nn.Module], None]) -> None:
    before = for_inference(model)(IMAGE)
    change(model)
    model.eval()
    assert not torch.allclose(model(IMAGE), before, atol=1e-4)  # else this test would see nothing
    assert torch.allclose(for_inference(model)(IMAGE), model(IMAGE), atol=1e-5)


def test_where_changes_are_not_counted_nothing_is_kept(folds: list[nn.Module]) -> None:
    with torch.inference_mode():
        model = build_model(CONFIG).eval()
        for factor in (1, 2):
            model.get_parameter("encoder.0.conv1.weight").mul_(factor)
            assert torch.allclose(for_inference(model)(IMAGE), model(IMAGE), atol=1e-5)
    assert len(folds) == 2 * (2 * CONFIG.depth + 1)


def test_the_copy_goes_with_its_network(model: nn.Module) -> None:
    copied = weakref.ref(for_inference(model))
    assert copied() is not None
    other = build_model(CONFIG)
    gone = weakref.ref(for_inference(other))
    del other
    assert gone() is None
    assert for_inference(model) is copied()
