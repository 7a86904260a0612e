"""What one visitor is doing, as one frozen value."""

from dataclasses import dataclass, replace

from ui.compare_choice import Versus
from ui.figure import cached_trace
from ui.findings_choice import Choice
from unet_core.config import PRESETS, UNetConfig
from unet_core.memory import TooLargeError, check_memory, nearest_within_memory
from unet_core.messages import Message
from unet_core.sizes import closest_legal

LARGEST_SIDE = 8192  # of an input that is only counted, not computed, in pixels; every network fits into it


@dataclass(frozen=True)
class Workbench:
    """The network under study. `height` and `width` are what the visitor asked for; `size` is what fits.

    `hidden` and `locked` are controls of Build, by their names in ui/controls.py, that a teacher's link takes away.
    `finding` is the chart of Findings that was chosen, `versus` the two networks of Compare, `tab` the tab of Train, ""
    for the first.
    """

    config: UNetConfig = PRESETS["unet-2015"]
    height: int = 572
    width: int = 572
    selected: str | None = None  # a row of the trace, by name
    language: str = "en"
    hidden: frozenset[str] = frozenset()
    locked: frozenset[str] = frozenset()
    finding: Choice | None = None
    versus: Versus | None = None
    tab: str = ""

    @property
    def size(self) -> tuple[int, int]:
        """(height, width): the nearest that fits the network."""
        return closest_legal(self.config, self.height), closest_legal(self.config, self.width)

    @property
    def snapped(self) -> bool:
        """True when the network could not take the size that was asked for."""
        return self.size != (self.height, self.width)


@dataclass(frozen=True)
class Refusal:
    """Choices that make no network: the reason, and the nearest workbench that can be built."""

    reason: Message
    nearest: Workbench


def within_memory(bench: Workbench) -> tuple[Workbench, Message | None]:
    """The workbench itself, or the nearest one within the bound and the reason."""
    try:
        check_memory(cached_trace(bench.config, bench.size))
    except TooLargeError as error:
        config, (height, width) = nearest_within_memory(bench.config, bench.size)
        return replace(bench, config=config, height=height, width=width, selected=None), error.message
    return bench, None
