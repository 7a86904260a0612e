"""The road of a block, with one channel: convolution, ReLU, max-pool, each on what the one before it made."""

import torch
from torch import Tensor
from torch.nn import functional

from unet_core.kernel.kernels import Kernel

CHAIN = ("conv", "relu", "pool")


def chained(values: Tensor, kernel: Kernel, last: str | None, padding: int = 1, stride: int = 1) -> Tensor:
    """(H, W) after all steps of CHAIN up to `last`; None leaves it as it is."""
    if last is None:
        return values
    with torch.inference_mode():
        result = functional.conv2d(values[None, None], kernel.weight[None, None], torch.tensor([kernel.bias]), stride,
                                   padding)  # fmt: skip
        if last != "conv":
            result = functional.relu(result)
        if last == "pool":
            result = functional.max_pool2d(result, 2)
    return result[0, 0].clone()


def highest(values: Tensor, share: float = 0.999) -> float:
    """The size, sign left out, that this share of the values stay below: the limit of a scale of colours, above 0."""
    sizes = values.abs().flatten()
    return float(sizes.kthvalue(max(1, round(share * sizes.numel()))).values) or 1.0
