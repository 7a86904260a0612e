"""From a trace to a drawing: boxes, arrows and words with their places, computed, never laid out by hand.

Two drawings, both read off the rows. A U-Net is drawn as in the 2015 figure, a box per feature map: its height grows
with log2 of the side, its width with log2 of the channels. A nested net is the triangle of its nodes X^{i,j} at
x = level + 2 * step, y = level. The sheet is WIDTH x HEIGHT units whatever the network, so that nothing jumps while a
slider moves. Words are Messages, for the screen to translate.
"""

from unet_core.diagram.feature_maps import feature_maps
from unet_core.diagram.sheet import HEIGHT, TEXT, WIDTH, Arrow, Box, Diagram, Word, size_text
from unet_core.diagram.triangle import triangle
from unet_core.messages import ExplainedError
from unet_core.trace import Trace

__all__ = ["HEIGHT", "TEXT", "WIDTH", "Arrow", "Box", "Diagram", "Word", "diagram", "size_text"]


def diagram(trace: Trace, text: float = TEXT) -> Diagram:
    """The drawing of a traced UNetConfig: feature maps for a U-Net, the triangle of nodes for a nested net.

    `text` is the height of a label in units: a drawing that is shown small makes room for larger ones.
    """
    if trace.config is None:
        raise ExplainedError("only a network built from a UNetConfig can be drawn; this trace has none")
    return triangle(trace, trace.config) if trace.config.nested else feature_maps(trace, trace.config, text)
