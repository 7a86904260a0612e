"""Tiles against the network in one piece: every kind of network, odd sizes, and halos that are too small."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import torch
from torch import nn

from tests.core.sweep import name_of, sweep
from tests.core.test_checkpoint import PERCENTILE, card_of, model_of
from tests.core.test_segment import picture
from unet_core import tiles
from unet_core.config import UNetConfig
from unet_core.models import mean_of_heads
from unet_core.probabilities import foreground, probabilities
from unet_core.segment import SegmentError, normalise, segment
from unet_core.sizes import nearest_legal, output_side, smallest_legal
from unet_core.tiles import Halo, TileError, best_stride, grid, halo, mosaic, segment_tiled, spans

SAME = UNetConfig(classes=1, base_channels=2, depth=2, padding="same", norm="batch")
KINDS = [
    UNetConfig(architecture=architecture, padding=padding, upsampling=upsampling, depth=depth, kernel_size=kernel,
               base_channels=3, classes=depth, growth=1, norm="batch" if depth % 2 else "none",
               deep_supervision=architecture != "unet" and depth > 1)
    for (padding, upsampling, depth, kernel), architecture in zip(
        product(("same", "valid"), ("transpose", "bilinear", "nearest"), (1, 2, 3, 4), (3, 5)),
        ("unet", "unet++", "unet", "unet++", "unet+", "unet", "unet-e") * 7, strict=False)
]  # fmt: skip
ODD = [
    config for config in sweep()
    if config.norm in ("none", "batch") and config.depth <= 3
    and config.in_channels in (1, 3) and config.base_channels > 1
][::4]  # fmt: skip


def loud(config: UNetConfig) -> nn.Module:
    """Weights that carry an image's contrast through all layers, so that what is far away still counts.

    Every second filter is the one before it turned round: where the ReLU closes the one, it opens the other.
    """
    model = model_of(config)
    torch.manual_seed(1)
    for part in model.modules():
        if isinstance(part, (nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.kaiming_normal_(part.weight, nonlinearity="relu")
            half = part.weight.data[1::2]
            half[:] = -part.weight.data[::2][: len(half)]
        elif isinstance(part, nn.BatchNorm2d):
            nn.init.uniform_(part.running_mean, -0.2, 0.2)
            nn.init.uniform_(part.running_var, 0.5, 1.5)
    return model


def in_one_piece(model: nn.Module, config: UNetConfig, image: np.ndarray) -> np.ndarray:
    """The plain network on the mirrored image, nothing folded: (classes, H, W) logits."""
    height, width = image.shape[:2]
    lost = smallest_legal(config) - output_side(config, smallest_legal(config))
    widths = [(lost // 2, nearest_legal(config, side + lost)[1] - side - lost // 2) for side in (height, width)]
    padded = np.pad(normalise(image.transpose(2, 0, 1), PERCENTILE), [(0, 0), *widths], mode="reflect")
    with torch.no_grad():
        return mean_of_heads(model(torch.from_numpy(padded)[None]))[0, :, :height, :width].numpy()


def probability(logits: np.ndarray) -> np.ndarray:
    return foreground(torch.from_numpy(logits)[None])[0].numpy()


def several_tiles(config: UNetConfig) -> tuple[tuple[int, int], int]:
    """A size and a stride: two rows of tiles, and so many columns that those in the middle see no edge."""
    step, around = 2**config.depth, halo(config)
    far = max(around.before, around.after, step)
    stride = -(-far // (2 * step)) * step
    return (stride + 3, 2 * far + 2 * stride + 1), stride


def assert_same(config: UNetConfig, size: tuple[int, int], stride: int) -> np.ndarray:
    """Both roads agree; return the probability."""
    model, image = loud(config), picture(*size, config.in_channels)
    expected = in_one_piece(model, config, image)
    result = segment_tiled(model, card_of(config), image, stride=stride, every_class=True)
    assert result.probability.dtype == np.float32 and result.probability.shape == size
    assert np.abs(result.probability - probability(expected)).max() < 1e-5
    per_class = probabilities(torch.from_numpy(expected)[None])[0].numpy()
    assert result.per_class.shape == per_class.shape and np.abs(result.per_class - per_class).max() < 1e-5
    return result.probability


@pytest.mark.parametrize("config", KINDS, ids=name_of)
def test_tiles_are_the_network_in_one_piece(config: UNetConfig) -> None:
    size, stride = several_tiles(config)
    assert len(spans(config, size[1], stride)) >= 4
    assert assert_same(config, size if config.depth % 2 else size[::-1], stride).std() > 1e-3  # not all the same


@pytest.mark.parametrize("config", ODD, ids=name_of)
def test_networks_of_every_other_kind(config: UNetConfig) -> None:
    step = 2**config.depth
    assert_same(config, (2 * step + 1, 3 * step + 3), step)


def test_the_list_of_kinds_has_what_it_should() -> None:
    assert len(KINDS) == 48 and len(ODD) >= 8
    assert {config.architecture for config in KINDS} == {"unet", "unet++", "unet+", "unet-e"}
    assert {config.kernel_size % 2 for config in ODD} == {0, 1}


NARROWER = [  # the share of the halo before and after a tile that is left
    *[(config, (0.5, 1)) for config in KINDS if config.padding == "same" and config.depth <= 3],
    *[(config, (1, 0.5)) for config in KINDS if config.padding == "same" and config.depth <= 2],
    *[(config, (1 - 2**config.depth / halo(config).before, 1))  # one step less
      for config in KINDS if config.padding == "same" and config.depth <= 2 and config.kernel_size == 3
      and config.upsampling != "bilinear"],
    *[(replace(SAME, padding="valid", upsampling="bilinear", depth=depth, base_channels=4), (0, 1))
      for depth in (1, 2, 3)],
]  # fmt: skip


@pytest.mark.parametrize(
    ("config", "left"), NARROWER, ids=lambda part: name_of(part) if isinstance(part, UNetConfig) else str(part)
)
def test_a_smaller_halo_would_be_seen(
    config: UNetConfig, left: tuple[float, float], monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    (size, stride), around, step = several_tiles(config), halo(config), 2**config.depth
    smaller = Halo(int(around.before * left[0]) // step * step, int(around.after * left[1]))
    assert smaller != around
    model, image = loud(config), picture(*size, config.in_channels)
    expected = probability(in_one_piece(model, config, image))
    monkeypatch.setattr(grid, "halo", lambda _: smaller)
    result = segment_tiled(model, card_of(config), image, stride=stride)
    assert np.abs(result.probability - expected).max() > 1e-5


def test_the_halo_is_what_the_field_of_the_paper_net_says() -> None:
    """188 or 204 pixels wide by position; at the first row of a tile 94 of them lie before it. Bilinear sees more."""
    assert halo(UNetConfig(padding="same")) == Halo(96, 94)
    assert halo(UNetConfig()) == Halo(0, 4)  # valid: it takes 184 off, and its first answers are 4 more than a tile
    assert halo(UNetConfig(upsampling="bilinear")) == Halo(16, 20)
    assert halo(UNetConfig(padding="same", architecture="unet++")) == Halo(96, 94)


@pytest.mark.parametrize("config", [SAME, UNetConfig(base_channels=2, depth=2)], ids=name_of)
@pytest.mark.parametrize("size", [(1, 1), (1, 50), (37, 23), (64, 64)])
def test_any_size_equals_segment(config: UNetConfig, size: tuple[int, int]) -> None:
    model, image = loud(config), picture(*size)
    expected = segment(model, card_of(config), image)
    for stride in (4, 16, 4096):
        result = segment_tiled(model, card_of(config), image, stride=stride)
        assert np.allclose(result.probability, expected.probability, atol=1e-5)
        assert result.notes[: len(expected.notes)] == expected.notes
    assert result.notes == expected.notes and len(mosaic(model, card_of(config), image, stride=4096)) == 1


def test_percentiles_are_those_of_the_whole_image() -> None:
    image = np.linspace(0, 1, 32 * 64, dtype=np.float32).reshape(32, 64, 1).copy()  # every tile has other percentiles
    model = loud(SAME)
    expected = segment(model, card_of(SAME), image).probability
    assert np.allclose(segment_tiled(model, card_of(SAME), image, stride=8).probability, expected, atol=1e-5)


def test_colours_become_grey_and_the_notes_say_so() -> None:
    model, image = loud(SAME), picture(20, 30, 3)
    result, expected = segment_tiled(model, card_of(SAME), image, stride=16), segment(model, card_of(SAME), image)
    assert np.allclose(result.probability, expected.probability, atol=1e-5)
    assert result.notes[:-1] == expected.notes and len(expected.notes) == 2
    assert str(result.notes[-1]).startswith("The image was cut into 4 tiles")


@pytest.mark.parametrize("norm", ["group", "instance"])
def test_a_norm_that_sees_the_whole_image_is_refused(norm: str) -> None:
    """And only where it would have to be cut: in one piece it is the network itself."""
    config = replace(SAME, base_channels=8, norm=norm)
    model, image = loud(config), picture(9, 40)
    with pytest.raises(TileError, match=f"with {norm} norm can't be cut into tiles: .* the whole image.* 2048 pixels"):
        mosaic(model, card_of(config), image, stride=16)
    with pytest.raises(TileError):
        mosaic(model, card_of(config), np.zeros((1, 2049, 1), np.float32))
    expected = segment(model, card_of(config), image)
    result = segment_tiled(model, card_of(config), image)
    assert np.allclose(result.probability, expected.probability, atol=1e-5) and result.notes == expected.notes
    dot = segment_tiled(model, card_of(config), image[:1, :1]).probability
    assert np.allclose(dot, segment(model, card_of(config), image[:1, :1]).probability, atol=1e-5)


@pytest.mark.parametrize(("stride", "near"), [(6, 4), (3, 4), (0, 4), (-4, 4), (101, 100)])
def test_a_stride_beside_the_grid_is_refused(stride: int, near: int) -> None:
    with pytest.raises(TileError, match=f"must be a multiple of 4, as {near}$"):
        spans(SAME, 100, stride)


def test_pixels_that_are_no_image_and_damaged_weights_are_refused() -> None:
    with pytest.raises(SegmentError, match="image must be float"):
        segment_tiled(model_of(SAME), card_of(SAME), np.zeros((4, 4), np.float32))
    model = model_of(SAME)
    model.head.bias.data.fill_(float("nan"))
    with pytest.raises(SegmentError, match="its weights are damaged"):
        segment_tiled(model, card_of(SAME), picture(8, 8))


@pytest.mark.parametrize("config", [SAME, UNetConfig(depth=3), UNetConfig(depth=1, upsampling="bilinear")], ids=name_of)
@pytest.mark.parametrize("side", [1, 7, 16, 100, 101])
def test_spans_cover_a_side_once_and_stay_on_the_grid(config: UNetConfig, side: int) -> None:
    step = 2**config.depth
    for stride in (step, 4 * step, 64):
        found = spans(config, side, stride)
        assert [place for span in found for place in range(span.first, span.last)] == list(range(side))
        assert all(span.start % step == 0 and span.last - span.first <= stride for span in found)
        assert len(found) == -(-side // stride)
        assert found[-1].stop <= nearest_legal(config, side + 1000)[1]


def test_whoever_takes_tiles_may_stop_and_is_told_how_far_it_is() -> None:
    parts = mosaic(model_of(SAME), card_of(SAME), picture(16, 40), stride=8)
    assert len(parts) == 10
    iterator = iter(parts)
    first, second = next(iterator), next(iterator)
    assert (first.done, first.rows, first.columns) == (1, slice(0, 8), slice(0, 8))
    assert (second.done, second.columns, second.per_class.shape) == (2, slice(8, 16), (1, 8, 8))
    seen = []

    def enough(tile: tiles.Tile, many: int) -> None:
        seen.append((tile.done, many))
        if tile.done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        segment_tiled(model_of(SAME), card_of(SAME), picture(16, 40), stride=8, on_tile=enough)
    assert seen == [(1, 10), (2, 10), (3, 10)]


def test_tiles_are_large_but_bounded() -> None:
    small, wide = UNetConfig(base_channels=16, depth=3, padding="same"), UNetConfig(base_channels=256, padding="same")
    assert best_stride(small) % 8 == 0 and 900 <= best_stride(small) <= 1024
    assert 16 <= best_stride(wide) < 512
    far = UNetConfig(base_channels=1, depth=6, growth=1, kernel_size=9, padding="same")
    assert best_stride(far) >= halo(far).before  # most of the work would go into halos


def test_a_model_in_training_stays_as_it_is() -> None:
    model, image = loud(SAME).train(), picture(16, 24)
    expected = segment(model, card_of(SAME), image).probability
    assert np.allclose(segment_tiled(model, card_of(SAME), image, stride=8).probability, expected, atol=1e-5)
    assert model.training and all(part.training for part in model.modules())
