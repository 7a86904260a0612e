"""A trained network made ready to be used and not trained: the same answers, sooner."""

import copy
from operator import is_
from typing import NamedTuple
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from unet_core.blocks import ConvBlock
from unet_core.models import mean_of_heads


def for_inference(model: nn.Module) -> nn.Module:
    """A copy in eval that computes the same faster: each batch norm is folded into the convolution before it.

    Everything else shares its numbers with the model, which stays as it is. The copy is kept as long as the model and
    shared by all who ask: change nothing in it. It is made anew once the model was trained on, loaded into, moved or
    rebuilt. Only what is written through `Tensor.data` goes unnoticed, as torch itself does not notice it.
    """
    state, known = _state(model), _made.get(model)
    if known is not None and state is not None and known.state.equals(state):
        return known.fast
    fast = _folded_copy(model)
    if state is not None:
        _made[model] = _Made(state, fast)
    return fast


class _State(NamedTuple):
    """What a model is made of, but for itself, which must not be kept alive, and how its numbers stand."""

    parts: tuple[nn.Module | Tensor, ...]
    numbers: tuple[tuple[int, int], ...]  # of each tensor, how often it was written to and where it lies

    def equals(self, other: "_State") -> bool:
        same = len(self.parts) == len(other.parts) and all(map(is_, self.parts, other.parts))
        return same and self.numbers == other.numbers


class _Made(NamedTuple):
    state: _State
    fast: nn.Module


_made: WeakKeyDictionary[nn.Module, _Made] = WeakKeyDictionary()


def _state(model: nn.Module) -> _State | None:
    """None where torch counts no changes: for tensors that were made in inference mode."""
    modules = list(model.modules())
    tensors = [tensor for module in modules for held in (module._parameters, module._buffers)
               for tensor in held.values() if tensor is not None]  # fmt: skip
    if any(tensor.is_inference() for tensor in tensors):
        return None
    numbers = tuple((tensor._version, tensor.data_ptr()) for tensor in tensors)
    return _State((*modules[1:], *tensors), numbers)


def _folded_copy(model: nn.Module) -> nn.Module:
    fast = private(model)
    for block in fast.modules():
        if isinstance(block, ConvBlock):
            _fold(block)
    return fast


def placed(model: nn.Module, device: str | torch.device | None) -> tuple[nn.Module, torch.device]:
    """`for_inference` of a model on `device`, by default where it is, and that device.

    `Module.to` moves the parameters themselves, and these are shared with the model: so a full copy is moved.
    """
    here, fast = next(model.parameters()).device, for_inference(model)
    where = here if device is None else torch.device(device)
    return fast if where == here else copy.deepcopy(fast).to(where), where


def logits_of(model: nn.Module, image: Tensor) -> Tensor:
    """One forward pass as `segment` makes it, preparing included. (B, in, H, W) -> (B, classes, h, w), all heads'
    mean. This is what is timed wherever a network's time for an image is measured."""
    network, device = placed(model, None)
    with torch.inference_mode():
        return mean_of_heads(network(image.to(device, memory_format=torch.channels_last)))


def private(model: nn.Module) -> nn.Module:
    """A copy in eval whose modules can be exchanged; parameters, buffers and hooks are those of the model."""
    return _copied(model).eval()


def _copied(module: nn.Module) -> nn.Module:
    other = copy.copy(module)
    other._modules = {name: None if part is None else _copied(part) for name, part in module._modules.items()}
    return other


def _fold(block: ConvBlock) -> None:
    for name, part in list(block.named_children()):
        if isinstance(part, nn.BatchNorm2d):
            conv = name.replace("norm", "conv")
            setattr(block, conv, _folded(getattr(block, conv), part))
            setattr(block, name, nn.Identity())
        elif isinstance(part, nn.ReLU):
            setattr(block, name, nn.ReLU(inplace=True))  # its input is nobody else's: half the memory


@torch.no_grad()
def _folded(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> nn.Conv2d:
    """norm(conv(x)) as one convolution: (w x + b - mean) * gain + beta with gain = gamma / sqrt(variance + eps)."""
    assert conv.bias is not None and norm.running_mean is not None and norm.running_var is not None
    gain = norm.weight * torch.rsqrt(norm.running_var + norm.eps)
    folded = copy.copy(conv)
    folded._parameters = {
        "weight": nn.Parameter(conv.weight * gain[:, None, None, None], requires_grad=False),
        "bias": nn.Parameter((conv.bias - norm.running_mean) * gain + norm.bias, requires_grad=False),
    }
    return folded
