"""Study 1: how deep? One to five poolings, once with the same filters and once with the same number of parameters.

The second takes fewer steps, because its shallowest net has 35 filters at full resolution. Halving the filters for
every level more keeps the parameters within 4 %: the deepest level has nearly all of them. `parity.nearest_width` chose
the widths. The reference has four levels, as the paper has.
"""

from dataclasses import replace

from unet_core.messages import Message
from unet_core.settings import Settings
from unet_core.studies.recipe import NET, TASK, settings
from unet_core.studies.study import Condition, Group, Study

SAME_FILTERS = NET.base_channels
WIDTHS = {1: 35, 2: 16, 3: 8, 4: 4, 5: 2}  # filters at full resolution for as many parameters as depth 3 with 8 has


WITH_FILTERS, WITH_PARAMETERS = settings(600), settings(240)


def _condition(name: str, depth: int, base: int, how: Settings) -> Condition:
    label = Message("depth {depth}, {filters} filters", {"depth": depth, "filters": base})
    return Condition(name, label, replace(NET, depth=depth, base_channels=base), how)


SAME = {depth: _condition(f"depth-{depth}", depth, SAME_FILTERS, WITH_FILTERS) for depth in WIDTHS}
MATCHED = {depth: _condition(f"depth-{depth}-matched", depth, base, WITH_PARAMETERS) for depth, base in WIDTHS.items()}

STUDY = Study(
    name="depth",
    question=Message("How deep should a U-Net be?"),
    conditions=(*SAME.values(), *MATCHED.values()),
    groups=(
        Group("filters", Message("Depth, at the same filters"), Message("the same steps and filters"), SAME[4].name,
              tuple(condition.name for condition in SAME.values())),
        Group("parameters", Message("Depth, at the same number of parameters"),
              Message("the same steps and parameters"), MATCHED[4].name,
              tuple(condition.name for condition in MATCHED.values())),
    ),
    about={**TASK, "fixed": Message("crops of 96 px; 600 steps with the same filters, 240 with the same parameters; "
                                    "widths for equal parameters, within 4 %, from the traces")},
)  # fmt: skip
