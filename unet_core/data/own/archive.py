"""A visitor's ZIP, which nobody trusts: its files by name, bounded before anything is unpacked, written nowhere."""

import io
import lzma
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from unet_core.data.samples import DataError

MOST_BYTES = 64 * 2**20  # of the ZIP
MOST_FILES = 1000
MOST_UNPACKED = 512 * 2**20  # bytes of all files together
MOST_OF_ONE = 64 * 2**20
PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp", ".avif")
DRAWN = ".json"  # polygons of labelme
SHOWN = 60  # letters of a stranger's file name
# What the reader raises on damaged archives, of which its documentation names only the first.
DAMAGED = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, lzma.LZMAError, struct.error, OSError, EOFError,
            ValueError, RuntimeError, NotImplementedError, LookupError, OverflowError, MemoryError)  # fmt: skip


@dataclass(frozen=True)
class File:
    """One file of the ZIP: `path` as it stands there, with "/" between folders."""

    path: str
    data: bytes

    @property
    def name(self) -> str:
        """What a sentence calls it."""
        return shown(self.path)


def shown(path: str) -> str:
    """The end of a path, for a sentence."""
    return path if len(path) <= SHOWN else "…" + path[-SHOWN:]


def files(data: bytes) -> list[File]:
    """Pictures and drawings in a ZIP, by path. Other files are left alone. Raises DataError."""
    if len(data) > MOST_BYTES:
        raise DataError("this ZIP has {size:,.0f} MB and at most {most} MB are taken: put fewer or smaller images into "
                        "it", size=len(data) / 2**20, most=MOST_BYTES // 2**20)  # fmt: skip
    with _reading(), zipfile.ZipFile(io.BytesIO(data)) as archive:
        wanted = [info for info in _checked(archive.infolist()) if _counts(info.filename)]
        _check_sizes(wanted)
        return sorted((File(info.filename, _read(archive, info)) for info in wanted), key=lambda file: file.path)


@contextmanager
def _reading() -> Iterator[None]:
    try:
        yield
    except DataError:
        raise
    except DAMAGED as error:
        raise DataError("this is no ZIP that can be read: pack images and masks into one ZIP, without a password, and "
                        "choose that") from error  # fmt: skip


def _checked(found: list[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    """Files, no folders; refused where one of them is not what a ZIP of pictures holds."""
    if len(found) > MOST_FILES:
        raise DataError("this ZIP holds {count:,} files and at most {most:,} are taken: put fewer images into it",
                        count=len(found), most=MOST_FILES)  # fmt: skip
    seen: set[str] = set()
    for info in found:
        path = info.filename.replace("\\", "/")
        if path.startswith("/") or ".." in path.split("/") or re.match(r"[A-Za-z]:", path):
            raise DataError("the ZIP holds {name}, which leads to a place outside of it: pack the folder anew",
                            name=shown(path))  # fmt: skip
        if stat.S_ISLNK(info.external_attr >> 16):
            raise DataError("the ZIP holds {name}, which is a link and no file: pack the file itself", name=shown(path))
        if info.flag_bits & 1:
            raise DataError("{name} is locked with a password: pack the folder without one", name=shown(path))
        if path in seen:
            raise DataError("the ZIP holds {name} twice: pack the folder anew", name=shown(path))
        seen.add(path)
        info.filename = path
    return [info for info in found if not info.filename.endswith("/")]


def _counts(path: str) -> bool:
    """Pictures and drawings; not what a system leaves in folders on its own."""
    parts = path.split("/")
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in parts)
    return not hidden and path.lower().endswith((*PICTURES, DRAWN))


def _check_sizes(wanted: list[zipfile.ZipInfo]) -> None:
    """By what the ZIP says of itself; `_read` holds it to that."""
    for info in wanted:
        if info.file_size > MOST_OF_ONE:
            raise DataError("{name} has {size:,.0f} MB unpacked and at most {most} MB are taken: save it smaller",
                            name=shown(info.filename), size=info.file_size / 2**20,
                            most=MOST_OF_ONE // 2**20)  # fmt: skip
    total = sum(info.file_size for info in wanted)
    if total > MOST_UNPACKED:
        raise DataError("this ZIP has {size:,.0f} MB unpacked and at most {most} MB are taken: put fewer or smaller "
                        "images into it", size=total / 2**20, most=MOST_UNPACKED // 2**20)  # fmt: skip


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    with archive.open(info) as file:
        content = file.read(info.file_size + 1)
    if len(content) > info.file_size:
        raise zipfile.BadZipFile
    return content
