"""Memory of a whole network, for one image in float32."""

from unet_core.costs.liveness import Fullest
from unet_core.trace import Trace

ADAMW_COPIES = 4  # of every parameter: itself, its gradient, and AdamW's running means of gradient and of its square


def using_bytes(trace: Trace, most: Fullest) -> int:
    """To use it: the weights, and the feature maps at the fullest moment."""
    return 4 * trace.params + most.bytes


def training_bytes(trace: Trace) -> int:
    """To train it: the output of every layer is kept for the way back, and of every parameter ADAMW_COPIES. Not
    counted: the gradients of the feature maps, which come and go, and what the convolutions use while they work.
    """
    return 4 * ADAMW_COPIES * trace.params + trace.bytes


def megabytes(count: int) -> str:
    """Bytes in MB, with one decimal or two digits: '1,267.1', '0.031'."""
    return f"{count / 1e6:,.1f}" if count >= 950_000 else f"{count / 1e6:.2g}"
