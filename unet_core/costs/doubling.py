"""Why filters double from level to level, shown on the network itself: once with doubling, once without."""

from dataclasses import replace

from unet_core.config import ConfigError, UNetConfig
from unet_core.messages import Message
from unet_core.trace import Trace


def variants(config: UNetConfig) -> tuple[UNetConfig, UNetConfig] | None:
    """The network with twice the channels on every level, and with the same on all; None where a rule forbids one."""
    try:
        return replace(config, growth=2), replace(config, growth=1)
    except ConfigError:
        return None


def encoder_macs(trace: Trace) -> list[int]:
    """Multiply-adds of the encoder's block at every level, the bottleneck last."""
    assert trace.config is not None
    return [sum(row.macs for row in trace.rows if row.node == (level, 0)) for level in range(trace.config.depth + 1)]


def doubling_says(doubled: Trace, even: Trace) -> tuple[Message, ...]:
    """Both networks of `variants`, compared level by level."""
    assert doubled.config is not None
    config = doubled.config
    told = [
        Message("A pooling leaves a quarter of the pixels, and between twice as many channels on both sides a "
                "convolution does four times the work for each of them: the two cancel."),
        Message("With filters that double, the blocks on the way down do {millions} million multiply-adds, level 0 "
                "first; with {channels} filters everywhere they do {even}.",
                {"millions": _listed(doubled), "channels": config.channels(0), "even": _listed(even)}),
        Message("The price is parameters: {doubled:,} with doubling, {even:,} without.",
                {"doubled": doubled.params, "even": even.params}),
    ]  # fmt: skip
    limit = config.max_channels
    if limit is not None and config.base_channels << config.depth > limit:
        told.append(Message("Here they stop doubling at {limit} channels.", {"limit": limit}))
    return tuple(told)


def _listed(trace: Trace) -> str:
    return " · ".join(map(millions, encoder_macs(trace)))


def millions(count: int) -> str:
    """In millions, with two digits or more: '12,080', '3.5', '0.031'."""
    if count >= 9_950_000:
        return f"{count / 1e6:,.0f}"
    return f"{count / 1e6:.1f}" if count >= 950_000 else f"{count / 1e6:.2g}"
