"""One sentence for every kind of row, with the row's own numbers in it, so that it holds for every network."""

from collections.abc import Callable
from math import prod

from unet_core import says
from unet_core.config import GROUPS, UNetConfig
from unet_core.messages import Message
from unet_core.trace import LayerRow, Trace


def sentence(row: LayerRow, trace: Trace, config: UNetConfig) -> Message:
    """What `row` does to its input."""
    return SENTENCES[row.kind](row, trace, config)


def _input(row: LayerRow, trace: Trace, config: UNetConfig) -> Message:
    channels, height, width = row.out_shape
    values = {"channels": channels, "height": height, "width": width}
    if channels == 1:
        return Message("The image enters: {height} × {width} pixels in {channels} channel.", values)
    return Message("The image enters: {height} × {width} pixels in {channels} channels.", values)


def _convolution(row: LayerRow, trace: Trace, config: UNetConfig) -> Message:
    assert row.window is not None
    kernel, before = row.window.kernel[0], row.in_shapes[0][0]
    lost = row.in_shapes[0][1] - row.out_shape[1]
    values = {"k": kernel, "before": before, "weights": kernel * kernel * before, "lost": lost,
              "parameters": row.parameters}  # fmt: skip
    if kernel == 1:
        return Message("Each new value is a weighted sum of the channels at its own place, {before} in number; it sees "
                       "no neighbour. Training finds {parameters:,} numbers.", values)  # fmt: skip
    if not lost:
        return Message("Each new value is a weighted sum of the {k} × {k} × {before} = {weights:,} values around it; "
                       "zeros around the edge let the size stay. Training finds {parameters:,} numbers.",
                       values)  # fmt: skip
    if config.padding == "same":
        return Message("Each new value is a weighted sum of {k} × {k} × {before} = {weights:,} values; this takes back "
                       "what the padding added, {lost} per axis. Training finds {parameters:,} numbers.",
                       values)  # fmt: skip
    return Message("Each new value is a weighted sum of the {k} × {k} × {before} = {weights:,} values around it; the "
                   "window must lie inside the map, so the size falls by {lost} per axis. Training finds "
                   "{parameters:,} numbers.", values)  # fmt: skip


