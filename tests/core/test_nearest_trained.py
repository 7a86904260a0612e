"""Which trained network stands in for a configuration without weights."""

from dataclasses import replace

import pytest

from tests.core.test_checkpoint import card_of
from unet_core.config import PRESETS, UNetConfig
from unet_core.zoo.nearest import distance, nearest_trained
from unet_core.zoo.passport import Passport, passport

BASE = UNetConfig(in_channels=3, classes=3, base_channels=16, depth=3, padding="same", norm="batch")
SHELF = {
    "plain": BASE, "deep": replace(BASE, depth=4), "none": replace(BASE, skip_levels=()),
    "without-1": replace(BASE, skip_levels=(0, 2)), "wide": replace(BASE, base_channels=32),
    "nested": replace(BASE, architecture="unet++", depth=4, deep_supervision=True),
}  # fmt: skip


def shelf() -> list[Passport]:
    return [passport(card_of(config), name) for name, config in SHELF.items()]


@pytest.mark.parametrize(
    ("wanted", "name", "exact"),
    [
        (BASE, "plain", True), (replace(BASE, skip_levels=()), "none", True),
        (replace(BASE, skip_levels=(0, 1)), "plain", False), (replace(BASE, base_channels=14), "plain", False),
        (PRESETS["classroom"], "plain", False), (PRESETS["classroom++"], "nested", False),
        (replace(BASE, architecture="unet+"), "nested", False), (replace(BASE, base_channels=30), "wide", False),
        (PRESETS["unet-2015"], "deep", False), (replace(BASE, depth=6), "deep", False),
    ],
)  # fmt: skip
def test_wiring_skips_and_depth_come_before_widths(wanted: UNetConfig, name: str, exact: bool) -> None:
    found = nearest_trained(wanted, shelf())
    assert found is not None and (found.model.folder, found.exact) == (name, exact)


def test_without_models_there_is_none_and_the_distance_is_one() -> None:
    assert nearest_trained(BASE, []) is None
    for one in SHELF.values():
        assert distance(one, one) == 0
        assert all(distance(one, other) == distance(other, one) > 0 for other in SHELF.values() if other != one)
