"""A network taught one picture by a few strokes: `teach` is the loop, `lesson.py` says what it may be asked for.

Nobody draws whole masks for a single picture, so here a small U-Net learns from the strokes alone, on the picture that
it is to segment, in half a minute.
"""

from unet_core.teach.lesson import FEWEST, MOST, Choices, Labels, TeachError, check_labels, check_picture, labels_of
from unet_core.teach.net import config_for, net_from, new_net
from unet_core.teach.result import TAUGHT, card_of
from unet_core.teach.training import Progress, teach

__all__ = ["FEWEST", "MOST", "TAUGHT", "Choices", "Labels", "Progress", "TeachError", "card_of", "check_labels",
           "check_picture", "config_for", "labels_of", "net_from", "new_net", "teach"]  # fmt: skip
