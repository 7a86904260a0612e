"""A convolution beside a fully connected layer that makes maps of the same size: counts, and who is connected to whom.

Both make each output a weighted sum. The convolution's sum is local, and its weights are shared by all places.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from unet_core.trace import trace_model

CHANNELS = 16
KERNEL = 3


@dataclass(frozen=True)
class Counts:
    """Parameters, and multiplications for one image, of both layers; one channel in, `channels` out."""

    size: tuple[int, int]
    channels: int
    convolution: int
    convolution_macs: int
    dense: int
    dense_macs: int

    @property
    def convolution_bytes(self) -> int:
        """Memory of the convolution's parameters in float32."""
        return 4 * self.convolution

    @property
    def dense_bytes(self) -> int:
        """Memory of the fully connected layer's parameters in float32."""
        return 4 * self.dense


def counts(size: tuple[int, int], channels: int = CHANNELS, kernel: int = KERNEL) -> Counts:
    """For an image of (height, width), same padding. Both layers are built, without memory, and traced."""
    pixels = size[0] * size[1]
    with torch.device("meta"):
        convolution = nn.Conv2d(1, channels, kernel, padding="same")
        dense = nn.Linear(pixels, pixels * channels)
    first, second = trace_model(convolution, (1, *size)), trace_model(dense, (pixels,))
    return Counts(size, channels, first.params, first.macs, second.params, second.macs)


def local_links(inputs: int, kernel: int = KERNEL) -> Tensor:
    """Of a convolution along a line of `inputs`, same padding: (outputs, inputs), the number of the weight that
    connects the two, from 1, or 0 where nothing does. Found by asking the layer about one input at a time."""
    layer = nn.Conv1d(1, 1, kernel, padding="same", bias=False)
    return _links(layer, torch.arange(1, kernel + 1).reshape(1, 1, kernel), torch.eye(inputs)[:, None])


def dense_links(inputs: int) -> Tensor:
    """The same of a fully connected layer: every output has a weight of its own for every input."""
    layer = nn.Linear(inputs, inputs, bias=False)
    return _links(layer, torch.arange(1, inputs**2 + 1).reshape(inputs, inputs), torch.eye(inputs))


def reach_links(inputs: int, kernels: Sequence[int]) -> list[Tensor]:
    """Convolutions along a line, one after the other: for each (outputs, inputs) the weights that the middle value of
    the last depends on, numbered from 1; 0 elsewhere."""
    layers = [local_links(inputs, kernel) for kernel in kernels]
    wanted = torch.zeros(inputs, dtype=torch.bool)
    wanted[inputs // 2] = True
    for place in reversed(range(len(layers))):
        layers[place] = layers[place] * wanted[:, None]
        wanted = (layers[place] > 0).any(dim=0)
    return layers


def _links(layer: nn.Conv1d | nn.Linear, weight: Tensor, questions: Tensor) -> Tensor:
    with torch.inference_mode():
        layer.weight.copy_(weight)
        answers: Tensor = layer(questions).reshape(len(questions), -1)  # (inputs, outputs)
    return answers.T.round().to(torch.int64)
