"""Is an image like those that a network learned from? Where not, a sentence says in what, with the numbers.

The numbers are few and can be explained; their cut-offs were fixed on training and validation images before any test
image was looked at, and stay as they were whatever those say.
"""

from unet_core.likeness.ranges import Range, Ranges, cut_offs, measured, path_of, ranges_of
from unet_core.likeness.sentences import not_compared, unlike, unlikeness
from unet_core.likeness.windows import Statistics, statistics

__all__ = [
    "Range", "Ranges", "Statistics", "cut_offs", "measured", "not_compared", "path_of", "ranges_of", "statistics",
    "unlike", "unlikeness",
]  # fmt: skip
