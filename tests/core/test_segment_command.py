"""`segment` on the command line: masks that are right, names that never meet, and endings a script can rely on."""

import json
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result
from PIL import Image

from tests.core.test_checkpoint import TINY, card_of
from tests.core.test_tiles import loud
from unet_core import checkpoint, whole_file
from unet_core.__main__ import main
from unet_core.commands import masks, segment
from unet_core.commands.targets import targets
from unet_core.images import Bounds, encode_png, load_image
from unet_core.messages import ExplainedError
from unet_core.overlay import palette
from unet_core.probabilities import class_map
from unet_core.tiles import segment_tiled

RNG = np.random.default_rng(3)
SHAPES = replace(TINY, classes=3, base_channels=4, depth=2)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two networks whose masks are mixed: `two` tells two classes apart by a sigmoid, `three` three."""
    folder = tmp_path_factory.mktemp("models")
    for name, config in (("two", replace(SHAPES, classes=1)), ("three", SHAPES)):
        model = loud(config)
        model.head.weight.data *= 10
        with torch.no_grad():
            model.head.bias -= model(torch.rand(1, 1, 64, 64)).mean(dim=(0, 2, 3))
        checkpoint.save(folder / name, model, card_of(config))
    return folder


def photo(path: Path, height: int = 20, width: int = 33, colours: int = 1) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    values = RNG.integers(0, 256, (height, width, colours), dtype=np.uint8)
    Image.fromarray(values[..., 0] if colours == 1 else values).save(path)
    return path


def run(models: Path, *words: object, name: str = "two") -> Result:
    return CliRunner().invoke(main, ["segment", "--device", "cpu", "--model", str(models / name), *map(str, words)])


def lines(result: Result) -> list[dict]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("name", "words", "threshold"),
    [("two", [], 0.5), ("two", ["--threshold", "0.6"], 0.6), ("three", [], 0.5), ("three", ["--threshold", "1"], 1)],
)
def test_a_mask_is_what_the_network_says(
    models: Path, tmp_path: Path, name: str, words: list[str], threshold: float
) -> None:  # fmt: skip
    image = photo(tmp_path / "a.png", 50, 70)
    result = run(models, image, "-o", tmp_path / "out", "--tile", 16, "--json", *words, name=name)
    assert (result.exit_code, result.stderr) == (0, "")
    model, card = checkpoint.load(models / name)
    pixels = load_image(image.read_bytes()).pixels
    expected = class_map(segment_tiled(model, card, pixels, every_class=True).per_class, threshold)
    mask = Image.open(tmp_path / "out" / "a.mask.png")
    classes = np.asarray(mask)
    assert mask.mode == "P" and np.array_equal(classes, expected)
    assert tuple(mask.getpalette()[: 3 * len(card.classes)]) == sum(palette(len(card.classes)), ())
    (told,) = lines(result)
    assert (told["height"], told["width"], told["tiles"]) == (50, 70, 4 * 5)
    assert told["pixels"] == {card.classes[c]: int((expected == c).sum()) for c in range(len(card.classes))}
    assert told["foreground"] == pytest.approx((expected > 0).mean(), abs=1e-6)
    assert told["image"] == str(image) and told["mask"] == str(tmp_path / "out" / "a.mask.png")
    assert told["overlay"] is None and any("cut into 20 tiles" in note for note in told["notes"])
    assert 0 < (expected > 0).mean() < 1 or threshold == 1


def test_folders_keep_their_structure_and_are_not_searched_for_masks(models: Path, tmp_path: Path) -> None:
    for name in ("a.png", "sub/b.JPG", "sub/deep/c.tif", ".hidden/d.png", "e.mask.png", "f.overlay.png"):
        photo(tmp_path / "in" / name)
    (tmp_path / "in" / "readme.txt").write_text("no image")
    result = run(models, tmp_path / "in", "-o", tmp_path / "out", "--overlay")
    assert result.exit_code == 0, result.stderr
    assert files(tmp_path / "out") == ["a.mask.png", "a.overlay.png", "sub/b.mask.png", "sub/b.overlay.png",
                                       "sub/deep/c.mask.png", "sub/deep/c.overlay.png"]  # fmt: skip
    assert result.stdout.count(" -> ") == 3 and "20 x 33 pixels" in result.stdout
    picture = np.asarray(Image.open(tmp_path / "out" / "a.overlay.png"))
    assert picture.shape == (20, 33, 3)


def test_images_of_one_name_do_not_meet(tmp_path: Path) -> None:
    names = ["one/a.png", "two/a.png", "one/a.jpg", "one/b.png", "one/A.tif"]
    inputs = [photo(tmp_path / name) for name in names]
    found = targets(inputs, tmp_path / "out")
    assert [target.mask.name for target in found] == ["a.png.mask.png", "a.png-2.mask.png", "a.jpg.mask.png",
                                                      "b.mask.png", "A.tif.mask.png"]  # fmt: skip
    assert [target.image for target in found] == inputs
    assert targets(inputs, tmp_path / "out") == found


def test_no_mask_is_written_over_an_input(models: Path, tmp_path: Path) -> None:
    """An input that is called like the mask of another one, both in the folder of the masks."""
    inputs = [photo(tmp_path / "a.png"), photo(tmp_path / "a.mask.png"), photo(tmp_path / "a-2.overlay.png")]
    before = {path: path.read_bytes() for path in inputs}
    result = run(models, *inputs, tmp_path / "a.png", "-o", tmp_path, "--overlay", "--json")
    assert result.exit_code == 0, result.stderr
    assert {path: path.read_bytes() for path in inputs} == before
    written = [told[kind] for told in lines(result) for kind in ("mask", "overlay")]
    assert len(set(written)) == 6 and not set(written) & set(map(str, inputs))  # and a.png was done once
    assert written[0] == str(tmp_path / "a-3.mask.png")


def test_a_link_to_an_input_is_replaced_and_the_input_stays(models: Path, tmp_path: Path) -> None:
    image = photo(tmp_path / "a.png")
    before = image.read_bytes()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "b.mask.png").symlink_to(image)
    assert run(models, photo(tmp_path / "b.png"), "-o", tmp_path / "out").exit_code == 0
    assert image.read_bytes() == before


def test_what_fails_is_named_and_the_others_are_done(models: Path, tmp_path: Path) -> None:
    photo(tmp_path / "in" / "a.png"), photo(tmp_path / "in" / "z.png")
    (tmp_path / "in" / "b.png").write_bytes(b"no image")
    (tmp_path / "in" / "c.png").write_bytes((tmp_path / "in" / "a.png").read_bytes()[:100])
    result = run(models, tmp_path / "in", "-o", tmp_path / "out", "--json")
    assert result.exit_code == 1
    first, second, last = result.stderr.splitlines()
    assert first.startswith(f"{tmp_path / 'in' / 'b.png'}: This is not an image that can be read here")
    assert "c.png: This PNG file is damaged" in second and last == "2 of 4 images have failed."
    assert [set(told) == {"image", "error"} for told in lines(result)] == [False, True, True, False]
    assert files(tmp_path / "out") == ["a.mask.png", "z.mask.png"]


def test_a_disk_that_is_full_is_a_failure_like_others(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    def full(_source: object, target: Path) -> None:
        raise OSError(28, "No space left on device", str(target))

    monkeypatch.setattr(whole_file.os, "replace", full)
    result = run(models, photo(tmp_path / "a.png"), "-o", tmp_path / "out")
    assert result.exit_code == 1 and "No space left on device" in result.stderr and result.stderr.count("\n") == 2
    assert files(tmp_path / "out") == []


@pytest.mark.parametrize("when", ["between", "while a mask is written"])
def test_ctrl_c_leaves_whole_masks(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    for name in ("a", "b", "c"):
        photo(tmp_path / "in" / f"{name}.png")
    if when == "between":
        place, name = masks.Masks, "_load"
    else:
        place, name = whole_file.os, "replace"
    stop_at_second(monkeypatch, place, name)
    result = run(models, tmp_path / "in", "-o", tmp_path / "out", "--json")
    assert result.exit_code == 130
    assert result.stderr == "Stopped: 1 of 3 masks are written, each whole.\n"
    assert files(tmp_path / "out") == ["a.mask.png"] and len(lines(result)) == 1
    Image.open(tmp_path / "out" / "a.mask.png").load()


def stop_at_second(monkeypatch: pytest.MonkeyPatch, place: object, name: str) -> None:
    """The second call of a function is Ctrl-C."""
    calls, original = [], getattr(place, name)

    def interrupted(*words: object) -> object:
        calls.append(words)
        if len(calls) == 2:
            signal.raise_signal(signal.SIGINT)
        return original(*words)

    monkeypatch.setattr(place, name, interrupted)


REFUSED: list[tuple[list[str], str]] = [
    (["IN"], "Missing option '-o'"),
    (["-o", "OUT"], "Missing argument 'IN...'"),
    (["nowhere.png", "-o", "OUT"], "does not exist"),
    (["IN", "-o", "IN"], "is a file"),
    (["IN", "-o", "OUT", "--threshold", "1.2"], "1.2 is not between 0 and 1"),
    (["IN", "-o", "OUT", "--threshold", "nan"], "nan is not between 0 and 1"),
    (["IN", "-o", "OUT", "--megapixels", "-1"], "-1.0 is not between"),
    (["IN", "-o", "OUT", "--tile", "30"], "tiles of 30 pixels don't fit depth 2"),
    (["IN", "-o", "OUT", "--device", "tpu"], "there is no device tpu here"),
    (["EMPTY", "-o", "OUT"], "there is no image in "),
    (["IN", "-o", "OUT", "--model", "no-such"], "there is no model 'no-such': those that ship are"),
]


@pytest.mark.parametrize(("words", "sentence"), REFUSED, ids=lambda part: part if isinstance(part, str) else None)
def test_what_can_not_be_followed_is_refused_before_anything_is_done(
    models: Path, tmp_path: Path, words: list[str], sentence: str
) -> None:  # fmt: skip
    (tmp_path / "empty").mkdir()
    places = {"IN": photo(tmp_path / "a.png"), "OUT": tmp_path / "out", "EMPTY": tmp_path / "empty"}
    result = run(models, *[places.get(word, word) for word in words])
    assert (result.exit_code, result.stdout) == (2, "")
    assert sentence in result.stderr and "Traceback" not in result.stderr
    assert not (tmp_path / "out").exists()


def test_the_bound_on_pixels_is_raised_openly(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    image = photo(tmp_path / "a.png", 40, 60)
    monkeypatch.setattr(segment, "spare_memory", lambda: 64 * 2000)
    result = run(models, image, "-o", tmp_path / "out")
    assert result.exit_code == 1 and "60 x 40 pixels; accepted are at most 2,000" in result.stderr
    result = run(models, image, "-o", tmp_path / "out", "--megapixels", 0.0024)
    assert result.exit_code == 0, result.stderr


def test_an_image_larger_than_an_upload_may_be(models: Path, tmp_path: Path) -> None:
    strip = np.tile(np.arange(17_000, dtype=np.uint8), (3, 1))
    (tmp_path / "a.png").write_bytes(encode_png(strip, Bounds.within(2**30)))
    result = run(models, tmp_path / "a.png", "-o", tmp_path / "out", "--overlay", "--json")
    assert result.exit_code == 0, result.stderr
    (told,) = lines(result)
    assert (told["height"], told["width"]) == (3, 17_000) and told["tiles"] > 16


def test_a_norm_that_sees_the_whole_image_fails_only_where_it_must(tmp_path: Path) -> None:
    config = replace(SHAPES, norm="instance", base_channels=2, classes=1)
    checkpoint.save(tmp_path / "net" / "two", loud(config), card_of(config))
    photo(tmp_path / "in" / "a.png"), photo(tmp_path / "in" / "b.png", 1, 2050)
    result = run(tmp_path / "net", tmp_path / "in", "-o", tmp_path / "out")
    assert result.exit_code == 1 and "instance norm can't be cut into tiles" in result.stderr
    assert files(tmp_path / "out") == ["a.mask.png"]


def test_a_person_sees_a_bar_on_stderr_and_stdout_stays_clean(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """A terminal is what click takes for one."""
    terminal: Callable[..., bool] = lambda *_: True  # noqa: E731
    monkeypatch.setattr(segment, "_is_terminal", terminal)
    monkeypatch.setattr(click._termui_impl, "isatty", terminal)
    photo(tmp_path / "in" / "a.png"), (tmp_path / "in" / "b.png").write_bytes(b"no image")
    result = run(models, tmp_path / "in", "-o", tmp_path / "out", "--json")
    assert result.exit_code == 1 and len(lines(result)) == 2
    assert "2 images  [" in result.stderr and "50%" in result.stderr and "100%" in result.stderr


def test_the_shipped_network_is_what_is_used_unless_told(tmp_path: Path) -> None:
    image = photo(tmp_path / "a.png")
    result = CliRunner().invoke(main, ["segment", str(image), "-o", str(tmp_path / "out"), "--json"])
    assert result.exit_code == 0 and set(lines(result)[0]["pixels"]) == {"background", "nucleus"}


def test_a_folder_without_an_image_says_what_is_looked_for(tmp_path: Path) -> None:
    with pytest.raises(ExplainedError, match=r"files that end in \.png, \.jpg"):
        targets([tmp_path], tmp_path / "out")
