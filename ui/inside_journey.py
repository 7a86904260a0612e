"""The journey of an image from the input to the mask, block by block, as the component `journey` shows it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

from ui import inside_words as words
from ui.components import component
from ui.figure import cached_trace
from ui.inside_pictures import map_size, palette, picture
from ui.inside_runs import Run
from ui.kept import kept
from ui.language import translated
from ui.models import model
from ui.pictures import png, shown_size, with_blobs
from ui.seen import Seen
from unet_core.inside.activations import Layer
from unet_core.inside.journey import journey
from unet_core.overlay import palette as class_colours
from unet_core.probabilities import class_map

KEY = "journey"
SIDE = 256  # pixels of a picture: on the screen it is at most 124 wide, so a coarser map keeps all of its squares
MASK = "mask"
Stop = dict[str, Any]


def show(seen: Seen, run: Run, on_pick: Callable[[str], None]) -> None:
    """A click calls `on_pick` with the row that the block hands on, before the script runs again."""
    data = _payload(seen, run)
    component(KEY)(key=KEY, data=data, on_picked_change=lambda: _picked(run, on_pick))


def _picked(run: Run, on_pick: Callable[[str], None]) -> None:
    """What the browser claims was clicked must be a layer that was kept."""
    picked = (st.session_state.get(KEY) or {}).get("picked")
    row = picked.get("row") if isinstance(picked, dict) else None
    if isinstance(row, str) and row in run.found.layers:
        on_pick(row)


@kept(64, key=lambda seen, run: (run.key, seen.language, seen.told))
def _payload(seen: Seen, run: Run) -> bytes:
    stops, blobs = [], {}
    config = model(seen.name)[1].config
    traced = cached_trace(config, run.input_size)
    for block, layer, shown in journey(run.found, traced):
        small = picture(run, layer, shown.channel, "channel", SIDE)
        name = words.block_name(block, config.nested, seen.language)
        stops.append({**_stop(seen, run, layer, shown.channel, name), "shown": small.size})
        blobs[layer.row] = small.levels
    blobs[MASK] = _mask(seen, run)
    stops.append(_mask_stop(seen, run))
    head = {
        "language": seen.language, "title": translated("The journey, from the image to the mask", seen.language),
        "text": translated("What each block hands on, in the order in which it is computed, one square for each "
                           "number: of its channels the one that varies most, in colours of its own. Click one to see "
                           "the others.", seen.language),
        "stops": stops,
    }  # fmt: skip
    return with_blobs(head, blobs)


def _stop(seen: Seen, run: Run, layer: Layer, channel: int, name: str) -> Stop:
    height, width = size = map_size(layer)
    cell = None if seen.told.point is None else layer.place.cell(*run.seen(seen.told.point), layer.shape)
    texts = {
        "name": name, "size": f"{height} × {width}",
        "channel": translated("no. {channel}", seen.language, channel=channel),
        "here": words.here(layer.value(channel, cell), seen.language) if cell else "",
    }  # fmt: skip
    return {
        **texts, "id": layer.row, "key": f"{run.key}/{layer.row}", "pick": True, "level": layer.node[0], "map": size,
        "palette": palette(layer), "cell": cell, "label": "; ".join(text for text in texts.values() if text),
    }  # fmt: skip


def _mask_stop(seen: Seen, run: Run) -> Stop:
    height, width = size = run.found.answer.probability.shape
    name, text = translated("Mask", seen.language), f"{height} × {width}"
    point = None if seen.told.point is None else run.seen(seen.told.point)
    return {"id": MASK, "key": f"{run.key}/{seen.told.threshold}", "pick": False, "level": 0, "map": size, "name": name,
            "size": text, "cell": point, "channel": "", "here": "", "label": f"{name}; {text}"}  # fmt: skip


def _mask(seen: Seen, run: Run) -> bytes:
    """In the colours of the classes, at the visitor's threshold."""
    classes = class_map(run.found.answer.per_class, seen.told.threshold / 256)
    colours = np.array(class_colours(max(2, len(run.found.answer.per_class))), np.uint8)
    return png(colours[classes], shown_size(classes.shape, 2 * SIDE), nearest=True)
