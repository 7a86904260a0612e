"""The network and the image that an experiment is made on, and the truth where one is known."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ui.models import model
from ui.samples import SAMPLES
from ui.seen import Seen
from ui.uploads import UPLOAD, chosen_name
from unet_core.images import LoadedImage
from unet_core.inside.room import largest_side
from unet_core.inside.subject import Subject, subject
from unet_core.messages import Message
from unet_core.models import NestedUNet, UNet
from unet_core.scale import rescaled
from unet_core.segment import MAX_SIDE, Floats

Size = tuple[int, int]  # height, width


@dataclass(frozen=True, eq=False)
class Brought:
    """An image brought to the scale that the network knows, float32 (H, W, C), and what was done to it."""

    pixels: Floats
    notes: tuple[Message, ...]


def brought(image: LoadedImage, name: str, marked: float | None) -> Brought:
    """The image as it came, or where an object was marked resized by it. Raises ScaleError, SegmentError."""
    scaled = rescaled(image.pixels, marked, model(name)[1])
    if scaled.factor == 1:
        return Brought(scaled.pixels, scaled.notes)
    (height, width), (new_height, new_width) = image.pixels.shape[:2], scaled.pixels.shape[:2]
    return Brought(scaled.pixels, (Message(
        "By the object that was marked, the image was resized by a factor of {factor:.2f} before the experiment, from "
        "{height} × {width} to {new_height} × {new_width} pixels. Pixels are counted in the resized image.",
        {"factor": scaled.factor, "height": height, "width": width, "new_height": new_height, "new_width": new_width},
    ),))  # fmt: skip


def network_of(name: str) -> UNet | NestedUNet:
    """A network of the shelf, as experiments want it."""
    network = model(name)[0]
    assert isinstance(network, UNet | NestedUNet)
    return network


def side_of(name: str, size: Size) -> int:
    """To how many pixels a side an image of `size` is reduced so that the feature maps fit into the memory."""
    return largest_side(model(name)[1].config, size) or MAX_SIDE  # without any room the core says so


def ready(seen: Seen) -> tuple[Subject, tuple[Message, ...]]:
    """Network and image, and what was done to the image on the way, the network's own steps included.

    Raises ScaleError, SegmentError and RoomError as the core does. To be called within a turn.
    """
    found = brought(seen.image, seen.name, seen.marked)
    height, width = found.pixels.shape[:2]
    of = subject(network_of(seen.name), model(seen.name)[1], found.pixels, max_side=side_of(seen.name, (height, width)))
    return of, (*found.notes, *of.notes)


def truth_of(sample: str, size: Size) -> NDArray[Any] | None:
    """The objects that a person has drawn on a sample, as (H, W) of `size`, 0 = background; None where nobody has."""
    known = SAMPLES[sample].truth if sample in SAMPLES else None
    if known is None:
        return None
    objects = known().instances
    if objects.shape == size:
        return objects
    return np.asarray(Image.fromarray(objects).resize(size[::-1], Image.Resampling.NEAREST))


def chosen_truth(size: Size) -> NDArray[Any] | None:
    """The same of the image in use; an upload has none."""
    return None if chosen_name() == UPLOAD else truth_of(chosen_name(), size)
