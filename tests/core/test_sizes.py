"""Legal sizes against brute force: a pixel count that knows nothing of formulas, and the networks themselves."""

import inspect
from dataclasses import dataclass, replace
from functools import cache

import pytest
import torch

from tests.core.sweep import FACTS, edges, meta_model, name_of, sweep
from unet_core.config import PRESETS, UNetConfig
from unet_core.sizes import (
    SizeError,
    check_size,
    closest_legal,
    floor_level,
    is_legal,
    nearest_legal,
    output_side,
    smallest_legal,
)

LARGEST = 600
PAPER = PRESETS["unet-2015"]


@dataclass
class Run:
    """What happens to one side on its way through a network, counted pixel by pixel."""

    legal: bool = False
    output: int | None = None
    floor: int | None = None  # the first level whose pooling drops a row


class TooSmall(Exception):
    pass


def block(config: UNetConfig, side: int, level: int) -> int:
    for _ in range(config.convs_per_block):
        side -= config.kernel_size - 1 if config.padding == "valid" else 0
        if side < 1 or (side == 1 and refuses_one_pixel(config, level)):
            raise TooSmall
    return side


def refuses_one_pixel(config: UNetConfig, level: int) -> bool:
    """PyTorch normalises no number that stands alone: one pixel of a channel, one pixel in groups of one channel."""
    return config.norm == "instance" or (config.norm == "group" and config.channels(level) == 8)


def simulate(config: UNetConfig, side: int) -> Run:
    run, sides = Run(), {}
    try:
        for level in range(config.depth):
            sides[level, 0] = side = block(config, side, level)
            if side % 2 and run.floor is None:
                run.floor = level
            side //= 2
        sides[config.depth, 0] = block(config, side, config.depth)
        for step in range(1, config.depth + 1):
            for level in range(config.depth + 1 - step):
                if config.nested or level + step == config.depth:  # a U-Net has the longest diagonal only
                    sides[level, step] = block(config, 2 * sides[level + 1, step - 1], level)
    except TooSmall:
        return run
    run.legal = run.floor is None
    run.output = sides[0, config.depth]
    return run


@cache
def legal_sides(config: UNetConfig) -> list[int]:
    return [side for side in range(1, LARGEST + 1) if simulate(config, side).legal]


def shape_of(config: UNetConfig) -> tuple[object, ...]:
    """What sizes depend on; of configs that agree in it one is enough."""
    alone = tuple(refuses_one_pixel(config, level) for level in range(config.depth + 1))
    return config.nested, config.depth, config.kernel_size, config.convs_per_block, config.padding, alone


SWEEP = list({shape_of(config): config for config in sweep()}.values())


@pytest.mark.parametrize("config", SWEEP, ids=name_of)
def test_legal_sizes_are_those_of_brute_force(config):
    legal = legal_sides(config)
    assert [side for side in range(-3, LARGEST + 1) if is_legal(config, side)] == legal
    assert [output_side(config, side) for side in legal] == [simulate(config, side).output for side in legal]
    assert smallest_legal(config) == (legal[0] if legal else smallest_legal(config))
    assert legal or smallest_legal(config) > LARGEST


@pytest.mark.parametrize("config", SWEEP, ids=name_of)
def test_the_nearest_legal_sizes_are_the_next_of_the_list(config):
    legal = legal_sides(config)
    for side in range(-3, legal[-1] + 1 if legal else 1):
        below = max((other for other in legal if other <= side), default=None)
        above = min((other for other in legal if other >= side), default=smallest_legal(config))
        assert nearest_legal(config, side) == (below, above)
        candidates = [other for other in (below, above) if other is not None]
        assert closest_legal(config, side) == min(candidates, key=lambda other: (abs(other - side), other))


@pytest.mark.parametrize("config", SWEEP, ids=name_of)
def test_the_level_where_a_row_is_lost_is_that_of_brute_force(config):
    bare = replace(config, norm="none")
    for side in range(1, LARGEST + 1):
        assert floor_level(config, side) == simulate(bare, side).floor


def raw_output(config: UNetConfig, *size: int) -> tuple[int, ...]:
    """Height and width that the bare network gives, its refusal of illegal sizes left out. Raises what it raises."""
    with torch.inference_mode():
        logits = meta_model(config).forward(torch.empty((1, config.in_channels, *size), device="meta"))
    last = logits[-1] if isinstance(logits, tuple) else logits
    return tuple(last.shape[2:])


@pytest.mark.parametrize("config", SWEEP, ids=name_of)
def test_the_network_itself_runs_at_its_smallest_size(config):
    side = smallest_legal(config)
    assert raw_output(config, side, side) == (output_side(config, side), output_side(config, side))


