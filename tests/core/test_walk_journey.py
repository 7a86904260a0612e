"""One pass through a network: the numbers of `features`, bounded pictures, and real maps at the end."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.core.test_checkpoint import TINY, card_of
from tests.core.test_segment import DEEP, picture, trained_a_little
from unet_core.checkpoint import Card, load
from unet_core.config import UNetConfig
from unet_core.images import load_image
from unet_core.inside.features import features
from unet_core.models import UNet
from unet_core.segment import SegmentError, prepare, segment
from unet_core.trace import trace
from unet_core.walk import Journey, MarkedPixel, journey, marked_pixel
from unet_core.walk.journey import LONGEST
from unet_core.walk.pixel import border_of

ASSETS = Path(__file__).parents[2] / "assets"
NESTED = replace(TINY, architecture="unet++", depth=2, classes=3, deep_supervision=True)
VALID = UNetConfig(base_channels=2, depth=1, classes=2, upsampling="nearest")


@pytest.fixture(scope="module")
def shipped() -> tuple[UNet, Card, np.ndarray, Journey]:
    """The trained network, and the part of the real image that travels through it on the page, a quarter of it."""
    model, card = load(ASSETS / "models" / "nuclei-unet")
    assert isinstance(model, UNet)
    pixels = load_image((ASSETS / "nuclei" / "dsb2018.png").read_bytes()).pixels[200:328, 40:200]
    return model, card, pixels, journey(model, card, pixels)


@pytest.mark.parametrize("config", [DEEP, NESTED, VALID])
@pytest.mark.parametrize("size", [(24, 32), (29, 18)])
def test_every_row_has_the_numbers_of_features(config: UNetConfig, size: tuple[int, int]) -> None:
    model, card, image = trained_a_little(config), card_of(config), picture(*size)
    found = journey(model, card, image)
    rows = trace(config, prepare(card, image).tensor.shape[-2:]).rows  # type: ignore[arg-type]
    assert list(found.stops) == [row.name for row in rows]
    for row in rows:
        first = features(model, card, image, row.name, top=1).maps[0]
        stop = found.stops[row.name]
        assert (stop.channel, stop.shape) == (first.channel, row.out_shape)
        assert (stop.low, stop.high) == (pytest.approx(first.low), pytest.approx(first.high))
        scaled = (first.values - first.low) / max(first.high - first.low, 1e-12) * 255
        assert stop.picture.dtype == np.uint8 and stop.picture.shape == first.values.shape
        assert np.abs(stop.picture - scaled).max() <= 0.51


def test_the_trained_network_too_and_a_large_map_is_reduced_by_means(
    shipped: tuple[UNet, Card, np.ndarray, Journey],
) -> None:
    model, card, pixels, found = shipped
    for name in ("encoder.0.relu2", "bottleneck.norm1", "skip.0.join", "head"):
        first, stop = features(model, card, pixels, name, top=1).maps[0], found.stops[name]
        assert (stop.channel, stop.low, stop.high) == (first.channel, first.low, first.high)
        scale = max(first.values.shape) / LONGEST
        assert stop.picture.shape == tuple(round(side / max(scale, 1)) for side in first.values.shape)
        scaled = (first.values - first.low) / (first.high - first.low) * 255
        assert stop.picture.mean() == pytest.approx(scaled.mean(), abs=0.5)  # a mean of means


def test_zeros_are_counted_over_all_channels(shipped: tuple[UNet, Card, np.ndarray, Journey]) -> None:
    model, card, pixels, found = shipped
    maps = features(model, card, pixels, "encoder.0.relu1", top=100).maps
    assert found.stops["encoder.0.relu1"].zeros == pytest.approx(np.mean([one.values == 0 for one in maps]), abs=1e-6)
    assert found.stops["encoder.0.norm1"].zeros < 0.01 < 0.2 < found.stops["encoder.0.relu1"].zeros


def test_the_end_is_what_segment_says(shipped: tuple[UNet, Card, np.ndarray, Journey]) -> None:
    model, card, pixels, found = shipped
    result = segment(model, card, pixels)
    assert found.logits.shape == found.probabilities.shape == (2, *pixels.shape[:2])
    assert np.allclose(found.probabilities.sum(axis=0), 1, atol=1e-6)
    assert np.allclose(found.probabilities[1], result.probability, atol=1e-4)
    assert np.allclose(found.probabilities[1], 1 / (1 + np.exp(-found.logits[1])), atol=1e-6)
    assert not found.logits[0].any()
    assert (found.mask == result.mask()).mean() > 0.9999
    assert 0.05 < found.mask.mean() < 0.95


@pytest.mark.parametrize("config", [NESTED, VALID])
def test_more_classes_are_a_softmax_and_cut_to_the_image(config: UNetConfig) -> None:
    found = journey(trained_a_little(config), card_of(config), picture(29, 18))
    assert found.logits.shape == (config.classes, 29, 18) and found.image.shape == (1, *found.image.shape[1:])
    exponentials = np.exp(found.logits - found.logits.max(axis=0))
    assert np.allclose(found.probabilities, exponentials / exponentials.sum(axis=0), atol=1e-6)
    assert (found.mask == found.logits.argmax(axis=0)).all()


def test_what_is_kept_is_small() -> None:
    found = journey(trained_a_little(DEEP), card_of(DEEP), picture(300, 410))
    assert max(side for stop in found.stops.values() for side in stop.picture.shape) == LONGEST
    assert found.stops["encoder.0.conv1"].picture.shape == (94, 128)


def test_the_model_is_left_as_it_was_and_a_bad_image_is_refused() -> None:
    model = trained_a_little(DEEP)
    journey(model, card_of(DEEP), picture(16, 16))
    assert not any(module._forward_hooks for module in model.modules())
    with pytest.raises(SegmentError):
        journey(model, card_of(DEEP), np.zeros((4, 4, 2), np.float32))


def test_the_marked_pixel_is_a_typical_one_of_a_border(shipped: tuple[UNet, Card, np.ndarray, Journey]) -> None:
    found = shipped[3]
    pixel = marked_pixel(found)
    height, width = found.mask.shape
    border = [
        (y, x) for y in range(height) for x in range(width)
        if found.mask[y, x] and any(
            0 <= v < height and 0 <= u < width and not found.mask[v, u]
            for v, u in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1))
        )
    ]  # fmt: skip
    assert (pixel.y, pixel.x) in border and pixel.chosen == 1
    likely = sorted(float(found.probabilities[1, y, x]) for y, x in border)
    assert pixel.probabilities[1] == pytest.approx(likely[len(likely) // 2], abs=1e-6)
    assert pixel.logits == tuple(found.logits[:, pixel.y, pixel.x])


def test_without_an_object_the_marked_pixel_is_the_nearest_to_one() -> None:
    probabilities = np.full((2, 4, 5), 0.9, np.float32)
    probabilities[1] = 0.1
    probabilities[:, 2, 3] = (0.7, 0.3)
    empty = Journey(
        {}, np.zeros((1, 4, 5), np.float32), np.log(probabilities), probabilities, np.zeros((4, 5), np.uint8)
    )
    assert marked_pixel(empty) == MarkedPixel(2, 3, tuple(empty.logits[:, 2, 3]), tuple(probabilities[:, 2, 3]), 0)


def test_an_object_at_the_image_s_edge_has_no_border_there() -> None:
    mask = np.zeros((4, 4), bool)
    mask[:3, :3] = True
    assert border_of(mask).sum() == 5 and not border_of(np.ones((3, 3), bool)).any()
