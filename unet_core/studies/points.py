"""Quality against cost: each network that a study has measured as a point, its spread, and what the study says of it.

Costs come from the traces of the networks, so a head of a U-Net++ costs what the network does that ends there; only
times come from the runs. `relevant` names the comparison of the studies that is nearest to a pair of configurations.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from unet_core.config import UNetConfig
from unet_core.messages import Message
from unet_core.models import pruned_config
from unet_core.studies import sentences
from unet_core.studies.parity import macs, parameters
from unet_core.studies.results import FOLDER, counted, read, runs_file
from unet_core.studies.statistics import Difference, Estimate, estimate
from unet_core.studies.study import Group, Study
from unet_core.studies.summary import Summary
from unet_core.studies.timing import conditions_to_time, resolved

COSTS: Mapping[str, Message] = {
    "parameters": Message("Parameters"),
    "macs": Message("Multiply-adds for 96 × 96 pixels"),
    "training": Message("Training time, seconds"),
    "milliseconds": Message("Time for a photo, milliseconds"),
}
Seconds = Mapping[str, Sequence[float]]  # of the trainings of each condition


@dataclass(frozen=True)
class Measured:
    """One network of a chart. `config` of a head is that of the network that ends there.

    `figure` is the estimate over its repeats, `values` each by its seed or photo. `costs` has the axes of COSTS that
    are known: parameters and multiply-adds as one number, times with their spread. `images` is on how many photos it
    was measured, `trainings` how many networks were trained for it. `difference` is from the study's reference.
    """

    name: str
    label: Message
    config: UNetConfig
    figure: Estimate
    values: Mapping[int, float]
    costs: Mapping[str, Estimate]
    images: int
    trainings: int
    reference: bool
    difference: Difference | None
    sentence: Message


def measured(
    study: Study, results: Summary | None, group: Group, figure: str, seconds: Seconds | None = None
) -> tuple[Measured, ...]:  # fmt: skip
    """The points of a group in one figure, in the order of the study; none where nothing was measured.

    `seconds` are those of `training_seconds`; without them no point has a training time.
    """
    if results is None:
        return ()
    return tuple(_measured(study, results, group, figure, name, seconds or {}) for name in group.members
                 if name in results.conditions and figure in results.conditions[name].figures)  # fmt: skip


def configs(study: Study) -> Mapping[str, UNetConfig]:
    """The network of every condition, and of every head that is measured by itself."""
    known = {condition.name: condition.config for condition in study.conditions}
    heads = {condition.head(level): pruned_config(condition.config, level)
             for condition in study.conditions for level in condition.heads}  # fmt: skip
    return known | heads


def training_seconds(study: Study, folder: Path = FOLDER) -> dict[str, tuple[float, ...]]:
    """How long each training of a condition took; {} where there are none. Raises ResultsError for a damaged file."""
    found = read(runs_file(folder, study))
    timed = {condition.name for condition in conditions_to_time(study)}
    if timed and (found.timing is None or not timed <= found.timing.milliseconds.keys()):
        return {}
    steady = study if found.timing is None or not timed else resolved(study, found.timing.milliseconds)
    took: dict[str, tuple[float, ...]] = {}
    for one in counted(steady, found.runs):
        took[one.condition] = (*took.get(one.condition, ()), one.seconds)
    return took


def _measured(
    study: Study, results: Summary, group: Group, figure: str, name: str, seconds: Seconds
) -> Measured:  # fmt: skip
    one, config = results.conditions[name], configs(study)[name]
    costs = {"parameters": estimate([parameters(config)]), "macs": estimate([macs(config)])}
    if seconds.get(name):
        costs["training"] = estimate(list(seconds[name]))
    if one.milliseconds is not None:
        costs["milliseconds"] = estimate([one.milliseconds])
    n, compared = one.figures[figure].n, results.groups.get(group.name, {}).get(name)
    difference = None if compared is None else compared.differences.get(figure)
    sentence = (_alone(study, group, name) if compared is None or difference is None
                else sentences.comparison(study, results, compared, figure))  # fmt: skip
    return Measured(
        name, study.labels[name], config, one.figures[figure], one.values[figure], costs, n if study.by_photo else 1, n,
        name in {reference for _, reference in group.compared}, difference, sentence,
    )  # fmt: skip


def _alone(study: Study, group: Group, name: str) -> Message:
    values = {"condition": study.labels[name], "budget": group.budget}
    if name in {reference for _, reference in group.compared}:
        return Message("{condition}: with this the others are compared, with {budget}.", values)
    return Message("{condition}: not compared yet; the pair of runs is not complete.", values)


def counts(one: Measured) -> Message:
    """How many images and trainings a point stands for, in words."""
    if one.images > 1:
        return Message("{images} photos, each with a training of its own", {"images": one.images})
    if one.trainings == 1:
        return Message("1 seed, 1 photo")
    return Message("{trainings} seeds, 1 photo", {"trainings": one.trainings})


# --- which study answers a question about two networks ---

BY_FIELD = (  # field of UNetConfig -> the study and group that vary it; the first that differs decides
    ("architecture", "wiring", "filters"), ("deep_supervision", "wiring", "filters"), ("skip", "skips", "skips"),
    ("skip_levels", "skips", "skips"), ("depth", "depth", "filters"), ("kernel_size", "kernels-and-filters", "kernels"),
    ("base_channels", "kernels-and-filters", "filters"),
)  # fmt: skip


def relevant(a: UNetConfig, b: UNetConfig) -> tuple[str, str] | None:
    """(study, group) that varies what these two differ in; None where no study does."""
    for name, study, group in BY_FIELD:
        if _choice(a, name) != _choice(b, name):
            return study, group
    return None


def _choice(config: UNetConfig, name: str) -> object:
    if name == "skip_levels":  # the levels without a skip, whatever the depth
        return tuple(level for level in range(config.depth) if level not in config.connected_levels)
    return getattr(config, name)
