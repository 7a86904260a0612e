"""A model folder: there and back, and one clear sentence for every way in which it can be wrong."""

import json
import re
import struct
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load as read_tensors
from safetensors.torch import load_file, save

from unet_core import checkpoint
from unet_core.checkpoint import Card, CheckpointError
from unet_core.config import ConfigError, UNetConfig
from unet_core.models import NestedUNet, UNet, build_model

TINY = UNetConfig(classes=1, base_channels=2, depth=1, padding="same", norm="batch")
PERCENTILE = {"name": "percentile", "low": 1.0, "high": 99.8, "clip": [-1.0, 4.0]}


def card_of(config: UNetConfig = TINY) -> Card:
    names = ("background", *(f"thing {n}" for n in range(1, max(2, config.classes))))
    return Card(name="tiny", description="A test.", config=config, classes=names, normalisation=PERCENTILE,
                object_diameter=12, data={"seed": 1}, training={}, metrics={}, baselines={}, not_for=("use",),
                licence="none")  # fmt: skip


def model_of(config: UNetConfig = TINY, seed: int = 0) -> UNet | NestedUNet:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build_model(config).eval()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    checkpoint.save(tmp_path / "tiny", model_of(), card_of())
    return tmp_path / "tiny"


@pytest.mark.parametrize("config", [TINY, UNetConfig(architecture="unet++", base_channels=2, depth=2, padding="same")])
def test_there_and_back(tmp_path: Path, config: UNetConfig) -> None:
    model = model_of(config)
    written = checkpoint.save(tmp_path, model, card_of(config))
    loaded, card = checkpoint.load(tmp_path)
    assert card.to_dict() == written.to_dict() and card.config == config
    assert not loaded.training and all(parameter.requires_grad for parameter in loaded.parameters())
    image = torch.randn(1, 1, 16, 16)
    first, again = model(image), loaded(image)
    assert torch.allclose(first, again, atol=1e-6)
    assert checkpoint.weights_digest(loaded) == card.weights_sha256 == checkpoint.weights_digest(model)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["card.json", "weights.safetensors"]


@pytest.mark.parametrize("config", [TINY, UNetConfig(architecture="unet++", base_channels=8, depth=2, padding="same")])
def test_half_precision_is_half_as_large_and_comes_back_rounded(tmp_path: Path, config: UNetConfig) -> None:
    model = model_of(config)
    whole = checkpoint.save(tmp_path / "whole", model, card_of(config))
    written = checkpoint.save(tmp_path / "half", model, card_of(config), half_from=0)
    loaded, card = checkpoint.load(tmp_path / "half")
    content = (tmp_path / "half" / checkpoint.WEIGHTS).read_bytes()
    assert card.to_dict() == written.to_dict() and card.weights_sha256 == sha256(content).hexdigest()
    assert card.weights_sha256 == checkpoint.weights_digest(model, half_from=0) != whole.weights_sha256
    assert checkpoint.weights_digest(loaded, half_from=0) == card.weights_sha256  # rounding twice changes nothing
    for name, tensor in loaded.state_dict().items():
        was = model.state_dict()[name]
        assert tensor.dtype == was.dtype
        assert torch.equal(tensor, was.half().float() if was.dim() == 4 else was), name
    numbers = sum(p.numel() for p in model.parameters())
    saved = (tmp_path / "whole" / checkpoint.WEIGHTS).stat().st_size - len(content)
    assert saved == pytest.approx(2 * numbers, rel=0.15)  # nearly all of them are in kernels
    image = torch.rand(1, 1, 16, 16)
    assert torch.allclose(model(image), loaded(image), atol=5e-3) and not torch.equal(model(image), loaded(image))


