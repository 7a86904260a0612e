"""From an image to a probability at every pixel: any size, any gain, said openly, and the model left alone."""

import threading
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from tests.core.test_checkpoint import PERCENTILE, TINY, card_of, model_of
from unet_core.config import UNetConfig
from unet_core.inference import for_inference
from unet_core.models import mean_of_heads
from unet_core.probabilities import foreground
from unet_core.segment import GREY, SegmentError, normalise, prepare, segment
from unet_core.sizes import closest_legal

RNG = np.random.default_rng(0)
DEEP = replace(TINY, depth=3)
CONFIGS = [
    TINY, DEEP, replace(TINY, classes=3), replace(TINY, norm="none"), replace(TINY, in_channels=3),
    replace(TINY, norm="instance"), replace(TINY, convs_per_block=3),
    UNetConfig(architecture="unet++", base_channels=2, depth=2, padding="same", norm="batch", deep_supervision=True),
    UNetConfig(architecture="unet++", base_channels=2, depth=2, deep_supervision=True),  # valid
    UNetConfig(base_channels=2, depth=2, upsampling="bilinear"),  # valid
]  # fmt: skip


def trained_a_little(config: UNetConfig) -> torch.nn.Module:
    """Batch norm with running numbers that are not 0 and 1."""
    model, side = model_of(config).train(), closest_legal(config, 60)
    with torch.no_grad():
        for _ in range(3):
            model(torch.randn(2, config.in_channels, side, side) * 2 + 1)
    return model.eval()


def picture(height: int, width: int, channels: int = 1) -> np.ndarray:
    return RNG.random((height, width, channels), dtype=np.float32)


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("size", [(1, 1), (1, 37), (33, 18), (40, 40)])
def test_any_size_and_any_network(config: UNetConfig, size: tuple[int, int]) -> None:
    result = segment(trained_a_little(config), card_of(config), picture(*size))
    assert result.probability.shape == size and result.probability.dtype == np.float32
    assert result.probability.min() >= 0 and result.probability.max() <= 1
    assert result.device == "cpu" and result.seconds > 0 and result.classes == card_of(config).classes
    assert np.array_equal(result.mask(), result.probability >= 0.5) and not result.mask(1.1).any()


def test_a_size_that_fits_is_the_network_and_nothing_else() -> None:
    model, image = trained_a_little(DEEP), picture(32, 48)
    result = segment(model, card_of(DEEP), image)
    plain = foreground(model(torch.from_numpy(normalise(image.transpose(2, 0, 1), PERCENTILE))[None]))
    assert np.allclose(result.probability, plain.detach()[0].numpy(), atol=1e-5)
    assert result.notes == ()


def test_a_size_that_does_not_fit_is_mirrored_and_cut_back() -> None:
    model, image = trained_a_little(DEEP), picture(29, 30)
    result = segment(model, card_of(DEEP), image)
    padded = np.pad(normalise(image.transpose(2, 0, 1), PERCENTILE), ((0, 0), (0, 3), (0, 2)), mode="reflect")
    plain = foreground(model(torch.from_numpy(padded)[None])).detach()[0, :29, :30].numpy()
    assert np.allclose(result.probability, plain, atol=1e-5)
    assert str(result.notes[0]).startswith("3 rows and 2 columns were added by mirroring the edges, so that 3 poolings")


def test_the_mask_of_a_valid_network_lies_on_the_image() -> None:
    config = UNetConfig(base_channels=8, depth=1, classes=1)
    model, image = model_of(config), picture(40, 44)
    model.head.weight.data *= 50  # so that places differ
    padded = np.pad(normalise(image.transpose(2, 0, 1), PERCENTILE), ((0, 0), (8, 8), (8, 8)), mode="reflect")
    plain = foreground(mean_of_heads(model(torch.from_numpy(padded)[None]))).detach()[0].numpy()
    assert plain.shape == (40, 44) and plain.std() > 5e-3
    assert np.allclose(segment(model, card_of(config), image).probability, plain, atol=1e-5)


def test_colour_becomes_grey_with_the_weights_it_says() -> None:
    image = picture(16, 16, 3)
    result = segment(model_of(), card_of(), image)
    grey = (image * np.array(GREY, np.float32)).sum(axis=2, keepdims=True)
    assert np.allclose(result.probability, segment(model_of(), card_of(), grey).probability, atol=1e-5)
    assert str(result.notes[0]) == "The colours were made grey: 0.299 red + 0.587 green + 0.114 blue."
    colourless = np.repeat(picture(16, 16), 3, axis=2)
    assert segment(model_of(), card_of(), colourless).notes == ()


