"""The receptive field against the gradient: which input pixels move one value, found by asking autograd."""

import random
from dataclasses import replace
from itertools import product

import pytest
import torch
from torch import Tensor, nn

from tests.core.sweep import FACTS, name_of
from unet_core.blocks import Crop
from unet_core.config import ARCHITECTURES, PADDINGS, PRESETS, UPSAMPLINGS, UNetConfig
from unet_core.messages import ExplainedError
from unet_core.models import build_model
from unet_core.receptive_field import Box, receptive_field
from unet_core.sizes import smallest_legal
from unet_core.trace import Trace, trace, trace_model

PAPER = PRESETS["unet-2015"]
SPANS = FACTS["receptive_field_k3_n2"]


def slim(config: UNetConfig, **choice) -> UNetConfig:
    """The same wiring with one channel and no norm: neither changes which pixels reach which."""
    return replace(config, in_channels=1, classes=1, base_channels=1, growth=1, norm="none", **choice)


def linear_and_positive(model: nn.Module) -> None:
    """All weights positive, the mean in place of the maximum: no path cancels another and none is switched off."""
    for name, module in list(model.named_modules()):
        if isinstance(module, nn.MaxPool2d):
            parent, _, last = name.rpartition(".")
            setattr(model.get_submodule(parent), last, nn.AvgPool2d(module.kernel_size, module.stride, module.padding))
        for weight in module.parameters(recurse=False):
            weight.data.fill_(1 / weight[0].numel() if weight.dim() > 1 else 0.0)
    model.double().eval()


class Probe:
    """A network of which every row's value can be asked for the pixels that move it."""

    def __init__(self, model: nn.Module, shape: tuple[int, int, int]) -> None:
        self.values: dict[str, Tensor] = {}
        self.model = model
        linear_and_positive(model)
        for name, module in model.named_modules():
            if isinstance(module, Crop) or not list(module.children()):
                module.register_forward_hook(lambda _, __, output, name=name: self.values.update({name: output}))
        torch.manual_seed(0)
        self.image = torch.rand(1, *shape, dtype=torch.float64).requires_grad_()
        model(self.image)

    def box(self, row: str, y: int, x: int) -> Box:
        value = self.values[row][0, :, y, x].sum()
        (gradient,) = torch.autograd.grad(value, self.image, retain_graph=True)
        rows, columns = (gradient[0].sum(0).sum(axis).nonzero().flatten().tolist() for axis in (1, 0))
        return Box(rows[0], columns[0], rows[-1] + 1, columns[-1] + 1) if rows else Box(0, 0, 0, 0)


def positions(dice: random.Random, height: int, width: int) -> list[tuple[int, int]]:
    """The four corners and some inside."""
    inside = [(dice.randrange(height), dice.randrange(width)) for _ in range(5)]
    return [(0, 0), (0, width - 1), (height - 1, 0), (height - 1, width - 1), *inside]


def assert_equal_everywhere(config: UNetConfig, size: tuple[int, int], every: int) -> None:
    """Compare at some positions of every `every`-th row, the last rows among them."""
    dice, rows = random.Random(0), trace(config, size)
    probe = Probe(build_model(config), (config.in_channels, *size))
    for row in rows.rows[:0:-every]:
        for y, x in positions(dice, *row.out_shape[1:]):
            assert receptive_field(rows, row.name, (y, x)) == probe.box(row.name, y, x), (row.name, y, x)


WIRINGS = [
    UNetConfig(
        architecture=architecture, padding=padding, upsampling=upsampling, kernel_size=kernel, classes=1,
        convs_per_block=1 if kernel == 3 else 2, depth=3 if kernel == 2 else 2, skip="add" if kernel == 4 else "concat",
        base_channels=1, growth=1, deep_supervision=architecture != "unet",
    )
    for number, (architecture, padding, upsampling) in enumerate(product(ARCHITECTURES, PADDINGS, UPSAMPLINGS))
    for kernel in (3, 2 + number % 2 * 2)
]  # fmt: skip


@pytest.mark.parametrize("config", WIRINGS, ids=name_of)
def test_the_box_is_what_the_gradient_spans(config):
    step, side = 2**config.depth, smallest_legal(config)
    larger = side + step * (6 if config.padding == "same" else 1)  # room for an interior
    assert_equal_everywhere(config, (larger, larger + step), every=6)


