"""Which file is an image, which its truth, and which belong together: by folders and names, as data sets are kept.

A truth lies in a folder like "masks", "labels" or "SegmentationClass", or is called like "cat_mask.png" or "cat.json",
or is the PNG beside a JPEG of its name. Everything else is an image.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import PurePosixPath

from unet_core.data.own.archive import DRAWN, File
from unet_core.data.samples import DataError

FOLDERS = {"mask", "masks", "label", "labels", "annotation", "annotations", "annot", "gt", "groundtruth", "truth",
           "segmentation", "segmentations", "segmentationclass", "segmentationclasspng", "target",
           "targets"}  # fmt: skip
MARKS = r"(?:mask|masks|label|labels|gt|truth|groundtruth|seg|segmentation|annotation)"
ENDING, BEGINNING = re.compile(rf"[ _.-]+{MARKS}$"), re.compile(rf"^{MARKS}[ _.-]+")
IMAGE_MARK = re.compile(r"[ _.-]+(?:image|img|rgb|photo)$|^(?:image|img|photo)[ _.-]+(?=.*[a-z])")


@dataclass(frozen=True)
class Couple:
    """An image and the file of its truth, a mask or a drawing."""

    image: File
    truth: File


def couples(found: list[File]) -> list[Couple]:
    """Each image with its truth, in the order of the images. Raises DataError where one has no other."""
    images, truths = _by_name(found) if any(map(_marked, found)) else _by_kind(found)
    if not images:
        raise DataError("there is no image in this ZIP: put PNG or JPEG images into it, each with a mask of its name")
    _check(images, truths)
    return [Couple(images[key], truths[key]) for key in images]


def _by_name(found: list[File]) -> tuple[dict[str, File], dict[str, File]]:
    images: dict[str, File] = {}
    truths: dict[str, File] = {}
    for file in found:
        marked = _marked(file)
        _put(truths if marked else images, _key(file.path, marked), file)
    return images, truths


def _marked(file: File) -> bool:
    """Whether a name or a folder says that it is a truth."""
    path = PurePosixPath(file.path.lower())
    folders = {re.sub(r"[^a-z]", "", folder) for folder in path.parts[:-1]}
    return path.suffix == DRAWN or bool(folders & FOLDERS or ENDING.search(path.stem) or BEGINNING.search(path.stem))


def _key(path: str, truth: bool) -> str:
    """What an image and its truth have in common."""
    stem = PurePosixPath(path.lower()).stem
    if truth:
        return BEGINNING.sub("", ENDING.sub("", stem))
    return IMAGE_MARK.sub("", stem)


def _put(where: dict[str, File], key: str, file: File) -> None:
    if key in where:
        raise DataError("{one} and {other} have the same name, so nobody knows which belongs to what: give each image "
                        "a name of its own", one=where[key].name, other=file.name)  # fmt: skip
    where[key] = file


def _by_kind(found: list[File]) -> tuple[dict[str, File], dict[str, File]]:
    """Where no name tells: a PNG beside a JPEG is its truth."""
    by_stem: dict[str, list[File]] = defaultdict(list)
    for file in found:
        by_stem[PurePosixPath(file.path.lower()).stem].append(file)
    images: dict[str, File] = {}
    truths: dict[str, File] = {}
    for stem, group in by_stem.items():
        for file in group:
            png = file.path.lower().endswith(".png")
            _put(truths if png and len(group) == 2 else images, stem, file)
    return images, truths


def _check(images: dict[str, File], truths: dict[str, File]) -> None:
    lonely = [file for key, file in images.items() if key not in truths]
    if lonely:
        raise DataError(
            "{count} of {images} images have no mask, the first is {name}: put {wanted} into the ZIP, or take the "
            "image out", count=len(lonely), images=len(images), name=lonely[0].name,
            wanted=f"{PurePosixPath(lonely[0].path).stem}_mask.png"[-60:],
        )  # fmt: skip
    lonely = [file for key, file in truths.items() if key not in images]
    if lonely:
        raise DataError("{count} of {masks} masks have no image, the first is {name}: put its image into the ZIP, "
                        "under the same name, or take the mask out", count=len(lonely), masks=len(truths),
                        name=lonely[0].name)  # fmt: skip
