"""A visitor's ZIP: every usual way to keep masks is read back to what was meant; all else is one sentence."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from unet_core.data.own import archive as archive_module
from unet_core.data.own import load_own
from unet_core.data.own.archive import File
from unet_core.data.own.pairing import couples
from unet_core.data.own.reduced import reduced_mask
from unet_core.data.samples import DataError
from unet_core.images import indexed_png

SIDE = 40
Y, X = np.mgrid[:SIDE, :SIDE]
Bytes = NDArray[np.uint8]


def picture(number: int, colour: bool = False) -> Bytes:
    grey = ((Y * 3 + X * number) % 200).astype(np.uint8)
    return np.stack([grey, grey // 2, 255 - grey], axis=-1) if colour else grey


def truth(number: int) -> Bytes:
    """0, 1 and 2: a square that moves with a smaller one in it."""
    classes = np.zeros((SIDE, SIDE), np.uint8)
    classes[4 + number : 20 + number, 6:26] = 1
    classes[8 + number : 14 + number, 10:20] = 2
    return classes


def png(pixels: Bytes) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def zipped(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return buffer.getvalue()


def a_set(mask: Callable[[int], bytes] = lambda n: png(truth(n)), count: int = 6, image: str = "images/{}.png",
          name: str = "masks/{}.png", **more: bytes) -> bytes:  # fmt: skip
    pairs = {image.format(n): png(picture(n)) for n in range(count)}
    return zipped(pairs | {name.format(n): mask(n) for n in range(count)} | more)


def refusal(data: bytes) -> str:
    with pytest.raises(DataError) as caught:
        load_own(data)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def check_truths(data: bytes, scale: Callable[[Bytes], Bytes] = lambda mask: mask) -> None:
    found = load_own(data).data
    for sample in (*found.training, *found.validation):
        number = int("".join(filter(str.isdigit, sample.name.rpartition("/")[2])))
        assert np.array_equal(sample.classes, scale(truth(number))), sample.name


@pytest.mark.parametrize(
    ("image", "name"),
    [("images/{}.png", "masks/{}.png"), ("JPEGImages/{}.png", "SegmentationClass/{}.png"), ("{}.png", "{}_mask.png"),
     ("data/{}_image.png", "data/{}-label.png"), ("a/b/{}.PNG", "a/Ground Truth/{}.png"), ("{}.bmp", "mask_{}.png")],
)  # fmt: skip
def test_images_and_masks_find_each_other(image: str, name: str) -> None:
    check_truths(a_set(image=image, name=name))


def test_a_png_beside_a_jpeg_is_its_truth() -> None:
    def jpeg(number: int) -> bytes:
        buffer = io.BytesIO()
        Image.fromarray(picture(number, colour=True)).save(buffer, "JPEG")
        return buffer.getvalue()

    files = {f"{n}.jpg": jpeg(n) for n in range(4)} | {f"{n}.png": png(truth(n)) for n in range(4)}
    check_truths(zipped(files))
    assert load_own(zipped(files)).data.training[0].image.shape == (SIDE, SIDE, 3)


def test_indices_grey_levels_and_colours_say_the_same() -> None:
    colours = np.array([(0, 0, 0), (128, 0, 0), (0, 128, 0)], np.uint8)
    check_truths(a_set(lambda n: indexed_png(truth(n), colours)))
    check_truths(a_set(lambda n: png(truth(n) * 100)))
    swapped = np.array([0, 2, 1], np.uint8)  # by their numbers as 0xRRGGBB green comes before red
    check_truths(a_set(lambda n: png(colours[truth(n)])), lambda mask: swapped[mask])
    check_truths(a_set(lambda n: png((truth(n) > 0).astype(np.uint8) * 255)), lambda mask: (mask > 0).astype(np.uint8))


def test_the_void_line_of_voc_is_background_and_said_to_be() -> None:
    def with_line(number: int) -> bytes:
        mask = truth(number)
        mask[0] = 255
        return indexed_png(mask, np.zeros((256, 3), np.uint8))

    found = load_own(a_set(with_line))
    assert len(found.data.classes) == 3 and "255" in str(found.notes[0])
    check_truths(a_set(with_line))


def shape(label: str, points: list[list[float]], kind: str = "polygon") -> dict[str, object]:
    return {"label": label, "points": points, "shape_type": kind}


def labelme(shapes: list[dict[str, object]], size: tuple[int, int] = (SIDE, SIDE)) -> bytes:
    return json.dumps({"shapes": shapes, "imageHeight": size[0], "imageWidth": size[1]}).encode()


def outlines(number: int) -> bytes:
    top = 4.0 + number
    return labelme([shape("pot", [[6, top], [26, top], [26, top + 16], [6, top + 16]]),
                    shape("lid", [[10, top + 4], [20, top + 10]], "rectangle")])  # fmt: skip


def test_outlines_of_labelme_are_filled_to_within_their_edge() -> None:
    found = load_own(a_set(outlines, name="{}.json")).data
    assert found.classes == ("background", "lid", "pot")  # by the alphabet, so that files may come in any order
    for sample in found.training:
        meant = np.array([0, 2, 1], np.uint8)[truth(int(sample.name[7]))]
        assert (sample.classes != meant).sum() <= 80  # the square's edge is 72 pixels, the rectangle's 32
        assert (sample.classes == 0).sum() > 1100


@pytest.mark.parametrize(
    ("shapes", "said"),
    [
        ([shape("", [[0, 0], [9, 0], [9, 9]])], "without a label"),
        ([shape("a", [[0, 0], [9, 0]])], "fewer than 3 points"),
        ([shape("a", [[0, 0], [9, 0], [float("nan"), 9]])], "no point"),
        ([shape("a", [[0, 0], [9, 0], ["x", 9]])], "no point"),  # type: ignore[list-item]
        ([shape("a", [[0, 0], [9, 0], [9, 9]], "mask")], "polygon, rectangle or circle"),
        ([shape("a", [[900, 900], [909, 900], [909, 909]])], "“a” has no pixel"),
    ],
)
def test_drawings_that_say_nothing_are_refused(shapes: list[dict[str, object]], said: str) -> None:
    assert said in refusal(a_set(lambda n: labelme(shapes), name="{}.json"))


def test_every_refusal_names_the_file_and_the_fix() -> None:
    small = {"images/odd.png": png(picture(1))}
    cases = {
        a_set(count=3): "at least 4 are needed",
        a_set(**small): "images/odd.png: put odd_mask.png into the ZIP",
        a_set(**{"masks/odd.png": png(truth(1))}): "masks/odd.png: put its image into the ZIP",
        a_set(**small, **{"masks/odd.png": png(truth(1)[:-1])}): "masks/odd.png has 39 × 40 pixels and its image",
        a_set(**small, **{"masks/odd.png": png((X * Y % 200).astype(np.uint8))}): "in masks/odd.png, and at most 12",
        a_set(lambda n: png(truth(n) * 0)): "nothing to find",
        a_set(**small, **{"masks/odd.json": outlines(1)}): "masks/odd.json has outlines and masks/",
        a_set(**small, **{"masks/odd.png": b"no picture"}): "masks/odd.png can't be read",
        a_set(**{"more/1.png": png(picture(1))}): "images/1.png and more/1.png have the same name",
        a_set(**{"../x.png": b""}): "../x.png, which leads to a place outside",
        a_set(**{"/etc/x.png": b""}): "/etc/x.png, which leads to a place outside",
        a_set(**{"C:\\x.png": b""}): "which leads to a place outside",
        zipped({"read.me": b"nothing here"}): "there is no image in this ZIP",
        b"no archive": "no ZIP that can be read",
        a_set()[:-30]: "no ZIP that can be read",
        b"": "no ZIP that can be read",
        a_set(outlines, name="{}.json", **small, **{"odd.json": b"[1, 2"}): "odd.json is no JSON",
    }
    for data, said in cases.items():
        assert said in refusal(data)
    narrow = {f"images/{n}.png": png(picture(n)[:20]) for n in range(5)}
    assert "images/0.png has 20 × 40 pixels; at least 32" in refusal(
        zipped(narrow | {f"masks/{n}.png": png(truth(n)[:20]) for n in range(5)})
    )


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = zipped({"a.png": bytes(2000)}), zipped({"a.png": bytes(900), "b.png": bytes(900)})
    many = zipped({f"{n}.txt": b"" for n in range(4)})
    monkeypatch.setattr(archive_module, "MOST_OF_ONE", 1000)
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: pytest.fail("it was unpacked"))
    assert "a.png has" in refusal(one)
    monkeypatch.setattr(archive_module, "MOST_UNPACKED", 1500)
    assert "unpacked and at most" in refusal(two)
    monkeypatch.setattr(archive_module, "MOST_FILES", 3)
    assert "holds 4 files" in refusal(many)


def test_what_a_system_leaves_behind_is_no_image() -> None:
    check_truths(a_set(**{"__MACOSX/images/._0.png": b"x", ".DS_Store.png": b"x", "notes.txt": b"x"}))


def test_a_class_of_one_image_is_learned_from_and_the_split_is_by_image() -> None:
    def mask(number: int) -> bytes:
        classes = truth(number)
        if number == 3:
            classes[30:36, 30:36] = 3
        return png(classes)

    found = load_own(a_set(mask, count=10)).data
    assert (len(found.training), len(found.validation)) == (8, 2)
    assert not {sample.name for sample in found.training} & {sample.name for sample in found.validation}
    assert any((sample.classes == 3).any() for sample in found.training)
    again = load_own(a_set(mask, count=10)).data
    assert [one.name for one in again.validation] == [one.name for one in found.validation]
    assert found.open_test() == ()


def test_large_images_are_reduced_with_their_masks() -> None:
    big = np.kron(truth(3), np.ones((20, 20), np.uint8))  # 800 x 800
    files = {f"images/{n}.png": png(np.kron(picture(n), np.ones((20, 20), np.uint8))) for n in range(4)}
    found = load_own(zipped(files | {f"masks/{n}.png": png(big) for n in range(4)}))
    sample = found.data.training[0]
    assert sample.classes.shape == (512, 512) == sample.image.shape[:2] and "4 of 4" in str(found.notes[0])
    assert np.array_equal(np.bincount(sample.classes.ravel()) > 0, [True] * 3)
    shares = [np.bincount(one.ravel()) / one.size for one in (sample.classes, big)]
    assert np.allclose(*shares, atol=0.01)
    assert np.array_equal(reduced_mask(truth(1)), truth(1))


def test_an_image_of_one_word_keeps_its_name() -> None:
    found = couples([File("mask.png", b""), File("photo_mask.png", b""), File("photo.png", b"")][1:])
    assert [(one.image.path, one.truth.path) for one in found] == [("photo.png", "photo_mask.png")]


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_any_bytes_give_a_data_set_or_one_sentence(data: st.DataObject) -> None:
    whole = bytearray(a_set(count=4) if data.draw(st.booleans()) else a_set(outlines, 4, name="{}.json"))
    kind = data.draw(st.sampled_from(["bytes", "flip", "cut", "member"]))
    if kind == "bytes":
        whole = bytearray(data.draw(st.binary(max_size=300)))
    elif kind == "flip":
        for _ in range(data.draw(st.integers(1, 6))):
            whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    elif kind == "cut":
        whole = whole[: data.draw(st.integers(0, len(whole)))]
    else:
        name = data.draw(st.sampled_from(["masks/0.png", "0.json", "images/0.png", "x_mask.png", "../0.png"]))
        whole = bytearray(a_set(count=4, **{name: data.draw(st.binary(max_size=200))}))
    try:
        load_own(bytes(whole))
    except DataError as error:
        assert "\n" not in str(error) and len(str(error)) < 500