def _norm(row: LayerRow, trace: Trace, config: UNetConfig) -> Message:
    values = {"parameters": row.parameters, "buffers": row.buffers, "groups": GROUPS,
              "each": row.out_shape[0] // GROUPS}  # fmt: skip
    return {
        "batch": Message("Batch norm shifts and scales every channel, by {buffers:,} averages kept from training and "
                         "{parameters:,} trained numbers, so that the next layer meets values of a familiar size.",
                         values),
        "group": Message("Group norm takes the channels in {groups} groups of {each}, brings each group to mean 0 and "
                         "variance 1 over this image, and scales and shifts its channels by {parameters:,} trained "
                         "numbers.", values),
        "instance": Message("Instance norm brings every channel to mean 0 and variance 1 over this image, and scales "
                            "and shifts it by trained numbers, {parameters:,} in all.", values),
    }[config.norm]  # fmt: skip


def _relu(row: LayerRow, trace: Trace, config: UNetConfig) -> Message:
    return Message("ReLU sets every negative value to zero and leaves the others as they are.")


def _dropout(row: LayerRow, trace: Trace, config: UNetConfig) -> Message:
    return Message("While training, dropout sets {percent:.0f} % of the values to zero at random; in use it lets "
                   "everything pass.", {"percent": 100 * config.dropout})  # fmt: skip


def _pool(row: LayerRow, trace: Trace, config: UNetConfig) -> Message:
    assert row.window is not None
    return Message("Of every {k} × {k} values only the largest stays: {before:,} values become {after:,}.",
                   {"k": row.window.kernel[0], "before": prod(row.in_shapes[0]),
                    "after": prod(row.out_shape)})  # fmt: skip


def _up_convolution(row: LayerRow, trace: Trace, config: UNetConfig) -> Message:
    assert row.window is not None
    values = {"k": row.window.kernel[0], "parameters": row.parameters, "before": prod(row.in_shapes[0]),
              "after": prod(row.out_shape)}  # fmt: skip
    return Message("Every value is spread over {k} × {k} places by trained weights: {before:,} values become "
                   "{after:,}. Training finds {parameters:,} numbers.", values)  # fmt: skip


def _resize(row: LayerRow, trace: Trace, config: UNetConfig) -> Message:
    values = {"before": prod(row.in_shapes[0]), "after": prod(row.out_shape)}
    if config.upsampling == "nearest":
        return Message("Every value is repeated, in height and in width: {before:,} values become {after:,}. Nothing "
                       "of this is trained.", values)  # fmt: skip
    return Message("New values are set between the old ones, as weighted averages of their neighbours: {before:,} "
                   "values become {after:,}. Nothing of this is trained.", values)  # fmt: skip


def _pad(row: LayerRow, trace: Trace, config: UNetConfig) -> Message:
    assert row.window is not None
    before = row.window.padding[0]
    after = row.out_shape[1] - row.in_shapes[0][1] - before
    return Message("Zeros are laid around the map, {before} px above and at the left, {after} px below and at the "
                   "right: an even kernel has no middle.", {"before": before, "after": after})  # fmt: skip


def _crop(row: LayerRow, trace: Trace, config: UNetConfig) -> Message:
    values = {"source": row.inputs[0], "pixels": says.cropped_pixels(row)}
    if not values["pixels"]:
        return Message("A copy of {source} arrives along the skip; it fits as it is, so nothing is cut off.", values)
    return Message("A copy of {source} arrives along the skip. It is larger than what came from below: {pixels} px are "
                   "cut off on every side.", values)  # fmt: skip


def _concat(row: LayerRow, trace: Trace, config: UNetConfig) -> Message:
    parts = [shape[0] for shape in row.in_shapes]
    return Message("Maps are laid one behind the other, first what came from below, then {sources} along the skip: "
                   "{sum} = {total} channels.",
                   {"sources": skip_sources(row, trace), "sum": " + ".join(map(str, parts)),
                    "total": row.out_shape[0]})  # fmt: skip


def _add(row: LayerRow, trace: Trace, config: UNetConfig) -> Message:
    return Message("Maps are added value by value, {count} of them: what came from below and {sources} along the skip.",
                   {"sources": skip_sources(row, trace), "count": len(row.in_shapes)})  # fmt: skip


def skip_sources(row: LayerRow, trace: Trace) -> str:
    """The rows whose maps came along the skips into a join, before any crop: 'encoder.0.relu2, decoder.X0_1.relu2'."""
    skips = (trace[name] for name in row.inputs[1:])
    return ", ".join(skip.inputs[0] if skip.kind == "crop" else skip.name for skip in skips)


def _head(row: LayerRow, trace: Trace, config: UNetConfig) -> Message:
    values = {"before": row.in_shapes[0][0], "after": row.out_shape[0], "parameters": row.parameters}
    if row.out_shape[0] == 1:
        return Message("At every pixel the channels, {before} in number, are weighed into one score, the logit. "
                       "Training finds {parameters:,} numbers.", values)  # fmt: skip
    return Message("At every pixel the channels, {before} in number, are weighed into {after} scores, the logits, one "
                   "for each class. Training finds {parameters:,} numbers.", values)  # fmt: skip


SENTENCES: dict[str, Callable[[LayerRow, Trace, UNetConfig], Message]] = {
    "input": _input, "conv": _convolution, "norm": _norm, "relu": _relu, "dropout": _dropout, "pool": _pool,
    "upconv": _up_convolution, "resize": _resize, "pad": _pad, "crop": _crop, "concat": _concat, "add": _add,
    "head": _head,
}  # fmt: skip
