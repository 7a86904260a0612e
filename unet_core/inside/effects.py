"""Which channels of a block the mask depends on: each is switched off once, and the mask is compared."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from unet_core.inside.answer import Change, change
from unet_core.inside.features import INPUT, FeatureError
from unet_core.inside.subject import Subject
from unet_core.inside.wiring import behind, frontier


@dataclass(frozen=True)
class Effect:
    """What switching `channel` off did to the mask; `done` are through, this one counted, `of` channels has the row."""

    channel: int
    change: Change
    done: int
    of: int


def effects(
    of: Subject, row: str, threshold: float = 0.5, channels: Iterable[int] | None = None
) -> Iterator[Effect]:  # fmt: skip
    """One channel of `row` after another, by default all in their order, each set to 0 everywhere; stop at any time.

    Only what lies behind the row is computed again. Raises FeatureError for a row that can't be switched off, and for a
    channel that there isn't.
    """
    check_inner(of, row)
    again = behind(of.traced, {row})
    before, kept = of.keep(frontier(of.traced, again) | {row})
    all_of_them = of.traced[row].out_shape[0]
    for done, channel in enumerate(range(all_of_them) if channels is None else channels, 1):
        after = of.replay({**kept, row: without(kept[row], channel)}, again)
        yield Effect(channel, change(before, after, threshold), done, all_of_them)


def check_inner(of: Subject, row: str) -> None:
    """Raise FeatureError unless a row is a feature map that is drawn, between the input and the heads."""
    if row not in of.drawn:
        raise FeatureError("the network has no layer {name}", name=repr(row[:60]))
    if row == INPUT or of.traced[row].kind == "head":
        raise FeatureError("{row} can't be switched off: choose a block between the input and the heads", row=row)


@torch.inference_mode()
def without(output: Tensor, channel: int | None) -> Tensor:
    """(B, C, H, W) with one channel set to 0, or with all; the output itself stays. FeatureError for a channel that
    there isn't."""
    if channel is None:
        return torch.zeros_like(output)
    if not isinstance(channel, int) or not 0 <= channel < output.shape[1]:
        raise FeatureError("there are the channels 0 to {last}, got {channel}", last=output.shape[1] - 1,
                           channel=str(channel)[:20])  # fmt: skip
    changed = output.clone()
    changed[:, channel] = 0
    return changed
