"""Feature maps: those the network computes, cut to the image, ranked, for every layer by its name in the trace."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.core.test_checkpoint import PERCENTILE, TINY, card_of, model_of
from tests.core.test_segment import DEEP, picture, trained_a_little
from unet_core.config import UNetConfig
from unet_core.inside.features import FeatureError, features
from unet_core.segment import MAX_SIDE, normalise
from unet_core.trace import trace

NESTED = replace(TINY, architecture="unet++", depth=2, classes=2, deep_supervision=True)
VALID = UNetConfig(base_channels=2, depth=1, classes=1, upsampling="nearest")


@pytest.mark.parametrize("config", [DEEP, NESTED, VALID])
def test_every_row_of_the_trace_can_be_asked_for(config: UNetConfig) -> None:
    model, card, image = trained_a_little(config), card_of(config), picture(24, 32)
    computed = features(model, card, image, "input").shape
    for row in trace(config, computed[1:]).rows:
        found = features(model, card, image, row.name, top=1000)
        assert found.shape == row.out_shape
        assert sorted(one.channel for one in found.maps) == list(range(row.out_shape[0]))
        assert found.stride == 2 ** (row.node[0] if row.node else 0)
        if config.padding == "same":
            assert found.shape[1] * found.stride == computed[1]


def test_the_maps_are_what_a_plain_hook_sees() -> None:
    model, image = trained_a_little(DEEP), picture(32, 40)
    seen: list[torch.Tensor] = []
    handle = model.get_submodule("encoder.1.relu2").register_forward_hook(lambda *parts: seen.append(parts[2]))
    model(torch.from_numpy(normalise(image.transpose(2, 0, 1), PERCENTILE))[None])
    handle.remove()
    found = features(model, card_of(DEEP), image, "encoder.1.relu2")
    assert found.shape == (4, 16, 20) and found.stride == 2
    for one in found.maps:
        expected = seen[0][0, one.channel].detach().numpy()
        assert one.values.dtype == np.float32 and np.allclose(one.values, expected, atol=1e-6)
        assert (one.low, one.high) == (pytest.approx(expected.min()), pytest.approx(expected.max()))
        assert one.spread == pytest.approx(expected.std(), abs=1e-6)


def test_those_that_vary_most_come_first_and_only_as_many_as_asked_for() -> None:
    model, card, image = trained_a_little(DEEP), card_of(DEEP), picture(32, 32)
    ranked = features(model, card, image, "bottleneck.conv1", top=100).maps
    spreads = [one.spread for one in ranked]
    assert spreads == sorted(spreads, reverse=True) and spreads[0] > spreads[-1]
    few = features(model, card, image, "bottleneck.conv1", top=3).maps
    assert [one.channel for one in few] == [one.channel for one in ranked[:3]]


@pytest.mark.parametrize("size", [(1, 1), (29, 18), (5, 40)])
def test_maps_are_cut_to_the_image(size: tuple[int, int]) -> None:
    found = features(trained_a_little(DEEP), card_of(DEEP), picture(*size), "bottleneck.relu2")
    assert found.image_size == size and found.stride == 8
    assert found.maps[0].values.shape == (-(-size[0] // 8), -(-size[1] // 8))
    assert "mirroring" in str(found.notes[-1])


def test_a_large_image_is_reduced() -> None:
    found = features(model_of(), card_of(), picture(8, 3000), "head")
    assert found.image_size == (5, MAX_SIDE) and "reduced" in str(found.notes[0])


def test_what_mirroring_added_takes_no_part_in_the_ranking() -> None:
    image = np.zeros((17, 16, 1), np.float32)
    image[16] = 1.0  # one row, which fills half of the padded last row of blocks
    found = features(model_of(DEEP), card_of(DEEP), image, "encoder.0.conv1")
    for one in found.maps:
        assert one.values.shape == (17, 16) and one.spread == pytest.approx(one.values.std(), abs=1e-6)


def test_the_model_is_left_as_it_was() -> None:
    model, image = trained_a_little(TINY), picture(16, 16)
    features(model, card_of(), image, "pool.0")
    assert not any(module._forward_hooks for module in model.modules())
    tensor = torch.from_numpy(image.transpose(2, 0, 1).copy())[None]
    assert torch.isfinite(model(tensor)).all()


@pytest.mark.parametrize("name", ["", "nothing", "encoder", "encoder.0", "encoder.9.conv1", "x" * 1000])
def test_names_that_no_layer_has_are_refused(name: str) -> None:
    with pytest.raises(FeatureError, match="the network has no layer") as error:
        features(model_of(), card_of(), picture(8, 8), name)
    assert len(str(error.value)) < 120


def test_top_must_be_a_whole_number() -> None:
    with pytest.raises(FeatureError, match="top must be a whole number from 1, got 0"):
        features(model_of(), card_of(), picture(8, 8), "head", top=0)


def test_a_network_of_three_colours() -> None:
    config = replace(TINY, in_channels=3)
    assert features(model_of(config), card_of(config), picture(8, 8, 3), "input").shape == (3, 8, 8)
