"""Kernels made by hand, drawn, and learned; and the evidence that the learned ones began where it is said."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from unet_core.checkpoint import Card, load
from unet_core.kernel import kernels, up_kernels
from unet_core.models import UNet, build_model

MODEL = Path(__file__).parents[2] / "assets" / "models" / "nuclei-unet"


@pytest.fixture(scope="module")
def shipped() -> tuple[UNet, Card]:
    model, card = load(MODEL)
    assert isinstance(model, UNet)
    return model, card


def test_what_is_made_by_hand_does_what_its_name_says() -> None:
    known = {kernel.id: kernel.weight for kernel in kernels.hand_made()}
    for blur in ("box", "gauss", "sharpen", "identity"):
        assert known[blur].sum() == pytest.approx(1)  # brightness stays
    for edge in ("edge-x", "edge-y", "laplace"):
        assert known[edge].sum() == 0  # nothing on an even ground
    assert torch.equal(known["edge-y"], known["edge-x"].T)
    assert known["box"].unique().numel() == 1
    assert known["identity"].nonzero().tolist() == [[1, 1]]
    step = torch.zeros(3, 3)
    step[:, 2] = 1
    assert (step * known["edge-x"]).sum() == 4
    assert (step * known["edge-y"]).sum() == 0
    assert [kernel.id for kernel in kernels.hand_made() if not kernel.signed] == ["box", "gauss", "identity"]


def test_random_kernels_are_pytorchs_own_and_leave_other_random_numbers_alone() -> None:
    torch.manual_seed(kernels.RANDOM_SEED)
    layer = nn.Conv2d(1, kernels.RANDOM_COUNT, kernel_size=3)
    torch.manual_seed(7)
    expected_next = torch.rand(1)
    torch.manual_seed(7)
    found = kernels.random_kernels()
    assert torch.equal(torch.rand(1), expected_next)
    assert torch.equal(torch.stack([kernel.weight for kernel in found]), layer.weight[:, 0])
    assert [kernel.bias for kernel in found] == layer.bias.tolist()  # type: ignore[union-attr]


def test_trained_kernels_are_the_first_layer_of_the_weights_file(shipped: tuple[UNet, Card]) -> None:
    found = kernels.trained(shipped[0])
    weights = shipped[0].state_dict()
    assert len(found) == 8
    assert torch.equal(torch.stack([kernel.weight for kernel in found]), weights["encoder.0.conv1.weight"][:, 0])
    assert [kernel.bias for kernel in found] == weights["encoder.0.conv1.bias"].tolist()
    assert [kernel.channel for kernel in found] == list(range(8))


def test_the_beginning_is_drawn_as_the_training_drew_it(shipped: tuple[UNet, Card]) -> None:
    card = shipped[1]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(card.metrics["shipped_seed"])
        model = build_model(card.config)
    found = torch.stack([kernel.weight for kernel in kernels.before_training(card)])
    assert torch.equal(found, model.state_dict()["encoder.0.conv1.weight"][:, 0])


@pytest.mark.parametrize("name", ["nuclei-unet", "nuclei-unet-4", "pebbles-unet-3"])
def test_each_trained_network_still_resembles_its_own_beginning_and_no_other(name: str) -> None:
    model, card = load(MODEL.with_name(name))
    assert isinstance(model, UNet)
    own, likeness = card.metrics["shipped_seed"], {}
    for seed in (1, 2, 3):
        claimed = replace(card, metrics={**card.metrics, "shipped_seed": seed})
        likeness[seed] = kernels.kinship(model, claimed)
    assert [seed for seed, found in likeness.items() if found.proven] == [own]
    assert likeness[own].first > 0.9
    assert likeness[own].own > 0.35
    assert all(abs(found.own) < 0.01 for seed, found in likeness.items() if seed != own)
    sizes = [tensor.numel() for name, tensor in model.state_dict().items() if name.endswith("weight")
             and tensor.dim() == 4 and "upconv" not in name]  # fmt: skip
    assert likeness[own].weights == sum(sizes)


def test_up_convolution_kernels_are_those_with_the_largest_weights(shipped: tuple[UNet, Card]) -> None:
    weight = shipped[0].state_dict()["up.0.upconv.weight"]
    assert weight.shape == (16, 8, 2, 2)
    found = [kernel for kernel in up_kernels.tiling(shipped[0]) if kernel.group == kernels.TRAINED]
    sizes = sorted((float(weight[i, o].square().sum()) for i in range(16) for o in range(8)), reverse=True)
    assert [float(kernel.weight.square().sum()) for kernel in found] == pytest.approx(sizes[:4])
    for kernel in found:
        _, source, target = kernel.id.split("-")
        assert torch.equal(kernel.weight, weight[int(source), int(target)])
        assert kernel.bias == float(shipped[0].state_dict()["up.0.upconv.bias"][int(target)])


def test_the_bilinear_kernel_evens_the_overlaps_out() -> None:
    bilinear = next(kernel for kernel in up_kernels.overlapping() if kernel.id == "bilinear-3")
    layer = nn.ConvTranspose2d(1, 1, 3, stride=2, bias=False)
    with torch.inference_mode():
        layer.weight.copy_(bilinear.weight)
        assert torch.equal(layer(up_kernels.constant(4)[None, None])[0, 0, 1:-1, 1:-1], torch.ones(7, 7))


def test_every_kernel_has_an_id_of_its_own(shipped: tuple[UNet, Card]) -> None:
    model, card = shipped
    every = [*kernels.hand_made(), *kernels.random_kernels(), *kernels.trained(model),
             *kernels.before_training(card), *up_kernels.tiling(model), *up_kernels.overlapping()]  # fmt: skip
    assert len({kernel.id for kernel in every}) == len(every)
