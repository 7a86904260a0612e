"""Which value is the darkest and which the brightest when a channel is shown: three choices for three questions.

By channel: what shape has it? By block: which of its channels are strong? Global: where in the network are they?
"""

from collections.abc import Iterable

import numpy as np

from unet_core.inside.activations import Activations, Layer
from unet_core.inside.features import FeatureError
from unet_core.segment import Floats

MODES = ("channel", "block", "global")
Scale = tuple[float, float]  # the value shown darkest, the value shown brightest


def scales(of: Activations, row: str, mode: str = "channel", diverging: bool = False) -> tuple[Scale, ...]:
    """One scale for each channel of a layer: its own, its block's, or that of all layers of the same kind.

    With `diverging` a scale is symmetric around 0, so that the middle colour is no activation. FeatureError for another
    mode and for a row that is not kept.
    """
    layer = of[row]
    if mode not in MODES:
        raise FeatureError("a scale of colours is by {modes}, got {mode}", modes=", ".join(MODES), mode=repr(mode)[:60])
    if mode == "channel":
        found = zip(layer.statistics.low.tolist(), layer.statistics.high.tolist(), strict=True)
        return tuple(_around_zero(one) if diverging else one for one in found)
    among = [layer] if mode == "block" else [one for one in of.layers.values() if one.kind == layer.kind]
    whole = _whole(among)
    return (_around_zero(whole) if diverging else whole,) * layer.shape[0]


def _whole(layers: Iterable[Layer]) -> Scale:
    lows: list[Floats] = []
    highs: list[Floats] = []
    for layer in layers:
        lows.append(layer.statistics.low)
        highs.append(layer.statistics.high)
    return float(np.concatenate(lows).min()), float(np.concatenate(highs).max())


def _around_zero(scale: Scale) -> Scale:
    size = max(abs(scale[0]), abs(scale[1]))
    return -size, size
