"""A file that is written whole or not at all, whatever interrupts."""

import os
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Write `content` to `path`, making its folder; a file that was there stays as it is until the new one is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with half.open("xb") as file:
            file.write(content)
        os.replace(half, path)
    finally:
        half.unlink(missing_ok=True)
