"""A part of an image, and what a trained network holds there: the same as in the whole, layer by layer."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from unet_core.checkpoint import Card, load
from unet_core.images import load_image
from unet_core.kernel import channels, part
from unet_core.kernel.batch_norm import batch_norm
from unet_core.kernel.window import KernelError
from unet_core.models import UNet

ASSETS = Path(__file__).parents[2] / "assets"


@pytest.fixture(scope="module")
def trained() -> tuple[UNet, Card]:
    model, card = load(ASSETS / "models" / "nuclei-unet")
    assert isinstance(model, UNet)
    return model, card


@pytest.fixture(scope="module")
def seen(trained: tuple[UNet, Card]) -> Tensor:
    """The real image as the network receives it."""
    return part.network_input(trained[1], load_image((ASSETS / "nuclei" / "dsb2018.png").read_bytes()).pixels)[0]


# --- the part ---


def test_a_part_lies_within_the_image_wherever_it_is_asked_for(seen: Tensor) -> None:
    for place in ((-5, -5), (0, 0), (600, 3), (10**12, -(10**12))):
        top, left = part.inside(seen, place)
        assert 0 <= top <= 502
        assert 0 <= left <= 502
        assert part.part(seen, (top, left)).shape == (10, 10)
    assert part.part(seen[:8, :8], part.inside(seen[:8, :8], (4, 4))).shape == (8, 8)


def test_the_liveliest_part_holds_something_and_the_sky_does_not(seen: Tensor) -> None:
    place = part.liveliest(seen)
    assert part.part(seen, place).std() > 3 * seen.median()
    blank = torch.zeros(64, 64)
    blank[40:, 30:] = 1  # a corner: the only place where it changes in both directions
    top, left = part.liveliest(blank)
    assert top <= 40 <= top + 10
    assert left <= 30 <= left + 10
    assert part.liveliest(torch.zeros(8, 8)) == (0, 0)


# --- across channels, in the trained network ---


@pytest.mark.parametrize("place", [(0, 0), (118, 118), (50, 61)])
def test_a_part_of_the_network_is_what_the_whole_network_computes_there(
    trained: tuple[UNet, Card], seen: Tensor, place: tuple[int, int]
) -> None:
    model, image = trained[0], seen[200:328, 64:192].contiguous()
    names = (channels.BELOW, channels.SKIP, channels.JOINED, channels.LAST, channels.HEAD)
    whole: dict[str, Tensor] = {}
    hooks = [model.get_submodule(name).register_forward_hook(
        lambda _layer, _inputs, output, name=name: whole.__setitem__(name, output)) for name in names]  # fmt: skip
    with torch.inference_mode():
        model(image[None, None])
    for hook in hooks:
        hook.remove()
    top, left = place
    for name, found in channels.layers_at(model, image, place, names).items():
        torch.testing.assert_close(found, whole[name][0, :, top : top + 10, left : left + 10], rtol=1e-4, atol=1e-4)


def test_a_small_image_has_a_smaller_part(trained: tuple[UNet, Card], seen: Tensor) -> None:
    found = channels.concatenation(trained[0], seen[:8, :72].contiguous(), (0, 60))
    assert found.joined.shape == (16, 8, 10)


def test_a_concatenation_lays_below_before_skip_and_changes_nothing(trained: tuple[UNet, Card], seen: Tensor) -> None:
    found = channels.concatenation(trained[0], seen, (315, 50))
    assert found.below.shape == found.skip.shape == (8, 10, 10)
    assert torch.equal(found.joined, torch.cat([found.below, found.skip]))
    assert (found.below < 0).any()  # straight from the up-convolution
    assert (found.skip >= 0).all()  # behind its ReLU


def test_a_1_by_1_convolution_is_one_sum_over_channels(trained: tuple[UNet, Card], seen: Tensor) -> None:
    found = channels.mixing(trained[0], seen, (315, 50))
    by_hand = np.einsum("c,chw->hw", found.weights.double().numpy(), found.values.double().numpy()) + found.bias
    np.testing.assert_allclose(found.logits.numpy(), by_hand, rtol=1e-5, atol=1e-5)
    assert torch.equal(found.products, found.values * found.weights[:, None, None])


def test_what_lies_beyond_the_reach_changes_nothing_and_what_lies_within_does(trained: tuple[UNet, Card]) -> None:
    model = trained[0]
    reach = channels.reach(model.config)
    image = torch.rand(120, 120, generator=torch.Generator().manual_seed(1)).requires_grad_()
    far = 0
    for row in (56, 59, 63):  # of the eight places between two poolings, among them both ends
        (grad,) = torch.autograd.grad(model(image[None, None])[0, 0, row, 56], image)
        rows = (grad != 0).any(dim=1).nonzero()
        far = max(far, row - int(rows.min()), int(rows.max()) - row)
    assert 0.7 * reach < far <= reach


# --- batch norm ---


def test_the_steps_of_batch_norm_lead_to_pytorchs_own_value(trained: tuple[UNet, Card]) -> None:
    layer = trained[0].get_submodule("encoder.0.norm1")
    assert isinstance(layer, nn.BatchNorm2d)
    values = torch.randn(5, 6, generator=torch.Generator().manual_seed(1))
    whole = layer(values.expand(1, 8, 5, 6))[0].detach()
    for channel in range(8):
        found = batch_norm(values, layer, channel)
        torch.testing.assert_close(found.result, whole[channel])
        x = values.double().numpy()
        by_hand = (x - found.mean) / np.sqrt(found.variance + found.epsilon) * found.gamma + found.beta
        np.testing.assert_allclose(found.result.numpy(), by_hand, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(found.centred, values - found.mean)
        torch.testing.assert_close(found.stretched, found.scaled * found.gamma)
        torch.testing.assert_close(found.stretched + found.beta, found.result, rtol=1e-4, atol=1e-4)
    with pytest.raises(KernelError, match="the layer has 8 channels"):
        batch_norm(values, layer, 8)
