"""Kernel sizes against closed forms; the half pixel of even ones, measured; a convolution beside a dense layer."""

import numpy as np
import pytest
import torch
from torch import nn

from unet_core.kernel import dense, sizes


@pytest.mark.parametrize("side", [32, 101])
@pytest.mark.parametrize("kernel", sizes.KERNELS)
def test_a_row_agrees_with_the_closed_forms(kernel: int, side: int) -> None:
    row = sizes.size_row(kernel, side)
    assert row.valid_side == side - kernel + 1
    assert row.same_side == side
    assert row.fields == tuple(1 + layers * (kernel - 1) for layers in sizes.LAYERS)
    assert row.weights == kernel**2
    assert row.parameters == kernel**2 * 16 * 16 + 16
    layer = nn.Conv2d(16, 16, kernel)
    assert row.parameters == sum(p.numel() for p in layer.parameters())
    assert row.valid_side == layer(torch.zeros(1, 16, side, side)).shape[-1]


@pytest.mark.parametrize("pair", sizes.COMPARED)
def test_several_small_ones_see_as_far_as_a_large_one_with_fewer_weights(pair: tuple[tuple[int, int], ...]) -> None:
    small, large = (sizes.stack(*each) for each in pair)
    assert small.field == large.field == large.kernel
    assert small.weights == small.layers * small.kernel**2 < large.weights == large.kernel**2
    assert small.relus == small.layers > large.relus == 1


def test_the_numbers_of_the_lesson() -> None:
    found = [sizes.stack(*each) for pair in sizes.COMPARED for each in pair]
    assert [(stack.field, stack.weights) for stack in found] == [(5, 18), (5, 25), (7, 27), (7, 49)]


@pytest.mark.parametrize("layers", sizes.LAYERS)
@pytest.mark.parametrize("kernel", sizes.KERNELS)
def test_an_even_kernel_moves_the_image_by_half_a_pixel_a_layer(kernel: int, layers: int) -> None:
    found = sizes.blur(sizes.dot(), kernel, layers)
    expected = 0 if kernel % 2 else -layers / 2
    assert found.up_down == pytest.approx(expected, abs=1e-9)
    assert found.left_right == pytest.approx(expected, abs=1e-9)
    assert float(found.image.sum()) == pytest.approx(1)  # nothing ran over the edge, so the measure is true
    assert int((found.image > 1e-12).any(dim=1).sum()) == 1 + layers * (kernel - 1)


def test_a_blur_is_the_mean_of_its_window_by_brute_force() -> None:
    image = torch.rand(9, 9, generator=torch.Generator().manual_seed(1))
    padded = np.pad(image.numpy().astype(float), ((1, 2), (1, 2)))  # of 4: one before, two after
    expected = [[padded[y : y + 4, x : x + 4].mean() for x in range(9)] for y in range(9)]
    np.testing.assert_allclose(sizes.blur(image, 4, 1).image.numpy(), expected)


def test_a_centre_of_mass_is_where_the_mass_is() -> None:
    image = torch.zeros(5, 7)
    image[1, 2] = 3
    image[4, 6] = 1
    assert sizes.centre_of_mass(image) == pytest.approx((1.75, 3))
    assert sizes.centre_of_mass(torch.zeros(5, 7)) == (2, 3)


# --- beside a fully connected layer ---


@pytest.mark.parametrize("size", [(256, 256), (8, 24), (2048, 2048)])
def test_the_counts_agree_with_the_closed_forms(size: tuple[int, int]) -> None:
    pixels = size[0] * size[1]
    found = dense.counts(size)
    assert found.convolution == 3 * 3 * 1 * 16 + 16 == 160
    assert found.convolution_macs == pixels * 9 * 16
    assert found.dense == pixels * pixels * 16 + pixels * 16
    assert found.dense_macs == pixels * pixels * 16
    assert (found.convolution_bytes, found.dense_bytes) == (640, 4 * found.dense)


def test_the_counts_are_those_of_layers_that_exist() -> None:
    found = dense.counts((4, 5), channels=3)
    assert found.dense == sum(p.numel() for p in nn.Linear(20, 60).parameters())
    assert found.convolution == sum(p.numel() for p in nn.Conv2d(1, 3, 3).parameters())


def test_a_convolution_connects_neighbours_with_shared_weights_and_a_dense_layer_all() -> None:
    expected = [[1 + j - i + 1 if abs(i - j) <= 1 else 0 for j in range(7)] for i in range(7)]
    assert dense.local_links(7).tolist() == expected
    assert dense.dense_links(3).tolist() == [[1, 2, 3], [4, 5, 6], [7, 8, 9]]


def test_two_small_ones_reach_as_far_as_one_large() -> None:
    two, one = dense.reach_links(7, (3, 3)), dense.reach_links(7, (5,))
    assert [int((links > 0).sum()) for links in two] == [9, 3]
    assert [int((links > 0).sum()) for links in one] == [5]
    assert torch.equal((two[0] > 0).any(dim=0), (one[0] > 0).any(dim=0))
