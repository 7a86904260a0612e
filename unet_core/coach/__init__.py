"""The shape coach: why an input size fits a network or does not, what goes wrong where nobody checks, and the ways out.

Height and width are independent, so what is told is told of one side, in pixels.
"""

from unet_core.coach.attempt import Attempt, Drop, Meeting, Stop, attempt
from unet_core.coach.border import (
    border_says,
    covering_size,
    invented_reach,
    lost_per_side,
    lost_share,
    mask_box,
    percent_text,
)
from unet_core.coach.sides import LevelSides, level_sides
from unet_core.coach.story import story
from unet_core.coach.ways_out import Way, way_says, ways_out

__all__ = ["Attempt", "Drop", "LevelSides", "Meeting", "Stop", "Way", "attempt", "border_says", "covering_size",
           "invented_reach", "level_sides", "lost_per_side", "lost_share", "mask_box", "percent_text", "story",
           "way_says", "ways_out"]  # fmt: skip
