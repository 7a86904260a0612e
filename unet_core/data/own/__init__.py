"""A visitor's images and masks in a ZIP -> a data set, or one sentence that names the file and the fix.

Whatever the bytes are, the only exception is DataError. Nothing is written to a disk, and everything is bounded: files,
bytes before and after unpacking, pixels, images, classes.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from skimage.measure import label

from unet_core.data.own.archive import File, files
from unet_core.data.own.pairing import couples
from unet_core.data.own.reduced import LONGEST, reduced_image
from unet_core.data.own.truths import MOST_CLASSES, read_truths
from unet_core.data.samples import DataError, DataSet, Sample, object_diameter
from unet_core.images import Bounds, ImageError, load_image
from unet_core.messages import Message

__all__ = ["FEWEST", "MOST_CLASSES", "MOST_IMAGES", "OwnData", "load_own"]
FEWEST, MOST_IMAGES = 4, 100
SMALLEST = 32  # pixels a side
MOST_PIXELS = 200 * 10**6  # of all images together, as they are stored
BOUNDS = Bounds(pixels=24 * 10**6)
SHARE = 0.2  # of the images that are validated on
SEED = 1
NORMALISATION = {"name": "percentile", "low": 1.0, "high": 99.0, "clip": [-1.0, 4.0]}  # of each colour by itself


@dataclass(frozen=True, eq=False)
class OwnData:
    """A data set, and in `notes` what was done to make it one."""

    data: DataSet
    notes: tuple[Message, ...]


def load_own(archive: bytes, seed: int = SEED) -> OwnData:
    """Images and masks, or labelme's outlines, from a ZIP, split by image. Raises DataError."""
    pairs = couples(files(archive))
    if len(pairs) < FEWEST:
        raise DataError("there are {count} images with a mask in this ZIP, and at least {fewest} are needed, so that "
                        "there are some to learn from and one to be judged by: add more", count=len(pairs),
                        fewest=FEWEST)  # fmt: skip
    if len(pairs) > MOST_IMAGES:
        raise DataError("there are {count:,} images in this ZIP, and at most {most} are taken: leave some out",
                        count=len(pairs), most=MOST_IMAGES)  # fmt: skip
    pictures, sizes, notes = _pictures([pair.image for pair in pairs])
    truths = read_truths(pairs, sizes, BOUNDS)
    colours = max(picture.shape[2] for picture in pictures)
    names = [pair.image.name for pair in pairs]
    samples = [_sample(picture, classes, colours, name)
               for picture, classes, name in zip(pictures, truths.classes, names, strict=True)]  # fmt: skip
    learned, chosen = split(samples, seed)
    _check_classes(learned, truths.names)
    about = {"name": "a visitor's own images", "sha256": hashlib.sha256(archive).hexdigest(),
             "licence": "the visitor's", "split": f"by image, drawn with seed {seed}",
             "training": {"images": len(learned)},
             "validation": {"images": len(chosen), "names": [sample.name for sample in chosen]},
             "scale": {"longest_side": LONGEST}}  # fmt: skip
    data = DataSet("own", truths.names, NORMALISATION, tuple(learned), tuple(chosen), lambda: (),
                   object_diameter(learned), about)  # fmt: skip
    return OwnData(data, (*notes, *truths.notes))


def _pictures(images: list[File]) -> tuple[list[NDArray[np.float32]], list[tuple[int, int]], tuple[Message, ...]]:
    """Each at most LONGEST pixels a side, the sizes (height, width) that they had, and what was done."""
    pictures: list[NDArray[np.float32]] = []
    sizes: list[tuple[int, int]] = []
    left, reduced = MOST_PIXELS, 0
    for file in images:
        try:
            pixels = load_image(file.data, bounds=BOUNDS).pixels
        except ImageError as error:
            raise DataError("{file} can't be read: {reason}", file=file.name, reason=error.message) from error
        height, width = pixels.shape[:2]
        left -= height * width
        if left < 0:
            raise DataError("the images have more than {most:,} pixels together: save them smaller, with their masks",
                            most=MOST_PIXELS)  # fmt: skip
        small = reduced_image(pixels)
        if min(small.shape[:2]) < SMALLEST:
            raise DataError("{file} has {height} × {width} pixels; at least {fewest} a side are needed, at most {most} "
                            "on the longer one being kept: cut it less narrow", file=file.name, height=height,
                            width=width, fewest=SMALLEST, most=LONGEST)  # fmt: skip
        reduced += small.shape != pixels.shape
        pictures.append(small)
        sizes.append((height, width))
    note = Message("{count} of {images} images were reduced to {side} pixels on their longer side, with their masks.",
                   {"count": reduced, "images": len(images), "side": LONGEST})  # fmt: skip
    return pictures, sizes, (note,) if reduced else ()


def _sample(picture: NDArray[np.float32], classes: NDArray[np.uint8], colours: int, name: str) -> Sample:
    image = np.ascontiguousarray(np.broadcast_to(picture, (*picture.shape[:2], colours)), np.float32)
    objects = label(classes, connectivity=1)  # type: ignore[no-untyped-call]  # of each class by itself
    return Sample(image.copy(), classes, objects.astype(np.int32), name)


def split(samples: list[Sample], seed: int) -> tuple[list[Sample], list[Sample]]:
    """To learn from, and to choose by: a fifth of the images, drawn by the seed; a class stays in what is learned."""
    there = [set(np.unique(sample.classes).tolist()) for sample in samples]
    counts = {number: sum(number in one for one in there) for number in set().union(*there)}
    wanted, chosen = max(1, round(SHARE * len(samples))), set[int]()
    for index in map(int, np.random.default_rng(seed).permutation(len(samples))):
        if len(chosen) < wanted and all(counts[number] > 1 for number in there[index]):
            chosen.add(index)
            for number in there[index]:
                counts[number] -= 1
    if not chosen:
        raise DataError("each image has a class that no other has, so none can be left out to be judged by: add images")
    return ([sample for index, sample in enumerate(samples) if index not in chosen],
            [sample for index, sample in enumerate(samples) if index in chosen])  # fmt: skip


def _check_classes(learned: list[Sample], names: tuple[str, ...]) -> None:
    for number, name in enumerate(names):
        if number and not any((sample.classes == number).any() for sample in learned):
            raise DataError("the class “{name}” has no pixel left once the images are reduced to {side} pixels: draw "
                            "larger objects, or cut the images smaller", name=name, side=LONGEST)  # fmt: skip
