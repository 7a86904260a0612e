"""Data sets by their names; nothing is read or generated before one is called for: `DATA_SETS["pebbles"]()`."""

from collections.abc import Callable

from unet_core.data import nuclei, pebbles, shapes
from unet_core.data.samples import DataSet

DATA_SETS: dict[str, Callable[..., DataSet]] = {"pebbles": pebbles.load, "nuclei": nuclei.load, "shapes": shapes.make}
