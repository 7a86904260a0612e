"""Many images at once: the same masks as one by one, and one that is none stops nobody."""

import csv
import io
import zipfile
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import torch
from PIL import Image

from tests.core.subjects import card_of
from unet_core import batch
from unet_core.answer import answer
from unet_core.batch import BatchError, File, Result, check_files, safe_name, segment_all, to_zip
from unet_core.checkpoint import Card
from unet_core.config import UNetConfig
from unet_core.images import load_image
from unet_core.models import build_model
from unet_core.probabilities import class_map

CONFIG = UNetConfig(in_channels=3, classes=3, depth=2, base_channels=4, padding="same", norm="batch")


@pytest.fixture(scope="module")
def network() -> torch.nn.Module:
    torch.manual_seed(3)
    return build_model(CONFIG).eval()


def picture(seed: int, size: tuple[int, int] = (50, 70)) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 255, (*size, 3), np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


FILES = [File("a.png", picture(1)), File("b.txt", b"no image"), File("../../c d.JPG", picture(2, (64, 40)))]


def test_each_gets_the_mask_that_it_gets_alone(network: torch.nn.Module) -> None:
    results = list(segment_all(network, card_of(CONFIG), FILES, 0.6))
    assert [bool(one.refused) for one in results] == [False, True, False]
    for file, one in zip(FILES, results, strict=True):
        if not one.refused:
            alone = answer(network, card_of(CONFIG), load_image(file.data).pixels)
            assert alone.per_class is not None
            expected = class_map(alone.per_class, 0.6)
            assert np.array_equal(np.asarray(Image.open(io.BytesIO(one.mask))), expected)
            assert one.share == pytest.approx((expected > 0).mean())
            assert one.size == expected.shape
            assert Image.open(io.BytesIO(one.thumbnail)).size == expected.shape[::-1]


def test_it_goes_file_by_file_and_can_be_stopped(network: torch.nn.Module) -> None:
    asked: list[int] = []
    files = [File("1", picture(1)), File("2", picture(2)), File("3", picture(3))]
    first = list(islice(segment_all(network, card_of(CONFIG), files, between=lambda: asked.append(1)), 1))
    assert len(first) == len(asked) == 1

    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        next(segment_all(network, card_of(CONFIG), files, between=stop))


def test_a_mark_holds_for_all(network: torch.nn.Module) -> None:
    marked = next(segment_all(network, card_of(CONFIG), FILES, marked_diameter=20.0))
    pixels = load_image(FILES[0].data).pixels
    alone = answer(network, card_of(CONFIG), pixels, 20.0)
    assert alone.per_class is not None
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(marked.mask))), class_map(alone.per_class))


def test_too_much_is_refused_before_the_first(network: torch.nn.Module, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BatchError, match="These are 101 files; at most 100"):
        check_files([1] * 101)
    with pytest.raises(BatchError, match="300 MB together; at most 256 MB"):
        check_files([150 * 2**20] * 2)
    monkeypatch.setattr(batch, "MAX_FILES", 2)
    with pytest.raises(BatchError):
        next(segment_all(network, card_of(CONFIG), FILES))


def test_the_zip_holds_masks_a_table_and_the_passport(network: torch.nn.Module) -> None:
    results = list(segment_all(network, card_of(CONFIG), FILES))
    with zipfile.ZipFile(io.BytesIO(to_zip(results, card_of(CONFIG), 0.5))) as archive:
        assert archive.namelist() == ["masks/001-a.png", "masks/003-c_d.png", "results.csv", "passport.txt"]
        assert archive.read("masks/003-c_d.png") == results[2].mask
        table = list(csv.DictReader(io.StringIO(archive.read("results.csv").decode())))
        assert "Mask by" in archive.read("passport.txt").decode()
    assert [row["file"] for row in table] == ["001-a", "002-b.txt", "003-c_d"]
    assert float(table[0]["foreground share"]) == pytest.approx(results[0].share, abs=1e-6)
    assert (table[1]["height"], table[1]["note"]) == ("", str(results[1].refused))
    assert table[0]["note"] == str(results[0].unlike[0]) and "has measured" in table[0]["note"]


def test_an_image_unlike_the_training_images_is_told_of_each_file(network: torch.nn.Module) -> None:
    """Noise is grainier than any photo; a mark that shrinks it too far is told, too."""
    card = replace(card_of(CONFIG), data={"name": "pebbles"}, object_diameter=20.0)
    noise = File("noise.png", picture(1, (140, 150)))
    (plain,), (shrunken,) = (list(segment_all(network, card, [noise], 0.5, marked)) for marked in (None, 80.0))
    grain = [str(sentence) for sentence in plain.unlike if "grain" in str(sentence)]
    assert grain and grain[0] in to_table(plain, card)
    assert ["35 × 38 pixels: too few" in str(sentence) for sentence in shrunken.unlike] == [True]


def to_table(result: Result, card: Card) -> str:
    with zipfile.ZipFile(io.BytesIO(to_zip([result], card, 0.5))) as archive:
        return archive.read("results.csv").decode()


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.png", "a"), ("/etc/passwd", "passwd"), ("..\\..\\x.tif", "x"), ("=1+2.png", "1_2"), ("", "image"),
     ("...", "image"), ("图 像.jpg", "图_像"), ("a" * 300 + ".png", "a" * 56), (".png", "png")],
)  # fmt: skip
def test_a_strangers_name_becomes_a_plain_one(name: str, expected: str) -> None:
    assert safe_name(name) == expected
