"""Whose mask a transplant gives: every mask against both truths, and a sentence made from these numbers.

The saying to be tested is "skips say where, the bottleneck says what". What a mixed mask has in common with an image by
mere chance is known from the other image's own mask.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from unet_core.experiments.transplant import Transplant
from unet_core.messages import Message, Signed
from unet_core.metrics import dice

NOTICED = 0.05  # of Dice: what an image's places gain by its bottleneck alone
LITTLE = 0.02  # of Dice: a loss up to this is hardly any
NAMES = ("a", "skips a", "skips b", "b")  # of the four masks, from one image to the other
Scores = Mapping[tuple[str, str], float]


@dataclass(frozen=True)
class Verdict:
    """`scores` has for every name of NAMES its Dice with "a" and "b", the truths or, without both, their own masks.

    `by_truth` says which of the two it is.
    """

    scores: Scores
    by_truth: bool
    sentences: tuple[Message, ...]


def verdict(of: Transplant, threshold: float = 0.5) -> Verdict:
    """At a threshold of P(foreground)."""
    answers = dict(zip(NAMES, (of.own[0], of.mixed[0], of.mixed[1], of.own[1]), strict=True))
    truths = {owner: truth for owner, truth in zip("ab", of.truths, strict=True) if truth is not None}
    by_truth = len(truths) == 2
    masks = {name: answer.mask(threshold) for name, answer in answers.items()}
    against = {owner: truths[owner] != 0 if by_truth else masks[owner] for owner in "ab"}
    scores = {(name, owner): dice(mask, against[owner]) for name, mask in masks.items() for owner in "ab"}
    return Verdict(scores, by_truth, says(scores))


def says(scores: Scores) -> tuple[Message, ...]:
    """Who is nearer, whether the bottleneck said where, what it cost, and what cannot be seen."""
    return (_nearer(scores), _where(scores), _cost(scores), Message(
        "Of “what” this says nothing: both images show the same kind of thing."))  # fmt: skip


def _sides(scores: Scores) -> list[tuple[float, float]]:
    """Of both mixed masks the Dice with the image of the skips, and with that of the bottleneck."""
    return [(scores["skips a", "a"], scores["skips a", "b"]), (scores["skips b", "b"], scores["skips b", "a"])]


def _nearer(scores: Scores) -> Message:
    (first, other), (second, another) = _sides(scores)
    values = {"first": first, "second": second, "other": other, "another": another}
    if first > other and second > another:
        return Message("Both mixed masks are nearer to the image that gave the skips: Dice {first:.3f} and "
                       "{second:.3f} with it, {other:.3f} and {another:.3f} with the other.", values)  # fmt: skip
    if first < other and second < another:
        return Message("Both mixed masks are nearer to the image that gave the bottleneck: Dice {other:.3f} "
                       "and {another:.3f} with it, {first:.3f} and {second:.3f} with that of the "
                       "skips.", values)  # fmt: skip
    return Message("The two mixed masks do not agree. Dice with the image of the skips: {first:.3f} and "
                   "{second:.3f}; with that of the bottleneck: {other:.3f} and {another:.3f}.", values)  # fmt: skip


def _where(scores: Scores) -> Message:
    """By chance a mask of A has as much in common with B as A's own mask has."""
    chances = scores["a", "b"], scores["b", "a"]
    gains = [other - chance for (_, other), chance in zip(_sides(scores), chances, strict=True)]
    if not all(own > other for own, other in _sides(scores)):
        return Message("“Skips say where” does not hold here.")
    if max(gains) >= NOTICED:
        return Message("“Skips say where” is not all of it: the bottleneck says where as well. With it the overlap "
                       "with its image is up to {gain:.3f} higher than by chance.", {"gain": max(gains)})  # fmt: skip
    return Message(
        "“Skips say where” holds here: the bottleneck brings along nothing of where things are in its image."
    )


def _cost(scores: Scores) -> Message:
    losses = [scores["skips a", "a"] - scores["a", "a"], scores["skips b", "b"] - scores["b", "b"]]
    values = {"first": Signed(losses[0]), "second": Signed(losses[1])}
    if max(map(abs, losses)) < LITTLE:
        return Message("The foreign bottleneck changes the Dice by {first:+.3f} and {second:+.3f}, hardly at all: this "
                       "network makes nearly all of its mask without it.", values)  # fmt: skip
    return Message("The foreign bottleneck changes the Dice by {first:+.3f} and {second:+.3f}: it does say something "
                   "that the mask needs.", values)  # fmt: skip
