"""How good a trained model is, by the road that a visitor's image takes, and what needs no network reaches."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from statistics import mean, median

import numpy as np

from unet_core.checkpoint import Card
from unet_core.data.samples import Sample
from unet_core.figures import figures, figures_of_mask
from unet_core.models import NestedUNet, UNet, prune
from unet_core.tiles import segment_tiled
from unet_core.zoo.classical import Classical, grey_of, otsu

Figures = dict[str, float]
THRESHOLD = 0.5


def measure(model: UNet | NestedUNet, card: Card, samples: Sequence[Sample]) -> Figures:
    """Mean over the images of every figure of `figures`, rounded to five digits. A sigmoid net has no classes."""
    return mean_of(_figures(model, card, sample) for sample in samples)


def _figures(model: UNet | NestedUNet, card: Card, sample: Sample) -> Figures:
    found = segment_tiled(model, card, sample.image, every_class=True).per_class
    assert found is not None
    return figures(found, sample.classes, sample.instances, THRESHOLD)


def measure_heads(model: UNet | NestedUNet, card: Card, samples: Sequence[Sample]) -> dict[str, Figures]:
    """The same for L1, L2, .. of a net with deep supervision, each as the smaller net that `prune` leaves; else {}."""
    if not isinstance(model, NestedUNet) or not model.config.deep_supervision:
        return {}
    pruned = [prune(model, level) for level in range(1, model.config.depth + 1)]
    return {f"L{net.config.depth}": measure(net, replace(card, config=net.config), samples) for net in pruned}


def baselines(samples: Sequence[Sample], classical: Classical) -> dict[str, Figures]:
    """The same images without a network: every pixel foreground, Otsu's threshold, and the best classical setting."""
    return {
        "all_foreground": mean_of(figures_of_mask(np.ones(s.mask.shape, bool), s.instances) for s in samples),
        "otsu": mean_of(figures_of_mask(otsu(grey_of(s.image)), s.instances) for s in samples),
        "classical": mean_of(figures_of_mask(classical.mask(s.image), s.instances, classical.objects(s.image))
                             for s in samples),
    }  # fmt: skip


def mean_of(each: Iterable[Figures]) -> Figures:
    """Image by image -> the mean of every figure."""
    rows = list(each)
    return {name: round(mean(row[name] for row in rows), 5) for name in rows[0]}


def medians(seeds: Mapping[str, Mapping[str, Figures]], sets: Iterable[str]) -> dict[str, Figures]:
    """Median over the seeds of each figure on each set."""
    rows = list(seeds.values())
    return {which: {name: median(row[which][name] for row in rows) for name in rows[0][which]} for which in sets}
