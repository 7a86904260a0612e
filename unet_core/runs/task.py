"""What a watched training learns from: data sets made small enough for a budget of seconds on an ordinary machine.

Every image that is chosen by has the same size, and so has every one that is learned from. The real image of nuclei
and the pebbles' test photo stay closed: they are there to judge what ships, and nobody tunes a net on them here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from unet_core.data import nuclei, pebbles, shapes
from unet_core.data.knobs import Knobs
from unet_core.data.samples import PARTS, DataError, DataSet, Sample, object_diameter

SHAPES, PEBBLES, NUCLEI, OWN = "shapes", "pebbles", "nuclei", "own"
READY = (SHAPES, PEBBLES, NUCLEI)
SIDE = 128  # pixels of a part of a photo that is validated on
WATCHED = 4  # images whose masks are shown while a net learns
MOST_WINDOWS = 8  # parts of images that are validated on: more would cost more time than they tell
MOST_PARTS = 400  # parts of images that are learned from


@dataclass(frozen=True, eq=False)
class Task:
    """Samples to learn from, all of one size, and samples to choose by, all of one size, and what to know of them.

    `crop` is the side in pixels of what a step learns from; `about` is plain JSON for the card.
    """

    name: str
    classes: tuple[str, ...]
    normalisation: Mapping[str, Any]
    training: tuple[Sample, ...]
    validation: tuple[Sample, ...]
    crop: int
    object_diameter: float
    about: Mapping[str, Any]

    @property
    def channels(self) -> int:
        """1 or 3, of every image."""
        return int(self.training[0].image.shape[2])


def task_of(name: str, own: DataSet | None = None) -> Task:
    """The task of a name in READY, or with OWN that of a visitor's data set. DataError for another name."""
    if name == OWN and own is not None:
        return own_task(own)
    if name not in MADE:
        raise DataError("there are no data called {name}; there are {known}", name=name, known=", ".join(READY))
    return MADE[name]()


@cache
def _shapes() -> Task:
    data = shapes.make(seed=1, training=256, validation=16)
    return _task(data, data.training, data.validation, crop=shapes.SIDE)


@cache
def _pebbles() -> Task:
    data = pebbles.load()
    return _task(data, data.training, windows(data.validation, SIDE, 6), crop=SIDE)


@cache
def _nuclei() -> Task:
    knobs = Knobs(height=SIDE, width=SIDE)
    learned, chosen = (tuple(nuclei.generate_set(seed, count, knobs)) for seed, count in ((1, 48), (1000, 6)))
    about = {"name": "synthetic fluorescence nuclei", "generator": "unet_core/data/nuclei.py",
             "split": "by the generator's seed; no image is in two sets", "licence": "made by this project",
             "training": {"seed": 1, "images": len(learned)}, "validation": {"seed": 1000, "images": len(chosen)}}
    return Task(NUCLEI, PARTS, nuclei.NORMALISATION, learned, chosen, SIDE, object_diameter(learned), about)


MADE: Mapping[str, Callable[[], Task]] = {SHAPES: _shapes, PEBBLES: _pebbles, NUCLEI: _nuclei}


def own_task(data: DataSet) -> Task:
    """Images of any sizes are cut into parts of one size, so that nothing is stretched and no edge is left out."""
    side = min(SIDE, *(min(sample.classes.shape) for sample in (*data.training, *data.validation)))
    return _task(data, windows(data.training, side, MOST_PARTS), windows(data.validation, side, MOST_WINDOWS),
                 crop=side)  # fmt: skip


def _task(data: DataSet, training: Sequence[Sample], validation: Sequence[Sample], crop: int) -> Task:
    return Task(data.name, data.classes, data.normalisation, tuple(training), tuple(validation), crop,
                data.object_diameter, data.about)  # fmt: skip


def windows(samples: Sequence[Sample], side: int, most: int) -> tuple[Sample, ...]:
    """Parts of `side` x `side` pixels that cover every image, overlapping where a side is no multiple of it.

    Where there are more than `most`, evenly spread ones of them are taken, each image having its share.
    """
    places = [(sample, top, left) for sample in samples
              for top in _starts(sample.classes.shape[0], side) for left in _starts(sample.classes.shape[1], side)]
    if len(places) > most:
        places = [places[int((number + 0.5) * len(places) / most)] for number in range(most)]
    return tuple(_part(sample, top, left, side) for sample, top, left in places)


def _starts(length: int, side: int) -> list[int]:
    """Where parts begin along one axis, evenly spread from the first pixel to the last."""
    count = -(-length // side)
    return [round(number * (length - side) / max(1, count - 1)) for number in range(count)]


def _part(sample: Sample, top: int, left: int, side: int) -> Sample:
    window = np.s_[top : top + side, left : left + side]
    return Sample(sample.image[window].copy(), sample.classes[window].copy(), sample.instances[window].copy(),
                  f"{sample.name} {top},{left}")  # fmt: skip
