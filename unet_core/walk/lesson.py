"""Ten cards for a first lesson: each points at one thing, says in a sentence why it is there, and asks one question.

Every number on them, and so every right answer, comes from the trace, the journey or the 2015 network's own trace.
"""

from collections.abc import Sequence
from math import prod

from unet_core import says
from unet_core.messages import ExplainedError, Message
from unet_core.receptive_field import receptive_field
from unet_core.trace import LayerRow, Trace
from unet_core.walk.cards import LOGITS, LessonCard, Question, ask, class_name
from unet_core.walk.journey import Journey
from unet_core.walk.pixel import marked_pixel
from unet_core.walk.steps import ARGMAX, SOFTMAX


def lesson(
    trace: Trace, journey: Journey, paper: Trace, classes: Sequence[str], diameter: float
) -> tuple[LessonCard, ...]:  # fmt: skip
    """The ten cards for a network that was journeyed through. `classes` names what it tells apart, background first.

    `paper` is the trace of a network with valid padding, to say what is cropped there; `diameter` of a typical object
    in pixels. Raises ExplainedError unless the network is a U-Net of depth 2 or more with same padding,
    up-convolutions and a concatenating skip at every level.
    """
    config = trace.config
    fits = (
        config is not None and config.architecture == "unet" and config.depth > 1 and config.skip == "concat"
        and config.skip_levels is None and config.padding == "same" and config.upsampling == "transpose"
    )  # fmt: skip
    if not fits or config is None:
        raise ExplainedError("the lesson needs a U-Net of depth 2 or more with same padding, up-convolutions and a "
                             "concatenating skip at every level")  # fmt: skip
    return (
        _problem(trace, classes), _input(trace, journey), _convolution(trace, journey), _pooling(trace),
        _deeper(trace, config.depth), _bottleneck(trace, diameter), _up_convolution(trace, config.depth),
        _skip(trace, paper), _head(trace), _mask(trace, journey, classes),
    )  # fmt: skip


def _problem(trace: Trace, classes: Sequence[str]) -> LessonCard:
    return LessonCard(
        Message("The problem"),
        Message("Every single pixel is to get a class, {foreground} or {background}, and its own value does not tell: "
                "the network has to look around each pixel and still answer pixel by pixel.",
                {"background": class_name(classes[0]), "foreground": class_name(classes[-1])}),
        ("input", trace.outputs[-1]), ("input", ARGMAX),
    )  # fmt: skip


def _input(trace: Trace, journey: Journey) -> LessonCard:
    channels, height, width = shape = trace["input"].out_shape
    stop, first = journey.stops["input"], trace["encoder.0.conv1"].out_shape
    values = {"channels": channels, "height": height, "width": width, "numbers": prod(shape), "low": stop.low,
              "high": stop.high}  # fmt: skip
    return LessonCard(
        Message("The image goes in"),
        Message("To the network an image is only numbers; they are stretched so that nearly all lie between 0 and 1, "
                "because then the pictures of every camera look alike to it."),
        ("input",), ("input",),
        ask(Message("How many numbers go in?"), prod(shape), (height, prod(first)),
            Message("{height} × {width} × {channels} = {numbers:,}; here they reach from {low:.2f} to "
                    "{high:.2f}.", values)),
    )  # fmt: skip


def _convolution(trace: Trace, journey: Journey) -> LessonCard:
    row, relu = trace["encoder.0.conv1"], journey.stops["encoder.0.relu1"]
    assert row.window is not None
    kernel, before, channels = row.window.kernel[0], row.in_shapes[0][0], row.out_shape[0]
    values = {"k": kernel, "before": before, "channels": channels, "weights": kernel * kernel * before,
              "percent": 100 * relu.zeros}  # fmt: skip
    return LessonCard(
        Message("Convolution and ReLU"),
        Message("A {k} × {k} convolution answers wherever its small pattern is and ReLU silences the rest, so that "
                "each of the {channels} channels is a picture of where one pattern lies.", values),
        tuple(name for name in _block(trace, "encoder.0.") if name.endswith("1")), ("input", "encoder.0.relu1"),
        ask(Message("How many weights does it take to make one of the {channels} channels?", values),
            kernel * kernel * before, (kernel, kernel * kernel * channels),
            Message("{k} × {k} × {before} = {weights:,}, the same ones at every pixel. In this image ReLU then "
                    "leaves {percent:.0f} % of the layer's values at zero.", values)),
    )  # fmt: skip


