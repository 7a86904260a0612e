"""The article checked: what the usual introduction to U-Net says, beside what our networks show.

What is said of shapes is checked on the trace of a network, the rest on the results of the studies. A claim about
several cases holds only where all of them support it, and one case that contradicts it is enough against it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import pairwise

from unet_core.config import PRESETS, UNetConfig
from unet_core.messages import Message
from unet_core.says import ARCHITECTURE_NAMES
from unet_core.studies import sentences
from unet_core.studies.recipe import NET
from unet_core.studies.study import Study
from unet_core.studies.summary import Summary
from unet_core.trace import Trace, trace

PAPER, NESTED = PRESETS["unet-2015"], PRESETS["unet++-2018"]
PAPER_SIDE, OUR_SIDE = 572, 512  # pixels


class Verdict(StrEnum):
    """What becomes of a claim."""

    HOLDS = "holds"
    PARTLY = "holds in part"
    FAILS = "does not hold"
    NO_DIFFERENCE = "no difference found"
    OPEN = "not measured yet"


WORDS: Mapping[Verdict, Message] = {
    Verdict.HOLDS: Message("holds"),
    Verdict.PARTLY: Message("holds in part: where it does not, no difference is found"),
    Verdict.FAILS: Message("does not hold"),
    Verdict.NO_DIFFERENCE: Message("no difference found"),
    Verdict.OPEN: Message("not measured yet"),
}


@dataclass(frozen=True)
class Evidence:
    """One thing that our networks show, and what it means for the claim."""

    statement: Message
    verdict: Verdict


@dataclass(frozen=True)
class Claim:
    """A sentence of the usual introduction, and what we have for or against it."""

    name: str
    claim: Message
    evidence: tuple[Evidence, ...]

    @property
    def verdict(self) -> Verdict:
        """Of all the evidence together."""
        return together([one.verdict for one in self.evidence])

    @property
    def words(self) -> Message:
        """The verdict, as a reader is told it."""
        return WORDS[self.verdict]


def together(verdicts: list[Verdict]) -> Verdict:
    """One case against is enough; otherwise all must be measured, and all must support the claim for it to hold."""
    for decisive in (Verdict.FAILS, Verdict.OPEN):
        if decisive in verdicts:
            return decisive
    if Verdict.HOLDS not in verdicts:
        return Verdict.NO_DIFFERENCE
    return Verdict.PARTLY if Verdict.NO_DIFFERENCE in verdicts else Verdict.HOLDS


@dataclass(frozen=True)
class Case:
    """A comparison that bears on a claim: `expected` is the sign of the difference that the claim predicts."""

    study: str
    group: str
    condition: str
    expected: int
    figure: str = "mean_dice"


KERNELS = (  # against kernel 3: the smaller should be better, the larger worse
    Case("kernels-and-filters", "kernels", "kernel-1-filters-8", 1),
    Case("kernels-and-filters", "kernels", "kernel-5-filters-8", -1),
    Case("kernels-and-filters", "kernels", "kernel-7-filters-8", -1),
    Case("kernels-and-filters", "macs", "kernel-1-filters-41", 1),
    Case("kernels-and-filters", "macs", "kernel-5-filters-10", -1),
    Case("kernels-and-filters", "macs", "kernel-7-filters-7", -1),
)
LEVELS = tuple(  # against four: every other depth should be worse
    Case("depth", group, f"depth-{depth}{ending}", -1)
    for group, ending in (("filters", ""), ("parameters", "-matched")) for depth in (1, 2, 3, 5)
)  # fmt: skip
SKIPS = (Case("skips", "skips", "none", -1, "boundary_f"), Case("skips", "skips", "none", -1, "dice_2"))
NESTING = (
    Case("wiring", "filters", "unet++-ds-7", 1),
    Case("wiring", "macs", "unet++-ds-7", 1),
    Case("wiring", "time", "unet++-ds-7", 1),
    Case("by-photo", "filters", "unet++-ds-7", 1),
    Case("by-photo", "macs", "unet++-ds-7", 1),
)


def claims(studies: Mapping[str, Study], results: Mapping[str, Summary | None]) -> tuple[Claim, ...]:
    """The six claims, each with its evidence; `results` by the names of studies (`findings.load`)."""

    def measured(cases: tuple[Case, ...]) -> tuple[Evidence, ...]:
        return tuple(_evidence(studies[case.study], results.get(case.study), case) for case in cases)

    return (
        Claim("output", Message("The output is as large as the input."), _sizes()),
        Claim("doubling", Message("The number of filters doubles at every level."), _filters()),
        Claim("kernels", Message("Smaller kernels are better."), measured(KERNELS)),
        Claim("levels", Message("Four levels are best."), measured(LEVELS)),
        Claim("skips", Message("Skips save detail."), measured(SKIPS)),
        Claim("nesting", Message("U-Net++ is more accurate."), measured(NESTING)),
    )


def _evidence(study: Study, results: Summary | None, case: Case) -> Evidence:
    group = next(one for one in study.groups if one.name == case.group)
    one = results.groups.get(case.group, {}).get(case.condition) if results is not None else None
    if results is None or one is None or case.figure not in one.differences:
        reference = dict(group.compared)[case.condition]
        values = {"condition": study.labels[case.condition], "reference": study.labels[reference],
                  "budget": group.budget}  # fmt: skip
        return Evidence(Message("{condition} against {reference}, with {budget}: not measured yet.", values),
                        Verdict.OPEN)  # fmt: skip
    sign = one.differences[case.figure].sign
    sentence = Message("With {budget}: {sentence}", {"budget": group.budget,
                       "sentence": sentences.comparison(study, results, one, case.figure)})  # fmt: skip
    if sign is None:
        return Evidence(sentence, Verdict.OPEN)
    return Evidence(sentence, {1: Verdict.HOLDS, 0: Verdict.NO_DIFFERENCE, -1: Verdict.FAILS}[sign * case.expected])


# --- from the trace ---


@cache
def _traced(config: UNetConfig, side: int) -> Trace:
    return trace(config, (side, side))


def _sizes() -> tuple[Evidence, ...]:
    return (
        _size(Message("The network of 2015, valid convolutions"), PAPER, PAPER_SIDE),
        _size(Message("Ours, with padding"), NET, OUR_SIDE),
    )


def _size(name: Message, config: UNetConfig, side: int) -> Evidence:
    traced = _traced(config, side)
    before, after = traced.rows[0].out_shape[1], traced[traced.outputs[-1]].out_shape[1]
    statement = Message("{network}: {before} px in, {after} px out.",
                        {"network": name, "before": before, "after": after})  # fmt: skip
    return Evidence(statement, Verdict.HOLDS if before == after else Verdict.FAILS)


def _filters() -> tuple[Evidence, ...]:
    return (_doubling(PAPER, PAPER_SIDE), _doubling(NESTED, OUR_SIDE))


def _doubling(config: UNetConfig, side: int) -> Evidence:
    filters = filters_of(_traced(config, side))
    doubles = all(after == 2 * before for before, after in pairwise(filters))
    statement = Message("{network} as published: {filters} filters from the first level to the last.",
                        {"network": ARCHITECTURE_NAMES[config.architecture],
                         "filters": ", ".join(map(str, filters))})  # fmt: skip
    return Evidence(statement, Verdict.HOLDS if doubles else Verdict.FAILS)


def filters_of(traced: Trace) -> tuple[int, ...]:
    """The channels of the encoder's blocks, level by level."""
    by_level = {row.node[0]: row.out_shape[0] for row in traced.rows
                if row.node is not None and row.node[1] == 0 and row.kind == "conv"}  # fmt: skip
    return tuple(by_level[level] for level in sorted(by_level))
