"""A trained network and an image, made ready once, to be run as often as an experiment wants."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from unet_core.checkpoint import Card
from unet_core.config import UNetConfig
from unet_core.diagram.maps import grouped
from unet_core.inference import placed
from unet_core.inside.answer import Answer
from unet_core.inside.instrument import Around, Edit, instrumented, keeping, replaying
from unet_core.inside.places import Place, carried, places
from unet_core.inside.room import check_room
from unet_core.messages import ExplainedError, Message
from unet_core.models import NestedUNet, UNet, mean_of_heads
from unet_core.probabilities import probabilities
from unet_core.segment import MAX_SIDE, Floats, Prepared, check_answer, check_pixels, prepare
from unet_core.trace import LayerRow, Trace, trace


@dataclass(frozen=True, eq=False)
class Subject:
    """`network` computes what `model` does, faster, and belongs to the subject alone; `model` is never changed.

    `prepared` is what `segment` would give the network. Rows and cells are those of the trace of that input.
    """

    model: UNet | NestedUNet
    network: nn.Module
    device: torch.device
    card: Card
    pixels: Floats
    prepared: Prepared

    @property
    def config(self) -> UNetConfig:
        return self.card.config

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the image as the network sees it."""
        return self.prepared.size

    @property
    def notes(self) -> tuple[Message, ...]:
        return self.prepared.notes

    @cached_property
    def traced(self) -> Trace:
        height, width = self.prepared.tensor.shape[-2:]
        return trace(self.config, (height, width))

    @cached_property
    def places(self) -> dict[str, Place]:
        return places(self.traced, self.config)

    @cached_property
    def drawn(self) -> dict[str, tuple[str, LayerRow]]:
        """Of every feature map that is drawn the row it hands on, by name, with its kind, in the order of the run."""
        return {rows[-1].name: (kind, rows[-1]) for kind, rows in grouped(self.traced, self.config)}

    def seen(self, row: int, column: int) -> tuple[int, int]:
        """A pixel of the image as it came -> the same of the image as the network sees it. ExplainedError outside."""
        whole = (self.pixels.shape[0], self.pixels.shape[1])
        check_pixel(row, column, whole)
        return carried(row, column, whole, self.size)

    @torch.inference_mode()
    def logits(self, around: Around | None = None, tensor: Tensor | None = None) -> Tensor:
        """(1, classes, h, w): the mean of all heads for the image, or for another `tensor` of its shape."""
        network = self.network if around is None else instrumented(self.network, around)
        return mean_of_heads(network((self.prepared.tensor if tensor is None else tensor).to(self.device)))

    def keep(self, rows: Collection[str]) -> tuple[Answer, dict[str, Tensor]]:
        """Run once: the answer, and what `rows` put out."""
        kept: dict[str, Tensor] = {}
        return self.answer(self.logits(keeping(rows, kept))), kept

    def replay(self, kept: Mapping[str, Tensor], again: Collection[str], edits: Mapping[str, Edit] | None = None
               ) -> Answer:  # fmt: skip
        """Run the rows of `again` alone on what others put out, see `wiring.frontier` for which must be kept."""
        return self.answer(self.logits(replaying(kept, again, edits)))

    @torch.inference_mode()
    def answer(self, logits: Tensor) -> Answer:
        """Cut to the image and, where that was reduced, brought back to its size, as `segment` does."""
        found = probabilities(logits)[..., : self.size[0], : self.size[1]]
        whole = self.pixels.shape[:2]
        if self.size != whole:
            found = functional.interpolate(found, size=whole, mode="bilinear")
        per_class: Floats = found[0].cpu().numpy().copy()
        check_answer(per_class)
        return Answer(per_class)


def subject(
    model: UNet | NestedUNet, card: Card, pixels: NDArray[Any], device: str | torch.device | None = None,
    max_side: int = MAX_SIDE,
) -> Subject:  # fmt: skip
    """Make a model and an image, float (H, W, C) in 0..1, ready for experiments; threads may share the model.

    The image is reduced, and a note says so, where it is longer than `max_side`; `largest_side` finds one that has
    room. Raises SegmentError as `segment` does, and RoomError where the feature maps would take too much memory.
    """
    check_pixels(pixels)
    check_room(card.config, (pixels.shape[0], pixels.shape[1]), max_side=max_side)
    prepared = prepare(card, pixels, max_side)
    return Subject(model, *placed(model, device), card, pixels, prepared)


def check_pixel(row: int, column: int, size: tuple[int, int]) -> None:
    """Raise ExplainedError unless (row, column) is a pixel of an image of `size`."""
    whole = all(isinstance(place, int) and not isinstance(place, bool) for place in (row, column))
    if not whole or not (0 <= row < size[0] and 0 <= column < size[1]):
        raise ExplainedError(
            "there is no pixel in row {row}, column {column}: rows go from 0 to {last_row}, columns from 0 to "
            "{last_column}",
            row=str(row)[:20], column=str(column)[:20], last_row=size[0] - 1, last_column=size[1] - 1,
        )  # fmt: skip
