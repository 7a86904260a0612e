"""Colours that can be told apart, and an image under its mask; files that are whole; what memory is said to be left."""

from pathlib import Path

import numpy as np
import pytest

from unet_core import machine
from unet_core.overlay import OPACITY, ROWS, overlay, palette
from unet_core.whole_file import write_whole


def test_every_class_has_a_colour_of_its_own() -> None:
    colours = palette(64)
    assert len(colours) == len(set(colours)) == 64 and colours[0] == (0, 0, 0)
    assert all(0 <= part <= 255 for colour in colours for part in colour)
    assert palette(2) == ((0, 0, 0), (255, 165, 0)) and palette(64)[:5] == palette(5)


def test_classes_are_tinted_and_outlined() -> None:
    classes = np.zeros((7, 8), np.uint8)
    classes[1:6, 1:6] = 1
    classes[2, 6:] = 2
    pixels = np.full((7, 8, 1), 0.8, np.float32)
    picture = overlay(pixels, classes)
    assert picture.dtype == np.uint8 and picture.shape == (7, 8, 3)
    orange, blue = (np.array(colour) for colour in palette(3)[1:])
    assert (picture[0] == 204).all() and (picture[3, 7] == 204).all()
    assert np.array_equal(picture[3, 3], np.round((1 - OPACITY) * 204 + OPACITY * orange))  # inside: a tint
    assert all(np.array_equal(picture[y, x], orange) for y, x in ((1, 1), (1, 3), (5, 5), (3, 1), (2, 5)))
    assert np.array_equal(picture[2, 6], blue) and np.array_equal(picture[2, 7], blue)
    whole = overlay(pixels, np.ones((7, 8), np.uint8))
    assert len(np.unique(whole.reshape(-1, 3), axis=0)) == 1  # the edge of the image is no outline


def test_a_tall_image_has_no_seam_between_the_rows_that_are_blended_at_once() -> None:
    pixels = np.random.default_rng(0).random((ROWS + 9, 3, 3), dtype=np.float32)
    classes = np.zeros((ROWS + 9, 3), np.uint8)
    classes[ROWS - 5 : ROWS + 5] = 1
    picture = overlay(pixels, classes)
    upper = overlay(np.concatenate([pixels[-9:], pixels[:-9]]), np.roll(classes, 9, axis=0))
    assert np.array_equal(picture, np.roll(upper, -9, axis=0))


def test_a_dim_image_is_shown_brighter_and_a_black_one_is_not() -> None:
    nothing = np.zeros((4, 4), np.uint8)
    assert (overlay(np.full((4, 4, 1), 0.1, np.float32), nothing) == round(0.9 * 255)).all()
    assert not overlay(np.zeros((4, 4, 3), np.float32), nothing).any()


def test_a_file_is_whole_or_what_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "new" / "folder" / "a.png"
    write_whole(file, b"first")
    assert file.read_bytes() == b"first" and len(list(file.parent.iterdir())) == 1

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("unet_core.whole_file.os.replace", stopped)
    with pytest.raises(KeyboardInterrupt):
        write_whole(file, b"second")
    assert file.read_bytes() == b"first" and len(list(file.parent.iterdir())) == 1


def test_spare_memory_is_what_the_system_and_the_container_leave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    (tmp_path / "meminfo").write_text("MemTotal:  9000 kB\nMemAvailable:   4000 kB\n")
    (tmp_path / "max").write_text("max\n")
    (tmp_path / "current").write_text("1000000\n")
    monkeypatch.setattr(machine, "MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(machine, "CONTAINER", (tmp_path / "max", tmp_path / "current"))
    assert machine.spare_memory() == 4_096_000
    (tmp_path / "max").write_text("3000000\n")
    assert machine.spare_memory() == 2_000_000
    (tmp_path / "max").write_text("900000\n")
    assert machine.spare_memory() == 0
    monkeypatch.setattr(machine, "CONTAINER", (tmp_path / "none", tmp_path / "none"))
    monkeypatch.setattr(machine, "MEMINFO", tmp_path / "none")
    monkeypatch.setattr(machine.os, "sysconf", {"SC_PHYS_PAGES": 1000, "SC_PAGE_SIZE": 4096}.__getitem__)
    assert machine.spare_memory() == 2_048_000
    monkeypatch.delattr(machine.os, "sysconf")
    assert machine.spare_memory() == machine.UNKNOWN
