"""What the networks say of an image: computed in turns, tile by tile, and kept for a while for everybody."""

from collections.abc import Callable
from typing import Any

from ui.kept import kept
from ui.models import model, weights_digest
from ui.segment_state import image_key
from ui.turns import pass_on, turn
from unet_core.answer import answer as computed
from unet_core.images import LoadedImage
from unet_core.segment import Segmentation

Progress = Callable[[int, int], object]  # tiles that are done, and how many there are


def answer_key(image: LoadedImage, name: str, marked: float | None = None) -> str:
    """What tells an answer from every other: image and page, network and weights, and the mark that sets the scale."""
    return f"{image_key(image)}/{name}/{weights_digest(name)}/{marked}"


@kept(768, key=lambda image, name, marked=None, progress=None: answer_key(image, name, marked))
def answer(
    image: LoadedImage, name: str, marked: float | None = None, progress: Progress | None = None
) -> Segmentation:  # fmt: skip
    """The probabilities of every class. Raises as `unet_core.answer`. Who waits for another visitor sees no progress.

    `marked`, in pixels of the image, is the diameter of a typical object.
    """

    def between(done: int, of: int) -> None:
        if progress is not None:
            progress(done, of)
        pass_on()

    network, card = model(name)
    with turn():
        return computed(network, card, image.pixels, marked, on_progress=between)


def is_kept(image: LoadedImage, name: str, marked: float | None = None) -> bool:
    """Whether `answer` has it ready."""
    kept_now: Any = answer  # what cachetools adds to a function is in no type
    with kept_now.cache_condition:
        return answer_key(image, name, marked) in kept_now.cache
