"""What a block costs, and its share of the whole network."""

from dataclasses import dataclass

from unet_core.block_card.block import Block
from unet_core.messages import Message
from unet_core.trace import Trace


@dataclass(frozen=True)
class Cost:
    """One sum over the rows of a block, and the same over all rows of the network."""

    text: Message
    part: int
    whole: int

    @property
    def share(self) -> float:
        """0..1; 0 of a network that has none of it."""
        return self.part / self.whole if self.whole else 0.0

    @property
    def share_text(self) -> Message:
        """'15.2 %'; small shares keep a digit that is not 0."""
        return Message("{percent} %", {"percent": _short(100 * self.share)})


def costs(trace: Trace, block: Block) -> tuple[Cost, Cost, Cost]:
    """Parameters, multiply-adds of one forward pass, and bytes of the feature maps in float32."""
    parameters, macs, size = (
        sum(values) for values in zip(*((row.parameters, row.macs, row.bytes) for row in block.rows), strict=True)
    )
    return (
        Cost(Message("{parameters:,} parameters", {"parameters": parameters}), parameters, trace.params),
        Cost(Message("{macs:,} multiply-adds", {"macs": macs}), macs, trace.macs),
        Cost(Message("{megabytes} MB of feature maps", {"megabytes": _short(size / 1e6)}), size, trace.bytes),
    )


def _short(value: float) -> str:
    """One decimal; more for what that makes 0, up to the first digit that is not."""
    if round(value, 1) or not value:
        return f"{value:,.1f}"
    return next(text for digits in range(2, 20) if float(text := f"{value:.{digits}f}"))
