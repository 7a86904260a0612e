"""Masks as people save them, each read back to what was meant; and every one that could mean two things refused."""

import io

import numpy as np
import pytest
import tifffile
from PIL import Image
from scipy.ndimage import gaussian_filter, label

from tests.core.test_images import chunk, png, saved, tiff
from unet_core.data import pebbles
from unet_core.images import ImageError, encode_png, indexed_png, limits
from unet_core.mask_file import LoadedMask, MaskError, load_mask
from unet_core.overlay import palette

SIZE = (40, 56)
Y, X = np.mgrid[: SIZE[0], : SIZE[1]]
DISC = np.hypot(Y - 20, X - 20) < 11
TRUTH = DISC.astype(np.uint8)
THREE = (TRUTH + (np.hypot(Y - 20, X - 20) < 6)).astype(np.uint8)  # 0, 1 and 2
VOC = [(0, 0, 0), (128, 0, 0), (0, 128, 0), *[(k, 255 - k, 77) for k in range(3, 256)]]
RNG = np.random.default_rng(0)


def objects(count: int = 12) -> np.ndarray:
    """Squares with numbers that have gaps; two of them touch, and one lies in two pieces."""
    numbers = np.zeros((60, 120), np.int32)
    for k in range(count):
        row, column = divmod(k, 6)
        numbers[8 + 20 * row : 20 + 20 * row, 4 + 19 * column : 18 + 19 * column] = 3 * k + 2
    numbers[8:20, 18:23] = 2  # up to the next one
    numbers[30:31, 4:18] = 0  # cuts number 20
    return numbers


def read(data: bytes, size: tuple[int, int] = SIZE, classes: int = 2) -> LoadedMask:
    mask = load_mask(data, size, classes)
    assert mask.classes.dtype == np.uint8 and mask.classes.shape == size
    return mask


def said(mask: LoadedMask) -> list[str]:
    return [str(note) for note in mask.notes]


def refusal(data: bytes, size: tuple[int, int] = SIZE, classes: int = 2) -> str:
    with pytest.raises(MaskError) as caught:
        load_mask(data, size, classes)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# --- two values ---


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "GIF"])
@pytest.mark.parametrize(("background", "foreground"), [(0, 255), (0, 1), (64, 128), (1, 2)])
def test_two_grey_values_are_background_and_foreground(kind: str, background: int, foreground: int) -> None:
    mask = read(saved(np.where(DISC, foreground, background).astype(np.uint8), kind))
    assert np.array_equal(mask.classes, TRUTH) and mask.labels is None and mask.every_class
    assert said(mask) == ["The mask has two values: the darker one is background."]


@pytest.mark.parametrize(("options", "kind"), [({}, "PNG"), ({}, "BMP"), ({"lossless": True}, "WEBP")])
def test_two_colours_are_background_and_the_brighter_one(options: dict, kind: str) -> None:
    colours = np.where(DISC[..., None], (255, 200, 0), (90, 0, 60)).astype(np.uint8)
    assert np.array_equal(read(saved(colours, kind, **options), classes=3).classes, TRUTH)
    assert not read(saved(colours, kind, **options), classes=3).every_class


def test_black_and_white_of_one_bit() -> None:
    for kind in ("PNG", "TIFF"):
        assert np.array_equal(read(saved(Image.fromarray(DISC), kind)).classes, TRUTH)
    white_is_zero = tiff(np.where(DISC, 0, 255).astype(np.uint8), photometric="miniswhite")
    assert np.array_equal(read(white_is_zero).classes, TRUTH)


def test_two_values_of_other_kinds() -> None:
    for array in (TRUTH.astype(np.uint16) * 65535, TRUTH.astype(np.float32), TRUTH * np.float64(0.25),
                  TRUTH.astype(np.int16) - 1, TRUTH.astype(np.uint32) * 2**31):  # fmt: skip
        assert np.array_equal(read(tiff(array)).classes, TRUTH)


@pytest.mark.parametrize(("value", "word"), [(0, "background"), (1, "foreground"), (255, "foreground")])
def test_one_value_is_nothing_or_everything(value: int, word: str) -> None:
    mask = read(saved(np.full(SIZE, value, np.uint8), "PNG"))
    assert (mask.classes == (word == "foreground")).all()
    assert said(mask) == [f"The mask has one value only: all of it is {word}."]


def test_a_palette_of_two_colours_goes_by_what_it_looks_like() -> None:
    upside_down = indexed_png(1 - TRUTH, [(255, 255, 255), (0, 0, 0)])  # 0 is white
    assert np.array_equal(read(upside_down).classes, TRUTH)
    assert np.array_equal(read(indexed_png(TRUTH, [(9, 9, 9), (9, 9, 9)])).classes, TRUTH)  # it looks like nothing


