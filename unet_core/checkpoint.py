"""A trained model as a folder: `weights.safetensors`, which can't run code, and `card.json`, what to know of it.

Weights are stored as float32 or, at half the size, as float16, those of all levels or of the deep ones, where most
are; what is loaded is float32 again.

Nothing in the folder is trusted. Every way in which it can be wrong gives a CheckpointError with one clear sentence.
"""

import json
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as read_tensors
from safetensors.torch import save as write_tensors
from torch import Tensor, nn

from unet_core.blocks import level_of
from unet_core.config import UNetConfig
from unet_core.messages import ExplainedError
from unet_core.models import NestedUNet, UNet, build_model
from unet_core.whole_file import write_whole

WEIGHTS, CARD = "weights.safetensors", "card.json"
MAX_WEIGHTS = 256 * 2**20  # bytes; the largest network of the lessons takes 124 MB
MAX_HEADER = 2**20  # bytes: the names, types and shapes of some 8,000 tensors
MAX_CARD = 2**20  # bytes
KERNELS = (nn.Conv2d, nn.ConvTranspose2d)  # the layers whose weights are kernels


class CheckpointError(ExplainedError):
    """A folder that holds no usable model; the sentence says what is wrong with which file."""


@dataclass(frozen=True, eq=False)
class Card:
    """All that a stranger needs to use and to distrust a model. What is in a mapping is plain JSON."""

    name: str
    description: str
    config: UNetConfig
    classes: tuple[str, ...]  # background first; for a sigmoid net the two that its one number tells apart
    normalisation: Mapping[str, Any]  # what `segment.normalise` is told
    object_diameter: float  # pixels, median over the training data
    data: Mapping[str, Any]  # where it comes from, its digests, the split
    training: Mapping[str, Any]  # seeds, steps, settings, wall time, device, command, versions, date
    metrics: Mapping[str, Any]  # of every seed, and their median
    baselines: Mapping[str, Any]  # on the same pixels
    not_for: tuple[str, ...]
    licence: str
    weights_sha256: str = ""  # `save` fills it in

    def __post_init__(self) -> None:
        if len(self.classes) != max(2, self.config.classes):
            raise CheckpointError("the card names {named} classes, its network tells {known} apart",
                                  named=len(self.classes), known=max(2, self.config.classes))  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON can hold; `from_dict` is the way back."""
        return {**asdict(self), "config": self.config.to_dict()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Card":
        """From `to_dict`. CheckpointError for a field that is missing, unknown or of the wrong kind."""
        kinds = {field.name: field.type for field in fields(cls)}
        for name in kinds.keys() - data.keys():
            raise CheckpointError("the card has no field {name}", name=name)
        for name in data.keys() - kinds.keys():
            raise CheckpointError("the card has an unknown field {name}", name=repr(name[:60]))
        for name, value in data.items():
            if not isinstance(value, _json_kind(kinds[name])):
                raise CheckpointError("the card's field {name} holds a {kind}, which it may not", name=name,
                                      kind=type(value).__name__)  # fmt: skip
        tuples = {name: tuple(map(str, data[name])) for name in ("classes", "not_for")}
        return cls(**{**data, **tuples, "config": UNetConfig.from_dict(data["config"])})


def _json_kind(annotation: Any) -> tuple[type, ...]:
    """What JSON has for the type of a field."""
    if annotation is str:
        return (str,)
    if annotation is float:
        return (int, float)
    return (list, tuple) if str(annotation).startswith("tuple") else (dict,)


def save(folder: Path, model: UNet | NestedUNet, card: Card, half_from: int | None = None) -> Card:
    """Write both files, each whole or not at all; return the card as written, with the digest of the weights.

    The kernels of level `half_from` and of all below it are rounded to float16: of all levels with 0, of none with
    None. Biases and norms are few and stay. CheckpointError for a number that has no place in float16.
    """
    weights, written = packed(model, card, half_from)
    for name, content in ((WEIGHTS, weights), (CARD, card_text(written).encode())):
        write_whole(folder / name, content)
    return written


def packed(model: UNet | NestedUNet, card: Card, half_from: int | None = None) -> tuple[bytes, Card]:
    """The content of the weights file that `save` writes, and the card with its digest."""
    weights = weights_of(model, half_from)
    values = {field.name: getattr(card, field.name) for field in fields(card)}
    return weights, Card(**{**values, "weights_sha256": sha256(weights).hexdigest()})


def weights_of(model: UNet | NestedUNet, half_from: int | None = None) -> bytes:
    """The content of the weights file that `save` writes, without any card."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    if half_from is not None:
        deep = [f"{layer}.weight" for layer, module in model.named_modules()
                if isinstance(module, KERNELS) and level_of(module) >= half_from]  # fmt: skip
        tensors |= {name: _halved(name, tensors[name]) for name in deep}
    return write_tensors(tensors)


def card_text(card: Card) -> str:
    """The content of the card's file."""
    return json.dumps(card.to_dict(), indent=2, ensure_ascii=False) + "\n"