SMALLEST = [
    ({}, 188, 4),
    ({"depth": 1, "kernel_size": 1, "convs_per_block": 1}, 2, 2),
    ({"padding": "same"}, 16, 16),
    ({"padding": "same", "norm": "instance"}, 32, 32),
    ({"depth": 1, "kernel_size": 2, "convs_per_block": 3, "norm": "instance"}, 15, 3),  # 13 leaves one pixel to norm
    ({"depth": 2, "padding": "same", "norm": "group", "base_channels": 8, "growth": 1}, 8, 8),  # one number per group
]


@pytest.mark.parametrize(("choice", "side", "output"), SMALLEST)
def test_the_smallest_size_of(choice, side, output):
    config = UNetConfig(**choice)
    assert (smallest_legal(config), output_side(config, side)) == (side, output)
    assert raw_output(config, side, side) == (output, output)


@pytest.mark.parametrize("config", [PAPER, *edges()[:2], UNetConfig(depth=2, kernel_size=5)], ids=name_of)
def test_the_size_below_the_smallest_leaves_no_mask(config):
    for side in range(max(1, smallest_legal(config) - 2**config.depth), smallest_legal(config)):
        with pytest.raises(RuntimeError):
            raw_output(config, side, side)


def test_an_illegal_size_gives_silently_the_mask_of_the_legal_size_below():
    for size, output in FACTS["rules"]["illegal_examples_d4_k3_n2"].items():
        below, _ = nearest_legal(PAPER, int(size))
        assert not is_legal(PAPER, int(size))
        assert raw_output(PAPER, int(size), int(size)) == (output, output) == raw_output(PAPER, below, below)
    assert FACTS["rules"]["illegal_examples_d4_k3_n2"] == {"512": 324, "570": 372}


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_the_network_itself_agrees_on_every_small_size(depth):
    config = UNetConfig(depth=depth, base_channels=1, convs_per_block=1)
    for side in range(smallest_legal(config), 80):
        expected = simulate(config, side)
        assert raw_output(config, side, side) == (expected.output, expected.output)


@pytest.mark.parametrize("architecture", ["unet", "unet++", "unet+"])
def test_a_same_padded_network_cannot_join_an_odd_size(architecture):
    config = UNetConfig(architecture=architecture, depth=2, padding="same", base_channels=1)
    for side in range(4, 40):
        if is_legal(config, side):
            assert raw_output(config, side, side) == (side, side)
        else:
            with pytest.raises(RuntimeError):
                raw_output(config, side, side)


@pytest.mark.parametrize("config", [*PRESETS.values(), *edges()], ids=name_of)
def test_height_and_width_are_independent(config):
    height, width = smallest_legal(config), smallest_legal(config) + 2 * 2**config.depth
    assert raw_output(config, height, width) == (output_side(config, height), output_side(config, width))


def test_the_original_sizes():
    assert output_side(PAPER, 572) == 388
    assert nearest_legal(PAPER, 512) == (508, 524)
    assert closest_legal(PAPER, 516) == 508  # of two equally near the smaller
    assert floor_level(PAPER, 512) == 2  # 512 -> 508, 254 -> 250, 125 -> 121: the third pooling meets an odd side
    assert floor_level(PAPER, 572) is None
    assert [smallest_legal(replace(PAPER, depth=depth)) for depth in range(1, 7)] == [18, 44, 92, 188, 380, 764]


@pytest.mark.parametrize(
    ("config", "size", "sentence"),
    [
        (PAPER, (512, 512), "512 x 512 does not fit depth 4 with valid padding; nearest are 508 x 508 and 524 x 524"),
        (PAPER, (572, 500), "572 x 500 does not fit depth 4 with valid padding; nearest are 572 x 492 and 572 x 508"),
        (PAPER, (100, 572), "100 x 572 is too small for depth 4 with valid padding; the nearest that fits is 188 x"),
        (UNetConfig(padding="same"), (500, 512), "500 x 512 does not fit depth 4 with same padding; nearest are 496 x"),
    ],
)
def test_a_size_that_does_not_fit_is_refused_with_the_nearest(config, size, sentence):
    image = torch.empty((1, config.in_channels, *size), device="meta")
    for refused in (lambda: check_size(config, size), lambda: meta_model(config)(image)):
        with pytest.raises(SizeError, match=sentence):
            refused()
    assert issubclass(SizeError, ValueError)


def test_the_refusal_stands_outside_of_forward():
    """So that the code a student reads is the paper's figure and nothing else."""
    assert "size" not in inspect.getsource(type(meta_model(PAPER)).forward).replace("(B, in_channels", "")
