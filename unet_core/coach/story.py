"""Why a side fits or not, and what happens to one that does not where nobody checks, as sentences."""

from collections.abc import Iterator

from unet_core.coach.attempt import Attempt, Meeting, Stop, attempt
from unet_core.coach.border import lost_per_side
from unet_core.config import UNetConfig
from unet_core.messages import Message
from unet_core.says import NORM_NAMES
from unet_core.sizes import is_legal, nearest_legal, output_side, smallest_legal


def story(config: UNetConfig, side: int) -> tuple[Message, ...]:
    """What is to be said about an input of `side` pixels in height or width, in order."""
    if is_legal(config, side):
        return (Message("A side of {side} px fits: every pooling meets an even number of rows.", {"side": side}),)
    tried = attempt(config, side)
    if tried.stop is not None and tried.stop.kind != "join":
        return _nothing_left(config, tried.stop), _smallest(config)
    told = tuple(_dropped(tried))
    if tried.stop is not None:
        return (*told, _unfit(tried.stop), *([_smallest(config)] if side < smallest_legal(config) else []))
    assert tried.output is not None
    return (*told, *_silent(config, side, tried, tried.output))


def _smallest(config: UNetConfig) -> Message:
    smallest = smallest_legal(config)
    return Message("The smallest side that fits is {smallest} px; its mask has {output} px.",
                   {"smallest": smallest, "output": output_side(config, smallest)})  # fmt: skip


def _nothing_left(config: UNetConfig, stop: Stop) -> Message:
    values: dict[str, object] = {"level": stop.level, "side": stop.sides[0], "kernel": config.kernel_size}
    if stop.kind == "conv":
        return Message("Nothing is left at level {level}: a {kernel} × {kernel} convolution gets {side} × {side} px, "
                       "less than its window.", values)  # fmt: skip
    if stop.kind == "pool":
        return Message("Nothing is left below level {level}: a single pixel cannot be halved.", values)
    values["norm"] = NORM_NAMES[config.norm]
    return Message("A single pixel is left at level {level}: {norm} would get a number that stands alone.", values)


def _dropped(tried: Attempt) -> Iterator[Message]:
    """The level where floor() loses a row, and those where it happens again."""
    first, *others = tried.drops
    yield Message(
        "At level {level} the pooling meets {side} rows, an odd number: it makes {pairs} pairs and drops the last row.",
        {"level": first.level, "side": first.side, "pairs": first.side // 2},
    )
    if others:
        levels = ", ".join(str(drop.level) for drop in others)
        yield Message("The same happens again further down: level {levels}.", {"levels": levels})


def _unfit(stop: Stop) -> Message:
    below, *skips = stop.sides
    skip = next(side for side in skips if side != below)
    return Message(
        "On the way up, at level {level}, the skip brings {skip} rows and {below} come from below: the two maps do not "
        "fit, {skip} against {below}, and PyTorch stops with an error.",
        {"level": stop.level, "skip": skip, "below": below},
    )


def _silent(config: UNetConfig, side: int, tried: Attempt, output: int) -> Iterator[Message]:
    """What comes out without a word of warning."""
    below = nearest_legal(config, side)[0]
    values = {"side": side, "output": output, "below": below, "lost": side - (below or 0)}
    yield Message(
        "No error is raised: a network that does not check turns {side} px into a mask of {output} px, the same as for "
        "{below} px.", values,
    )  # fmt: skip
    if config.padding == "same":
        yield Message("The mask is {missing} px smaller than the image, missing at the bottom and at the right.",
                      {"missing": side - output})  # fmt: skip
        return
    before = lost_per_side(config)
    after = side - output - before
    yield Message(
        "It is {shift:g} px off the centre: its border has {before} px above and {after} px below. The last {lost} "
        "rows of the image never reach the bottleneck.",
        values | {"shift": (after - before) / 2, "before": before, "after": after},
    )  # fmt: skip
    yield from _apart(config, tried.meetings)


def _apart(config: UNetConfig, meetings: tuple[Meeting, ...]) -> Iterator[Message]:
    """A crop is centred on what it cuts, so a skip that is too long brings pixels from elsewhere."""
    worst = max(meetings, key=lambda met: apart(config, met), default=None)
    if worst is not None and apart(config, worst) > 0:
        yield Message(
            "At level {level} the skip has {skip} rows and is cropped about its own centre: what it brings lies "
            "{apart:g} px away from what it is joined with.",
            {"level": worst.node[0], "skip": worst.skip, "apart": apart(config, worst)},
        )


def apart(config: UNetConfig, met: Meeting) -> float:
    """How far from each other, in pixels of the image, lie the two maps that a join puts on each other."""
    level, step = met.node
    skip = _start(config, level, met.source) + (1 << level) * ((met.skip - met.below) // 2)
    return skip - _start(config, level + 1, step - 1)


def _start(config: UNetConfig, level: int, step: int) -> float:
    """Where in the image the map of X^{level,step} begins: each block takes half its loss off at the top."""
    deepest = level + step
    way_down, way_up = (2 << deepest) - 1, (1 << deepest) - (1 << level)
    return config.loss_per_block / 2 * (way_down + way_up)