# --- classes ---


@pytest.mark.parametrize("kind", ["PNG", "GIF", "BMP"])
def test_an_indexed_mask_has_its_indices(kind: str) -> None:
    image = Image.frombytes("P", SIZE[::-1], THREE.tobytes())
    image.putpalette(np.array(VOC, np.uint8).tobytes())
    for classes in (3, 4):
        mask = read(saved(image, kind), classes=classes)
        assert np.array_equal(mask.classes, THREE) and mask.every_class and mask.labels is None and said(mask) == []


def test_the_order_of_a_palette_of_many_counts_and_not_its_brightness() -> None:
    assert np.array_equal(
        read(indexed_png(THREE, [(255, 255, 255), (99, 99, 99), (0, 0, 0)]), classes=3).classes, THREE
    )


def test_a_palette_with_a_transparent_entry_is_still_one() -> None:
    image = Image.open(io.BytesIO(indexed_png(THREE, VOC[:3])))
    assert np.array_equal(read(saved(image, "PNG", transparency=0), classes=3).classes, THREE)


def test_a_palette_that_is_too_short_is_no_reason_to_fail() -> None:
    data = png(THREE, 4, 3, chunk(b"PLTE", bytes(3)))
    assert np.array_equal(read(data, classes=3).classes, THREE)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_grey_values_that_are_class_numbers(dtype: type) -> None:
    mask = read(tiff(THREE.astype(dtype)), classes=4)
    assert np.array_equal(mask.classes, THREE) and mask.every_class


def test_as_many_grey_values_as_classes_are_they_by_brightness() -> None:
    mask = read(saved(THREE * 127, "PNG"), classes=3)
    assert np.array_equal(mask.classes, THREE) and mask.every_class
    assert said(mask) == ["The 3 grey values of the mask are its classes, the darkest is background."]


def test_the_masks_of_this_app_come_back_in_colours_too() -> None:
    colours = np.array(palette(4), np.uint8)[THREE]
    mask = read(encode_png(colours), classes=4)
    assert np.array_equal(mask.classes, THREE) and mask.every_class and said(mask) == []
    assert np.array_equal(read(indexed_png(THREE, palette(4)), classes=4).classes, THREE)


# --- objects ---


