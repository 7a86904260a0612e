"""A study in seconds: the same conditions with tiny nets, a few steps and small photos. It shows that all runs, not
what is better."""

from dataclasses import replace

from unet_core.augment import Augmentation
from unet_core.config import UNetConfig
from unet_core.settings import Settings
from unet_core.studies.study import Condition, Study
from unet_core.teach.lesson import Choices

SIDE = 64  # pixels, of the middle of each photo
REPEATS = 2
NARROWER = 8  # times
SETTINGS = Settings(steps=2, batch_size=2, crop=32, validate_every=2, learning_rate=5e-3)
TEACHING = Choices(seconds=None, steps=2, side=64, crop=32, base_channels=2, depth=1)
ROUNDS = 2  # of step times


def miniature(study: Study) -> Study:
    """The study with two repeats."""
    return replace(study, conditions=tuple(map(_condition, study.conditions)), repeats=study.repeats[:REPEATS],
                   side=SIDE)  # fmt: skip


def _condition(condition: Condition) -> Condition:
    if condition.by_strokes is not None:
        small = replace(condition.by_strokes, teaching=TEACHING, trees=5, seeds=(1,))
        return replace(condition, by_strokes=small, config=replace(condition.config, base_channels=2, depth=1))
    elastic = min(condition.settings.augmentation.elastic, 3.0)
    return replace(condition, config=_net(condition.config),
                   settings=replace(SETTINGS, augmentation=Augmentation(elastic=elastic)))  # fmt: skip


def _net(config: UNetConfig) -> UNetConfig:
    return replace(config, base_channels=max(1, config.base_channels // NARROWER))