def _pooling(trace: Trace) -> LessonCard:
    row = trace["pool.0"]
    assert row.window is not None
    channels, height, width = row.out_shape
    before, after = prod(row.in_shapes[0]), prod(row.out_shape)
    values = {"k": row.window.kernel[0], "before": before, "after": after, "channels": channels, "height": height,
              "width": width, "percent": 100 * (1 - after / before)}  # fmt: skip
    return LessonCard(
        Message("Pooling"),
        Message("Max-pooling keeps the largest of every {k} × {k} values, so that the layers after it see farther "
                "with less work.", values),
        ("pool.0",), (row.inputs[0], "pool.0"),
        ask(Message("{before:,} values go in. How many come out?", values), after, (before // 2, before),
            Message("{height} × {width} × {channels} = {after:,}: {percent:.0f} % of the values are gone, and with "
                    "them the exact places.", values)),
    )  # fmt: skip


def _deeper(trace: Trace, depth: int) -> LessonCard:
    rows = _block(trace, f"encoder.{depth - 1}.")
    reach, first = _reach(trace, rows[-1]), _reach(trace, _block(trace, "encoder.0.")[-1])
    values = {"reach": reach, "first": first}
    return LessonCard(
        Message("Deeper: coarser and more abstract"),
        Message("With every level a value sees more of the image and says less about where and more about what: that "
                "is why the maps get coarser and the channels more."),
        rows, tuple(_block(trace, f"encoder.{level}.")[-1] for level in range(depth)),
        ask(Message("How many pixels of the image, in width, does one value see here?"), reach,
            (first, trace["input"].out_shape[1]),
            Message("{reach} pixels; in the uppermost block it was {first}.", values)),
    )  # fmt: skip


def _bottleneck(trace: Trace, diameter: float) -> LessonCard:
    rows = _block(trace, "bottleneck.")
    channels, height, width = shape = trace[rows[-1]].out_shape
    image, numbers = prod(trace["input"].out_shape), prod(shape)
    values = {"reach": _reach(trace, rows[-1]), "diameter": diameter, "channels": channels, "height": height,
              "width": width, "places": height * width, "numbers": numbers, "image": image,
              "times": numbers / image}  # fmt: skip
    if numbers == image:  # the image's own number is the right answer, so another one has to be wrong
        wrong = image // 4
        answer = Message("{channels} × {height} × {width} = {numbers:,}, exactly as many as the image: it is narrow in "
                         "places ({places:,}), not in numbers.", values)  # fmt: skip
    else:
        wrong = image
        answer = Message("{channels} × {height} × {width} = {numbers:,}, {times:.3g} times as many as the image: it is "
                         "narrow in places ({places:,}), not in numbers.", values)  # fmt: skip
    return LessonCard(
        Message("The bottleneck"),
        Message("Down here a value sees {reach} pixels, an object of about {diameter:.0f} with its neighbours, so that "
                "the network can tell what is there, though hardly where.", values),
        rows, (rows[-1],),
        ask(Message("The image has {image:,} numbers. How many does the bottleneck hold?", values), numbers,
            (height * width, wrong), answer),
    )  # fmt: skip


def _up_convolution(trace: Trace, depth: int) -> LessonCard:
    row = trace[f"up.{depth - 1}.upconv"]
    assert row.window is not None
    channels, height, width = row.out_shape
    before, after = prod(row.in_shapes[0]), prod(row.out_shape)
    values = {"k": row.window.kernel[0], "before": before, "after": after, "channels": channels, "height": height,
              "width": width, "many": row.in_shapes[0][0]}  # fmt: skip
    return LessonCard(
        Message("The up-convolution"),
        Message("An up-convolution spreads every value over {k} × {k} places, because the mask must be as large as the "
                "image; what pooling forgot it cannot bring back.", values),
        (row.name,), (row.inputs[0], row.name),
        ask(Message("{before:,} values go in. How many come out?", values), after,
            (before, before * row.window.kernel[0] ** 2),
            Message("{height} × {width} × {channels} = {after:,}: higher and wider, but of the {many} channels "
                    "{channels} are left.", values)),
    )  # fmt: skip


def _skip(trace: Trace, paper: Trace) -> LessonCard:
    row = trace["skip.0.join"]
    (below, height, width), (along, *_) = row.in_shapes
    crop = next(other for other in paper.rows if other.kind == "crop" and (other.node or (0, 0))[0] == 0)
    values = {"below": below, "along": along, "total": row.out_shape[0], "height": height, "width": width,
              "pixels": says.cropped_pixels(crop), "large": crop.in_shapes[0][1],
              "small": crop.out_shape[1]}  # fmt: skip
    return LessonCard(
        Message("The skip"),
        Message("The skip copies the encoder's map whole to the decoder, because there every edge is still in its "
                "place: what comes from below knows what, what comes along the skip knows where."),
        (row.inputs[1], row.name), (row.inputs[0], row.inputs[1]),
        ask(Message("{below} channels come from below, {along} along the skip. How many are read next?", values),
            row.out_shape[0], (below, below * along),
            Message("{below} + {along} = {total}: the maps are concatenated. Both are {height} × {width}, so "
                    "nothing is cropped; the network of 2015 crops {pixels} pixels per side here, {large} → "
                    "{small}.", values)),
        sign="+",
    )  # fmt: skip


def _head(trace: Trace) -> LessonCard:
    row = trace[trace.outputs[-1]]
    before, classes = row.in_shapes[0][0], row.out_shape[0]
    values = {"before": before, "classes": classes, "parameters": row.parameters}
    return LessonCard(
        Message("The 1 × 1 head"),
        Message("A convolution of 1 × 1 weighs the {before} channels of one pixel into its score, the logit; it need "
                "not look around any more, for all that is around is in the channels by now.", values),
        (row.name,), (row.inputs[0], LOGITS),
        ask(Message("How many numbers does it learn?"), row.parameters,
            (before * 9 * classes + classes, prod(row.out_shape)),
            Message("{before} × {classes} weights and {classes} for the bias, {parameters} in all, the same at "
                    "every pixel.", values)),
    )  # fmt: skip


def _mask(trace: Trace, journey: Journey, classes: Sequence[str]) -> LessonCard:
    pixel = marked_pixel(journey)
    names = tuple(class_name(name) for name in classes)
    foreground = max(range(1, len(names)), key=pixel.probabilities.__getitem__)
    values = {"foreground": names[foreground], "background": names[0], "logit": pixel.logits[foreground],
              "other": pixel.logits[0], "chosen": names[pixel.chosen],
              "logits": ", ".join(f"{logit:.2f}" for logit in pixel.logits),
              "probabilities": ", ".join(f"{probability:.3f}" for probability in pixel.probabilities)}  # fmt: skip
    return LessonCard(
        Message("Logits, softmax, argmax, mask"),
        Message("Softmax turns the logits into probabilities and argmax takes the largest, because a mask needs one "
                "class for every pixel and no scores."),
        trace.outputs, ("input", LOGITS, SOFTMAX, ARGMAX),
        Question(Message("Logits at the marked pixel: {foreground} {logit:.2f}, {background} {other:.2f}. Which class "
                         "does it get?", values), names, pixel.chosen,
                 Message("Softmax makes ({logits}) into ({probabilities}); argmax takes {chosen}.", values)),
        pixel,
    )  # fmt: skip


def _block(trace: Trace, prefix: str) -> tuple[str, ...]:
    return tuple(row.name for row in trace.rows if row.name.startswith(prefix))


def _reach(trace: Trace, name: str) -> int:
    """Pixels of the image, in height, that reach the middle of a row's map."""
    row: LayerRow = trace[name]
    return receptive_field(trace, name, (row.out_shape[1] // 2, row.out_shape[2] // 2)).height
