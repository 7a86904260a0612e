"""What makes no network leads to the nearest that does."""

from contextlib import suppress
from dataclasses import fields
from itertools import product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as some

from unet_core.config import ARCHITECTURES, CHOICES, NORMS, PADDINGS, ConfigError, UNetConfig
from unet_core.nearest import nearest_config

CORNERS = {
    "architecture": ARCHITECTURES, "padding": PADDINGS, "norm": NORMS, "base_channels": (1, 7, 12, 64, 255, 256),
    "depth": (1, 3, 6), "kernel_size": (1, 2, 3, 8, 9), "convs_per_block": (1, 2, 3), "growth": (1, 1.5, 2, 3.7, 4),
    "max_channels": (None, 1, 20, 16384), "deep_supervision": (False, True), "skip_levels": (None, (), (0,)),
}  # fmt: skip


def corners(many: int) -> list[dict[str, object]]:
    everything = [dict(zip(CORNERS, values, strict=True)) for values in product(*CORNERS.values())]
    return Random(0).sample(everything, many)


def test_every_corner_has_a_network_and_a_legal_one_is_its_own_nearest() -> None:
    legal = 0
    for choices in corners(4000):
        nearest = nearest_config(choices)
        with suppress(ConfigError):
            assert nearest == UNetConfig(**choices)  # type: ignore[arg-type]
            legal += 1
    assert 500 < legal < 3500  # both kinds were met


@pytest.mark.parametrize("base", [1, 7, 9, 12, 13, 20, 63, 250, 256])
def test_group_norm_moves_the_filters_to_the_nearest_that_it_divides(base: int) -> None:
    by_hand = min((each for each in range(8, 257, 8)), key=lambda each: (abs(each - base), -each))
    nearest = nearest_config({"norm": "group", "base_channels": base}, frozenset({"norm"}))
    assert (nearest.norm, nearest.base_channels) == ("group", by_hand)


def test_a_choice_just_made_stays() -> None:
    data = {"architecture": "unet++", "kernel_size": 4, "convs_per_block": 1}
    for name in ("kernel_size", "architecture"):
        assert getattr(nearest_config(data, frozenset({name})), name) == data[name]
    both = nearest_config(data, frozenset({"kernel_size", "architecture"}))
    assert (both.kernel_size, both.architecture, both.padding) == (4, "unet++", "same")


def test_where_nothing_can_stay_it_still_finds_one() -> None:
    fixed = {field.name: field.default for field in fields(UNetConfig)} | {"norm": "group", "base_channels": 12}
    assert nearest_config(fixed, frozenset(fixed)).norm in ("group", "batch")


def test_what_is_no_choice_becomes_the_nearest_or_the_default() -> None:
    nearest = nearest_config({"depth": 99, "kernel_size": "three", "architecture": "resnet", "dropout": -1, "x": 1})
    assert (nearest.depth, nearest.kernel_size, nearest.architecture, nearest.dropout) == (6, 3, "unet", 0)
    assert nearest_config({"depth": 2, "skip_levels": (0, 1, 5, "a")}).connected_levels == (0, 1)


@given(
    some.dictionaries(
        some.sampled_from([field.name for field in fields(UNetConfig)]),
        some.one_of(some.none(), some.booleans(), some.integers(), some.floats(), some.text(max_size=5),
                    some.sampled_from([value for values in CHOICES.values() for value in values]),
                    some.lists(some.integers(-2, 8), max_size=4)),
    )
)  # fmt: skip
def test_any_values_give_a_network(data: dict[str, object]) -> None:
    nearest_config(data)
