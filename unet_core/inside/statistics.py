"""A few numbers of every channel of a block, by which channels are ranked and coloured."""

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from unet_core.inside.features import FeatureError
from unet_core.segment import Floats

RANKINGS = ("variance", "activation")


@dataclass(frozen=True, eq=False)
class Statistics:
    """Of each channel over the image: mean, standard deviation, smallest and largest value, each float32 (C,)."""

    mean: Floats
    std: Floats
    low: Floats
    high: Floats

    def ranked(self, by: str = "variance") -> tuple[int, ...]:
        """All channels: those that vary most first, or those of the highest mean. FeatureError for another `by`."""
        if by not in RANKINGS:
            raise FeatureError("channels are ranked by {known}, got {by}", known=", ".join(RANKINGS), by=repr(by)[:60])
        values = self.std if by == "variance" else self.mean
        order: list[int] = np.argsort(-values, kind="stable").tolist()
        return tuple(order)


def statistics(values: Tensor) -> Statistics:
    """Of (C, h, w), channel by channel; fast where each channel's values stand together in memory."""
    mean = values.mean(dim=(1, 2))
    std = (values - mean[:, None, None]).square_().mean(dim=(1, 2)).sqrt()  # a twelfth of the time of torch.std
    low, high = values.amin(dim=(1, 2)), values.amax(dim=(1, 2))
    numbers = [each.float().cpu().numpy() for each in (mean, std, low, high)]
    return Statistics(*numbers)


def joined(parts: list[Statistics]) -> Statistics:
    """Of channels that stand one after another."""
    return Statistics(*(np.concatenate([getattr(part, name) for part in parts])
                        for name in ("mean", "std", "low", "high")))  # fmt: skip
