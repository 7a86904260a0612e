"""What the Kernel page writes: every number, product, sum and table evaluates, and is PyTorch's own."""

import json
import math
import re
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from ui import kernel_channels, kernel_dense, kernel_operations, kernel_up
from ui.kernel_controls import shelves
from ui.kernel_grids import Look, View
from ui.kernel_numbers import PALETTE, Scale, css_palette, figures, number, short, weight_text
from ui.kernel_sizes import _stacks
from ui.models import model, weights_digest
from unet_core.kernel.kernels import Kernel
from unet_core.kernel.part import part
from unet_core.models import UNet

IMAGE = torch.rand(48, 64, generator=torch.Generator().manual_seed(1)) * 2 - 0.5


def network() -> UNet:
    found = model()[0]
    assert isinstance(found, UNet)
    return found


def look(kernel: str, before: str = "edge-x", padding: int = 1, stride: int = 1) -> Look:
    known: dict[str, Kernel] = {}
    for shelf in shelves(weights_digest()).values():
        known |= shelf
    return Look(IMAGE, part(IMAGE, (8, 16)), known[kernel], known[before], padding, stride, "en")


def value_of(text: str) -> float:
    """A written number or product, evaluated."""
    readable = text.replace("−", "-").replace("×", "*").replace("√", "math.sqrt")
    return float(eval(readable, {"math": math, "max": max}))


# --- numbers as they are written ---


def test_numbers_are_written_with_a_true_minus_and_never_as_minus_zero() -> None:
    assert (number(-1.23456), number(-0.0004), number(2.0)) == ("−1.235", "0.000", "2.000")
    assert [short(value) for value in (0.129, -9.994, 9.996, -12.34, 123.4)] == [
        "0.13",
        "−9.99",
        "10.0",
        "−12.3",
        "123",
    ]
    assert [weight_text(value) for value in (2.0, -0.25, 1 / 9, 0.0, -0.0)] == ["2", "−0.25", "0.111", "0", "0"]
    assert [figures(value) for value in (0.0010349, -12.3456, 0.0)] == ["0.0010349", "−12.346", "0.0000"]


