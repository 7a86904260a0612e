"""Kernels of up-convolutions: 2 x 2, which tile, and 3 x 3, which overlap."""

import torch
from torch import Tensor, nn

from unet_core.kernel.kernels import HAND, RANDOM, RANDOM_SEED, TRAINED, Kernel
from unet_core.messages import Message
from unet_core.models import NestedUNet, UNet

SHOWN_PAIRS = 4  # trained ones, those with the largest weights


def tiling(model: UNet | NestedUNet) -> tuple[Kernel, ...]:
    """2 x 2: all ones, which repeats each pixel, a random one, and trained ones from the network's last up-convolution.

    That layer has one kernel for each pair of an input and an output channel; these are those with the largest weights.
    """
    layer = last_up_convolution(model)
    assert layer.bias is not None
    weights = layer.weight.detach()  # (in, out, 2, 2)
    sizes = weights.square().sum(dim=(2, 3))
    found = []
    for index in sizes.flatten().argsort(descending=True)[:SHOWN_PAIRS].tolist():
        source, target = divmod(index, sizes.shape[1])
        name = Message("trained, channel {source} to {target}", {"source": source, "target": target})
        bias = float(layer.bias.detach()[target])
        found.append(Kernel(f"up-{source}-{target}", TRAINED, name, weights[source, target].clone(), bias, target))
    ones = Kernel("ones-2", HAND, Message("all ones: repeats each value"), torch.ones(2, 2))
    return (*found, ones, _random(2))


def overlapping() -> tuple[Kernel, ...]:
    """3 x 3: all ones, which counts how often each pixel is written; the bilinear one, which evens that out; random."""
    half = torch.tensor([0.5, 1.0, 0.5])
    return (
        Kernel("ones-3", HAND, Message("all ones: counts overlaps"), torch.ones(3, 3)),
        Kernel("bilinear-3", HAND, Message("bilinear: evens overlaps out"), torch.outer(half, half)),
        _random(3),
    )


def constant(side: int) -> Tensor:
    """The plainest image there is: 1 everywhere. Whatever pattern comes out was made by the operation."""
    return torch.ones(side, side)


def last_up_convolution(model: UNet | NestedUNet) -> nn.ConvTranspose2d:
    """The one that brings the map back to the image's own size."""
    last = model.get_submodule("up.0.upconv")
    assert isinstance(last, nn.ConvTranspose2d)
    return last


def _random(side: int) -> Kernel:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(RANDOM_SEED)
        layer = nn.ConvTranspose2d(1, 1, kernel_size=side, stride=2)
    assert layer.bias is not None
    return Kernel(f"random-up-{side}", RANDOM, Message("random"), layer.weight.detach()[0, 0].clone(),
                  float(layer.bias.detach()))  # fmt: skip