EVERY_ROW = [
    slim(PRESETS["classroom"], depth=2),
    slim(PRESETS["classroom++"], depth=2, upsampling="bilinear", kernel_size=2, convs_per_block=1),
    slim(PAPER, depth=2, upsampling="nearest", kernel_size=4, convs_per_block=1),
    slim(PAPER, depth=2, upsampling="bilinear", skip="add", skip_levels=(1,)),
    slim(PAPER, depth=2, architecture="unet++", deep_supervision=True),
]


@pytest.mark.parametrize("config", EVERY_ROW, ids=name_of)
def test_the_box_is_what_the_gradient_spans_at_every_row(config):
    side = smallest_legal(config) + 2 * 2**config.depth
    assert_equal_everywhere(config, (side, side), every=1)


# --- the published numbers ---


def spans(rows: Trace, row: str) -> list[int]:
    """All that occur at 32 positions around the middle of a row, down and across."""
    middle = rows[row].out_shape[-1] // 2
    boxes = [receptive_field(rows, row, (y, 2 * middle - y)) for y in range(max(1, middle - 16), middle + 16)]
    return sorted({box.height for box in boxes} | {box.width for box in boxes})


@pytest.mark.parametrize("level", ["0", "1", "2", "3", "4", "5"])
def test_the_bottleneck_sees_the_published_span(level):
    depth = max(1, int(level))
    name = "encoder.0.conv2" if level == "0" else "bottleneck.conv2"
    config = UNetConfig(depth=depth, base_channels=1, growth=1)
    side = smallest_legal(config)
    box = receptive_field(trace(config, (side, side)), name, (0, 0))
    assert (box.height, box.width) == (SPANS["bottleneck"][level],) * 2


@pytest.mark.parametrize("depth", ["1", "2", "3", "4", "5"])
def test_the_output_sees_the_published_spans(depth):
    config = UNetConfig(depth=int(depth), base_channels=1, growth=1)
    side = smallest_legal(config) + 64
    assert spans(trace(config, (side, side)), "head") == SPANS["output_by_phase"][depth]


def test_the_output_of_the_original_sees_188_pixels_at_4_of_16_positions_and_204_at_the_others():
    rows = trace(PAPER, (572, 572))
    for x in range(388):
        box = receptive_field(rows, "head", (x, 3))
        assert box.height == (188 if x % 16 < 4 else 204)
        assert box.width == 188
        assert box.top >= 0 and box.bottom <= 572


def test_the_heads_of_u_net_plus_plus_see_the_published_spans():
    config = UNetConfig(architecture="unet++", base_channels=1, growth=1, deep_supervision=True)
    rows = trace(config, (572, 572))
    assert spans(rows, "encoder.0.relu2") == SPANS["unetpp_heads"]["X0,0"]
    for step in range(1, 5):
        assert spans(rows, f"head.L{step}") == SPANS["unetpp_heads"][f"X0,{step}"]


# --- what can be said by hand ---


def test_a_pixel_of_the_input_is_itself():
    box = receptive_field(trace(PAPER, (572, 572)), "input", (5, 571))
    assert box == Box(5, 571, 6, 572)
    assert (box.height, box.width) == (1, 1)


def test_zero_padding_is_no_pixel():
    config = UNetConfig(base_channels=1, depth=1, kernel_size=5, convs_per_block=1, padding="same")
    rows = trace(config, (8, 10))
    assert receptive_field(rows, "encoder.0.conv1", (0, 0)) == Box(0, 0, 3, 3)
    assert receptive_field(rows, "encoder.0.conv1", (7, 5)) == Box(5, 3, 8, 8)
    assert receptive_field(rows, "pool.0", (3, 4)) == Box(4, 6, 8, 10)


def test_an_even_kernel_looks_one_pixel_further_right_and_down():
    config = UNetConfig(base_channels=1, depth=1, kernel_size=4, convs_per_block=1, padding="same")
    assert receptive_field(trace(config, (8, 8)), "encoder.0.conv1", (3, 4)) == Box(2, 3, 6, 7)


def test_a_crop_sees_the_skip_and_not_what_it_is_cut_for():
    rows = trace(PAPER, (572, 572))
    assert receptive_field(rows, "skip.0.crop.0", (0, 391)) == Box(88, 479, 93, 484)


