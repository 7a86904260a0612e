"""Images that must and must not be called unlike the training data, in ranges that were fixed before they were seen."""

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from click.testing import CliRunner
from skimage import data as bundled

from tests.core.test_checkpoint import card_of
from unet_core.__main__ import main
from unet_core.checkpoint import load_card
from unet_core.commands import likeness as command
from unet_core.data import DATA_SETS, nuclei, pebbles
from unet_core.data.knobs import Knobs
from unet_core.likeness import cut_offs, not_compared, path_of, ranges, ranges_of, statistics, unlike, unlikeness
from unet_core.likeness.ranges import FOLDER, OF_GREY, SCALES, Range, Ranges, group, measured, windows_of
from unet_core.likeness.sentences import SENTENCES
from unet_core.likeness.windows import NAMES, SIDES, Statistics, of_window
from unet_core.messages import Message
from unet_core.scale import resize
from unet_core.segment import SegmentError
from unet_core.zoo import MODELS
from unet_core.zoo.recipes import RECIPES

OF = {"pebbles": ranges_of("pebbles"), "nuclei": ranges_of("synthetic fluorescence nuclei")}
SEEN = (*pebbles.SPLIT["training"], *pebbles.SPLIT["validation"])
generated = cache(nuclei.generate)
OTHER_SEEDS = [(seed, index) for seed in (7, 2024) for index in range(5)]


def names(image: np.ndarray, data: str) -> set[str]:
    """Which numbers are outside, found by the cut-offs alone."""
    found = statistics(image)
    known = OF[data].sides[found.side]
    return {name for name, value in found.values.items() if name in known
            and not known[name].low <= value <= known[name].high}  # fmt: skip


def said(image: np.ndarray, data: str) -> list[str]:
    return [str(message) for message in unlike(statistics(image), OF[data])]


def scaled(image: np.ndarray, factor: float) -> np.ndarray:
    size = (round(image.shape[0] * factor), round(image.shape[1] * factor))
    return resize(image.transpose(2, 0, 1), size).transpose(1, 2, 0)


def flat(value: float, channels: int = 3, side: int = 300) -> np.ndarray:
    return np.full((side, side, channels), value, np.float32)


# --- what must trigger ---


@pytest.mark.parametrize("photo", [bundled.astronaut, bundled.coffee, bundled.chelsea])
def test_a_colour_photograph_is_no_nuclei(photo) -> None:
    image = photo().astype(np.float32) / 255
    assert "colour" in names(image, "nuclei")
    first = said(image, "nuclei")[0]
    assert first.startswith(("This image is in colour; those", "More of this image", "This image has"))


@pytest.mark.parametrize(("seed", "index"), OTHER_SEEDS)
def test_dark_nuclei_on_bright_are_told(seed: int, index: int) -> None:
    sample = generated(seed, index)
    assert "middle" in names(1 - sample.image, "nuclei")
    assert any("Are dark and bright the other way round here?" in text for text in said(1 - sample.image, "nuclei"))


@pytest.mark.parametrize("number", SEEN)
@pytest.mark.parametrize("factor", [0.25, 4])
def test_pebbles_of_another_scale_are_told_with_the_way_out(number: int, factor: float) -> None:
    image = pebbles.photo(number).image
    image = scaled(image[100:260, 200:360] if factor > 1 else image, factor)
    assert names(image, "pebbles") & {"grain", "colour_grain", "size"}
    texts = said(image, "pebbles")
    assert texts[-1] == (
        "If the objects here are of another size than those that the network learned from, about 19 pixels, then mark "
        "a typical one, and the image is brought to their size."
    )
    assert any("smaller" in text if factor < 1 else "larger" in text for text in texts[:-1])
    assert all("mark a typical" not in str(text) for text in unlike(statistics(image), OF["pebbles"], marked=True))


@pytest.mark.parametrize("data", ["pebbles", "nuclei"])
@pytest.mark.parametrize("value", [0, 0.5, 1])
def test_an_image_of_one_value_has_no_contrast(data: str, value: float) -> None:
    assert said(flat(value), data)[0].startswith(
        "This image has less contrast than the images that the network learned"
    )


