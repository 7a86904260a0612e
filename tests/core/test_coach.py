"""The shape coach against a walk by hand, against networks that carry places instead of colours, and by counting."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from tests.core.sweep import FACTS, edges, meta_model, name_of, sweep, traced
from unet_core.blocks import Skip
from unet_core.coach import (
    attempt,
    border_says,
    covering_size,
    invented_reach,
    level_sides,
    lost_per_side,
    lost_share,
    mask_box,
    percent_text,
    story,
    way_says,
    ways_out,
)
from unet_core.coach.story import apart
from unet_core.config import PRESETS, UNetConfig
from unet_core.models import NestedUNet, UNet, build_model
from unet_core.sizes import check_size, floor_level, nearest_legal, output_side, smallest_legal
from unet_core.trace import trace

PAPER = PRESETS["unet-2015"]
SAME = replace(PAPER, padding="same")
SPREAD = [PAPER, SAME, *sweep()[5::16]]


def by_hand(config: UNetConfig, side: int) -> str:
    """What the rules of unet_facts.json say of a network without checks, each map's side written down."""
    sides: dict[tuple[int, int], int] = {}

    def block(side: int, level: int) -> int:
        alone = config.norm == "instance" or (config.norm == "group" and config.channels(level) == 8)
        for _ in range(config.convs_per_block):
            side -= config.kernel_size - 1 if config.padding == "valid" else 0
            if side < 1 or (side == 1 and alone):
                raise ValueError("too small")
        return side

    try:
        for level in range(config.depth + 1):
            if level and side // 2 < 1:
                raise ValueError("too small")
            sides[level, 0] = side = block(side // 2 if level else side, level)
            for step in range(1, level + 1):
                node = (level - step, step)
                if config.nested or level == config.depth:
                    below = 2 * sides[node[0] + 1, step - 1]
                    if config.padding == "same" and node[0] in config.connected_levels and below != sides[node[0], 0]:
                        return f"stops at a join: {sides[node[0], 0]} against {below}"
                    sides[node] = block(below, node[0])
    except ValueError:
        return "too small"
    return f"mask of {sides[0, config.depth]}"


def told(config: UNetConfig, side: int) -> str:
    tried = attempt(config, side)
    if tried.stop is None:
        return f"mask of {tried.output}"
    if tried.stop.kind != "join":
        return "too small"
    below, skip = tried.stop.sides[0], next(other for other in tried.stop.sides[1:] if other != tried.stop.sides[0])
    return f"stops at a join: {skip} against {below}"


@pytest.mark.parametrize("config", SPREAD, ids=name_of)
def test_a_bare_run_does_what_the_rules_say(config: UNetConfig) -> None:
    smallest, step = smallest_legal(config), 2**config.depth
    for side in (smallest, smallest + 1, smallest + step - 1, smallest + 3 * step // 2, smallest - 1, 1):
        assert told(config, side) == by_hand(config, side), side


def test_the_known_illegal_sizes_give_the_known_masks() -> None:
    for size, output in FACTS["rules"]["illegal_examples_d4_k3_n2"].items():
        assert attempt(PAPER, int(size)).output == output
        assert str(output) in " ".join(map(str, story(PAPER, int(size))))


@pytest.mark.parametrize("config", SPREAD[::4], ids=name_of)
def test_one_channel_tells_the_sides_of_all(config: UNetConfig) -> None:
    side = smallest_legal(config) + 1
    try:
        with torch.inference_mode():
            logits = meta_model(config).forward(torch.empty((1, config.in_channels, side, side), device="meta"))
    except (RuntimeError, ValueError):
        assert attempt(config, side).stop is not None
    else:
        assert (logits[-1] if isinstance(logits, tuple) else logits).shape[-1] == attempt(config, side).output


@pytest.mark.parametrize("config", [PAPER, replace(PAPER, depth=2, kernel_size=5), SAME], ids=name_of)
def test_the_first_row_that_is_dropped_is_where_floor_says(config: UNetConfig) -> None:
    for side in range(smallest_legal(config), smallest_legal(config) + 2**config.depth):
        drops = attempt(config, side).drops
        assert (drops[0].level if drops else None) == floor_level(config, side)
        assert all(drop.side % 2 for drop in drops)


def test_a_side_that_is_too_small_is_refused_for_its_reason() -> None:
    assert [str(line) for line in story(PAPER, 100)] == [
        "Nothing is left at level 4: a 3 × 3 convolution gets 2 × 2 px, less than its window.",
        "The smallest side that fits is 188 px; its mask has 4 px.",
    ]
    assert "below level 2: a single pixel cannot be halved" in str(story(PRESETS["classroom"], 5)[0])
    alone = UNetConfig(padding="same", norm="instance", base_channels=2, depth=2)
    assert "at level 2: instance norm would get a number that stands alone" in str(story(alone, 4)[0])
    for config in SPREAD[:12]:
        for side in {1, smallest_legal(config) // 2, smallest_legal(config) - 1} - {0}:
            assert str(smallest_legal(config)) in str(story(config, side)[-1])


def test_the_classic_mistake_is_told_with_its_numbers() -> None:
    assert [str(line) for line in story(PAPER, 512)] == [
        "At level 2 the pooling meets 121 rows, an odd number: it makes 60 pairs and drops the last row.",
        "No error is raised: a network that does not check turns 512 px into a mask of 324 px, the same as for 508 px.",
        "It is 2 px off the centre: its border has 92 px above and 96 px below. The last 4 rows of the image never "
        "reach the bottleneck.",
        "At level 1 the skip has 250 rows and is cropped about its own centre: what it brings lies 2 px away from what "
        "it is joined with.",
    ]
    assert "125 against 124, and PyTorch stops" in str(story(PRESETS["classroom"], 250)[-1])
    assert "level 1, 2." in str(story(PRESETS["classroom"], 255)[1])
    bare = replace(SAME, skip_levels=())
    assert "10 px smaller than the image" in str(story(bare, 250)[-1])
    assert "572 px fits" in str(story(PAPER, 572)[0])


# --- where things lie, by networks that carry places ---


def carrier(config: UNetConfig) -> UNet | NestedUNet:
    """A network whose every value is the place it comes from: each convolution hands on the middle of its window, and
    of two joined maps the one from below."""
    model = build_model(config).eval()
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
            weight = torch.zeros_like(module.weight)
            middle = weight.shape[-1] // 2 if isinstance(module, nn.Conv2d) else slice(None)
            weight[0, 0, middle, middle] = 1
            module.load_state_dict({"weight": weight, "bias": torch.zeros(1)})
    return model


def carried(config: UNetConfig, side: int) -> tuple[dict[int, float], Tensor]:
    """Level -> how far apart skip and map from below lie, and the places (columns) of the mask's pixels."""
    model, found = carrier(config), {}

    def look(module: nn.Module, inputs: tuple[Tensor, list[Tensor]]) -> None:
        below, (skip,) = inputs
        level: int = module.node[0]  # type: ignore[index, assignment]
        cropped = module.crop[0](skip, below)  # type: ignore[index, operator]
        period = 2 ** (config.depth - level)
        ahead = (cropped - below)[0, 0, 0, :period].mean()  # a maximum is the last of its window: half of one too far
        found[level] = float(ahead) + (2**config.depth - 2**level) / 2

    for module in model.modules():
        if isinstance(module, Skip):
            module.register_forward_pre_hook(look)
    with torch.inference_mode():
        return found, model.forward(torch.arange(float(side)).expand(1, 1, side, side))[0, 0, 0]  # type: ignore[index]


CARRIERS = [(2, 3, 2, 60), (2, 3, 2, 61), (2, 3, 2, 62), (3, 3, 1, 65), (2, 5, 1, 63), (1, 3, 2, 31), (3, 3, 2, 119)]


@pytest.mark.parametrize(("depth", "kernel", "convs", "side"), CARRIERS)
def test_what_is_joined_lies_as_far_apart_as_is_told(depth: int, kernel: int, convs: int, side: int) -> None:
    config = UNetConfig(classes=1, base_channels=1, growth=1, depth=depth, kernel_size=kernel, convs_per_block=convs)
    found, mask = carried(config, side)
    tried = attempt(config, side)
    assert {met.node[0]: apart(config, met) for met in tried.meetings} == found
    assert any(found.values()) == (side - (nearest_legal(config, side)[0] or 0) > 1)  # half a pixel is floored away
    assert len(mask) == tried.output
    begins = int(mask[0]) - 2**depth + 1  # its first pixel carries the last place of its window
    while begins + 2**depth <= int(mask[0]):
        begins += 1
    first_window = int((mask == mask[0]).sum())  # the mask may begin inside a window
    assert begins + 2**depth - first_window == lost_per_side(config)


def test_the_last_rows_never_reach_the_bottleneck() -> None:
    config = UNetConfig(depth=2, base_channels=2, skip_levels=())
    torch.manual_seed(0)
    model = build_model(config)
    for weights in model.parameters():
        weights.data.abs_()
    for side in (60, 61, 62, 63):
        image = torch.rand((1, 1, side, side), requires_grad=True)
        model.forward(image).sum().backward()  # type: ignore[union-attr]
        assert image.grad is not None
        read = image.grad[0, 0].sum(dim=1).nonzero().max().item() + 1
        assert read == nearest_legal(config, side)[0]
    assert "The last 3 rows of the image never reach" in str(story(config, 63)[3])


def nan_reach(config: UNetConfig, side: int) -> int:
    """How far values that are no numbers come in when they stand where the zeros of the padding are."""
    model = build_model(replace(config, norm="none")).eval()
    for module in model.modules():
        if isinstance(module, nn.Conv2d) and module.padding[0]:
            module.forward = padded(module)  # type: ignore[method-assign]
        elif isinstance(module, nn.ZeroPad2d):
            module.forward = lambda x, pad=module.padding: functional.pad(x, pad, value=torch.nan)  # type: ignore
    with torch.inference_mode():
        logits = model.forward(torch.rand((1, config.in_channels, side, side)))
    reached = (logits[-1] if isinstance(logits, tuple) else logits)[0, 0].isnan().all(dim=1)
    clean = (~reached).nonzero().flatten()
    return max(int(clean[0]), side - 1 - int(clean[-1])) if len(clean) else side


def padded(module: nn.Conv2d):  # type: ignore[no-untyped-def]
    edge = module.padding[0]
    return lambda x: functional.conv2d(functional.pad(x, (edge,) * 4, value=torch.nan), module.weight, module.bias)


REACHES = [
    {}, {"depth": 3}, {"kernel_size": 5, "convs_per_block": 1}, {"kernel_size": 4}, {"kernel_size": 2, "depth": 1},
    {"upsampling": "bilinear"}, {"upsampling": "nearest", "depth": 3}, {"architecture": "unet++", "skip": "add"},
    {"skip_levels": (0,), "convs_per_block": 3}, {"kernel_size": 1, "norm": "batch"},
]  # fmt: skip


@pytest.mark.parametrize("choice", REACHES, ids=str)
def test_the_zeros_reach_as_far_as_values_that_are_no_numbers(choice: dict[str, object]) -> None:
    config = UNetConfig(**{"padding": "same", "base_channels": 1, "growth": 1, "depth": 2, **choice})  # type: ignore
    for side in (128, 16):
        assert invented_reach(trace(config, (side, side))) == nan_reach(config, side)


def test_a_valid_network_invents_nothing_and_a_same_one_loses_nothing() -> None:
    assert invented_reach(traced(PAPER)) == 0
    assert lost_per_side(SAME) == 0
    told = " ".join(map(str, border_says(SAME, (512, 512), trace(SAME, (512, 512)))))
    assert "holds here: 512 × 512 px" in told
    assert f"up to {invented_reach(trace(SAME, (512, 512)))} px in" in told
    assert "reach every pixel" in str(border_says(SAME, (64, 64), trace(SAME, (64, 64)))[1])


def test_the_border_of_the_paper() -> None:
    says = " ".join(map(str, border_says(PAPER, (572, 572), trace(PAPER, (572, 572)))))
    assert "572 × 572 px go in, and 388 × 388 come out" in says
    assert "92 px get no mask, together 54.0 %" in says
    assert lost_share(PAPER, (572, 572)) == 1 - 388**2 / 572**2
    for size in ((512, 512), (388, 300), (1, 400)):
        height, width = covering_size(PAPER, size)
        assert output_side(PAPER, height) >= size[0] and output_side(PAPER, width) >= size[1]
        assert output_side(PAPER, max(height - 16, 188)) < size[0] or height == 188


# --- ways out ---


@pytest.mark.parametrize("config", SPREAD[::3], ids=name_of)
def test_every_way_out_fits_and_covers_what_it_says(config: UNetConfig) -> None:
    smallest = smallest_legal(config)
    for size in ((smallest + 1, smallest + 5), (smallest, smallest + 2), (3, smallest + 40)):
        for way in ways_out(config, size):
            check_size(config, way.size)
            reach = 90 + max(*size, *way.size)
            image, mask = (np.zeros((2 * reach, 2 * reach), bool) for _ in range(2))
            for drawn, box in ((image, way.image), (mask, way.mask)):
                drawn[reach + box.top : reach + box.bottom, reach + box.left : reach + box.right] = True
            assert way.covered == pytest.approx((image & mask).sum() / image.sum())
            top, bottom, left, right = way.added
            assert (way.image.height + top + bottom, way.image.width + left + right) == way.size
            assert bottom - top in (0, 1) and right - left in (0, 1)
            if way.kind != "resize":
                assert (way.image.height, way.image.width) == size
            assert min(way.added) >= 0 or way.kind == "crop"
        assert ("crop" in {way.kind for way in ways_out(config, size)}) == (size[0] >= smallest)


def test_the_mask_lies_where_the_crops_of_the_skips_say() -> None:
    """The level-0 skip is cropped by 88 px after two convolutions took 2, and two more take 2 before the mask."""
    crop = FACTS["unet_original"]["skip_crop_px_per_side"]["dec0"]
    box = mask_box(PAPER, (572, 572))
    assert (box.top, box.left, box.bottom, box.right) == (2 + crop + 2, 92, 480, 480)
    resize, pad, cut = ways_out(PAPER, (512, 512))
    assert [way.size[0] for way in (resize, pad, cut)] == [508, 524, 508]
    assert [str(percent_text(way.covered)) for way in (resize, pad, cut)] == ["40.7", "44.1", "40.0"]
    assert "6 px on every side" in str(way_says(pad)[0])
    assert "2 px on every side" in str(way_says(cut)[0])
    assert "6 px above, 7 px below" in str(way_says(ways_out(PAPER, (511, 511))[1])[0])
    assert "1 px above and below, 0 px left and right" in str(way_says(ways_out(PAPER, (570, 572))[1])[0])


def test_a_percentage_does_not_round_to_none_or_all() -> None:
    shares = {0: "0.0", 1: "100.0", 0.46: "46.0", 0.000453: "0.05", 0.99955: "99.95", 1e-6: "0.0001"}
    assert {share: percent_text(share) for share in shares} == shares


# --- the table of sides ---


def test_the_sides_of_the_paper() -> None:
    shapes = {name: shape[1] for name, shape in FACTS["unet_original"]["trace"]}
    crops = FACTS["unet_original"]["skip_crop_px_per_side"]
    for sides in level_sides(trace(PAPER, (572, 572))):
        name = f"enc{sides.level}"
        assert sides.after == (shapes[f"{name}.conv2"],) * 2
        assert sides.before == (shapes[f"enc{sides.level - 1}.pool"] if sides.level else 572,) * 2
        if sides.level < 4:
            name = f"dec{sides.level}"
            assert (sides.below, sides.out) == ((shapes[f"{name}.upconv"],) * 2, (shapes[f"{name}.conv2"],) * 2)
            assert sides.cropped == (crops[name],)


@pytest.mark.parametrize("config", [*SPREAD[::3], *edges()], ids=name_of)
def test_the_sides_hang_together(config: UNetConfig) -> None:
    rows = level_sides(traced(config))
    lost = config.loss_per_block
    assert [row.level for row in rows] == list(range(config.depth + 1))
    for row, lower in pairwise(rows):
        assert row.channels == config.channels(row.level)
        assert lower.before == (row.after[0] // 2, row.after[1] // 2)
        assert row.below == tuple(2 * side for side in (lower.out or lower.after))
        assert row.out == tuple(side - lost for side in row.below)
        skips = {"unet": 1, "unet++": config.depth - row.level}.get(config.architecture, 1)
        valid = config.padding == "valid" and row.level in config.connected_levels
        assert len(row.cropped) == (skips if valid else 0)
    assert rows[-1].below is rows[-1].out is None