def test_a_number_that_float16_cannot_hold_is_not_saved(tmp_path: Path) -> None:
    model = model_of()
    model.state_dict()["encoder.0.conv1.weight"].fill_(1e5)
    with pytest.raises(CheckpointError, match=r"encoder\.0\.conv1\.weight holds values that are too large"):
        checkpoint.save(tmp_path / "model", model, card_of(), half_from=0)
    assert not (tmp_path / "model").exists()
    checkpoint.save(tmp_path / "model", model, card_of())


@pytest.mark.parametrize("architecture", ["unet", "unet++"])
@pytest.mark.parametrize("level", [0, 1, 2])
def test_half_precision_goes_up_to_a_level(tmp_path: Path, architecture: str, level: int) -> None:
    """Of the kernels alone. Names say the level: encoder.1, decoder.1 or decoder.X1_2; the bottleneck is the lowest."""
    model = model_of(UNetConfig(architecture=architecture, base_channels=8, depth=2, padding="same", norm="batch"))
    content = checkpoint.weights_of(model, level)
    deep = re.compile({0: "", 1: r"\w+\.X?[12]|bottleneck", 2: r"encoder\.2|bottleneck"}[level])
    for name, tensor in read_tensors(content).items():
        kernel = name.endswith("weight") and "norm" not in name
        assert (tensor.dtype == torch.float16) == (kernel and bool(deep.match(name))), name
    loaded = checkpoint.load_weights(content, model.config)
    assert checkpoint.weights_of(loaded, level) == content
    assert {tensor.dtype for tensor in loaded.state_dict().values()} == {torch.float32, torch.int64}


def halve(tensors: dict[str, torch.Tensor]) -> None:
    for name, tensor in tensors.items():
        if tensor.is_floating_point():
            tensors[name] = tensor.half()


def test_loading_draws_no_random_numbers(folder: Path) -> None:
    torch.manual_seed(0)
    expected = torch.rand(2)
    torch.manual_seed(0)
    checkpoint.load(folder)
    assert torch.equal(torch.rand(2), expected)


def test_digest_follows_both_files(folder: Path) -> None:
    first = checkpoint.digest(folder)
    assert first == checkpoint.digest(folder)
    checkpoint.save(folder, model_of(), replace(card_of(), description="Another."))
    second = checkpoint.digest(folder)
    checkpoint.save(folder, model_of(seed=1), replace(card_of(), description="Another."))
    assert len({first, second, checkpoint.digest(folder)}) == 3


def rewrite(folder: Path, change: Callable[[dict[str, torch.Tensor]], Any]) -> None:
    """Change the tensors and make the card's digest fit again, so that nothing but the change is wrong."""
    tensors = load_file(folder / checkpoint.WEIGHTS)
    change(tensors)
    content = save(tensors)
    (folder / checkpoint.WEIGHTS).write_bytes(content)
    edit(folder, weights_sha256=sha256(content).hexdigest())


def edit(folder: Path, **changes: Any) -> None:
    """Change fields of the card; None takes one out."""
    data = json.loads((folder / checkpoint.CARD).read_text()) | changes
    kept = {name: value for name, value in data.items() if value is not None}
    (folder / checkpoint.CARD).write_text(json.dumps(kept))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda t: t.pop("head.bias"), "does not fit the card's network: head.bias is missing"),
        (lambda t: t.update({"head.extra": torch.zeros(1)}), "network, which has no 'head.extra'"),
        (lambda t: t.update({"head.bias": torch.zeros(2)}), "head.bias is 2 float32 and should be 1 float32"),
        (lambda t: t.update({"head.bias": torch.zeros(1).double()}), "head.bias is 1 float64 and should be 1 float32"),
        (lambda t: (halve(t), t.update({"head.bias": torch.zeros(2).half()})), "is 2 float16 and should be 1 float16"),
        (lambda t: t.update({name: v.bfloat16() for name, v in t.items() if v.is_floating_point()}),
         "bfloat16 and should be"),
        (lambda t: t.update({name: v.half() for name, v in t.items()}), "num_batches_tracked is one number float16"),
        (lambda t: (halve(t), t["head.bias"].fill_(float("inf"))), "holds values in head.bias that are no numbers"),
        (lambda t: t["head.bias"].fill_(float("nan")), "holds values in head.bias that are no numbers"),
        (lambda t: t["head.weight"].fill_(float("inf")), "holds values in head.weight that are no numbers"),
    ],
)
def test_tensors_that_do_not_fit(folder: Path, change: Callable[[dict[str, torch.Tensor]], Any], sentence: str) -> None:
    rewrite(folder, change)
    with pytest.raises(CheckpointError) as error:
        checkpoint.load(folder)
    assert sentence in str(error.value)