@pytest.mark.parametrize("data", ["pebbles", "nuclei"])
@pytest.mark.parametrize("channels", [1, 3])
def test_noise_is_told(data: str, channels: int) -> None:
    rng = np.random.default_rng(3)
    for image in (rng.random((300, 280, channels)), 0.5 + 0.05 * rng.standard_normal((300, 280, channels))):
        assert names(image.astype(np.float32), data) & {"grain", "colour_grain", "size"}


def test_a_grey_pebble_photo_is_told_for_its_colours_alone() -> None:
    grey = pebbles.photo(1).image.mean(axis=2, keepdims=True)
    assert [text[:37] for text in said(grey, "pebbles")] == ["This image is less colourful than the"]


# --- what must not trigger ---


@pytest.mark.parametrize(("seed", "index"), [*OTHER_SEEDS, *[(1000, index) for index in range(6)]])
def test_nuclei_of_other_seeds_and_of_validation_are_alike(seed: int, index: int) -> None:
    sample = generated(seed, index)
    assert (sample.instances > 0).mean() >= ranges.COVERED and said(sample.image, "nuclei") == []


def test_larger_nuclei_images_are_alike() -> None:
    assert said(nuclei.generate(8, 1, Knobs(height=256, width=380, empty=0)).image, "nuclei") == []


@pytest.mark.parametrize("number", SEEN)
def test_photos_that_were_learned_from_and_their_crops_are_alike(number: int) -> None:
    image = pebbles.photo(number).image
    assert said(image, "pebbles") == []
    rng = np.random.default_rng(number)
    for side in rng.integers(128, 512, 6):
        row, column = rng.integers(0, 512 - side + 1, 2)
        assert said(image[row : row + side, column : column + side], "pebbles") == []


# --- the test images, opened after the cut-offs were committed; what they say is kept, whatever it is ---


def test_the_test_images_are_alike() -> None:
    assert said(pebbles.photo(4).image, "pebbles") == []
    assert said(nuclei.real_image().image, "nuclei") == []


def test_the_drone_is_told_by_its_light_and_not_by_its_distance() -> None:
    """Its stones are smaller, but so is the sand of the photos: no number tells it, and nobody should rely on them."""
    assert said(pebbles.drone(), "pebbles") == [
        "This image is bluer than the images that the network learned from: red less blue is −0.06, they had −0.02 to "
        "+0.10."
    ]


# --- the numbers, computed again ---


def test_the_numbers_of_a_window_by_other_ways() -> None:
    image = np.random.default_rng(0).random((128, 128, 3)).astype(np.float32) ** 2 * [0.9, 0.5, 0.7]
    values = of_window(image)
    red, green, blue = np.moveaxis(image.astype(np.float64), 2, 0)
    grey = 0.299 * red + 0.587 * green + 0.114 * blue
    ordered = np.sort(grey.ravel())
    dark, bright = (np.interp(q * (grey.size - 1), np.arange(grey.size), ordered) for q in (0.01, 0.99))
    tint = red - blue
    light, colours = ([abs(each[r, c] - each[r + down, c + 1 - down]) for down in (0, 1)
                       for r in range(128 - down) for c in range(127 + down)] for each in (grey, tint))  # fmt: skip
    assert values == pytest.approx({
        "contrast": bright - dark, "middle": (np.median(grey) - dark) / (bright - dark),
        "colour": np.mean([max(pixel) - min(pixel) for pixel in image.reshape(-1, 3)]),
        "warmth": tint.mean(), "green": (green - red / 2 - blue / 2).mean(),
        "grain": np.mean(light) / (bright - dark), "colour_grain": np.mean(colours),
        "size": values["size"],
    })  # fmt: skip


@pytest.mark.parametrize("block", [8, 16, 32])
def test_a_chessboard_has_the_size_at_which_it_becomes_grey(block: int) -> None:
    y, x = np.mgrid[:256, :256] // (block // 2)
    image = ((y + x) % 2).astype(np.float32)[..., None]
    assert of_window(image)["size"] == pytest.approx(block)  # averaging blocks of two by two fields leaves nothing


