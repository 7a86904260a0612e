"""Switch it off: set a channel, a block's output or a skip to zero, and see what becomes of the mask.

A zero is what a ReLU gives where it found nothing, so the rest of the network goes on as if this part had seen nothing
anywhere. It was trained with that part, though: what it does without it is no measure of a network trained without.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from unet_core.inside.answer import Answer, Change, change
from unet_core.inside.effects import check_inner, without
from unet_core.inside.instrument import Edit
from unet_core.inside.subject import Subject
from unet_core.inside.wiring import behind, frontier
from unet_core.messages import ExplainedError, Message
from unet_core.trace import LayerRow, Trace

TRAINED_WITH = Message(
    "This network was trained with the part that is switched off here. One that is trained without it learns to do "
    "without: that is another network, with another mask."
)


@dataclass(frozen=True, eq=False)
class Ablation:
    """The answers before and after, and how they differ. `dice` is that of both where a truth was given."""

    before: Answer
    after: Answer
    change: Change
    dice: tuple[float, float] | None
    notes: tuple[Message, ...]


def switch_off(
    of: Subject, row: str, channel: int | None = None, truth: NDArray[Any] | None = None, threshold: float = 0.5
) -> Ablation:  # fmt: skip
    """Set one channel of a feature map that is drawn to 0, or with None all of it.

    `truth` (H, W) is a mask, classes or objects at the image's own size. Raises FeatureError for what there isn't, and
    for the input and the heads.
    """
    check_inner(of, row)
    again = behind(of.traced, {row})
    before, kept = of.keep(frontier(of.traced, again) | {row})
    after = of.replay({**kept, row: without(kept[row], channel)}, again)
    return _compared(of, before, after, truth, threshold)


def switch_off_skip(
    of: Subject, level: int | None, step: int | None = None, source: int | None = None,
    truth: NDArray[Any] | None = None, threshold: float = 0.5,
) -> Ablation:  # fmt: skip
    """Set what comes along a level's skips to 0 where it joins the up-sampled map; for `level` None, of all levels.

    In a nested net `step` names the node X^(level,step) that reads, None all of the level, and `source` the step of the
    node X^(level,source) that is read, None all of them. A U-Net has one skip a level. Raises ExplainedError where no
    such skip is connected.
    """
    edits: dict[str, Edit] = {}
    for join in joins(of.traced, level, step):
        read = sources(of.traced, join)
        places = [place for place, one in enumerate(read, start=1) if source is None or one == source]
        if places:
            edits[join.name] = _zeroing(places)
    if not edits:
        raise ExplainedError(
            "no such skip is connected in this network; its skips X^(level,from) to X^(level,to) are {skips}",
            skips=", ".join(_named(of)) or "-",
        )  # fmt: skip
    again = behind(of.traced, edits) | edits.keys()
    before, kept = of.keep(frontier(of.traced, again))
    return _compared(of, before, of.replay(kept, again, edits), truth, threshold)


def joins(traced: Trace, level: int | None = None, step: int | None = None) -> list[LayerRow]:
    """The rows in which skips join, of one level or one node X^(level,step) or all."""
    return [row for row in traced.rows if row.kind in ("concat", "add") and row.node is not None
            and level in (None, row.node[0]) and step in (None, row.node[1])]  # fmt: skip


def sources(traced: Trace, join: LayerRow) -> list[int]:
    """The steps k of the nodes X^(level,k) whose maps a join reads, in the order of its inputs, the first left out."""
    owners = [traced[name] for name in join.inputs[1:]]
    owners = [traced[row.inputs[0]] if row.kind == "crop" else row for row in owners]
    return [row.node[1] for row in owners if row.node is not None]


def _named(of: Subject) -> list[str]:
    return [f"X^({row.node[0]},{source})→X^({row.node[0]},{row.node[1]})"
            for row in joins(of.traced) if row.node is not None for source in sources(of.traced, row)]  # fmt: skip


def _zeroing(places: Sequence[int]) -> Edit:
    def edit(inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return tuple(torch.zeros_like(one) if place in places else one for place, one in enumerate(inputs))

    return edit


def _compared(of: Subject, before: Answer, after: Answer, truth: NDArray[Any] | None, threshold: float) -> Ablation:
    scores = None if truth is None else (before.dice(truth, threshold), after.dice(truth, threshold))
    return Ablation(before, after, change(before, after, threshold), scores, (*of.notes, TRAINED_WITH))