@pytest.mark.parametrize("save", [lambda array: saved(array.astype(np.uint16), "PNG"),
                                  lambda array: tiff(array.astype(np.uint16)), lambda array: tiff(array),
                                  lambda array: saved((array // 3 + (array > 0)).astype(np.uint8), "PNG")])  # fmt: skip
@pytest.mark.parametrize("classes", [2, 3])
def test_numbered_objects(save, classes: int) -> None:
    numbers = objects()
    mask = read(save(numbers), numbers.shape, classes)
    assert np.array_equal(mask.classes, numbers > 0) and not mask.every_class
    assert mask.labels.dtype == np.int32 and sorted(np.unique(mask.labels)) == list(range(13))
    for number in np.unique(mask.labels):
        assert len(np.unique(numbers[mask.labels == number])) == 1  # the same objects, with numbers without gaps
    assert said(mask)[-1] == "The values of the mask were read as numbers of 12 objects, 0 is background."


def test_two_objects_of_16_bits_are_no_classes() -> None:
    numbers = objects(2)
    mask = read(tiff(np.minimum(numbers, 2).astype(np.uint16) // 2 + (numbers == 5)), numbers.shape, 3)
    assert mask.labels is not None and mask.labels.max() == 2 and not mask.every_class


def test_objects_of_the_data_that_ship_are_the_same() -> None:
    truth = pebbles.photo(1).instances
    mask = read((pebbles.FOLDER / "1_mask.png").read_bytes(), truth.shape)
    pairs = {(int(a), int(b)) for a, b in zip(truth.ravel(), mask.labels.ravel(), strict=True)}
    assert len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs}) and (0, 0) in pairs


def test_16_bits_of_a_camera_are_no_objects() -> None:
    photo = (gaussian_filter(RNG.random(SIZE), 2) * 4000).astype(np.uint16)
    assert label(photo)[1] == 1
    assert "different colours, and 2 at most can be told apart here" in refusal(saved(photo, "PNG"))


# --- transparency ---


def test_what_is_painted_on_nothing_is_foreground() -> None:
    painted = np.dstack([np.full((*SIZE, 3), 7, np.uint8), 255 * TRUTH])
    for data in (saved(painted, "PNG"), saved(np.dstack([painted[..., 0], 255 * TRUTH]), "PNG")):
        mask = read(data)
        assert np.array_equal(mask.classes, TRUTH) and said(mask) == [
            "The transparent parts of the mask are background."
        ]
    assert not read(saved(np.zeros((*SIZE, 4), np.uint8), "PNG")).classes.any()


def test_several_colours_on_nothing_are_refused() -> None:
    painted = np.dstack([THREE * 60] * 3 + [255 * TRUTH])
    assert refusal(saved(painted, "PNG")) == (
        "this mask has transparent parts and several colours: save it without transparency"
    )


# --- what is refused ---


def test_another_size_is_refused_with_both() -> None:
    assert refusal(saved(TRUTH, "PNG"), (56, 40)) == (
        "this mask has 40 × 56 pixels and the image has 56 × 40: save it in the size of the image, without smoothing"
    )


def test_a_mask_that_lies_on_its_side_is_turned() -> None:
    exif = Image.Exif()
    exif[274] = 6  # turn it right when it is shown
    assert np.array_equal(read(saved(np.rot90(TRUTH), "PNG", exif=exif.tobytes())).classes, TRUTH)


@pytest.mark.parametrize(("kind", "options"), [("JPEG", {}), ("AVIF", {"quality": 60}), ("WEBP", {"quality": 60})])
def test_noise_of_compression_is_refused_with_the_reason(kind: str, options: dict) -> None:
    colours = np.where(DISC[..., None], (250, 120, 20), (0, 0, 0)).astype(np.uint8)
    text = refusal(saved(colours, kind, **options))
    assert f"different colours, because {kind} changes colours to save space: save it as PNG" in text
    assert int(text.split()[3]) > 2


def test_smooth_edges_are_refused_with_the_number_of_colours() -> None:
    smooth = np.round(255 * gaussian_filter(TRUTH.astype(float), 1)).astype(np.uint8)
    count = len(np.unique(smooth))
    assert refusal(saved(smooth, "PNG")) == (
        f"this mask has {count:,} different colours, and 2 at most can be told apart here: save it as PNG without "
        "smooth edges (no anti-aliasing), with one value for each class, 0 for the background"
    )


def test_grey_levels_are_no_numbers_of_objects() -> None:
    assert "has 3 different colours, and 2 at most can be told apart" in refusal(saved(THREE * 127, "PNG"))


def test_many_colours_are_counted() -> None:
    noise = RNG.integers(0, 256, (*SIZE, 3), dtype=np.uint8)
    count = len({tuple(pixel) for pixel in noise.reshape(-1, 3).tolist()})
    assert f"has {count:,} different colours, and 5 at most" in refusal(saved(noise, "PNG"), classes=5)


def test_three_colours_that_nobody_knows_are_refused() -> None:
    assert "3 different colours" in refusal(saved(np.array(VOC, np.uint8)[THREE], "PNG"), classes=3)


def test_values_that_don_t_say_which_class_are_refused() -> None:
    assert refusal(saved(THREE * 100, "PNG"), classes=4) == (
        "this mask has 3 values up to 200, which don't say which of 4 classes they are: save it with the values 0 to "
        "3, or with two values for background and foreground"
    )


@pytest.mark.parametrize(("array", "words"), [
    (np.linspace(0, 1, SIZE[0] * SIZE[1]).reshape(SIZE), "as probabilities are: choose a threshold"),
    (np.where(DISC, np.nan, 1), "holds values that are no numbers"),
    (np.where(DISC, np.inf, 1).astype(np.float32), "holds values that are no numbers"),
    (np.where(DISC, 1e300, 0.5), ""),
    (THREE.astype(np.int16) - 1, "different colours"),
    (np.dstack([THREE, TRUTH, TRUTH]).astype(np.uint32), "colours of more than 16 bits"),
    (np.dstack([THREE, TRUTH, TRUTH]).astype(np.float32), "colours of more than 16 bits"),
])  # fmt: skip
def test_numbers_that_are_no_mask(array: np.ndarray, words: str) -> None:
    data = tiff(array, photometric="rgb" if array.ndim == 3 else "minisblack")
    if words:
        assert words in refusal(data)
    else:
        assert np.array_equal(read(data).classes, TRUTH)  # two numbers, whatever they are


@pytest.mark.parametrize("data", [b"", b"no image", b"%PDF-1.7", saved(TRUTH, "PNG")[:70]])
def test_what_is_no_image_is_refused_as_an_image_is(data: bytes) -> None:
    with pytest.raises(ImageError):
        load_mask(data, SIZE)


def test_a_mask_is_bounded_like_an_image() -> None:
    with pytest.raises(ImageError, match="accepted are at most"):
        load_mask(saved(TRUTH, "PNG"), SIZE, bounds=limits.Bounds(pixels=1000))


def test_the_first_page_is_read_and_said_so() -> None:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, np.stack([TRUTH, 1 - TRUTH]), photometric="minisblack")
    mask = read(buffer.getvalue())
    assert np.array_equal(mask.classes, TRUTH) and "Page 1 of 2 is shown." in said(mask)
