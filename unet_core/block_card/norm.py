"""What a normalisation layer does to its channels and what it keeps, from its row."""

from unet_core.config import GROUPS, UNetConfig
from unet_core.messages import Message
from unet_core.trace import LayerRow

NORM_DOES = {
    "batch": Message("Batch norm brings each channel to mean 0 and variance 1 over the batch, then scales and shifts "
                     "it."),
    "group": Message("Group norm brings each group of channels to mean 0 and variance 1, then scales and shifts each "
                     "channel."),
    "instance": Message("Instance norm brings each channel of each image to mean 0 and variance 1, then scales and "
                        "shifts it."),
}  # fmt: skip


def norm_lines(row: LayerRow, config: UNetConfig) -> tuple[Message, ...]:
    """What it does, and the numbers that it keeps: trained ones, and running ones where there are any."""
    channels = row.out_shape[0]
    lines = [NORM_DOES[config.norm]]
    if config.norm == "group":
        lines.append(Message("channels of a group: {channels} / {groups} = {members}",
                             {"channels": channels, "groups": GROUPS, "members": channels // GROUPS}))  # fmt: skip
    values = {"each": row.parameters // channels, "channels": channels, "count": row.parameters}
    lines.append(Message("{each} × {channels} = {count:,} trained numbers: scale and shift of each channel", values))
    if not row.buffers:
        return (*lines, Message("It keeps no running numbers: in use too, mean and variance come from the image."))
    kept = {"each": row.buffers // channels, "channels": channels, "count": row.buffers}
    running = Message("{each} × {channels} = {count:,} running numbers, not trained: mean and variance, kept for use",
                      kept)  # fmt: skip
    return (*lines, running)


LEFT_OUT = {
    "batch": Message("Batch norm is left out of it: in training its mean and variance come from whole images."),
    "group": Message("Group norm is left out of it: its mean and variance come from the whole image."),
    "instance": Message("Instance norm is left out of it: its mean and variance come from the whole image."),
}


def left_out(config: UNetConfig) -> Message | None:
    """Why a receptive field says nothing of normalisation; None for a network that has none."""
    return LEFT_OUT.get(config.norm)
