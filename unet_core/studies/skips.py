"""Study 2: which skips matter? At depth 3 all of them, none, each one removed, each one alone, and added in place of
stacked. Level 0 is the topmost, at full resolution. All see the same crops for the same number of steps.
"""

from dataclasses import replace

from unet_core.config import UNetConfig
from unet_core.messages import Message
from unet_core.studies.recipe import NET, TASK, settings
from unet_core.studies.study import Condition, Group, Study

STEPS = 700
LEVELS = range(NET.depth)


def _condition(name: str, label: Message, config: UNetConfig) -> Condition:
    return Condition(name, label, config, settings(STEPS))


def _levels(kept: tuple[int, ...]) -> UNetConfig:
    return replace(NET, skip_levels=kept)


CONDITIONS = (
    _condition("all", Message("all skips"), NET),
    _condition("none", Message("no skip"), _levels(())),
    *(_condition(f"without-{level}", Message("without level {level}", {"level": level}),
                 _levels(tuple(other for other in LEVELS if other != level))) for level in LEVELS),
    *(_condition(f"only-{level}", Message("level {level} alone", {"level": level}), _levels((level,)))
      for level in LEVELS),
    _condition("add", Message("added, not stacked"), replace(NET, skip="add")),
)  # fmt: skip

STUDY = Study(
    name="skips",
    question=Message("Do skips matter, and which?"),
    conditions=CONDITIONS,
    groups=(
        Group("skips", Message("Skips at depth 3"), Message("the same steps and filters"), "all",
              tuple(condition.name for condition in CONDITIONS), ("mean_dice", "dice", "boundary_f", "dice_2")),
    ),
    about={**TASK, "fixed": Message("depth 3, 8 filters, crops of 96 px, {steps} steps; a block that loses its skip "
                                    "has fewer weights, so no condition has the parameters of another",
                                    {"steps": STEPS})},
)  # fmt: skip
