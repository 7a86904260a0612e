"""`segment`: image files and folders -> a mask for each, by a trained network."""

import json
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from math import isfinite
from pathlib import Path
from typing import Any, Protocol

import click
import torch

from unet_core.checkpoint import load
from unet_core.commands.group import FAILED, INTERRUPTED, Refusal
from unet_core.commands.masks import Masks
from unet_core.commands.model import folder_of
from unet_core.commands.targets import Target, targets
from unet_core.device import choose_device
from unet_core.images import Bounds
from unet_core.images.limits import BYTES_PER_PIXEL
from unet_core.machine import spare_memory
from unet_core.messages import ExplainedError
from unet_core.tiles.grid import check_stride

PARTS = 1000  # of an image on the progress bar
CLEAR = "\r\x1b[K"  # takes the progress bar's line away
FAILURES = (ExplainedError, OSError, MemoryError, torch.OutOfMemoryError)  # of one image: the others are still done


class Bar(Protocol):
    """What of click's progress bar is used here."""

    def update(self, n_steps: int) -> None: ...


@click.command("segment")
@click.argument("images", nargs=-1, required=True, metavar="IN...", type=click.Path(exists=True, path_type=Path))
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder for masks.")
@click.option("--model", default="nuclei-unet", show_default=True, metavar="NAME",
              help="A trained model: one that ships, or a folder with its card.")  # fmt: skip
@click.option("--threshold", default=0.5, show_default=True, help="On P(foreground), 0 to 1.")
@click.option("--overlay", "with_overlay", is_flag=True, help="Also write the image with its mask laid over it.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or mps.")
@click.option("--tile", "stride", type=int, help="Largest side of a tile in pixels, where memory is short.")
@click.option("--megapixels", type=float, help="Largest image, in million pixels (what memory holds).")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line on stdout for every image.")
def segment(
    images: tuple[Path, ...], out: Path, model: str, threshold: float, with_overlay: bool, device: str,
    stride: int | None, megapixels: float | None, as_json: bool,
) -> None:  # fmt: skip
    """Write a mask for every image in IN..., files or folders of any size, into the folder OUT.

    A mask is a PNG whose pixel values are the classes, 0 the background. That of a.jpg is a.mask.png, or a.jpg.mask.png
    where there is an a.png too; folders keep their inner structure. A large image is cut into tiles, and the mask is
    the same as in one piece. Exit code 1 says that some images have failed, each with its reason on stderr, while the
    others were done.
    """
    _check_share("--threshold", threshold, 1)
    trained, card = load(folder_of(model))
    if stride is not None:
        check_stride(card.config, stride)
    masks = Masks(trained, card, choose_device(device), threshold, with_overlay, _bounds(megapixels), stride)
    wanted = targets(images, out)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refusal(f"{out} can't be made: {_sentence(error)}") from error
    _run(masks, wanted, as_json)


def _run(masks: Masks, wanted: Sequence[Target], as_json: bool) -> None:
    """Make one mask after another; leave with the exit code where one failed or Ctrl-C came."""
    finished, failed = 0, 0
    try:
        with _progress(len(wanted)) as bar:
            for target in wanted:
                told = _made(masks, target, bar)
                failed += "error" in told
                finished += "error" not in told
                _say(told, as_json)
    except KeyboardInterrupt:
        click.echo(f"Stopped: {finished} of {len(wanted)} masks are written, each whole.", err=True)
        sys.exit(INTERRUPTED)
    if failed:
        click.echo(f"{failed} of {len(wanted)} images have failed.", err=True)
        sys.exit(FAILED)


def _made(masks: Masks, target: Target, bar: Bar) -> dict[str, Any]:
    """What is to be told of one image; its `error` where there is no mask."""
    drawn = 0

    def done(share: float) -> None:
        nonlocal drawn
        bar.update(int(share * PARTS) - drawn)
        drawn = int(share * PARTS)

    try:
        told = masks.make(target, done)
    except FAILURES as error:
        told = {"image": str(target.image), "error": _sentence(error)}
    done(1)
    return told


def _sentence(error: BaseException) -> str:
    """One line, whatever it was."""
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return "there is not enough memory for it: try a smaller --tile, or save the image smaller"
    return " ".join(str(error).split())


def _say(told: dict[str, Any], as_json: bool) -> None:
    if _is_terminal():
        click.echo(CLEAR, err=True, nl=False)
    if "error" in told:
        click.echo(f"{told['image']}: {told['error']}", err=True)
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
    elif "error" not in told:
        click.echo(f"{told['image']} -> {told['mask']}  {told['height']} x {told['width']} pixels, "
                   f"{100 * told['foreground']:.2f} % foreground")  # fmt: skip


def _progress(images: int) -> AbstractContextManager[Bar]:
    """A bar on stderr, for a person; a script gets none."""
    return click.progressbar(length=images * PARTS, label=f"{images} images", file=sys.stderr,
                             hidden=not _is_terminal())  # fmt: skip


def _is_terminal() -> bool:
    return sys.stderr.isatty()


def _bounds(megapixels: float | None) -> Bounds:
    """What may be read: up to what memory holds, or openly as much as was asked for."""
    if megapixels is None:
        return Bounds.within(spare_memory())
    _check_share("--megapixels", megapixels, 10**6)
    return Bounds.within(int(megapixels * 10**6) * BYTES_PER_PIXEL)


def _check_share(name: str, value: float, most: float) -> None:
    if not (isfinite(value) and 0 <= value <= most):
        raise click.BadParameter(f"{value} is not between 0 and {most}", param_hint=name)
