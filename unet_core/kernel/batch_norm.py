"""Batch norm of one channel in a trained network: four kept numbers and two steps, nothing about the neighbours."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from unet_core.kernel.window import KernelError


@dataclass(frozen=True, eq=False)
class Normed:
    """(x - mean) / sqrt(var + eps) * gamma + beta, and what stands between. Maps are (h, w)."""

    mean: float
    variance: float
    epsilon: float
    gamma: float
    beta: float
    source: Tensor
    centred: Tensor  # x - mean
    scaled: Tensor  # divided by the square root
    stretched: Tensor  # times gamma
    result: Tensor  # PyTorch's own


def batch_norm(values: Tensor, layer: nn.BatchNorm2d, channel: int) -> Normed:
    """What a trained batch norm makes of (h, w) in one of its channels, with the mean and variance that it kept.

    Raises KernelError for a channel that it does not have.
    """
    if not 0 <= channel < layer.num_features:
        raise KernelError("the layer has {channels} channels, and none of the number {channel}",
                          channels=layer.num_features, channel=channel)  # fmt: skip
    assert layer.running_mean is not None and layer.running_var is not None
    mean, variance = layer.running_mean[channel], layer.running_var[channel]
    gamma, beta = layer.weight.detach()[channel], layer.bias.detach()[channel]
    centred = values - mean
    scaled = centred / torch.sqrt(variance + layer.eps)
    result = nn.functional.batch_norm(
        values[None, None], mean[None], variance[None], gamma[None], beta[None], False, 0.0, layer.eps
    )[0, 0]
    return Normed(float(mean), float(variance), layer.eps, float(gamma), float(beta), values, centred, scaled,
                  scaled * gamma, result)  # fmt: skip