def weights_digest(model: UNet | NestedUNet, half_from: int | None = None) -> str:
    """SHA-256 of the weights file that `save` writes for a model, in hexadecimal."""
    return sha256(weights_of(model, half_from)).hexdigest()


def _halved(name: str, tensor: Tensor) -> Tensor:
    """In float16, which ends at 65504."""
    rounded = tensor.half()
    if not torch.isfinite(rounded).all():
        raise CheckpointError("{name} holds values that are too large for float16; save it in full precision",
                              name=name)  # fmt: skip
    return rounded


def load(folder: Path) -> tuple[UNet | NestedUNet, Card]:
    """The model, float32, in eval on the CPU, and its card. Raises CheckpointError or, for the config, ConfigError."""
    card = load_card(folder)
    content = _read(folder / WEIGHTS, MAX_WEIGHTS)
    model = load_weights(content, card.config)
    if sha256(content).hexdigest() != card.weights_sha256:
        raise CheckpointError("{weights} is not the file that {card} describes: their digests differ",
                              weights=WEIGHTS, card=CARD)  # fmt: skip
    return model, card


def load_card(folder: Path) -> Card:
    """The card alone, checked."""
    return card_from(_read(folder / CARD, MAX_CARD))


def card_from(content: bytes) -> Card:
    """The card in a file's bytes. Raises CheckpointError or, for the config, ConfigError."""
    try:
        data = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise CheckpointError("{file} is no JSON that can be read", file=CARD) from error
    if not isinstance(data, dict):
        raise CheckpointError("{file} must hold one JSON object", file=CARD)
    return Card.from_dict(data)


def load_weights(content: bytes, config: UNetConfig) -> UNet | NestedUNet:
    """A float32 model of `config` with the weights in a safetensors file's bytes, in eval. Raises CheckpointError."""
    _check_header(content)
    try:
        tensors = read_tensors(content)
    except (SafetensorError, KeyError, ValueError) as error:
        raise CheckpointError("{file} is no safetensors file, or a damaged one", file=WEIGHTS) from error
    with torch.device("meta"):  # no memory and no random numbers for weights that are about to be replaced
        model = build_model(config)
    _check_tensors(tensors, model.state_dict())
    widened = {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in tensors.items()}
    model.load_state_dict(widened, assign=True)
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # faster on a CPU, the same numbers
    return model.eval()


def digest(folder: Path) -> str:
    """SHA-256 over card and weights, in hexadecimal: what to key a cache by."""
    total = sha256()
    for name, limit in ((CARD, MAX_CARD), (WEIGHTS, MAX_WEIGHTS)):
        total.update(sha256(_read(folder / name, limit)).digest())
    return total.hexdigest()


def _read(path: Path, limit: int) -> bytes:
    try:
        if path.stat().st_size > limit:
            raise CheckpointError("{file} is larger than {limit} MB", file=path.name, limit=limit // 2**20)
        return path.read_bytes()
    except OSError as error:
        raise CheckpointError("there is no {file} that can be read in {folder}", file=path.name,
                              folder=path.parent.name) from error  # fmt: skip


def _check_header(content: bytes) -> None:
    """A safetensors file begins with the length of its header; a huge one would be parsed before anything else."""
    length = struct.unpack("<Q", content[:8])[0] if len(content) >= 8 else 0
    if not 2 <= length <= len(content) - 8:
        raise CheckpointError("{file} is no safetensors file, or a damaged one", file=WEIGHTS)
    if length > MAX_HEADER:
        raise CheckpointError("the header of {file} is larger than {limit} MB", file=WEIGHTS, limit=MAX_HEADER // 2**20)


def _check_tensors(found: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> None:
    """Every tensor of the network and no other, each of its shape and type, and every value a finite number.

    In the place of float32 there may be float16.
    """
    for name in sorted(expected.keys() - found.keys()):
        raise CheckpointError("{file} does not fit the card's network: {name} is missing", file=WEIGHTS, name=name)
    for name in sorted(found.keys() - expected.keys()):
        raise CheckpointError("{file} does not fit the card's network, which has no {name}", file=WEIGHTS,
                              name=repr(name[:60]))  # fmt: skip
    for name, tensor in found.items():
        half = tensor.dtype == torch.float16 and expected[name].is_floating_point()
        wanted = expected[name].half() if half else expected[name]
        if tensor.shape != wanted.shape or tensor.dtype != wanted.dtype:
            raise CheckpointError(
                "{file} does not fit the card's network: {name} is {found} and should be {expected}",
                file=WEIGHTS, name=name, found=_describe(tensor), expected=_describe(wanted),
            )  # fmt: skip
        if not torch.isfinite(tensor).all():
            raise CheckpointError("{file} holds values in {name} that are no numbers", file=WEIGHTS, name=name)


def _describe(tensor: Tensor) -> str:
    shape = " x ".join(map(str, tensor.shape)) or "one number"
    return f"{shape} {str(tensor.dtype).removeprefix('torch.')}"
