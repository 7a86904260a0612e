"""What Inside says of a block, a channel and a point, in one language."""

from ui.inside_runs import Run
from ui.language import mark, translated
from unet_core.block_card.block import Block, block_of
from unet_core.inside.activations import Layer
from unet_core.inside.scales import Scale
from unet_core.messages import Message, Signed
from unet_core.trace import Trace

ORDERS = {
    "variance": Message("{name}: {height} × {width} × {channels}; {shown} of the channels, those that vary most first"),
    "activation": Message("{name}: {height} × {width} × {channels}; {shown} of the channels, those of the highest mean "
                          "first"),
    "effect": Message("{name}: {height} × {width} × {channels}; {shown} of the channels, first those without which the "
                      "mask at the threshold {threshold:.2f} changes most"),
}  # fmt: skip
SCALES = {
    "channel": Message("Each channel by itself"), "block": Message("One scale for all channels of the block"),
    "global": Message("One scale for all layers of this kind"),
}  # fmt: skip

ENDS = {"rising": (mark("its smallest value"), mark("its largest value")),
        "diverging": (mark("negative"), mark("positive"))}  # fmt: skip


def block_name(block: Block, nested: bool, language: str) -> str:
    """Of a nested net X^{0,2}; elsewhere 'Encoder, level 0'."""
    name = translated(block.name, language)
    if nested and block.sign:
        return f"{name} {block.sign}" if block.rows[0].kind == "head" else block.sign
    return name


def layer_name(layer: Layer, traced: Trace) -> str:
    """The row, in a nested net with its node before it."""
    sign = block_of(traced, layer.row).sign
    nested = traced.config is not None and traced.config.nested
    return f"{sign} · {layer.row}" if nested and sign.startswith("X") else layer.row


def title(layer: Layer, name: str, shown: int, order: str, threshold: int, language: str) -> str:
    channels, height, width = layer.shape
    return translated(ORDERS[order].template, language, name=name, height=height, width=width, channels=channels,
                      shown=shown, threshold=threshold / 256)  # fmt: skip


def where(run: Run, layer: Layer, cell: tuple[int, int] | None, point: tuple[int, int] | None, language: str) -> str:
    """Which cell of the block covers the point, and how much of the image it covers."""
    if point is None:
        return translated("Click into the image above: the cell of every block that covers the point is then marked.",
                          language)  # fmt: skip
    values = {"row": point[0], "column": point[1]}
    if cell is None:
        return translated(
            "Row {row}, column {column} of the image lies outside of this block's maps.", language, **values
        )
    values |= {"i": cell[0], "j": cell[1], "stride": layer.place.stride}
    if run.resized:
        return translated("Row {row}, column {column} of the image: here the cell in row {i}, column {j}. It covers "
                          "{stride} × {stride} pixels of the image as it was resized for the network.", language,
                          **values)  # fmt: skip
    return translated("Row {row}, column {column} of the image: here the cell in row {i}, column {j}. It covers "
                      "{stride} × {stride} pixels.", language, **values)  # fmt: skip


def legend(palette: str, mode: str, scale: Scale, language: str) -> dict[str, str]:
    """The ends of the colour scale; where each channel has its own, the numbers stand at the channels."""
    low, high = (f"{Signed(end):.2f}" for end in scale)
    if mode == "channel":
        low, high = (translated(end, language) for end in ENDS["diverging" if palette == "diverging" else "rising"])
    return {"palette": palette, "says": translated(SCALES[mode].template, language), "low": low, "high": high,
            "zero": "0" if palette == "diverging" else ""}  # fmt: skip


def here(value: float, language: str) -> str:
    return translated("at the point: {value:.2f}", language, value=Signed(value))
