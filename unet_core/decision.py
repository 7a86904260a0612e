"""How one pixel gets into the mask, step by step: logits, softmax or sigmoid, 1 - P(background), threshold.

The steps are those of `unet_core.probabilities`, for one pixel and with every number in between.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, isfinite

from unet_core.class_names import class_name
from unet_core.messages import ExplainedError, Message

LARGEST = 700.0  # of a logit: e to a higher power is no number of a computer any more


class DecisionError(ExplainedError):
    """Logits from which no decision can be told."""


@dataclass(frozen=True)
class Decision:
    """All numbers between the logits of one pixel and the mask, in order.

    Softmax: `exponentials` are e^logit, `total` their sum, `probabilities` one divided by the other. Sigmoid, of a net
    with one logit z: `exponentials` is (e^-z,), `total` 1 + e^-z, `probabilities` (1 / total,), which is P(foreground)
    itself. `likeliest` is the class of the highest probability; `chosen` the class in the mask, 0 = background. The two
    differ where no class of the foreground beats the background, but all of them together reach the threshold.
    """

    classes: tuple[str, ...]  # background first
    logits: tuple[float, ...]
    exponentials: tuple[float, ...]
    total: float
    probabilities: tuple[float, ...]
    likeliest: int
    foreground: float  # 1 - P(background)
    threshold: float
    chosen: int

    @property
    def in_mask(self) -> bool:
        """Whether P(foreground) reaches the threshold."""
        return self.foreground >= self.threshold

    @property
    def sentences(self) -> tuple[Message, ...]:
        """What the steps are, and what comes of them."""
        values = {"total": self.total, "foreground": self.foreground, "threshold": self.threshold,
                  "background": 1 - self.foreground, "name": class_name(self.classes[self.chosen]),
                  "likeliest": class_name(self.classes[self.likeliest])}  # fmt: skip
        steps = SIGMOID if len(self.logits) == 1 else SOFTMAX
        outcome = IN_MASK if self.in_mask else NOT_IN_MASK
        lines = [Message(template.template, values) for template in (steps, outcome)]
        if self.likeliest != self.chosen:
            lines.append(Message((TOGETHER if self.in_mask else LIKELY_BUT_NOT).template, values))
        return tuple(lines)


SOFTMAX = Message(
    "Softmax: e to the power of each logit, divided by the sum of all of them, {total:.4g}. The mask asks for "
    "everything that is not background: 1 − {background:.4f} = {foreground:.4f}."
)
SIGMOID = Message(
    "Sigmoid: 1 / (1 + e to the power of minus the logit) = 1 / {total:.4g} = {foreground:.4f}, the probability of "
    "foreground."
)
IN_MASK = Message("That reaches the threshold {threshold:.2f}, so the pixel is in the mask, as {name}.")
NOT_IN_MASK = Message("That is below the threshold {threshold:.2f}, so the pixel is not in the mask.")
TOGETHER = Message(
    "The single most likely class is {likeliest}, but the classes of the foreground together count more."
)
LIKELY_BUT_NOT = Message("The single most likely class is {likeliest}, but not likely enough for this threshold.")


def steps_at(logits: Sequence[float], classes: Sequence[str], threshold: float = 0.5) -> Decision:
    """The decision on one pixel from its logits, as `Mosaic.logits_at` gives them, and the names of the classes.

    `classes` has the background first; two names for a sigmoid net's one logit. Raises DecisionError.
    """
    values = [float(value) for value in logits]
    if not values or len(classes) != max(2, len(values)):
        raise DecisionError("{logits} logits don't belong to {classes} classes", logits=len(values),
                            classes=len(classes))  # fmt: skip
    if not all(isfinite(value) and abs(value) <= LARGEST for value in values):
        raise DecisionError("a logit beyond ±{largest} can't be shown step by step: the weights are damaged",
                            largest=int(LARGEST))  # fmt: skip
    exponentials = [exp(-values[0])] if len(values) == 1 else [exp(value) for value in values]
    total = sum(exponentials) + (len(values) == 1)
    shares = [1 / total] if len(values) == 1 else [value / total for value in exponentials]
    foreground = shares[0] if len(values) == 1 else 1 - shares[0]
    if len(values) == 1:
        likeliest, candidate = int(shares[0] >= 0.5), 1
    else:
        likeliest = shares.index(max(shares))
        candidate = 1 + shares[1:].index(max(shares[1:]))
    chosen = candidate if foreground >= threshold else 0
    return Decision(tuple(classes), tuple(values), tuple(exponentials), total, tuple(shares), likeliest, foreground,
                    threshold, chosen)  # fmt: skip
