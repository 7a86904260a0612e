"""What a network says of an image at its own size: never reduced in silence, and back from the scale of the mark."""

from dataclasses import replace

import numpy as np
import pytest

from tests.core.test_checkpoint import TINY, card_of
from tests.core.test_segment import picture, trained_a_little
from tests.core.test_tiles import loud
from unet_core.answer import answer
from unet_core.config import UNetConfig
from unet_core.images import ImageError
from unet_core.probabilities import class_map
from unet_core.scale import ScaleError, rescaled, resize
from unet_core.segment import segment
from unet_core.tiles import TileError, segment_tiled

SOFT = replace(TINY, classes=3, depth=2)
NESTED = UNetConfig(architecture="unet++", base_channels=2, depth=2, padding="same", classes=3, deep_supervision=True)


@pytest.mark.parametrize("config", [TINY, SOFT, NESTED, UNetConfig(base_channels=2, depth=1, classes=1)])
def test_without_a_mark_it_is_segment_with_every_class(config: UNetConfig) -> None:
    model, card, image = trained_a_little(config), card_of(config), picture(37, 50)
    found, plain = answer(model, card, image), segment(model, card, image)
    assert np.abs(found.probability - plain.probability).max() < 1e-5 and found.notes == plain.notes
    assert found.per_class.shape == (config.classes, 37, 50) and found.classes == card.classes
    if config.classes > 1:
        assert np.allclose(found.per_class.sum(axis=0), 1, atol=1e-5)
        assert np.allclose(1 - found.per_class[0], found.probability)
    assert found.seconds > 0


def test_a_large_image_is_cut_into_tiles_and_not_reduced() -> None:
    config = replace(TINY, base_channels=1)
    model, card, image = loud(config), card_of(config), picture(40, 2100)
    found = answer(model, card, image)
    assert not any("reduced" in str(note) for note in found.notes)
    assert any("cut into" in str(note) for note in found.notes)
    whole = segment_tiled(model, card, image, stride=2100)  # in one piece
    assert np.abs(found.probability - whole.probability).max() < 1e-5
    assert np.abs(found.probability - segment(model, card, image).probability).max() > 1e-3  # which reduced it


@pytest.mark.parametrize("config", [TINY, SOFT])
@pytest.mark.parametrize("marked", [5.0, 31.0])
def test_a_mark_takes_the_network_to_its_scale_and_the_maps_back(config: UNetConfig, marked: float) -> None:
    model, card, image = loud(config), card_of(config), picture(90, 75)
    found = answer(model, card, image, marked)
    seen = rescaled(image, marked, card)
    inner = segment_tiled(model, card, seen.pixels, every_class=True)
    expected = resize(inner.per_class, (90, 75))
    assert found.per_class.shape == (config.classes, 90, 75) and np.abs(found.per_class - expected).max() < 1e-5
    assert found.per_class.min() >= 0 and found.per_class.max() <= 1
    assert found.probability.shape == (90, 75) and class_map(found.per_class).shape == (90, 75)
    assert found.notes == seen.notes + inner.notes


def test_progress_counts_the_tiles_and_can_stop_them() -> None:
    told: list[tuple[int, int]] = []
    config = replace(TINY, base_channels=1)
    model, card = loud(config), card_of(config)
    answer(model, card, picture(16, 2100), on_progress=lambda done, tiles: told.append((done, tiles)))
    assert told == [(number, len(told)) for number in range(1, len(told) + 1)] and len(told) > 1

    def stop(done: int, tiles: int) -> None:
        told.append((done, tiles))
        raise InterruptedError

    told.clear()
    with pytest.raises(InterruptedError):
        answer(model, card, picture(16, 2100), on_progress=stop)
    assert len(told) == 1


def test_beyond_the_bound_the_command_line_is_named() -> None:
    huge = np.broadcast_to(np.float32(0.5), (4097, 4096, 1))
    with pytest.raises(ImageError, match=r"4096 x 4097 pixels.*with python -m unet_core segment FILE -o masks"):
        answer(trained_a_little(TINY), card_of(), huge)


def test_what_the_parts_refuse_is_refused() -> None:
    with pytest.raises(ScaleError):
        answer(trained_a_little(TINY), card_of(), picture(50, 50), 0.5)
    config = replace(TINY, norm="instance", base_channels=1)
    with pytest.raises(TileError, match="can't be cut into tiles"):
        answer(trained_a_little(config), card_of(config), picture(16, 2100))
