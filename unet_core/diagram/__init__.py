"""From a trace to a drawing: boxes, arrows and texts with their places, computed, never laid out by hand.

Two drawings of every network, both read off the rows. *Blocks*: a node X^{i,j} per block at x = level + 2 * step,
y = level. *Maps*: a box per feature map as in the 2015 figure, its height by log2 of the side, its width by log2 of the
channels. The sheet is WIDTH x HEIGHT units whatever the network, so that nothing jumps while a slider moves, and
`morph.between` leads from one drawing to the other. Words are Messages, for the screen to translate.
"""

from unet_core.config import UNetConfig
from unet_core.diagram.blocks import blocks
from unet_core.diagram.feature_maps import feature_maps
from unet_core.diagram.nested_maps import nested_maps
from unet_core.diagram.sheet import HEIGHT, TEXT, WIDTH, Arrow, Box, Diagram, Text, size_text
from unet_core.messages import ExplainedError
from unet_core.trace import Trace

VIEWS = ("blocks", "maps")
FIRST_DEPTH_OF_BLOCKS = 5  # from here on a U-Net's feature maps are many and small

__all__ = [
    "HEIGHT",
    "TEXT",
    "VIEWS",
    "WIDTH",
    "Arrow",
    "Box",
    "Diagram",
    "Text",
    "default_view",
    "diagram",
    "size_text",
]


def default_view(config: UNetConfig) -> str:
    """The drawing that a network opens with: blocks when it is deep or nested, else its feature maps."""
    return "blocks" if config.nested or config.depth >= FIRST_DEPTH_OF_BLOCKS else "maps"


def diagram(
    trace: Trace, text: float = TEXT, view: str | None = None, *, narrowest: float = 0.0, sizes: bool = True
) -> Diagram:
    """One of VIEWS of a traced UNetConfig; None is its `default_view`. Raises ExplainedError for other traces.

    `text` is the height of a label in units: a drawing that is shown small makes room for larger ones. Without `sizes`
    only channels are written. `narrowest` is how wide a U-Net's feature map is at least, where pictures go into them.
    """
    if trace.config is None:
        raise ExplainedError("only a network built from a UNetConfig can be drawn; this trace has none")
    view = default_view(trace.config) if view is None else view
    if view == "blocks":
        return blocks(trace, trace.config, text, sizes)
    if view != "maps":
        raise ExplainedError("there is no view {view}; there are {views}", view=view, views=", ".join(VIEWS))
    if trace.config.nested:
        return nested_maps(trace, trace.config, text, sizes)
    return feature_maps(trace, trace.config, text, narrowest, sizes)
