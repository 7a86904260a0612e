"""What happens to an image on its way through a network: a walk over the rows of its trace.

`steps` says of every row what it does and what changes, for any network, without a number computed. `journey` sends one
image through a trained network and keeps a picture of every row. `lesson` makes ten cards of the two.
"""

from unet_core.walk.cards import LessonCard, Question
from unet_core.walk.journey import Journey, Stop, journey
from unet_core.walk.lesson import lesson
from unet_core.walk.pixel import MarkedPixel, marked_pixel
from unet_core.walk.steps import Step, steps

__all__ = [
    "Journey", "LessonCard", "MarkedPixel", "Question", "Step", "Stop", "journey", "lesson", "marked_pixel", "steps",
]  # fmt: skip
