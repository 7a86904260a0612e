"""The bound on what is counted, and the nearest network within it."""

from dataclasses import replace

import pytest

from unet_core.config import PRESETS, UNetConfig
from unet_core.memory import MOST_BYTES, TooLargeError, check_memory, nearest_within_memory, needed
from unet_core.sizes import check_size, nearest_legal
from unet_core.trace import trace

PAPER = PRESETS["unet-2015"]
HUGE = UNetConfig("unet++", base_channels=256, depth=6, padding="same", norm="group", growth=4, kernel_size=9,
                  convs_per_block=4)  # fmt: skip


def test_what_is_needed_is_weights_and_every_output() -> None:
    traced = trace(PAPER, (572, 572))
    assert needed(traced) == 4 * 31_030_658 + sum(
        4 * row.out_shape[0] * row.out_shape[1] * row.out_shape[2] for row in traced.rows
    )
    check_memory(traced)


def test_the_bound_is_named_in_the_refusal() -> None:
    with pytest.raises(TooLargeError, match=r"needs 388 GB .* the bound here is 256 GB: choose a smaller input"):
        check_memory(trace(PAPER, (8188, 8188)))


@pytest.mark.parametrize("size", [(8188, 8188), (8188, 7004)])
def test_the_nearest_input_is_almost_as_large_as_the_bound_allows(size: tuple[int, int]) -> None:
    config, found = nearest_within_memory(PAPER, size)
    assert config == PAPER
    check_size(config, found)
    assert 0.95 * MOST_BYTES < needed(trace(config, found)) <= MOST_BYTES
    assert found[0] / found[1] == pytest.approx(size[0] / size[1], rel=0.01)


def test_where_no_input_fits_filters_go_before_depth() -> None:
    wide = replace(PAPER, base_channels=256, depth=6, growth=4)
    config, size = nearest_within_memory(wide, (6108, 6108))
    assert (config.depth, size) == (6, (nearest_legal(config, 1)[1],) * 2)
    one_more = replace(config, base_channels=config.base_channels + 1)
    assert needed(trace(config, size)) <= MOST_BYTES < needed(trace(one_more, size))


def test_the_largest_of_all_networks_has_a_nearest_too() -> None:
    config, size = nearest_within_memory(HUGE, (4096, 4096))
    assert needed(trace(config, size)) <= MOST_BYTES
    assert config.norm == "group"
