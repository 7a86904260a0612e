"""torchinfo's summary of the same network: where it agrees with our trace, and by how much and why it does not."""

from math import prod

import pytest
import torch
import torchinfo

from tests.core.sweep import FACTS, meta_model, name_of, smallest_size, sweep, traced
from unet_core.config import PRESETS, UNetConfig
from unet_core.trace import trace


def summary(config: UNetConfig, size: tuple[int, int]) -> torchinfo.ModelStatistics:
    with torch.inference_mode():
        return torchinfo.summary(meta_model(config), (1, config.in_channels, *size), device="meta", verbose=0)


@pytest.mark.parametrize("config", sweep()[::8], ids=name_of)
def test_parameters_are_equal_and_multiply_adds_differ_for_three_known_reasons(config):
    ours, theirs = traced(config), summary(config, smallest_size(config))
    assert theirs.total_params == ours.params
    model, up_convolutions, biases, norms = meta_model(config), 0, 0, 0
    for row in ours.rows:
        if row.kind == "upconv":  # counted at each of the 2 x 2 positions it writes to, not at the one it reads
            up_convolutions += 3 * row.macs
        if row.kind in ("conv", "upconv", "head"):  # adding a bias counts as a multiply-add
            biases += model.get_submodule(row.name).bias.numel() * prod(row.out_shape[1:])
        if row.kind == "norm":  # one per number it learnt, however many pixels it scales
            norms += row.parameters
    difference = theirs.total_mult_adds - ours.macs
    assert difference == up_convolutions + biases + norms


def test_the_disagreement_that_others_measured():
    facts, config = FACTS["mac_counter_disagreement"], UNetConfig(base_channels=4)
    assert trace(config, (188, 188)).macs == facts["analytic"]
    multiply_adds = summary(config, (188, 188)).total_mult_adds
    assert multiply_adds == facts["torchinfo"]


def test_our_crops_and_concatenations_are_modules_so_it_lists_them():
    """In a net that calls torch.cat they are missing."""
    layers = summary(PRESETS["unet-2015"], (188, 188)).summary_list
    assert {"Concat", "Crop", "MaxPool2d", "ReLU"} <= {layer.class_name for layer in layers}
