"""Kernels of 3 x 3: made by hand, drawn at random, and learned, the last also as they were before the training."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from unet_core.checkpoint import Card
from unet_core.messages import Message
from unet_core.models import NestedUNet, UNet, new_model

RANDOM_SEED = 1
RANDOM_COUNT = 4
HAND_MADE: dict[str, tuple[Message, tuple[tuple[float, ...], ...], float]] = {  # id -> name, numbers, divided by
    "edge-x": (Message("vertical edges (Sobel)"), ((-1, 0, 1), (-2, 0, 2), (-1, 0, 1)), 1),
    "edge-y": (Message("horizontal edges (Sobel)"), ((-1, -2, -1), (0, 0, 0), (1, 2, 1)), 1),
    "laplace": (Message("edges all around (Laplace)"), ((0, 1, 0), (1, -4, 1), (0, 1, 0)), 1),
    "box": (Message("blur (mean of nine)"), ((1, 1, 1), (1, 1, 1), (1, 1, 1)), 9),
    "gauss": (Message("blur (Gaussian)"), ((1, 2, 1), (2, 4, 2), (1, 2, 1)), 16),
    "sharpen": (Message("sharpen"), ((0, -1, 0), (-1, 5, -1), (0, -1, 0)), 1),
    "identity": (Message("identity"), ((0, 0, 0), (0, 1, 0), (0, 0, 0)), 1),
}
HAND, RANDOM, TRAINED, BEFORE = "hand", "random", "trained", "before"


@dataclass(frozen=True, eq=False)
class Kernel:
    """One kernel, (k, k), from one input channel to one output channel, and the bias of the output channel."""

    id: str
    group: str  # HAND, RANDOM, TRAINED or BEFORE
    name: Message
    weight: Tensor
    bias: float = 0.0
    channel: int | None = None  # of the output, for those of a network

    @property
    def signed(self) -> bool:
        """True when it can make a negative number of positive ones."""
        return self.bias < 0 or bool((self.weight < 0).any())


def hand_made() -> tuple[Kernel, ...]:
    """The classics of image processing."""
    return tuple(Kernel(name, HAND, title, torch.tensor(rows, dtype=torch.float32) / divisor)
                 for name, (title, rows, divisor) in HAND_MADE.items())  # fmt: skip


def random_kernels(seed: int = RANDOM_SEED, count: int = RANDOM_COUNT) -> tuple[Kernel, ...]:
    """What PyTorch puts into a new 3 x 3 convolution from one channel; other random numbers stay as they were."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        layer = nn.Conv2d(1, count, kernel_size=3)
    return _of_layer(layer, RANDOM, [Message("random, no. {number}", {"number": c}) for c in range(count)])


def trained(model: UNet | NestedUNet) -> tuple[Kernel, ...]:
    """The kernels of a trained network's first convolution."""
    layer = first_convolution(model)
    names = [Message("trained, no. {number}", {"number": c}) for c in range(layer.out_channels)]
    return _of_layer(layer, TRAINED, names)


def before_training(card: Card) -> tuple[Kernel, ...]:
    """The same kernels as the training began with."""
    layer = first_convolution(start(card))
    names = [Message("before training, no. {number}", {"number": c}) for c in range(layer.out_channels)]
    return _of_layer(layer, BEFORE, names)


def first_convolution(model: UNet | NestedUNet) -> nn.Conv2d:
    """The one that reads the image."""
    layer = model.get_submodule("encoder.0.conv1")
    assert isinstance(layer, nn.Conv2d)
    return layer


def start(card: Card, seed: int | None = None) -> UNet | NestedUNet:
    """The network as the shipped training began, built anew by the function that the training calls."""
    return new_model(card.config, int(card.metrics["shipped_seed"]) if seed is None else seed)


@dataclass(frozen=True)
class Kinship:
    """How alike a trained network's convolution weights are to the ones it is said to have begun with, as correlation:
    `own` of all `weights` of them, `first` of the first layer; `stranger` as `own`, but with another seed's beginning.
    """

    own: float
    first: float
    stranger: float
    weights: int
    seed: int

    @property
    def proven(self) -> bool:
        """True when the likeness is far beyond chance, which is 1 / sqrt(weights)."""
        return self.own > 0.1 and self.own > 10 * abs(self.stranger)


def kinship(model: UNet | NestedUNet, card: Card) -> Kinship:
    """The evidence that `before_training` is right: training moves weights, but does not forget where they began."""
    seed = int(card.metrics["shipped_seed"])
    begun, learned = start(card), _scaled(model)
    first = _likeness(first_convolution(model).weight.detach().flatten(),
                      first_convolution(begun).weight.detach().flatten())  # fmt: skip
    stranger = _likeness(learned, _scaled(start(card, seed + 1)))
    return Kinship(_likeness(learned, _scaled(begun)), first, stranger, learned.numel(), seed)


def _likeness(some: Tensor, others: Tensor) -> float:
    return float(torch.corrcoef(torch.stack([some, others]))[0, 1])


def _scaled(model: nn.Module) -> Tensor:
    """All convolution weights, each layer divided by its own spread, so that a wide layer does not hide a narrow."""
    layers = [part.weight.detach().flatten() for part in model.modules() if isinstance(part, nn.Conv2d)]
    return torch.cat([weights / weights.std() for weights in layers])


def _of_layer(layer: nn.Conv2d, group: str, names: Sequence[Message]) -> tuple[Kernel, ...]:
    assert layer.bias is not None
    weights, biases = layer.weight.detach(), layer.bias.detach()
    return tuple(Kernel(f"{group}-{channel}", group, name, weights[channel, 0].clone(), float(biases[channel]), channel)
                 for channel, name in enumerate(names))  # fmt: skip