def test_a_network_of_colours_gets_grey_three_times() -> None:
    config = replace(TINY, in_channels=3)
    prepared = prepare(card_of(config), picture(16, 16))
    assert prepared.tensor.shape == (1, 3, 16, 16) and "given to red, green and blue" in str(prepared.notes[0])
    assert torch.equal(prepared.tensor[0, 0], prepared.tensor[0, 2])


def test_a_large_image_is_reduced_openly_and_its_mask_has_the_first_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unet_core.segment.prepare", lambda card, pixels: prepare(card, pixels, 32))
    result = segment(model_of(), card_of(), picture(20, 80))
    assert result.probability.shape == (20, 80)
    assert str(result.notes[0]).startswith("The image was reduced from 20 × 80 to 8 × 32 pixels")
    assert prepare(card_of(), picture(1, 4000)).tensor.shape == (1, 1, 2, 2048)


def test_normalisation_is_the_same_at_any_gain_and_offset() -> None:
    image = picture(64, 64)[None, ..., 0]
    expected = normalise(image, PERCENTILE)
    for gain, offset in ((0.002, 0.0), (0.3, 0.5), (1.0, -0.4)):
        assert np.allclose(normalise(gain * image + np.float32(offset), PERCENTILE), expected, atol=2e-3)
    low, high = np.percentile(expected, (1, 99.8))
    assert (low, high) == pytest.approx((0, 1), abs=1e-4)


def test_normalisation_of_outliers_and_of_an_even_image() -> None:
    image = np.zeros((1, 100, 100), np.float32)
    assert not normalise(image + 0.7, PERCENTILE).any()
    image[0, :5] = 0.1
    image[0, 50, 50] = 1.0
    assert normalise(image, PERCENTILE).max() == 4.0


@pytest.mark.parametrize("how", [{}, {"name": "magic", "low": 1, "high": 2, "clip": [0, 1]}, {"name": "percentile"},
                                 {"name": "percentile", "low": 1, "high": 99, "clip": 3}])  # fmt: skip
def test_an_unknown_normalisation_is_refused(how: dict[str, Any]) -> None:
    with pytest.raises(SegmentError, match="normalisation that is not known here"):
        normalise(np.zeros((1, 2, 2), np.float32), how)


@pytest.mark.parametrize(
    "pixels",
    [np.zeros((4, 4), np.float32), np.zeros((4, 4, 2), np.float32), np.zeros((4, 4, 1), np.uint8),
     np.zeros((0, 4, 1), np.float32), np.full((4, 4, 1), np.nan, np.float32)],
)  # fmt: skip
def test_pixels_that_are_no_image_are_refused(pixels: np.ndarray) -> None:
    with pytest.raises(SegmentError, match="image"):
        segment(model_of(), card_of(), pixels)


def test_damaged_weights_give_no_mask() -> None:
    model = model_of()
    model.head.bias.data.fill_(float("nan"))
    with pytest.raises(SegmentError, match="its weights are damaged"):
        segment(model, card_of(), picture(8, 8))


@pytest.mark.parametrize("config", CONFIGS)
def test_the_faster_copy_computes_the_same_and_changes_nothing(config: UNetConfig) -> None:
    model = trained_a_little(config)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    side = closest_legal(config, 60)
    image = torch.randn(1, config.in_channels, side, side)
    expected, fast = mean_of_heads(model(image)), mean_of_heads(for_inference(model)(image))
    assert torch.allclose(expected, fast, atol=1e-4)
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    assert torch.equal(mean_of_heads(model(image)), expected)


def test_a_model_in_training_is_used_as_if_it_were_not_and_stays_so() -> None:
    model, image = trained_a_little(DEEP), picture(16, 16)
    expected = segment(model, card_of(DEEP), image).probability
    assert np.array_equal(segment(model.train(), card_of(DEEP), image).probability, expected)
    assert model.training and all(module.training for module in model.modules())


def test_threads_may_share_a_model() -> None:
    model, card, image = trained_a_little(DEEP), card_of(DEEP), picture(64, 64)
    expected, found = segment(model, card, image).probability, []
    threads = [threading.Thread(target=lambda: found.append(segment(model, card, image).probability)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6 and all(np.allclose(one, expected, atol=1e-6) for one in found)
