"""Predict first: questions about two networks whose answers their traces compute, or the studies have measured.

Nothing is typed in: a question is only asked where its answer exists for this pair, and the sentence that says why has
its numbers from the same trace or the same runs. `questions` gives at most five, those about the pair's own difference
first.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log2

from unet_core.config import LIMITS, UNetConfig
from unet_core.messages import Message, Signed
from unet_core.models import pruned_config
from unet_core.sizes import closest_legal
from unet_core.studies import sentences
from unet_core.studies.figure_names import FIGURES
from unet_core.studies.statistics import Difference
from unet_core.studies.study import Group, Study
from unet_core.studies.summary import Summary
from unet_core.trace import Trace

MOST = 5
RATIOS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)  # the choices of a question of how many times
SHARES = (0.02, 0.05, 0.1, 0.25, 0.5, 0.9)  # and of one of how much is left
BETTER, SAME, WORSE, NONE = "better", "same", "worse", "none"
WORTH = {  # study -> the comparison that its question is about: group and condition
    "wiring": ("macs", "unet++-ds-7"), "depth": ("filters", "depth-5"), "by-photo": ("macs", "unet++-ds-7"),
    "kernels-and-filters": ("kernels", "kernel-5-filters-8"), "skips": ("skips", "none"),
}  # fmt: skip
WITHOUT = {level: f"without-{level}" for level in range(3)}  # conditions of the study of skips
Size = tuple[int, int]
Tracer = Callable[[UNetConfig, Size], Trace]
Results = Mapping[str, Summary | None]


@dataclass(frozen=True)
class Option:
    """One answer that can be given; `name` tells it from the others."""

    name: str
    text: Message


@dataclass(frozen=True)
class Question:
    """`right` is the name of the option that holds; `found` what was computed or measured, `why` one sentence."""

    id: str
    text: Message
    options: tuple[Option, ...]
    right: str
    found: Message
    why: Message
    measured: bool  # by a study, else computed from traces


def questions(
    a: UNetConfig, b: UNetConfig, size: Size, studies: Mapping[str, Study], results: Results, tracer: Tracer,
    about: str | None = None, most: int = MOST,
) -> tuple[Question, ...]:  # fmt: skip
    """About A and B for an image of about `size` (height, width), at most `most`.

    `tracer` is `trace`, or what keeps its results. `about` is the study that varies what A and B differ in.
    """
    study = about if about in WORTH else "wiring"
    asked = (
        _work(a, b, size, tracer), _pruned(a, b, size, tracer), _worth(study, studies, results),
        _deeper(a, size, tracer), _skip(studies, results), _busiest(a, size, tracer),
    )  # fmt: skip
    return tuple(one for one in asked if one is not None)[:most]


def nearest(value: float, among: Sequence[float]) -> float:
    """The one that `value` is nearest to by factors, not by differences: 3 is nearer to 4 than to 2."""
    return min(among, key=lambda one: abs(log2(value / one)))


# --- from the traces ---


def _traced(config: UNetConfig, size: Size, tracer: Tracer) -> Trace:
    return tracer(config, (closest_legal(config, size[0]), closest_legal(config, size[1])))


def _times(values: Sequence[float] = RATIOS) -> tuple[Option, ...]:
    words = {0.25: Message("a quarter"), 0.5: Message("half"), 1.0: Message("about as many")}
    return tuple(Option(f"{one:g}", words.get(one, Message("{times} times", {"times": f"{one:g}"}))) for one in values)


def _work(a: UNetConfig, b: UNetConfig, size: Size, tracer: Tracer) -> Question | None:
    """Asked of two different networks."""
    if a == b:
        return None
    one, other = _traced(a, size, tracer), _traced(b, size, tracer)
    ratio, parameters = other.macs / one.macs, other.params / one.params
    found = Message("{a:.2f} against {b:.2f} billion: {ratio:,.2f} times. Of parameters it has {parameters:,.2f} times "
                    "as many.", {"a": one.macs / 1e9, "b": other.macs / 1e9, "ratio": ratio,
                              "parameters": parameters})  # fmt: skip
    why = Message("At full resolution a weight is used at every pixel: level 0 has {share_a:.0f} % of the "
                  "multiply-adds of A and {share_b:.0f} % of those of B, but {weights_a:.1f} % and {weights_b:.1f} % "
                  "of the parameters.", {
                      "share_a": 100 * _macs(one)[0] / one.macs, "share_b": 100 * _macs(other)[0] / other.macs,
                      "weights_a": 100 * _parameters(one)[0] / one.params,
                      "weights_b": 100 * _parameters(other)[0] / other.params})  # fmt: skip
    text = Message("B against A: how many times the multiply-adds for one image?")
    return Question("work", text, _times(), f"{nearest(ratio, RATIOS):g}", found, why, False)


def _deeper(a: UNetConfig, size: Size, tracer: Tracer) -> Question | None:
    """One level more; from the deepest that can be built, one level less."""
    low = a.depth if a.depth < LIMITS["depth"][1] else a.depth - 1
    shallow, deep = (_traced(_at_depth(a, depth), size, tracer) for depth in (low, low + 1))
    ratio = deep.params / shallow.params
    share = 100 * _parameters(deep)[int(low) + 1] / deep.params
    values = {"low": int(low), "high": int(low) + 1}
    text = Message("A with depth {high} in place of {low}: how many times the parameters?", values)
    found = Message("{low:,} against {high:,}: {ratio:,.2f} times.",
                    {"low": shallow.params, "high": deep.params, "ratio": ratio})  # fmt: skip
    why = Message("The deepest level alone holds {share:.0f} % of the parameters of depth {high}: it has the most "
                  "channels, and a kernel has a weight for each pair of them.", {**values, "share": share})  # fmt: skip
    return Question("deeper", text, _times((1.0, 2.0, 4.0, 8.0)), f"{nearest(ratio, (1.0, 2.0, 4.0, 8.0)):g}", found,
                    why, False)  # fmt: skip


def _at_depth(config: UNetConfig, depth: int) -> UNetConfig:
    """A level that is new gets a skip like the others, but none where there are none at all."""
    levels = config.skip_levels
    if levels:
        levels = tuple(level for level in (*levels, *range(config.depth, depth)) if level < depth)
    return replace(config, depth=depth, skip_levels=levels)


def _pruned(a: UNetConfig, b: UNetConfig, size: Size, tracer: Tracer) -> Question | None:
    """Asked where one of them can be pruned: it has heads, and more than one level."""
    config = next((one for one in (b, a) if one.deep_supervision and one.depth > 1), None)
    if config is None:
        return None
    level = max(1, config.depth // 2)
    whole, left = _traced(config, size, tracer), _traced(pruned_config(config, level), size, tracer)
    share = left.params / whole.params
    values = {"name": "B" if config == b else "A", "head": level}
    text = Message("{name} pruned to its head L{head}: how much of its parameters is left?", values)
    options = tuple(Option(f"{one:g}", Message("{percent:.0f} %", {"percent": 100 * one})) for one in SHARES)
    found = Message("{left:,} of {all:,}: {share:.1f} %, with {work:.0f} % of the multiply-adds.", {
        "left": left.params, "all": whole.params, "share": 100 * share, "work": 100 * left.macs / whole.macs,
    })  # fmt: skip
    below = sum(count for at, count in _parameters(whole).items() if at > level)
    why = Message("Head L{head} needs no level below {head}, and those hold {below:.0f} % of the parameters.",
                  {**values, "below": 100 * below / whole.params})  # fmt: skip
    return Question("pruned", text, options, f"{nearest(share, SHARES):g}", found, why, False)


def _busiest(a: UNetConfig, size: Size, tracer: Tracer) -> Question:
    traced = _traced(a, size, tracer)
    work, weights = _macs(traced), _parameters(traced)
    top = max(work, key=lambda level: (work[level], -level))
    most = max(weights, key=lambda level: (weights[level], -level))
    options = tuple(Option(str(level), Message("level {level}", {"level": level})) for level in sorted(work))
    found = Message("At level {level}: {share:.0f} % of the multiply-adds.",
                    {"level": top, "share": 100 * work[top] / traced.macs})  # fmt: skip
    why = Message("Most of the parameters, {share:.0f} %, are at level {level}. Work is weights times positions, and "
                  "every level down has a quarter of the positions.",
                  {"level": most, "share": 100 * weights[most] / traced.params})  # fmt: skip
    text = Message("At which level does A do most of its multiply-adds?")
    return Question("busiest", text, options, str(top), found, why, False)


def _macs(traced: Trace) -> dict[int, int]:
    return _by_level(traced, lambda row: row.macs)


def _parameters(traced: Trace) -> dict[int, int]:
    return _by_level(traced, lambda row: row.parameters)


def _by_level(traced: Trace, number: Callable[..., int]) -> dict[int, int]:
    """A layer counts to the level that it leads to; the head to level 0."""
    found: dict[int, int] = {}
    for row in traced.rows:
        if row.node is not None:
            found[row.node[0]] = found.get(row.node[0], 0) + number(row)
    return found


# --- from the studies ---

VERDICTS = (Option(BETTER, Message("better")), Option(SAME, Message("no difference found")),
            Option(WORSE, Message("worse")))  # fmt: skip


def _worth(name: str, studies: Mapping[str, Study], results: Results) -> Question | None:
    """By photo where that is measured, because it says something about other photos; else over seeds."""
    names = ("by-photo", name) if name == "wiring" else (name,)
    for one in names:
        if (found := _comparison(studies[one], results.get(one), *WORTH[one])) is not None:
            return found
    return None


def _comparison(study: Study, summary: Summary | None, group_name: str, condition: str) -> Question | None:
    group = _group(study, group_name)
    one = summary.groups.get(group.name, {}).get(condition) if summary is not None else None
    figure = group.figures[0]
    difference = one.differences.get(figure) if one is not None else None
    if summary is None or one is None or difference is None or difference.sign is None:
        return None
    values = {"condition": study.labels[condition], "reference": study.labels[one.reference], "figure": FIGURES[figure],
              "budget": group.budget}  # fmt: skip
    text = Message("Measured, with {budget}: {condition} against {reference}. In {figure}, is it", values)
    right = {1: BETTER, 0: SAME, -1: WORSE}[difference.sign]
    return Question(f"worth-{study.name}", text, VERDICTS, right, sentences.comparison(study, summary, one, figure),
                    _how_sure(summary, difference.n), True)  # fmt: skip


def _how_sure(summary: Summary, pairs: int) -> Message:
    values = {"pairs": pairs, "done": summary.done, "wanted": summary.wanted}
    if not summary.complete:
        return Message("It rests on {pairs} pairs of trainings, and {done} of the {wanted} runs of this study are in: "
                       "the more pairs, the narrower the interval, and only an interval that leaves out 0 says "
                       "better or worse.", values)  # fmt: skip
    return Message("It rests on {pairs} pairs of trainings that differ in this alone; only an interval that leaves out "
                   "0 says better or worse.", values)  # fmt: skip


def _skip(studies: Mapping[str, Study], results: Results) -> Question | None:
    """Which single skip costs most to lose; it is asked once every one of them has an interval."""
    study, summary = studies["skips"], results.get("skips")
    if summary is None:
        return None
    group = study.groups[0]
    figure, compared = group.figures[0], summary.groups.get(group.name, {})
    known = {level: compared[name].differences[figure] for level, name in WITHOUT.items()
             if name in compared and figure in compared[name].differences}  # fmt: skip
    if known.keys() != WITHOUT.keys() or any(one.sign is None for one in known.values()):
        return None
    lost = {level: one.mean for level, one in known.items() if one.sign == -1}
    right = str(min(lost, key=lost.__getitem__)) if lost else NONE
    options = (*(Option(str(level), Message("level {level}", {"level": level})) for level in WITHOUT),
               Option(NONE, Message("none: no loss is found")))  # fmt: skip
    text = Message("Measured: a U-Net of depth 3 is trained without one of its skips. Which costs most to lose, in "
                   "{figure}?", {"figure": FIGURES[figure]})  # fmt: skip
    found = sentences.listed([_told(study, name, known[level]) for level, name in WITHOUT.items()])
    return Question("skip", text, options, right, found, _without_all(study, summary, group), True)


def _told(study: Study, name: str, one: Difference) -> Message:
    assert one.low is not None and one.high is not None
    return Message("{condition}: {difference:+.3f} ({low:+.3f} to {high:+.3f})", {
        "condition": study.labels[name], "difference": Signed(one.mean), "low": Signed(one.low),
        "high": Signed(one.high)})  # fmt: skip


def _without_all(study: Study, summary: Summary, group: Group) -> Message:
    figure = group.figures[0]
    none = summary.groups[group.name].get("none")
    if none is None or figure not in none.differences:
        return Message("Each was trained without its skip from the start, so it could learn to do without.")
    return Message("Each was trained without its skip from the start, so the others could make up for it. For "
                   "comparison: {sentence}",
                   {"sentence": sentences.comparison(study, summary, none, figure)})  # fmt: skip


def _group(study: Study, name: str) -> Group:
    return next(one for one in study.groups if one.name == name)
