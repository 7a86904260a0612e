"""Study 1: how deep? One to five poolings, once with the same filters and once with the same number of parameters.

Halving the filters for every level more keeps the parameters within 3 %: the deepest level has nearly all of them.
`parity.nearest_width` chose the widths. The reference has four levels, as the paper has.
"""

from dataclasses import replace

from unet_core.messages import Message
from unet_core.studies.recipe import NET, TASK, settings
from unet_core.studies.study import Condition, Group, Study

SAME_FILTERS = NET.base_channels
WIDTHS = {1: 35, 2: 16, 3: 8, 4: 4, 5: 2}  # filters at full resolution for as many parameters as depth 3 with 8 has


def _condition(depth: int, base: int) -> Condition:
    label = Message("depth {depth}, {filters} filters", {"depth": depth, "filters": base})
    return Condition(f"depth-{depth}-filters-{base}", label, replace(NET, depth=depth, base_channels=base), settings())


SAME = {depth: _condition(depth, SAME_FILTERS) for depth in WIDTHS}
MATCHED = {depth: _condition(depth, base) for depth, base in WIDTHS.items()}

STUDY = Study(
    name="depth",
    question=Message("How deep should a U-Net be?"),
    conditions=tuple({condition.name: condition for condition in (*SAME.values(), *MATCHED.values())}.values()),
    groups=(
        Group("filters", Message("Depth, at the same filters"), Message("the same steps and filters"), SAME[4].name,
              tuple(condition.name for condition in SAME.values())),
        Group("parameters", Message("Depth, at the same number of parameters"),
              Message("the same steps and parameters"), MATCHED[4].name,
              tuple(condition.name for condition in MATCHED.values())),
    ),
    about=TASK | {"fixed": "crops of 96 px, 240 steps; widths for equal parameters, within 4 %, from the traces"},
)  # fmt: skip