@pytest.mark.parametrize(("upsampling", "first", "second"), [("nearest", (0, 2), (2, 4)), ("bilinear", (0, 2), (0, 4))])
def test_interpolation_looks_at_two_neighbours_and_the_nearest_at_one(upsampling, first, second):
    rows = trace(UNetConfig(depth=1, kernel_size=1, base_channels=1, upsampling=upsampling, padding="same"), (8, 8))
    boxes = [receptive_field(rows, "up.0.resize", (y, y)) for y in (0, 2)]
    assert [(box.top, box.bottom) for box in boxes] == [first, second]  # position 0 is clamped to the edge


class Strided(nn.Sequential):
    """Steps, gaps, wide up-convolutions: what our own networks do not have."""

    def __init__(self) -> None:
        super().__init__(
            nn.Conv2d(1, 1, 3, stride=2, padding=1),
            nn.Conv2d(1, 1, (3, 2), dilation=(2, 3), padding=(2, 1)),
            nn.ConvTranspose2d(1, 1, (4, 3), stride=2, padding=(1, 0)),
            nn.MaxPool2d(3, stride=2, padding=1),
            nn.ConvTranspose2d(1, 1, 2, stride=3, dilation=2),  # some of its positions read nothing at all
            nn.ReLU(),
        )


def test_steps_gaps_and_overlaps_are_followed_exactly():
    model = Strided()
    rows = trace_model(model, (1, 24, 26))
    probe = Probe(model, (1, 24, 26))
    for row in rows.rows[1:]:
        for y, x in positions(random.Random(1), *row.out_shape[1:]):
            assert receptive_field(rows, row.name, (y, x)) == probe.box(row.name, y, x), (row.name, y, x)


def test_a_pooling_with_gaps_reaches_over_them():
    rows = trace_model(nn.Sequential(nn.MaxPool2d(2, stride=1, dilation=3)), (1, 8, 8))
    assert receptive_field(rows, "0", (1, 2)) == Box(1, 2, 5, 6)


def test_a_value_that_sees_padding_only_has_an_empty_box():
    even = UNetConfig(base_channels=1, depth=1, kernel_size=4, padding="same")
    assert receptive_field(trace(even, (8, 8)), "encoder.0.pad1", (0, 0)) == Box(0, 0, 0, 0)
    assert receptive_field(trace(even, (8, 8)), "encoder.0.pad1", (1, 8)) == Box(0, 7, 1, 8)
    rows = trace_model(nn.Sequential(nn.Conv2d(1, 1, 1, padding=2), nn.ReLU()), (1, 4, 4))
    assert receptive_field(rows, "1", (0, 3)) == Box(0, 0, 0, 0)
    assert receptive_field(rows, "1", (2, 3)) == Box(0, 1, 1, 2)


@pytest.mark.parametrize("position", [(-1, 0), (0, -1), (388, 0), (0, 388), (10**30, 0), (1.5, 0), ("0", 0), (1,), ()])
def test_a_position_outside_is_refused_with_the_range(position):
    with pytest.raises(ExplainedError, match="is not in the layer head: y goes from 0 to 387, x from 0 to 387"):
        receptive_field(trace(PAPER, (572, 572)), "head", position)


def test_a_row_that_is_not_there_is_refused():
    with pytest.raises(ExplainedError, match="no layer is called tail"):
        receptive_field(trace(PAPER, (572, 572)), "tail", (0, 0))


@pytest.mark.parametrize(
    "layer",
    [
        nn.Upsample(scale_factor=2),
        nn.AdaptiveAvgPool2d(4),
        nn.Softmax2d(),
        nn.Conv2d(1, 1, 3, padding=1, padding_mode="circular"),
    ],
)
def test_what_a_trace_does_not_know_is_refused_and_not_guessed(layer):
    rows = trace_model(nn.Sequential(nn.Conv2d(1, 1, 1), layer), (1, 8, 8))
    with pytest.raises(ExplainedError, match="the trace does not say which pixels the layer 1"):
        receptive_field(rows, "1", (0, 0))


def test_a_layer_without_height_and_width_is_refused():
    rows = trace_model(nn.Sequential(nn.Flatten(), nn.Linear(16, 2)), (1, 4, 4))
    with pytest.raises(ExplainedError, match="the layer 1 has no height and width"):
        receptive_field(rows, "1", (0, 0))
