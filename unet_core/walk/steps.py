"""Every operation of a network in the order it runs: what it does, and what it changes of the shape.

A step for each row of the trace, then two that follow the network: softmax and argmax (before them, with deep
supervision, the mean of the heads). Nothing is computed here but shapes, so a network needs no training to be walked.
"""

from dataclasses import dataclass

from unet_core import says
from unet_core.config import UNetConfig
from unet_core.messages import ExplainedError, Message
from unet_core.trace import LayerRow, Shape, Trace
from unet_core.walk.sentences import sentence

MEAN, SOFTMAX, ARGMAX = "mean", "softmax", "argmax"  # names of the steps that are no row


@dataclass(frozen=True)
class Step:
    """One operation. `name` is its row, or MEAN, SOFTMAX or ARGMAX; `rows` are what to point at in a drawing.

    `before` are the shapes that it reads, `after` what it makes, (C, H, W). `changes` says what becomes of channels
    and size; `note` what else is worth knowing, as where a skip is missing.
    """

    name: str
    title: Message
    place: Message
    sentence: Message
    changes: tuple[Message, ...]
    before: tuple[Shape, ...]
    after: Shape
    rows: tuple[str, ...]
    note: Message | None = None


def steps(trace: Trace) -> tuple[Step, ...]:
    """The rows of a traced UNetConfig in their order, and what turns its logits into a mask. Raises ExplainedError."""
    config = trace.config
    if config is None:
        raise ExplainedError("only a network built from a UNetConfig can be walked; this trace has none")
    return (*(_step(row, trace, config) for row in trace.rows), *_closing(trace, config))


def _step(row: LayerRow, trace: Trace, config: UNetConfig) -> Step:
    before = row.in_shapes[:1] if row.kind == "crop" else row.in_shapes  # of the second a crop takes only the size
    title = says.operation(row, config) if row.inputs else Message("the image")
    return Step(
        row.name, title, _place(row, config), sentence(row, trace, config), _changes(before, row.out_shape), before,
        row.out_shape, (row.name,), _note(row, trace, config),
    )  # fmt: skip


def _place(row: LayerRow, config: UNetConfig) -> Message:
    """Where in the drawing a row stands."""
    if row.kind in ("input", "head"):
        return Message("Input") if row.kind == "input" else Message("Head")
    level, step = row.node or (0, 0)
    values = {"level": level, "step": step}
    if config.nested:
        return Message("Node X^({level},{step})", values)
    if level == config.depth:
        return Message("Bottleneck, level {level}", values)
    return Message("Decoder, level {level}", values) if step else Message("Encoder, level {level}", values)


def _changes(before: tuple[Shape, ...], after: Shape) -> tuple[Message, ...]:
    """What becomes of the channels, and of height and width."""
    if not before:
        return ()
    channels, size = [shape[0] for shape in before], before[0][1:]
    same = channels[0] == after[0]  # also where maps of as many channels are added
    values = {"before": " + ".join(map(str, channels)), "after": after[0], "old": _size(size), "new": _size(after[1:])}
    return (
        Message("channels stay {after}", values) if same else Message("channels {before} → {after}", values),
        Message("size stays {new}", values) if size == after[1:] else Message("size {old} → {new}", values),
    )


def _size(size: Shape) -> str:
    return " × ".join(map(str, size))


def _note(row: LayerRow, trace: Trace, config: UNetConfig) -> Message | None:
    if row.kind == "head" and len(trace.outputs) > 1:
        return Message("Deep supervision: there are {count} heads, and each makes a mask of its own.",
                       {"count": len(trace.outputs)})  # fmt: skip
    level = (row.node or (0, 0))[0]
    goes_up = row.name.startswith("up.") and row.kind != "resize"
    if goes_up and level not in config.connected_levels:
        return Message("Level {level} has no skip: what follows sees only what came from below.", {"level": level})
    return None


def _closing(trace: Trace, config: UNetConfig) -> tuple[Step, ...]:
    """From logits to the mask: what every use of the network does after it."""
    heads = [trace[name].out_shape for name in trace.outputs]
    height, width = min(shape[1] for shape in heads), min(shape[2] for shape in heads)
    logits, classes = (config.classes, height, width), max(2, config.classes)
    after, rows = Message("After the network"), trace.outputs[-1:]
    closing = []
    if len(heads) > 1:
        closing.append(
            Step(MEAN, Message("mean of the heads"), after,
                 Message("The logits of the {count} heads are averaged, each cut to the smallest of them: "
                         "{height} × {width}.", {"count": len(heads), "height": height, "width": width}),
                 _changes((logits,), logits), tuple(heads), logits, trace.outputs)
        )  # fmt: skip
    probabilities, mask = (classes, height, width), (1, height, width)
    closing += [
        Step(SOFTMAX, Message("softmax"), after, _softmax(config), _changes((logits,), probabilities), (logits,),
             probabilities, rows),
        Step(ARGMAX, Message("argmax"), after,
             Message("Every pixel gets the class with the largest probability, one of {classes}: this is the mask.",
                     {"classes": classes}), _changes((probabilities,), mask), (probabilities,), mask, rows),
    ]  # fmt: skip
    return tuple(closing)


def _softmax(config: UNetConfig) -> Message:
    if config.classes > 1:
        return Message("Softmax turns the {classes} logits of every pixel into probabilities that add up to 1.",
                       {"classes": config.classes})  # fmt: skip
    return Message("With one logit z, that of the background counts as 0: softmax turns the pair into two "
                   "probabilities that add up to 1; the second is the sigmoid of z.")  # fmt: skip
