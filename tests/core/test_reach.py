"""Where a changed pixel shows, against networks in which every change shows: linear, with positive weights."""

import random

import pytest
import torch

from tests.core.sweep import name_of
from tests.core.test_receptive_field import EVERY_ROW, WIRINGS, Probe, linear_and_positive, slim
from unet_core.config import UNetConfig
from unet_core.messages import ExplainedError
from unet_core.models import build_model
from unet_core.reach import reach
from unet_core.receptive_field import Box, receptive_field, receptive_fields
from unet_core.sizes import smallest_legal
from unet_core.trace import trace, trace_model


def spread(config: UNetConfig, size: tuple[int, int], pixels: list[tuple[int, int]]) -> dict[str, Box]:
    """In every row the box of what differs once these pixels are brighter."""
    probe = Probe(build_model(config), (1, *size))
    with torch.no_grad():
        probe.image.zero_()
        before = run(probe)
        for y, x in pixels:
            probe.image[0, 0, y, x] = 1
        after = run(probe)
    return {name: box_of(after[name] - before[name]) for name in after}


def run(probe: Probe) -> dict[str, torch.Tensor]:
    probe.model(probe.image)
    return {**probe.values, "input": probe.image.clone()}


def box_of(difference: torch.Tensor) -> Box:
    rows, columns = (difference[0].abs().sum(0).sum(axis).nonzero().flatten().tolist() for axis in (1, 0))
    return Box(rows[0], columns[0], rows[-1] + 1, columns[-1] + 1) if rows else Box(0, 0, 0, 0)


@pytest.mark.parametrize("config", [*WIRINGS, *EVERY_ROW], ids=name_of)
def test_a_changed_pixel_shows_in_the_box_and_fills_it(config: UNetConfig) -> None:
    step, side = 2**config.depth, smallest_legal(config)
    size = (side + step * (6 if config.padding == "same" else 1), side + 2 * step)
    rows, dice = trace(slim(config), size), random.Random(0)
    for y, x in [(0, 0), (size[0] - 1, size[1] - 1), (dice.randrange(size[0]), dice.randrange(size[1]))]:
        seen = spread(slim(config), size, [(y, x)])
        assert {name: seen[name] for name in seen if name in rows} == reach(rows, [y], [x])


def test_pixels_apart_share_one_box() -> None:
    config, size = slim(EVERY_ROW[0]), (24, 28)
    seen = spread(config, size, [(3, 4), (3, 20), (9, 4), (9, 20)])
    assert reach(trace(config, size), {3, 9}, {4, 20}) == {name: seen[name] for name in trace(config, size)._by_name}
    assert set(reach(trace(config, size), [], []).values()) == {Box(0, 0, 0, 0)}


def test_backwards_the_boxes_of_all_rows_are_what_the_gradient_spans() -> None:
    """Every row's own values, moved one at a time, and the mask's pixel watched."""
    config = slim(EVERY_ROW[1])
    size = (16, 20)
    rows, model = trace(config, size), build_model(config)
    probe = Probe(model, (1, *size))
    found = receptive_fields(rows, "head.L2" if "head.L2" in rows else rows.outputs[-1], (7, 9))
    assert found["input"] == receptive_field(rows, rows.outputs[-1], (7, 9))
    output = probe.values[rows.outputs[-1]][0, :, 7, 9].sum()
    for name, box in found.items():
        if name == "input":
            continue
        (gradient,) = torch.autograd.grad(output, probe.values[name], retain_graph=True, allow_unused=True)
        assert gradient is not None and box_of(gradient) == box, name
    for name in rows._by_name.keys() - found.keys() - {"input"}:
        (gradient,) = torch.autograd.grad(output, probe.values[name], retain_graph=True, allow_unused=True)
        assert gradient is None or not gradient.any()


def test_a_layer_whose_reach_is_not_known_is_refused() -> None:
    model = torch.nn.Sequential(torch.nn.Conv2d(1, 1, 3, padding=1, padding_mode="reflect"))
    linear_and_positive(model)
    with pytest.raises(ExplainedError, match="does not say which pixels the layer 0"):
        reach(trace_model(model.float(), (1, 8, 8)), [1], [1])
