"""Imported by a process that waits for a job: all that the first step of a training would else have to wait for.

PyTorch loads a good part of itself at the first network and at the first step of an optimizer, some seconds of work.
"""

import torch

from unet_core.config import UNetConfig
from unet_core.models import build_model
from unet_core.runs import job as _runs  # noqa: F401  (what jobs will import)
from unet_core.teach import job as _teach  # noqa: F401


def warm_up() -> None:
    """One step of the smallest training."""
    model = build_model(UNetConfig(depth=1, base_channels=2, padding="same", norm="batch"))
    optimizer = torch.optim.AdamW(model.parameters())
    outputs = model(torch.zeros(2, model.config.in_channels, 8, 8))
    outputs.mean().backward()
    optimizer.step()


warm_up()