def test_white_noise_loses_three_quarters_with_every_doubling() -> None:
    image = np.random.default_rng(1).random((256, 256, 1)).astype(np.float32)
    weights = 0.25 ** np.arange(4)
    expected = np.exp((weights * np.log([8, 16, 32, 64])).sum() / weights.sum())
    assert of_window(image)["size"] == pytest.approx(expected, rel=0.05)


def test_an_image_is_the_mean_of_its_windows() -> None:
    image = pebbles.photo(7).image[:300, :256]
    parts = [of_window(image[row : row + 256]) for row in (0, 44)]
    expected = {name: (parts[0][name] + parts[1][name]) / 2 for name in NAMES}
    assert statistics(image) == Statistics(256, pytest.approx(expected))
    assert statistics(image[:200]).side == 128 and statistics(image[:127]) is None


def test_a_huge_image_takes_no_more_windows(monkeypatch) -> None:
    looked: list[int] = []
    monkeypatch.setattr("unet_core.likeness.windows.of_window", lambda window: looked.append(window.shape[0]) or {})
    statistics(np.zeros((4096, 2000, 1), np.float32))
    assert looked == [256] * 25


def test_pixels_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(SegmentError):
        statistics(np.full((200, 200, 1), np.inf, np.float32))


# --- the ranges that are kept ---


@pytest.mark.parametrize("data", ["pebbles", "nuclei"])
def test_what_is_kept_follows_from_the_groups(data: str) -> None:
    kept = json.loads(path_of(data).read_text("utf-8"))
    for position, side in enumerate(("128", "256")):
        assert kept["windows"][side] == sum(each["windows"][position] for each in kept["groups"])
        for name, (low, least, most, high) in kept["ranges"][side].items():
            ends = [each[side][name] for each in kept["groups"] if name in each[side]]
            assert (least, most) == (min(end[0] for end in ends), max(end[1] for end in ends))
            assert (low, high) == pytest.approx(cut_offs(name, least, most), abs=1e-6)
            assert kept["quantiles"][side][name] == sorted(kept["quantiles"][side][name])
            assert (kept["quantiles"][side][name][0], kept["quantiles"][side][name][-1]) == (least, most)


@pytest.mark.parametrize(("data", "number"), [("pebbles", 2), ("pebbles", 5), ("nuclei", -1)])
def test_a_part_computed_again_is_the_same(data: str, number: int) -> None:
    kept = json.loads(path_of(data).read_text("utf-8"))["groups"][number]
    samples = [pebbles.photo(int(name.split()[1])) if data == "pebbles" else
               nuclei.generate(*map(int, name.split()[1].split("/"))) for name in kept["images"]]  # fmt: skip
    again = group(samples, windows_of(samples, SCALES[data]))
    assert again["images"] == kept["images"] and again["windows"] == kept["windows"]
    for side in map(str, SIDES):
        assert {name: pytest.approx(ends, rel=1e-4, abs=2e-6) for name, ends in kept[side].items()} == again[side]


def test_no_test_image_was_measured_and_every_other_was() -> None:
    photos = [name for each in json.loads(path_of("pebbles").read_text())["groups"] for name in each["images"]]
    assert photos == [f"pebbles {number}" for number in SEEN]
    images = [name for each in json.loads(path_of("nuclei").read_text())["groups"] for name in each["images"]]
    assert images == [f"nuclei 1/{k}" for k in range(192)] + [f"nuclei 1000/{k}" for k in range(32)]


def test_ranges_belong_to_the_data_of_the_models() -> None:
    card = load_card(MODELS / "nuclei-unet")
    kept = json.loads(path_of("nuclei").read_text())
    for part in ("training", "validation"):
        assert kept["about"][part] == card.data[part]
    assert kept["object_diameter"] == card.object_diameter
    assert kept["command"] == "python -m unet_core likeness nuclei"
    assert json.loads(path_of("pebbles").read_text())["about"]["sha256"] == pebbles.load().about["sha256"]
    assert {path.stem for path in FOLDER.glob("*.json")} == set(SCALES) <= set(DATA_SETS)
    low, high = RECIPES["pebbles-unet"].settings.augmentation.scale
    assert SCALES["pebbles"] == (low, 1.0, high) and RECIPES["nuclei-unet-4"].settings.augmentation.scale == (1, 1)
    assert set(OF["nuclei"].sides[256]) == set(OF_GREY) and set(OF["pebbles"].sides[128]) == set(NAMES)