@pytest.mark.parametrize("content", [b"", b"1234567", b"x" * 100, struct.pack("<Q", 50) + b"{" * 60,
                                     struct.pack("<Q", 2) + b"[]", b"\x80\x04pickle" * 9])  # fmt: skip
def test_bytes_that_are_no_safetensors(folder: Path, content: bytes) -> None:
    (folder / checkpoint.WEIGHTS).write_bytes(content)
    with pytest.raises(CheckpointError, match="is no safetensors file, or a damaged one"):
        checkpoint.load(folder)


def test_a_cut_file(folder: Path) -> None:
    path = folder / checkpoint.WEIGHTS
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(CheckpointError, match="a damaged one"):
        checkpoint.load(folder)


def test_an_oversized_header_and_an_oversized_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / checkpoint.WEIGHTS
    path.write_bytes(struct.pack("<Q", 2**20 + 1) + b" " * (2**20 + 1))
    with pytest.raises(CheckpointError, match=r"the header of weights\.safetensors is larger than 1 MB"):
        checkpoint.load(folder)
    monkeypatch.setattr(checkpoint, "MAX_WEIGHTS", 2**20)
    with pytest.raises(CheckpointError, match=r"weights\.safetensors is larger than 1 MB"):
        checkpoint.load(folder)


def test_weights_of_another_card_are_noticed(folder: Path) -> None:
    (folder / checkpoint.WEIGHTS).write_bytes(save(model_of(seed=1).state_dict()))
    with pytest.raises(CheckpointError, match=r"not the file that card\.json describes"):
        checkpoint.load(folder)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"licence": None}, "the card has no field licence"),
        ({"licens": ""}, "the card has an unknown field 'licens'"),
        ({"classes": "background"}, "the card's field classes holds a str"),
        ({"config": 3}, "the card's field config holds a int"),
        ({"classes": ["background"]}, "the card names 1 classes, its network tells 2 apart"),
    ],
)
def test_cards_that_are_wrong(folder: Path, changes: dict[str, Any], sentence: str) -> None:
    edit(folder, **changes)
    with pytest.raises(CheckpointError) as error:
        checkpoint.load(folder)
    assert sentence in str(error.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "[" * 100_000, "\x00"])
def test_a_card_that_is_no_json_object(folder: Path, text: str) -> None:
    (folder / checkpoint.CARD).write_text(text)
    with pytest.raises(CheckpointError, match=r"card\.json"):
        checkpoint.load(folder)


def test_a_card_in_no_encoding(folder: Path) -> None:
    (folder / checkpoint.CARD).write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(CheckpointError, match="no JSON"):
        checkpoint.load(folder)


def test_a_config_that_makes_no_network(folder: Path) -> None:
    edit(folder, config=TINY.to_dict() | {"depth": 99})
    with pytest.raises(ConfigError, match=r"depth must be 1\.\.6, got 99"):
        checkpoint.load(folder)


def test_missing_files(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(CheckpointError, match=r"there is no card\.json that can be read in nothing"):
        checkpoint.load(tmp_path / "nothing")
    (folder / checkpoint.WEIGHTS).unlink()
    with pytest.raises(CheckpointError, match=r"there is no weights\.safetensors that can be read in tiny"):
        checkpoint.load(folder)
