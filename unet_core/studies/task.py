"""The task of the studies: what a repeat of a condition learns from, and the photo that it is measured on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from unet_core.data.pebbles import NORMALISATION, SPLIT, photo
from unet_core.data.samples import Sample
from unet_core.pairs import Pairs, pairs_of
from unet_core.studies.study import Condition, Study

CROPS = 5  # marks the random numbers that choose fixed crops, so that no step of a training draws the same


@dataclass(frozen=True, eq=False)
class Sets:
    """What a training learns from, and what it is measured on: the same photo as tensors and as a sample."""

    training: Pairs
    validation: Pairs
    measured: Sample


def photos(study: Study, repeat: int) -> tuple[tuple[int, ...], int]:
    """The numbers of the photos to learn from, and of the one to measure on."""
    if study.by_photo:
        return tuple(number for number in study.repeats if number != repeat), repeat
    return SPLIT["training"], SPLIT["validation"][0]


def sets(study: Study, condition: Condition, repeat: int) -> Sets:
    """The images of one training. The test photo is opened only where `by_photo` holds each photo out once."""
    learned, measured = photos(study, repeat)
    training = to_pairs([cut(photo(number), study.side) for number in learned])
    if condition.crops is not None:
        training = fixed_crops(training, condition.crops, condition.settings.crop, repeat)
    sample = cut(photo(measured), study.side)
    return Sets(training, to_pairs([sample]), sample)


def cut(sample: Sample, side: int | None) -> Sample:
    """The middle `side` x `side` pixels; the sample itself where `side` is None."""
    if side is None:
        return sample
    top, left = ((length - side) // 2 for length in sample.classes.shape)
    window = slice(top, top + side), slice(left, left + side)
    return Sample(sample.image[window].copy(), sample.classes[window].copy(), sample.instances[window].copy(),
                  sample.name)  # fmt: skip


def to_pairs(samples: Sequence[Sample]) -> Pairs:
    """Photos of one size, normalised as those of pebbles are."""
    return pairs_of(samples, NORMALISATION)


def fixed_crops(pairs: Pairs, count: int, side: int, seed: int) -> Pairs:
    """`count` crops of `side` x `side` at places that the seed draws; a larger set begins with the smaller one."""
    rng = np.random.default_rng([seed, CROPS])
    number, _, height, width = pairs.images.shape
    images, classes = [], []
    for _ in range(count):
        index, top, left = (int(rng.integers(most)) for most in (number, height - side + 1, width - side + 1))
        window = slice(top, top + side), slice(left, left + side)
        images.append(pairs.images[index, :, *window])
        classes.append(pairs.classes[index, *window])
    return Pairs(torch.stack(images), torch.stack(classes))
