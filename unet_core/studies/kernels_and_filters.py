"""Study 4: how large a kernel, and how many filters?

Kernels of 1, 3, 5 and 7 pixels, at the same filters and, with more filters for the smaller, at the same multiply-adds.
Filters of 4 to 32 at full resolution with smaller crops, so that the widest stays within the time of a run.
"""

from dataclasses import replace

from unet_core.messages import Message
from unet_core.settings import Settings
from unet_core.studies.recipe import NET, TASK, settings
from unet_core.studies.study import Condition, Group, Study

WIDTHS = {1: 41, 3: 16, 5: 10, 7: 7}  # filters for as many multiply-adds as kernel 3 with 16 has
FILTERS = (4, 8, 16, 32)
WITH_KERNELS, WITH_FILTERS = settings(), settings(280, crop=64)


def _kernel(kernel: int, base: int) -> Condition:
    label = Message("kernel {kernel} × {kernel}, {filters} filters", {"kernel": kernel, "filters": base})
    return Condition(f"kernel-{kernel}-filters-{base}", label, replace(NET, kernel_size=kernel, base_channels=base),
                     WITH_KERNELS)  # fmt: skip


def _filters(base: int, how: Settings) -> Condition:
    return Condition(f"filters-{base}", Message("{filters} filters", {"filters": base}),
                     replace(NET, base_channels=base), how)  # fmt: skip


SAME = {kernel: _kernel(kernel, NET.base_channels) for kernel in WIDTHS}
MATCHED = {kernel: _kernel(kernel, base) for kernel, base in WIDTHS.items()}
WIDER = {base: _filters(base, WITH_FILTERS) for base in FILTERS}
PARTS = (SAME, MATCHED, WIDER)

STUDY = Study(
    name="kernels-and-filters",
    question=Message("How large a kernel, and how many filters?"),
    conditions=tuple(condition for part in PARTS for condition in part.values()),
    groups=(
        Group("kernels", Message("Kernel size, at the same filters"), Message("the same steps and filters"),
              SAME[3].name, tuple(condition.name for condition in SAME.values())),
        Group("macs", Message("Kernel size, at the same multiply-adds"), Message("the same steps and multiply-adds"),
              MATCHED[3].name, tuple(condition.name for condition in MATCHED.values())),
        Group("filters", Message("Filters at full resolution"), Message("the same steps"), WIDER[8].name,
              tuple(condition.name for condition in WIDER.values())),
    ),
    about={**TASK, "fixed": Message("depth 3; kernels: crops of 96 px, 240 steps; filters: crops of 64 px, 280 steps; "
                                    "widths for equal multiply-adds, within 7 %, from the traces")},
)  # fmt: skip
