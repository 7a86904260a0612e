"""What a row of the trace is and does, as Messages: the words of hover cards, legends and selections."""

from collections.abc import Sequence

from unet_core.config import UNetConfig
from unet_core.messages import Message
from unet_core.trace import LayerRow, Shape, Trace

ARCHITECTURE_NAMES = {"unet": "U-Net", "unet++": "U-Net++", "unet+": "U-Net+", "unet-e": "U-Net^e"}
NORM_NAMES = {
    "batch": Message("batch norm"),
    "group": Message("group norm"),
    "instance": Message("instance norm"),
}
NAMES = {  # kind of row -> what it is called, where that is the same in every network
    "relu": Message("ReLU"), "pool": Message("2 × 2 max-pool"), "upconv": Message("2 × 2 up-convolution"),
    "concat": Message("concatenate"), "add": Message("add"), "input": Message("input image"),
    "pad": Message("zero padding"), "dropout": Message("dropout"),
}  # fmt: skip
RESIZE = {"bilinear": Message("bilinear × 2"), "nearest": Message("nearest × 2")}
DOES = {  # kind of row -> what it does, one sentence
    "input": Message("The image as the network receives it."),
    "conv": Message(
        "Each output pixel is a weighted sum of a window of all input channels; training finds the weights."
    ),
    "pool": Message("Keeps the largest of every 2 × 2 pixels: half the height and width, the same channels."),
    "upconv": Message("Spreads every pixel over 2 × 2 pixels with trained weights: twice the height and width."),
    "resize": Message("Doubles height and width by interpolation; a 1 × 1 convolution then sets the channels."),
    "concat": Message("Stacks what came along the skips of this level beside what came up from below."),
    "add": Message("Adds what came along the skips of this level to what came up from below."),
    "head": Message("Turns the channels of each pixel into one score, the logit, for each class."),
}


def shape(value: Shape) -> Message:
    """Height x width x channels, as in the paper and in Keras."""
    channels, height, width = value
    return Message("{height} × {width} × {channels}", {"height": height, "width": width, "channels": channels})


def operation(row: LayerRow, config: UNetConfig) -> Message:
    """The name of what one row does: '3 × 3 convolution', 'batch norm', 'crop 4 px per side'."""
    if row.kind in ("conv", "head"):
        assert row.window is not None
        return Message("{k} × {k} convolution", {"k": row.window.kernel[0]})
    if row.kind == "norm":
        return NORM_NAMES[config.norm]
    if row.kind == "crop":
        return Message("crop {pixels} px per side", {"pixels": cropped_pixels(row)})
    if row.kind == "resize":
        return RESIZE[config.upsampling]
    return NAMES[row.kind]


def cropped_pixels(row: LayerRow) -> int:
    """Pixels that a crop takes off every side; height and width lose the same, as both sides of the U do."""
    return (row.in_shapes[0][1] - row.out_shape[1]) // 2


def joined(parts: Sequence[Message]) -> Message:
    """'a + b + c'."""
    whole = parts[0]
    for part in parts[1:]:
        whole = Message("{first} + {second}", {"first": whole, "second": part})
    return whole


def card(rows: Sequence[LayerRow], config: UNetConfig) -> tuple[Message, ...]:
    """The lines of a hover card for the rows of one box: its operations, its shape, its cost, what it does."""
    named = [row for row in rows if row.kind != "pad"]
    lines = [joined([operation(row, config) for row in named])]
    if len(rows[0].in_shapes) == 1:
        lines.append(Message("{before} → {after}", {"before": shape(rows[0].in_shapes[0]),
                                                    "after": shape(rows[-1].out_shape)}))  # fmt: skip
    else:
        lines.append(shape(rows[-1].out_shape))
    parameters, macs = sum(row.parameters for row in rows), sum(row.macs for row in rows)
    if parameters:
        lines.append(
            Message("{parameters:,} parameters, {macs:,} multiply-adds", {"parameters": parameters, "macs": macs})
        )
    does = next((DOES[row.kind] for row in reversed(rows) if row.kind in DOES), None)
    return (*lines, does) if does else tuple(lines)


def totals(trace: Trace) -> tuple[Message, ...]:
    """Figures above the drawing; each is a sum over the rows, with its unit."""
    before, after = trace.rows[0].out_shape, trace[trace.outputs[-1]].out_shape
    return (
        Message("{parameters:,} parameters", {"parameters": trace.params}),
        Message("{macs:,} multiply-adds", {"macs": trace.macs}),
        Message("{megabytes:,.1f} MB of feature maps in float32", {"megabytes": trace.bytes / 1e6}),
        Message("{before} in, {after} out", {"before": shape_text(before), "after": shape_text(after)}),
    )


def title(config: UNetConfig) -> Message:
    """What a drawing shows."""
    return Message("{name} of depth {depth}", {"name": ARCHITECTURE_NAMES[config.architecture], "depth": config.depth})


def shape_text(value: Shape) -> str:
    """'572 × 572 × 1', which no line break takes apart."""
    channels, height, width = value
    return f"{height}\u00a0×\u00a0{width}\u00a0×\u00a0{channels}"


def legend(config: UNetConfig, blocks: bool) -> tuple[tuple[str, Message], ...]:
    """Each kind of arrow in a drawing of `config`, with its words; between blocks there are no convolutions."""
    kernel = Message("{k} × {k} convolution", {"k": config.kernel_size})
    parts = [kernel] + ([NORM_NAMES[config.norm]] if config.norm != "none" else []) + [Message("ReLU")]
    copied = Message("copy and crop") if config.padding == "valid" else Message("copy")
    joins = copied if config.skip == "concat" else joined([copied, Message("add")])
    up = NAMES["upconv"]
    if config.upsampling != "transpose":
        up = joined([RESIZE[config.upsampling], Message("{k} × {k} convolution", {"k": 1})])
    entries = [("conv", joined(parts))] if not blocks else []
    entries += [("pool", NAMES["pool"]), ("up", up)]
    if config.connected_levels:
        entries.append(("skip", joins))
    return (*entries, ("head", Message("{k} × {k} convolution", {"k": 1})))
