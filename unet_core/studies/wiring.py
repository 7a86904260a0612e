"""Study 3: is U-Net++ worth its cost? Four wirings at depth 4, with and without deep supervision.

Three budgets: the same filters; the multiply-adds of the U-Net++, for which the others get more filters; and the
time that the deeply supervised U-Net++ takes to train, in which the others take more steps. Seven filters, because a
U-Net of eleven then has the multiply-adds of the U-Net++ to 0.3 %. U-Net^e without deep supervision is no network: its
inner nodes would lead nowhere. By photo, in a study of its own, because the pairs are photos there, not seeds.
"""

from dataclasses import replace

from unet_core.config import UNetConfig
from unet_core.messages import Message
from unet_core.says import ARCHITECTURE_NAMES
from unet_core.studies.recipe import NET, TASK, settings
from unet_core.studies.study import Condition, Group, Study

STEPS = 280
BASE = 7
PLAIN = replace(NET, depth=4, base_channels=BASE)
NETS: dict[str, UNetConfig] = {
    "unet": PLAIN,
    "unet+": replace(PLAIN, architecture="unet+"),
    "unet+-ds": replace(PLAIN, architecture="unet+", deep_supervision=True),
    "unet-e-ds": replace(PLAIN, architecture="unet-e", deep_supervision=True),
    "unet++": replace(PLAIN, architecture="unet++"),
    "unet++-ds": replace(PLAIN, architecture="unet++", deep_supervision=True),
}
WIDTHS = {"unet": 11, "unet+": 8, "unet+-ds": 8, "unet-e-ds": 8, "unet++": BASE, "unet++-ds": BASE}  # equal MACs
LONGEST = "unet++-ds"  # the one whose time the others are given


def label(name: str, base: int) -> Message:
    """'U-Net++ with deep supervision, 7 filters'."""
    config, values = NETS[name], {"name": ARCHITECTURE_NAMES[NETS[name].architecture], "filters": base}
    if config.deep_supervision:
        return Message("{name} with deep supervision, {filters} filters", values)
    return Message("{name}, {filters} filters", values)


def _condition(name: str, base: int, timed: bool = False) -> Condition:
    config = replace(NETS[name], base_channels=base)
    heads = tuple(range(1, PLAIN.depth + 1)) if name == LONGEST and not timed else ()
    words = Message("{network}, as long as U-Net++", {"network": label(name, base)}) if timed else label(name, base)
    return Condition(f"{name}-{base}" + "-timed" * timed, words, config, settings(STEPS),
                     as_long_as=f"{LONGEST}-{BASE}" if timed else None, heads=heads)  # fmt: skip


SAME = {name: _condition(name, BASE) for name in NETS}
MATCHED = {name: _condition(name, base) for name, base in WIDTHS.items()}
TIMED = {name: _condition(name, BASE, name != LONGEST) for name in NETS}
HEADS = tuple(SAME[LONGEST].head(level) for level in SAME[LONGEST].heads)


def _names(conditions: dict[str, Condition]) -> tuple[str, ...]:
    return tuple(condition.name for condition in conditions.values())


STUDY = Study(
    name="wiring",
    question=Message("Is U-Net++ worth its cost?"),
    conditions=tuple({c.name: c for part in (SAME, MATCHED, TIMED) for c in part.values()}.values()),
    groups=(
        Group("filters", Message("Wirings, at the same filters"), Message("the same steps and filters"),
              SAME["unet"].name, _names(SAME), ("mean_dice", "dice", "object_f1")),
        Group("macs", Message("Wirings, at the same multiply-adds"), Message("the same steps and multiply-adds"),
              MATCHED["unet"].name, _names(MATCHED), ("mean_dice", "dice", "object_f1")),
        Group("time", Message("Wirings, at the same training time"), Message("the same time and filters"),
              TIMED["unet"].name, _names(TIMED), ("mean_dice", "dice", "object_f1")),
        Group("heads", Message("The heads of U-Net++: quality against time"), Message("one training"),
              HEADS[-1], HEADS),
    ),
    about={**TASK, "fixed": Message("depth 4, {filters} filters, crops of 96 px, {steps} steps; widths for equal "
                                    "multiply-adds, within 5 %, from the traces; steps for equal time from step times "
                                    "that were measured side by side before the first run",
                                    {"filters": BASE, "steps": STEPS})},
)  # fmt: skip
