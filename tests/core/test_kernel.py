"""One number worked out: every value is PyTorch's own, and what is written beside it makes it, by brute force."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from unet_core.kernel.chain import chained, highest
from unet_core.kernel.kernels import hand_made
from unet_core.kernel.upconv import spread_map, up_convolve
from unet_core.kernel.window import KernelError, Worked, convolve, max_pool, rectify


def numbers(*shape: int, seed: int = 1) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def values_of(worked: Worked) -> Tensor:
    """The result as its positions have it, each at its target."""
    found = torch.full(worked.result.shape, torch.nan)
    for at in worked.positions:
        found[at.target.row, at.target.column] = at.value
    return found


# --- convolution ---


@pytest.mark.parametrize("padding", [0, 1])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("side", [1, 2, 3, 5])
def test_every_value_of_a_convolution_is_the_sum_that_stands_beside_it(side: int, stride: int, padding: int) -> None:
    values, weight = numbers(10, 9), numbers(side, side, seed=2)
    worked = convolve(values, weight, 0.25, padding, stride)
    expected = functional.conv2d(values[None, None], weight[None, None], torch.tensor([0.25]), stride, padding)[0, 0]
    assert torch.equal(worked.result, expected)
    assert torch.equal(values_of(worked), expected)
    assert len(worked.positions) == expected.numel()
    assert worked.across == expected.shape[1]
    zeros = np.pad(values.numpy(), padding)
    assert torch.equal(worked.source, torch.from_numpy(zeros))
    for at in worked.positions:
        y, x = at.target.row * stride, at.target.column * stride
        assert (at.window.row, at.window.column, at.window.rows, at.window.columns) == (y, x, side, side)
        under = zeros[y : y + side, x : x + side].ravel()
        assert [term.value for term in at.terms] == under.tolist()
        assert [term.weight for term in at.terms] == weight.flatten().tolist()
        assert [term.product for term in at.terms] == (under * weight.flatten().numpy()).tolist()
        assert [term.cell for term in at.terms] == list(range(side * side))
        assert sum(term.product for term in at.terms) + at.bias == pytest.approx(at.value, abs=2e-6)


def test_a_kernel_that_does_not_fit_is_refused_with_both_sizes() -> None:
    with pytest.raises(KernelError, match="a kernel of 5 × 5 does not fit into 4 × 4 pixels"):
        convolve(numbers(4, 4), numbers(5, 5))


def test_a_convolution_does_not_turn_the_kernel_over() -> None:
    spot = torch.zeros(5, 5)
    spot[2, 2] = 1
    kernel = torch.arange(9.0).reshape(3, 3)
    assert torch.equal(convolve(spot, kernel, padding=1).result[1:4, 1:4], kernel.flip(0, 1))


# --- ReLU and max-pool ---


def test_relu_keeps_or_cuts() -> None:
    values = numbers(6, 7)
    worked = rectify(values)
    assert torch.equal(worked.result, values.clamp(min=0))
    assert torch.equal(values_of(worked), worked.result)
    assert [at.terms[0].value for at in worked.positions] == values.flatten().tolist()


def test_a_max_pool_names_the_one_that_won() -> None:
    values = numbers(8, 6).round()  # whole numbers, so that many are equal
    worked = max_pool(values)
    assert torch.equal(worked.result, functional.max_pool2d(values[None, None], 2)[0, 0])
    ties = 0
    for at in worked.positions:
        y, x = 2 * at.target.row, 2 * at.target.column
        window = values[y : y + 2, x : x + 2].flatten().tolist()
        assert [term.value for term in at.terms] == window
        assert at.winner == window.index(max(window))  # the first of equal ones
        assert at.value == max(window)
        ties += window.count(max(window)) > 1
    assert ties > 0


# --- up-convolution ---


@pytest.mark.parametrize("side", [2, 3])
def test_an_up_convolution_spreads_and_gathers_the_same(side: int) -> None:
    values, weight = numbers(4, 5), numbers(side, side, seed=3)
    spread = up_convolve(values, weight, -0.5)
    expected = functional.conv_transpose2d(values[None, None], weight[None, None], torch.tensor([-0.5]), 2)[0, 0]
    assert torch.equal(spread.down.result, expected)
    assert torch.equal(spread_map(values, weight, -0.5), expected)
    laid = torch.full(expected.shape, -0.5)
    for at in spread.down.positions:
        area = at.target
        laid[area.row : area.row + side, area.column : area.column + side] += torch.tensor(
            [term.product for term in at.terms]
        ).reshape(side, side)
        assert at.value == values[at.window.row, at.window.column]
    torch.testing.assert_close(laid, expected, rtol=0, atol=2e-6)
    for at in spread.up:
        assert sum(term.product for term in at.terms) + at.bias == pytest.approx(at.value, abs=2e-6)
        assert at.value == expected[at.target.row, at.target.column]
        box = values[at.window.row :, at.window.column :][: at.window.rows, : at.window.columns]
        assert [term.value for term in at.terms] == box.flatten().tolist()
        assert [term.weight for term in at.terms] == [float(weight.flatten()[term.cell]) for term in at.terms]
        assert len(at.terms) == spread.counts[at.target.row, at.target.column]


def test_only_a_kernel_of_3_overlaps_and_that_is_the_checkerboard() -> None:
    plain = torch.ones(4, 4)
    assert set(up_convolve(plain, torch.ones(2, 2)).counts.flatten().tolist()) == {1}
    counts = up_convolve(plain, torch.ones(3, 3)).counts
    assert set(counts.flatten().tolist()) == {1, 2, 4}
    assert counts[2:4, 2:4].tolist() == [[4, 2], [2, 1]]
    assert torch.equal(up_convolve(plain, torch.ones(3, 3)).down.result, counts.to(torch.float32))


# --- the chain ---


@pytest.mark.parametrize(("last", "steps"), [("conv", 1), ("relu", 2), ("pool", 3)])
def test_a_chain_is_its_layers_one_after_the_other(last: str, steps: int) -> None:
    values, kernel = numbers(10, 10), hand_made()[0]
    layers: list[nn.Module] = [nn.Conv2d(1, 1, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    with torch.inference_mode():
        layers[0].weight.copy_(kernel.weight)  # type: ignore[operator, union-attr]
        layers[0].bias.fill_(kernel.bias)  # type: ignore[operator, union-attr]
        expected = nn.Sequential(*layers[:steps])(values[None, None])[0, 0]
    assert torch.equal(chained(values, kernel, last), expected)
    assert torch.equal(chained(values, kernel, None), values)


def test_the_scale_of_colours_leaves_out_what_sticks_out_and_is_never_zero() -> None:
    values = torch.linspace(-1, 1, 2001)
    values[0] = -99
    assert highest(values) == pytest.approx(1, abs=0.01)
    assert highest(torch.zeros(3, 3)) == 1.0
