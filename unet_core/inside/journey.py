"""The way of an image through a network, one picture for each block."""

from collections.abc import Iterator

from unet_core.block_card.block import Block, blocks
from unet_core.inside.activations import Activations, Layer
from unet_core.inside.features import FeatureMap
from unet_core.trace import Trace


def journey(of: Activations, traced: Trace) -> Iterator[tuple[Block, Layer, FeatureMap]]:
    """Along the forward pass, from the input to the heads: what each block of the run's trace hands on, of that the
    channel that varies most, at its own resolution.

    One channel is a picture that the network itself computed; a mixture of many would be a picture of ours.
    """
    for block in blocks(traced):
        layer = of[block.id]
        yield block, layer, layer.features(top=1).maps[0]
