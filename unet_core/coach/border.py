"""What becomes of the image's border: a valid network gives it no mask, a same one makes it up."""

from collections.abc import Callable

from unet_core.config import UNetConfig
from unet_core.messages import Message
from unet_core.receptive_field import Box
from unet_core.sizes import nearest_legal, output_side
from unet_core.trace import LayerRow, Trace

Size = tuple[int, int]


def lost_per_side(config: UNetConfig) -> int:
    """Pixels of border, on every side of an input that fits, that get no mask; above and left of one that does not."""
    return config.loss_per_block * (3 * (1 << config.depth) - 2) // 2  # depth >= 1, so the product is even


def mask_box(config: UNetConfig, size: Size) -> Box:
    """Where in an input of (height, width) its mask lies. Raises SizeError for a size that does not fit."""
    start = lost_per_side(config)
    return Box(start, start, start + output_side(config, size[0]), start + output_side(config, size[1]))


def lost_share(config: UNetConfig, size: Size) -> float:
    """The share of the input's area that gets no mask, 0..1."""
    mask = mask_box(config, size)
    return 1 - mask.height * mask.width / (size[0] * size[1])


def percent_text(share: float) -> str:
    """'46.0' for 0.46; with as many digits as it takes to tell a small share from none, and a large one from all."""
    percent = 100 * share
    digits = 1
    while share not in (0, 1) and float(f"{percent:.{digits}f}") in (0, 100) and digits < 9:
        digits += 1
    return f"{percent:.{digits}f}"


def covering_size(config: UNetConfig, size: Size) -> Size:
    """The smallest input whose mask is at least as large as an image of `size`."""
    lost = 2 * lost_per_side(config)
    return nearest_legal(config, size[0] + lost)[1], nearest_legal(config, size[1] + lost)[1]


def invented_reach(trace: Trace) -> int:
    """How many pixels from its edge, at most, a value of the last output can depend on zeros of the padding.

    Counted forwards: every padded convolution lets them in by its padding, a pooling halves and an up-sampling doubles
    what they have reached. Norms that take their mean over the image are left out, as in the receptive field.
    """
    reached: dict[str, tuple[int, int]] = {}  # row -> positions from the upper and from the lower edge
    for row in trace.rows:
        sources = [reached[source] for source in (row.inputs[:1] if row.kind == "crop" else row.inputs)]
        before = tuple(max((source[end] for source in sources), default=0) for end in (0, 1))
        reached[row.name] = tuple(map(_after(row, trace), before, _padding(row)))  # type: ignore[assignment]
    last = trace[trace.outputs[-1]]
    return min(max(reached[last.name]), last.out_shape[-1])


def _padding(row: LayerRow) -> tuple[int, int]:
    """Zeros that a layer puts before and after."""
    if row.window is None or row.kind == "pool":
        return 0, 0
    before = row.window.padding[1]
    if row.kind == "pad":
        return before, row.out_shape[-1] - row.in_shapes[0][-1] - before
    return before, before


def _after(row: LayerRow, trace: Trace) -> Callable[[int, int], int]:
    """How far the zeros reach after a layer, from how far before and how many it adds."""
    if row.kind == "pool":
        return lambda reach, zeros: -(-reach // 2)
    if row.kind == "upconv":
        return lambda reach, zeros: 2 * reach
    if row.kind == "resize":  # between two positions, so that half a position more is touched
        more = 1 if trace.config is not None and trace.config.upsampling == "bilinear" else 0
        return lambda reach, zeros: 2 * reach + more if reach else 0
    if row.kind == "crop":
        cut = (row.in_shapes[0][-1] - row.out_shape[-1]) // 2
        return lambda reach, zeros: max(0, reach - cut)
    return lambda reach, zeros: reach + zeros


def border_says(config: UNetConfig, size: Size, trace: Trace) -> tuple[Message, ...]:
    """What goes in and what comes out, against what is often said of it."""
    mask = mask_box(config, size)
    values: dict[str, object] = {
        "height": size[0], "width": size[1], "mask_height": mask.height, "mask_width": mask.width,
        "lost": lost_per_side(config), "percent": percent_text(lost_share(config, size)),
    }  # fmt: skip
    if not lost_per_side(config):
        return _nothing_lost(config, size, trace, values)
    cover = dict(zip(("height", "width"), covering_size(config, size), strict=True))
    return (
        Message(
            "“The output is as large as the input” does not hold here: {height} × {width} px go in, and "
            "{mask_height} × {mask_width} come out.", values,
        ),
        Message("On every side {lost} px get no mask, together {percent} % of the area.", values),
        Message("For a mask of every pixel the image is mirrored at its edges, here up to {height} × {width} px.",
                cover),
    )  # fmt: skip


def _nothing_lost(config: UNetConfig, size: Size, trace: Trace, values: dict[str, object]) -> tuple[Message, ...]:
    holds = Message("“The output is as large as the input” holds here: {height} × {width} px go in and come out.",
                    values)  # fmt: skip
    reach = invented_reach(trace)
    if not reach:
        return (holds,)
    zeros = Message(
        "Nothing is lost, but the border is made up: the convolutions put zeros around their maps. What they do to a "
        "value reaches up to {reach} px in, about half of what a value sees.", {"reach": reach},
    )  # fmt: skip
    if 2 * reach < min(size):
        return holds, zeros
    return holds, Message("Nothing is lost, but the convolutions put zeros around their maps, and at this size they "
                          "reach every pixel of the mask.")  # fmt: skip
