"""Tiny trained networks of every kind, with an image, for what looks inside and for the experiments."""

import copy
from dataclasses import replace
from functools import cache

import numpy as np
import torch

from tests.core.test_checkpoint import card_of
from tests.core.test_segment import trained_a_little
from unet_core.config import UNetConfig
from unet_core.inside.subject import Subject, subject
from unet_core.models import NestedUNet, UNet
from unet_core.sizes import closest_legal

PLAIN = UNetConfig(classes=1, base_channels=4, depth=2, padding="same", norm="batch")
NESTED = replace(PLAIN, architecture="unet++", classes=3, in_channels=3, deep_supervision=True)
VALID = UNetConfig(classes=2, base_channels=4, depth=2)
VALID_NESTED = replace(VALID, architecture="unet++", classes=1, deep_supervision=True)
KINDS = {
    "plain": PLAIN, "nested": NESTED, "valid": VALID, "valid nested": VALID_NESTED,
    "one head": replace(NESTED, deep_supervision=False, classes=1),
    "short skips": replace(NESTED, architecture="unet+", in_channels=1),
    "long skips": replace(NESTED, architecture="unet-e", in_channels=1),
    "added": replace(PLAIN, skip="add", dropout=0.3, upsampling="bilinear"),
    "added valid": replace(VALID, skip="add", upsampling="nearest", base_channels=8),
    "one level": replace(PLAIN, skip_levels=(1,), kernel_size=2, classes=4),
    "group": replace(PLAIN, norm="group", base_channels=8),
    "instance": replace(PLAIN, norm="instance"),
}  # fmt: skip


def image_of(config: UNetConfig, size: tuple[int, int] = (22, 27), seed: int = 0) -> np.ndarray:
    """Noise, float32 (H, W, C) in 0..1, that does not fit the poolings."""
    rng = np.random.default_rng(seed)
    return rng.random((*size, 1 if config.in_channels == 1 else 3), dtype=np.float32)


@cache
def _trained(config: UNetConfig) -> UNet | NestedUNet:
    """In eval, with running numbers of its own; each head's logits vary around 0, so that the mask has an outline."""
    model = trained_a_little(config)
    assert isinstance(model, UNet | NestedUNet)
    side, generator = closest_legal(config, 64), torch.Generator().manual_seed(1)
    noise = torch.rand(1, config.in_channels, side, side, generator=generator)
    heads = [model.head] if isinstance(model, UNet) else list(model.head.values())
    with torch.no_grad():
        for head in heads:
            seen: list[torch.Tensor] = []
            handle = head.register_forward_hook(lambda _, __, out, seen=seen: seen.append(out))
            model(noise)
            handle.remove()
            head.weight *= 3 / seen[0].std(dim=(0, 2, 3))[:, None, None, None]
            head.bias.copy_((head.bias - seen[0].mean(dim=(0, 2, 3))) * 3 / seen[0].std(dim=(0, 2, 3)))
    return model


def net_of(config: UNetConfig) -> UNet | NestedUNet:
    """A copy of one's own: tests change weights."""
    return copy.deepcopy(_trained(config))


def subject_of(config: UNetConfig, size: tuple[int, int] = (22, 27), seed: int = 0) -> Subject:
    return subject(net_of(config), card_of(config), image_of(config, size, seed))
