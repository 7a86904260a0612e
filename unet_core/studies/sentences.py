"""What a comparison says: one sentence, made from its numbers and from nothing else."""

from collections.abc import Iterable
from functools import reduce

from unet_core.messages import Message, Signed
from unet_core.studies.figure_names import FIGURES
from unet_core.studies.study import Group, Study
from unet_core.studies.summary import Comparison, Summary

NOT_YET = Message("Not measured yet.")
MANY = 5  # intervals, from which on chance is worth a word


def comparison(study: Study, summary: Summary, one: Comparison, figure: str) -> Message:
    """The sentence of one comparison. KeyError where the comparison lacks the figure."""
    difference = one.differences[figure]
    values = {
        "condition": study.labels[one.condition], "reference": study.labels[one.reference],
        "figure": FIGURES[figure], "mean": summary.conditions[one.condition].figures[figure].mean,
        "difference": Signed(difference.mean), "n": difference.n,
    }  # fmt: skip
    if difference.sign is None:
        return Message("{condition}: {figure} {mean:.3f}; {difference:+.3f} against {reference} in the one pair so "
                       "far, which has no interval.", values)  # fmt: skip
    assert difference.low is not None and difference.high is not None
    values |= {"low": Signed(difference.low), "high": Signed(difference.high)}
    if difference.sign > 0:
        return Message("{condition}: {figure} {mean:.3f}; {difference:+.3f} against {reference}, 95 % interval "
                       "{low:+.3f} to {high:+.3f} over {n} pairs: better.", values)  # fmt: skip
    if difference.sign < 0:
        return Message("{condition}: {figure} {mean:.3f}; {difference:+.3f} against {reference}, 95 % interval "
                       "{low:+.3f} to {high:+.3f} over {n} pairs: worse.", values)  # fmt: skip
    return Message("{condition}: {figure} {mean:.3f}; {difference:+.3f} against {reference}, 95 % interval {low:+.3f} "
                   "to {high:+.3f} over {n} pairs: no difference found.", values)  # fmt: skip


def headlines(study: Study, summary: Summary, group: Group, figure: str) -> tuple[Message, ...]:
    """Up to three sentences: what is better than the reference, what is worse, where no difference is found."""
    against = group.against or study.labels[group.reference]
    by_sign: dict[int | None, list[Message]] = {}
    for one in summary.groups.get(group.name, {}).values():
        if figure in one.differences:
            by_sign.setdefault(one.differences[figure].sign, []).append(study.labels[one.condition])
    sentences = {
        1: Message("{figure}: better than {reference}: {conditions}."),
        -1: Message("{figure}: worse than {reference}: {conditions}."),
        0: Message("{figure}: no difference found from {reference}: {conditions}."),
    }
    return tuple(
        Message(sentence.template,
                {"figure": FIGURES[figure], "reference": against, "conditions": listed(by_sign[sign])})
        for sign, sentence in sentences.items() if sign in by_sign
    )  # fmt: skip


def listed(parts: Iterable[Message]) -> Message:
    """'a; b; c', because a part may hold commas."""
    return reduce(lambda first, second: Message("{first}; {second}", {"first": first, "second": second}), parts)


def state(summary: Summary | None) -> tuple[Message, ...]:
    """How much of a study is in; nothing is said of a complete one."""
    if summary is None or not summary.done:
        return (NOT_YET,)
    if summary.complete:
        return ()
    return (Message("{done} of {wanted} runs are in; what follows may still change.",
                    {"done": summary.done, "wanted": summary.wanted}),)  # fmt: skip


def speeds(study: Study, summary: Summary, group: Group) -> tuple[Message, ...]:
    """For conditions whose time for a photo is known: that time, and how many times as fast as the reference."""
    known = {name: time for name in group.members if (one := summary.conditions.get(name)) is not None
             and (time := one.milliseconds) is not None}  # fmt: skip
    if group.reference not in known:
        return ()
    slow = known[group.reference]
    return tuple(
        Message("{condition}: {milliseconds:.0f} ms for a photo, {times:.1f} times as fast as {reference}.",
                {"condition": study.labels[name], "milliseconds": time, "times": slow / time,
                 "reference": study.labels[group.reference]})
        for name, time in known.items() if name != group.reference
    )  # fmt: skip


def by_chance(summary: Summary) -> tuple[Message, ...]:
    """What many intervals mean; nothing where there are few."""
    count = sum(difference.sign is not None for compared in summary.groups.values() for one in compared.values()
                for difference in one.differences.values())  # fmt: skip
    if count < MANY:
        return ()
    return (Message("One 95 % interval in twenty misses by chance; this study has {count} of them.", {"count": count}),)


def provenance(summary: Summary) -> tuple[Message, ...]:
    """How much computing it was, and on what."""
    if not summary.done:
        return ()
    return (Message("{runs} trainings, {minutes:.0f} minutes together, on: {devices}.",
                    {"runs": summary.done, "minutes": float(summary.provenance["seconds"]) / 60,
                     "devices": "; ".join(summary.provenance["devices"])}),)  # fmt: skip

