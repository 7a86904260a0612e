"""Which file the mask of each image goes to, decided before anything is written.

No target is an input, and no two images share one: images that differ in their ending only keep it in the names of
their masks, and what is still the same is numbered. A folder keeps its inner structure.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path

from unet_core.messages import ExplainedError

ENDINGS = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".gif", ".bmp", ".webp", ".avif")  # looked for in folders
MASK, OVERLAY = ".mask.png", ".overlay.png"


@dataclass(frozen=True)
class Target:
    """An image, and where its mask and its overlay are written."""

    image: Path
    mask: Path
    overlay: Path


def targets(inputs: Sequence[Path], out: Path) -> list[Target]:
    """One for every image among the files and in the folders of `inputs`, each once, under the folder `out`.

    Named files are taken as they are; in folders what ends like an image counts, but for masks and overlays of ours.
    ExplainedError where there is none.
    """
    images: dict[Path, tuple[Path, Path]] = {}
    for path, inside in _images(inputs):
        images.setdefault(path.resolve(), (path, inside))
    if not images:
        raise ExplainedError("there is no image in {folders}: files that end in {endings} are looked for",
                             folders=", ".join(map(str, inputs))[:200], endings=", ".join(ENDINGS))  # fmt: skip
    plain = Counter(_same(out / inside / path.stem) for path, inside in images.values())
    taken = {_same(path) for path in images}
    found = []
    for path, inside in images.values():
        name = path.stem if plain[_same(out / inside / path.stem)] == 1 else path.name
        target = next(each for each in _candidates(path, out / inside, name)
                      if not {_same(each.mask), _same(each.overlay)} & taken)  # fmt: skip
        taken |= {_same(target.mask), _same(target.overlay)}
        found.append(target)
    return found


def _images(inputs: Sequence[Path]) -> Iterator[tuple[Path, Path]]:
    """Every image, and the folder under OUT that its mask goes to."""
    for given in inputs:
        if not given.is_dir():
            yield given, Path()
            continue
        for path in sorted(given.rglob("*")):
            inside = path.relative_to(given)
            hidden = any(part.startswith(".") for part in inside.parts)
            ours = path.name.lower().endswith((MASK, OVERLAY))
            if path.suffix.lower() in ENDINGS and path.is_file() and not hidden and not ours:
                yield path, inside.parent


def _candidates(image: Path, folder: Path, name: str) -> Iterator[Target]:
    """a.mask.png, then a-2.mask.png, a-3.mask.png, ..."""
    for free in chain((name,), (f"{name}-{number}" for number in count(2))):
        yield Target(image, folder / (free + MASK), folder / (free + OVERLAY))


def _same(path: Path) -> str:
    """Equal for two paths that may be one file: some systems take capitals for small letters."""
    return str(path.resolve()).casefold()
