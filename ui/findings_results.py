"""The results of the studies as they lie on the disk: read anew only when a file has changed."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from unet_core.messages import ExplainedError
from unet_core.studies import STUDIES
from unet_core.studies.findings import load
from unet_core.studies.results import FOLDER, ResultsError
from unet_core.studies.summary import Summary, summary_file

Stamp = tuple[int, int, int]  # time of the last change in ns, bytes, number of the file: a new file has another


def all_results(folder: Path | None = None) -> tuple[Mapping[str, Summary | None], list[ExplainedError]]:
    """By the names of the studies, None where nothing was measured; and a word about every damaged file.

    A study whose file is damaged is missing, so that nobody takes it for one that was not measured.
    """
    found: dict[str, Summary | None] = {}
    damaged: list[ExplainedError] = []
    for name in STUDIES:
        one = _read(name, folder or FOLDER)
        if isinstance(one, ExplainedError):
            damaged.append(one)
        else:
            found[name] = one
    return found, damaged


def _read(name: str, folder: Path) -> Summary | ResultsError | None:
    return _loaded(name, folder, stamp_of(summary_file(folder, STUDIES[name])))


def stamp_of(path: Path) -> Stamp | None:
    """What changes when a file does; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


@lru_cache(maxsize=4 * len(STUDIES))
def _loaded(name: str, folder: Path, stamp: Stamp | None) -> Summary | ResultsError | None:
    """`stamp` is only there to be another after a change; None where there is no file."""
    try:
        return load(STUDIES[name], folder)
    except ResultsError as error:
        return error
