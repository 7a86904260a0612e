"""A pruned network is the part of the whole that ends at one head: its weights, its output, its size."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from tests.core.test_models import SMALL, SUPERVISED, parameters
from unet_core.config import ConfigError, UNetConfig
from unet_core.models import NestedUNet, UNet, build_model, prune
from unet_core.sizes import smallest_legal


def outputs(config: UNetConfig, size: tuple[int, int], seed: int = 0) -> tuple[NestedUNet, Tensor, tuple[Tensor, ...]]:
    """A network with running statistics that are not the initial ones, an image, and its logits in eval mode."""
    torch.manual_seed(seed)
    model = build_model(config)
    assert isinstance(model, NestedUNet)
    image = torch.randn(2, config.in_channels, *size)
    with torch.no_grad():
        model(image)  # in train mode: a batch norm takes notes
        logits = model.eval()(image)
    return model, image, logits if isinstance(logits, tuple) else (logits,)


def test_prune_itself_gives_the_published_parameters():
    whole = build_model(SUPERVISED)
    assert [parameters(prune(whole, level)) for level in (1, 2)] == [100_961, 511_105]


CUTS = [(architecture, level) for architecture in ("unet++", "unet+", "unet-e") for level in (1, 2, 3)]
VARIANTS = [
    {},
    {"upsampling": "bilinear", "norm": "none", "skip": "add"},
    {"padding": "valid", "norm": "none"},
    {"norm": "instance", "dropout": 0.5, "kernel_size": 2},
    {"norm": "group", "base_channels": 8, "upsampling": "nearest", "skip_levels": (0, 2)},
]


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
@pytest.mark.parametrize(("architecture", "level"), CUTS)
def test_a_pruned_net_gives_what_that_head_gave(architecture, level, variant):
    config = replace(SMALL, architecture=architecture, **variant)
    side = smallest_legal(config)
    model, image, logits = outputs(config, (side + 8, side))
    smaller = prune(model, level)
    with torch.no_grad():
        assert torch.equal(smaller(image), logits[level - 1])
    assert parameters(smaller) < parameters(model)
    assert (smaller.config.depth, smaller.config.deep_supervision, smaller.training) == (level, False, False)
    assert isinstance(smaller, UNet if architecture == "unet-e" else NestedUNet)


def test_a_pruned_net_is_a_copy():
    model, image, logits = outputs(SMALL, (16, 16))
    smaller = prune(model, 2)
    with torch.no_grad():
        for p in smaller.parameters():
            p.zero_()
        assert torch.equal(model(image)[1], logits[1])


def test_a_pruned_net_keeps_mode_and_precision():
    model = build_model(SMALL).double()
    smaller = prune(model.train(), 1)
    assert smaller.training
    assert {(p.dtype, p.device) for p in smaller.parameters()} == {(torch.float64, torch.device("cpu"))}


@pytest.mark.parametrize("level", [0, 4, -1, 99])
def test_a_head_that_is_not_there_cannot_be_pruned_to(level):
    with pytest.raises(ConfigError, match=rf"level must be one of the heads \[1, 2, 3\], got {level}"):
        prune(build_model(SMALL), level)


def test_without_deep_supervision_there_is_one_head_only():
    model, image, logits = outputs(replace(SMALL, deep_supervision=False), (16, 16))
    assert torch.equal(prune(model, 3)(image), logits[0])
    with pytest.raises(ConfigError, match="only deep_supervision trains a head at every level"):
        prune(model, 1)


def test_a_part_whose_inner_nodes_nothing_reads_is_no_network_of_its_own():
    """With no skip at level 0, X^{0,1} serves its head only, so the way to L2 has no place for it."""
    whole = build_model(replace(SMALL, skip_levels=(1, 2)))
    assert prune(whole, 1).config.depth == 1
    with pytest.raises(ConfigError, match="lead nowhere"):
        prune(whole, 2)