def test_every_colour_can_be_read_and_zero_is_white() -> None:
    def luminance(part: str) -> float:
        levels = [int(level) / 255 for level in re.findall(r"\d+", part)]
        linear = [level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4 for level in levels]
        return float(np.dot([0.2126, 0.7152, 0.0722], linear))

    for ground, ink in css_palette():
        light, dark = sorted((luminance(ground), 1.0 if ink == "#fff" else 0.0), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5
    levels = Scale(2.0, True).levels(torch.tensor([[-9.0, -2, 0, 2, 9]]))[0]
    assert PALETTE[levels[2]] == (255, 255, 255)
    assert levels[0] == levels[1] != levels[3] == levels[4]
    assert [PALETTE[level] for level in Scale(1.0, False).levels(torch.tensor([0.0, 1.0]))] == [(0,) * 3, (255,) * 3]


def written_terms(view: View) -> list[tuple[View, list[float]]]:
    """Every position with what its terms make; each term evaluates to what stands behind its sign, to the rounding."""
    found = []
    for at in view["positions"]:
        for text, made in at["e"]:
            size = sum(abs(value_of(part)) for part in re.split(" [×−/+] ", text) if re.fullmatch(r"−?[\d.]+", part))
            assert not made or abs(value_of(text) - value_of(made)) <= 0.0006 * (1 + size), (text, made)
        found.append((at, [value_of(made or text) for text, made in at["e"]]))
    return found


SUM = re.compile(r"(?:products|contributions?:) (\S+) \+ bias (\S+) = (?:logit )?(\S+)$")


def check_sum(at: View, terms: list[float], expected: float) -> None:
    """The line below: the products together, the bias, and the network's own value."""
    products, bias, value = map(value_of, SUM.search(at["s"]).groups())  # type: ignore[union-attr]
    assert abs(sum(terms) - products) <= 0.0005 * (len(terms) + 1) + 1e-9
    assert abs(products + bias - value) <= 0.0015 + 1e-9
    assert at["s"].endswith(number(expected))
    assert at["v"] == number(expected)


@pytest.mark.parametrize(("padding", "stride"), [(1, 1), (0, 1), (1, 2), (0, 2)])
@pytest.mark.parametrize("kernel", ["edge-x", "gauss", "random-1", "trained-2", "before-2"])
def test_the_sum_of_a_convolution_evaluates(kernel: str, padding: int, stride: int) -> None:
    seen = look(kernel, padding=padding, stride=stride)
    view = kernel_operations.convolution(seen)
    weight, bias = seen.kernel.weight[None, None], torch.tensor([seen.kernel.bias])
    expected = functional.conv2d(seen.part[None, None], weight, bias, stride, padding)[0, 0].flatten().tolist()
    assert [cell[0] for cell in view["result"]["cells"]] == [short(value) for value in expected]
    for (at, terms), value in zip(written_terms(view), expected, strict=True):
        assert len(terms) == 9
        check_sum(at, terms, value)
    picture = functional.conv2d(IMAGE[None, None], weight, bias, stride, padding)[0, 0]
    assert torch.equal(view["after"][1], picture)


def test_relu_and_max_pool_say_what_they_do() -> None:
    seen = look("edge-x")
    before = functional.conv2d(seen.part[None, None], seen.before.weight[None, None], padding=1)
    for (at, terms), value in zip(written_terms(kernel_operations.relu(seen)), before.flatten().tolist(), strict=True):
        assert at["v"] == number(max(0.0, value))
        assert terms == [pytest.approx(max(0.0, value), abs=6e-4)]
        assert ("becomes 0" in at["s"]) == (value < 0)
    pooled = functional.max_pool2d(before.relu(), 2).flatten().tolist()
    corners = ["upper left", "upper right", "lower left", "lower right"]
    for (at, terms), value in zip(written_terms(kernel_operations.max_pooling(seen)), pooled, strict=True):
        assert at["v"] == number(value) == number(max(terms))
        assert at["s"].endswith(f"{number(value)}, {corners[at['k']]}")


@pytest.mark.parametrize("kernel", ["ones-2", "random-up-2", "ones-3", "bilinear-3", "random-up-3"])
def test_an_up_convolution_is_written_from_below_and_from_above(kernel: str) -> None:
    seen = look(kernel)
    view = (kernel_up.up_convolution if kernel.endswith("2") else kernel_up.overlapping_up_convolution)(seen)
    side = int(kernel[-1])
    written = written_terms(view)
    first = view["result"]["first"]
    assert all(len(terms) == side * side for _, terms in written[:first])
    values = torch.ones(4, 4)
    if side == 2:
        conv = functional.conv2d(seen.part[None, None], seen.before.weight[None, None], padding=1)
        values = functional.max_pool2d(conv.relu(), 2)[0, 0]
    expected = functional.conv_transpose2d(
        values[None, None], seen.kernel.weight[None, None], torch.tensor([seen.kernel.bias]), 2
    )[0, 0]
    assert len(written) - first == expected.numel() == view["result"]["count"]
    for (at, terms), value in zip(written[first:], expected.flatten().tolist(), strict=True):
        check_sum(at, terms, value)
        assert len(at["u"]) == len(terms)
        assert len(terms) in ((1,) if side == 2 else (1, 2, 4))


@pytest.mark.parametrize("channel", [0, 5, 7])
def test_the_steps_of_batch_norm_evaluate_one_after_the_other(channel: int) -> None:
    layer = network().get_submodule("encoder.0.norm1")
    assert isinstance(layer, torch.nn.BatchNorm2d)
    seen = look(f"trained-{channel}")
    view = kernel_channels.normalised(seen, layer)
    with torch.inference_mode():
        conv = network().get_submodule("encoder.0.conv1")(seen.part[None, None].contiguous())
        expected = layer(conv)[0, channel].flatten().tolist()
    for at, value in zip(view["positions"], expected, strict=True):
        assert value_of(at["v"]) == pytest.approx(value, rel=1e-3, abs=1e-3)
        for text, made in at["e"]:
            assert value_of(text) == pytest.approx(value_of(made), rel=1e-3, abs=1e-3)
        steps = [made for _, made in at["e"]]
        assert [text.split(" ")[0] for text, _ in at["e"][1:]] == steps[:-1]  # each begins with what the last one made
        assert steps[-1] == at["v"]


def test_channels_are_written_as_the_network_has_them() -> None:
    view = kernel_channels.mixed(look("edge-x"), network(), (8, 16))
    with torch.inference_mode():
        logits = network()(IMAGE[None, None].contiguous())[0, 0, 8:18, 16:26].flatten().tolist()
    for (at, terms), value in zip(written_terms(view), logits, strict=True):
        assert len(terms) == len(at["m"][0]) == 8
        assert value_of(at["v"]) == pytest.approx(value, abs=1e-3)
        check_sum(at, terms, value_of(at["v"]))
    view = kernel_channels.concatenated(look("edge-x"), network(), (8, 16))
    for at in view["positions"]:
        below, skip, *joined = at["m"]
        assert below + skip == joined[0] + joined[1]
        assert len(below) == len(skip) == 8


@pytest.mark.parametrize("steps", [(1, 1), (0, 1), (1, 2), (0, 2)])
def test_every_cell_leads_to_a_window_that_is_nearest(steps: tuple[int, int]) -> None:
    view = kernel_operations.convolution(look("edge-x", padding=steps[0], stride=steps[1]))
    source = view["source"]
    assert len(source["at"]) == len(source["cells"])
    middles = [(at["w"][0] + 1, at["w"][1] + 1) for at in view["positions"]]
    for cell, index in enumerate(source["at"]):
        y, x = divmod(cell, source["columns"])
        near = min(max(abs(y - row), abs(x - column)) for row, column in middles)
        assert max(abs(y - middles[index][0]), abs(x - middles[index][1])) == near
    for cell, index in enumerate(view["result"]["at"]):
        assert view["positions"][index]["t"] == [*divmod(cell, view["result"]["columns"]), 1, 1]


# --- tabs ---


def evaluated(text: str) -> None:
    made, _, result = text.replace(",", "").partition(" = ")
    assert value_of(made) == int(result), text


def test_the_arithmetic_of_the_tables_evaluates() -> None:
    payload: dict[str, Any] = json.loads(kernel_dense._payload((512, 640), "en"))
    assert len(payload["rows"]) == 4
    for row in payload["rows"]:
        evaluated(row[1])
    assert [drawing["title"] for drawing in payload["drawings"]] == [
        "Convolution: 19 connections share 3 weights", "Fully connected: 49 connections have 49 weights",
    ]  # fmt: skip
    assert [len(drawing["lines"]) for drawing in payload["drawings"]] == [19, 49]
    payload = json.loads(_stacks("en"))
    for row in payload["rows"]:
        evaluated(row[2])
    assert [drawing["title"].partition(" sees ")[2] for drawing in payload["drawings"]] == ["5 pixels a side"] * 2
    assert [kernel_dense.memory(size) for size in (640, 1000, 274_882_101_248)] == ["640 B", "1.0 kB", "274.9 GB"]
