"""What a change of the network did to its totals."""

from dataclasses import dataclass

from unet_core.trace import Trace


@dataclass(frozen=True)
class Ratios:
    """Each total after a change, divided by what it was before."""

    parameters: float
    macs: float
    memory: float  # of all feature maps


def ratios(before: Trace, after: Trace) -> Ratios:
    """From one traced network to another."""
    return Ratios(after.params / before.params, after.macs / before.macs, after.bytes / before.bytes)


def ratio_text(ratio: float) -> str:
    """A ratio with two digits or more: '4.0', '0.25', '1.00', '0.0031', '1,200'."""
    if ratio >= 99.95:
        return f"{ratio:,.0f}"
    if ratio >= 1.095:
        return f"{ratio:.1f}"
    return f"{ratio:.2f}" if ratio >= 0.095 else f"{ratio:.2g}"
