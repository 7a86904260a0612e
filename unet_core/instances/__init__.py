"""The single objects of a mask: found, numbered, measured in pixels or in a unit, summed up, and written as CSV.

How objects come apart is decided in `unet_core.objects`, by the same rule as the object F1 on the cards.
"""

from unet_core.instances.csv_text import to_csv
from unet_core.instances.found import MAX_OBJECTS, FoundObjects, find_objects
from unet_core.instances.summary import Histogram, SizeSummary, summarise, three_digits
from unet_core.instances.table import ObjectTable, measure_objects
from unet_core.instances.unit import LengthUnit, UnitError

__all__ = [
    "MAX_OBJECTS", "FoundObjects", "Histogram", "LengthUnit", "ObjectTable", "SizeSummary", "UnitError",
    "find_objects", "measure_objects", "summarise", "three_digits", "to_csv",
]  # fmt: skip