def test_the_command_measures_all_but_the_test_images(tmp_path, monkeypatch) -> None:
    def closed() -> None:
        raise AssertionError("a test image was opened")

    knobs = Knobs(height=128, width=128, empty=0)
    small = replace(nuclei.load((1, 3), (1000, 2), knobs), open_test=closed)
    monkeypatch.setattr(ranges, "FOLDER", tmp_path)
    monkeypatch.setattr(command, "DATA_SETS", {"nuclei": lambda: small})
    done = CliRunner().invoke(main, ["likeness", "nuclei"])
    assert done.exit_code == 0, done.output
    kept = json.loads((tmp_path / "nuclei.json").read_text())
    assert kept == json.loads(json.dumps(measured(small))) and kept["windows"] == {"128": 5, "256": 0}
    assert [each["images"] for each in kept["groups"]] == [[f"nuclei 1/{k}" for k in range(3)],
                                                           [f"nuclei 1000/{k}" for k in range(2)]]  # fmt: skip
    assert CliRunner().invoke(main, ["likeness", "shapes"]).exit_code == 2


def test_windows_with_hardly_an_object_don_t_count() -> None:
    sample = nuclei.generate(1, 0, Knobs(height=256, width=256, empty=0))
    empty = replace(sample, instances=np.zeros_like(sample.instances), classes=np.zeros_like(sample.classes))
    assert windows_of([empty], (1.0,)) == {128: [], 256: []}
    assert len(windows_of([sample], (1.0,))[256]) == 1


# --- sentences ---


def test_every_number_has_a_sentence_for_either_side_with_the_numbers_in_it() -> None:
    known = {name: Range(0.2, 0.3, 0.4, 0.5) for name in NAMES}
    made_up = Ranges("x", 12.0, {128: known})
    for name in NAMES:
        below, above = (unlike(Statistics(128, {name: value}), made_up, marked=True) for value in (0.1, 0.6))
        assert [part.template for part in (*below, *above)] == [part.template for part in SENTENCES[name]]
        assert below[0].values == {"value": 0.1, "least": 0.3, "most": 0.4}
        assert {"value", "least", "most"} <= {part.split("}")[0].split(":")[0] for part in above[0].template.split("{")}
        assert unlike(Statistics(128, {name: 0.2}), made_up) == unlike(Statistics(128, {name: 0.5}), made_up) == ()


def test_signs_are_no_hyphens() -> None:
    (message,) = unlike(Statistics(128, {"warmth": -0.3}), Ranges("x", 1, {128: {"warmth": Range(-0.2, -0.1, 0, 0.1)}}))
    assert "red less blue is −0.30, they had −0.10 to +0.00" in str(message)


def test_cut_offs_lie_a_tenth_beyond() -> None:
    assert cut_offs("middle", 0, 1) == pytest.approx((-0.1, 1.1)) and cut_offs("middle", 0.5, 0.5) == (0.45, 0.55)
    assert cut_offs("size", 10, 20) == pytest.approx((10 / 2**0.1, 20 * 2**0.1))
    assert cut_offs("grain", 0, 0) == (1e-3, 1e-3)


def test_a_card_finds_its_ranges_or_has_none() -> None:
    card, image = card_of(), flat(0, 1)
    assert unlikeness(card, image) == ()
    known = replace(card, data={"name": "pebbles"})
    assert unlikeness(known, image) == unlike(statistics(image), OF["pebbles"])
    assert not_compared(known, image) is None and "measured" in str(not_compared(card, image))
    assert unlikeness(known, image[:100]) == ()
    assert "the image has 100 × 300 pixels: too few" in str(not_compared(known, image[:100]))
    assert all(isinstance(message, Message) for message in unlikeness(known, image, marked=True))
