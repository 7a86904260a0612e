"""The channels of one block as the component `channels` shows them: ranked, in one of three colour scales."""

from typing import Any

import numpy as np
import streamlit as st

from ui import inside_words as words
from ui.components import component
from ui.figure import cached_trace
from ui.inside_choices import Choices
from ui.inside_pictures import WHOLE_SIDE, map_size, palette, picture, scale_of, side_for
from ui.inside_runs import Effects, Run
from ui.language import translated
from ui.models import model
from ui.pictures import with_blobs
from ui.seen import Seen
from unet_core.inside.activations import Layer
from unet_core.messages import Signed

KEY = "channels"
Tile = dict[str, Any]


def show(seen: Seen, run: Run, layer: Layer, choices: Choices, effects: Effects | None) -> None:
    """As many channels as were chosen; by their effect where that has been measured."""
    if effects is not None and effects.done:
        order, channels = "effect", effects.ranked()
    else:
        order = choices.ranking if choices.ranking != "effect" else "variance"
        channels = layer.statistics.ranked(order)
    channels = channels[: choices.most]
    grid = _Grid(seen, run, layer, choices.scale, side_for(len(channels)), effects)
    laid = _laid(grid)
    blobs = {f"{layer.row}/{channel}": picture(run, layer, channel, choices.scale, grid.side).levels
             for channel in channels}  # fmt: skip
    head = grid.head(channels, order)
    if laid is not None:
        whole = picture(run, layer, laid, choices.scale, WHOLE_SIDE)
        head["whole"] = {"id": f"{layer.row}/{laid}", "key": f"{grid.key}/{laid}", "size": whole.size}
        blobs["whole"] = whole.levels
    component(KEY)(key=KEY, data=with_blobs(head, blobs), on_laid_change=lambda: None)


def _laid(grid: "_Grid") -> int | None:
    """The channel that lies on the large picture and is larger than its tile. What the browser claims is checked."""
    said = (st.session_state.get(KEY) or {}).get("laid")
    channel = said.get("channel") if isinstance(said, dict) and said.get("digest") == grid.digest else None
    known = isinstance(channel, int) and not isinstance(channel, bool) and 0 <= channel < grid.layer.shape[0]
    return channel if known else None


class _Grid:
    """The texts and places of a block's tiles."""

    def __init__(self, seen: Seen, run: Run, layer: Layer, mode: str, side: int, effects: Effects | None) -> None:
        self.run, self.layer, self.mode, self.side, self.effects = run, layer, mode, side, effects
        self.language, self.point, self.threshold = seen.language, seen.told.point, seen.told.threshold
        self.traced = cached_trace(model(seen.name)[1].config, run.input_size)
        self.digest = f"{run.key}/{layer.row}"
        self.key = f"{self.digest}/{mode}/{side}"
        self.cell = None if self.point is None else layer.place.cell(*run.seen(self.point), layer.shape)

    def head(self, channels: tuple[int, ...], order: str) -> dict[str, Any]:
        layer, size = self.layer, map_size(self.layer)
        seen_size, place = self.run.found.image_size, layer.place
        colours, name = palette(layer), words.layer_name(layer, self.traced)
        extent = [place.top / seen_size[0], place.left / seen_size[1],
                  *(side * place.stride / whole for side, whole in zip(size, seen_size, strict=True))]  # fmt: skip
        scale = scale_of(self.run, layer, self.mode)[0]
        return {
            "digest": self.digest, "language": self.language, "block": words.block_of(self.traced, layer.row).id,
            "title": words.title(layer, name, len(channels), order, self.threshold, self.language),
            "map": size, "extent": extent,
            "where": words.where(self.run, layer, self.cell, self.point, self.language),
            "legend": words.legend(colours, self.mode, scale, self.language),
            "tiles": [self._tile(channel) for channel in channels],
        }  # fmt: skip

    def _tile(self, channel: int) -> Tile:
        layer, language, statistics = self.layer, self.language, self.layer.statistics
        shown = picture(self.run, layer, channel, self.mode, self.side)
        values = {"channel": channel, "low": Signed(statistics.low[channel]), "high": Signed(statistics.high[channel])}
        return {
            "id": f"{layer.row}/{channel}", "channel": channel, "key": f"{self.key}/{channel}", "size": shown.size,
            "reduced": shown.size != map_size(layer), "cell": self.cell, "here": self._here(channel),
            "text": translated("no. {channel}: {low:.2f} to {high:.2f}", language, **values),
            "label": translated("{name}, channel {channel}, values {low:.3f} to {high:.3f}", language, name=layer.row,
                                **values),
            "effect": self._effect(channel),
        }  # fmt: skip

    def _here(self, channel: int) -> str:
        return words.here(self.layer.value(channel, self.cell), self.language) if self.cell else ""

    def _effect(self, channel: int) -> str:
        if self.effects is None or np.isnan(self.effects.flipped[channel]):
            return ""
        percent = 100 * self.effects.flipped[channel]
        return translated("off: {percent:.2f} % of the pixels change", self.language, percent=percent)
