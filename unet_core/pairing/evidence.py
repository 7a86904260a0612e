"""What the studies say of a pair: the comparison of just these two, or else what is nearest to it, named as such."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from unet_core.config import UNetConfig
from unet_core.messages import Message
from unet_core.pairing.pair import Pair
from unet_core.studies import STUDIES, sentences
from unet_core.studies.findings import findings
from unet_core.studies.summary import Summary

NEAREST = "wiring"  # the study that is quoted where none has compared the two
NOTHING = Message("No study has compared these two networks, so nothing here says which of them gives better masks.")


def same_but_task(a: UNetConfig, b: UNetConfig) -> bool:
    """Whether two networks are one, but for the channels of their images and their number of classes."""
    return replace(a, in_channels=b.in_channels, classes=b.classes) == b


def evidence(pair: Pair, results: Mapping[str, Summary | None]) -> tuple[Message, ...]:
    """Sentences with the number of pairs, the interval, the photo and the seeds; where nothing was measured, that."""
    found = tuple(_compared(pair, results))
    if found:
        return found
    if pair.a.architecture == pair.b.architecture or not (known := results.get(NEAREST)) or not known.done:
        return (NOTHING,)
    study = STUDIES[NEAREST]
    nearest = findings(study, known)[0]
    quoted = Message(
        "Nearest to it is the study of the wirings at the same filters, with other networks than these: {fixed}. "
        "Measured on: {measured}; seeds {repeats}.",
        {"fixed": study.about["fixed"], "measured": study.about["measured_on"],
         "repeats": ", ".join(map(str, study.repeats))},
    )  # fmt: skip
    return (NOTHING, quoted, *nearest.state, *nearest.headlines)


def _compared(pair: Pair, results: Mapping[str, Summary | None]) -> Iterator[Message]:
    for name, summary in results.items():
        study = STUDIES[name]
        for group in study.groups if summary and not study.of_strokes else ():  # there a forest takes part
            assert summary is not None
            for one in summary.groups.get(group.name, {}).values():
                ends = [study.by_name.get(end) for end in (one.condition, one.reference)]
                configs = [end.config for end in ends if end]
                if len(configs) == 2 and _are(pair, *configs) and group.figures[0] in one.differences:
                    yield Message(
                        "{finding} With {budget}. Measured on: {measured}; seeds or photos {repeats}.",
                        {"finding": sentences.comparison(study, summary, one, group.figures[0]),
                         "budget": group.budget, "measured": study.about["measured_on"],
                         "repeats": ", ".join(map(str, study.repeats))},
                    )  # fmt: skip


def _are(pair: Pair, one: UNetConfig, other: UNetConfig) -> bool:
    return any(same_but_task(pair.a, a) and same_but_task(pair.b, b) for a, b in ((one, other), (other, one)))
