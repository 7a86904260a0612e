"""What the Walk page shows: a network drawn with what it computed for an image, and the player beneath."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import streamlit as st

from ui import models, walk_words
from ui.components import component, packed
from ui.figure import Size, cached_trace
from ui.samples import loaded, sample_bytes
from ui.state import Workbench
from ui.turns import queued
from ui.walk_drawing import show_walk
from ui.walk_pictures import close_up, pictures
from unet_core.config import PRESETS, UNetConfig
from unet_core.walk import Journey, journey, lesson

CORNER, SIDE = (200, 40), 256  # of the part of a sample that travels, in pixels: quick, and large enough to see nuclei
PAPER = PRESETS["unet-2015"], (572, 572)
KEY = "player"


@dataclass(frozen=True)
class Walk:
    """What is walked: a network by its name in `walk_words.NETWORKS`, its config and size, and an image's name."""

    network: str
    image: str
    config: UNetConfig
    size: Size

    @property
    def pictured(self) -> bool:
        """Only the trained network has something to show; of the others the sizes are known."""
        return self.network == "trained"


def chosen(bench: Workbench) -> Walk:
    """What this visitor has chosen to walk through."""
    kept = _kept()
    card = models.model()[1]
    networks = {"trained": (card.config, (SIDE, SIDE)), "paper": PAPER, "yours": (bench.config, bench.size)}
    return Walk(kept["network"], kept["image"], *networks[kept["network"]])


def _kept() -> dict[str, str]:
    kept: dict[str, str] = st.session_state.setdefault("walk", {"network": "trained", "image": "real"})
    return kept


def show_drawing(walk: Walk, language: str) -> None:
    """The network, with a picture in every box where there are pictures."""
    weights = models.weights_digest()
    found = travelled(walk.image, weights) if walk.pictured else None
    show_walk(walk.config, walk.size, language, found, f"{walk.image}/{weights}" if found else "")


def show_player(walk: Walk, language: str) -> None:
    """The lesson, and after it every step."""
    weights = models.weights_digest() if walk.pictured else ""
    payload = player_payload(walk, weights, language)
    component("player")(key=KEY, data=payload, on_network_change=_network_changed, on_image_change=_image_changed)


def _network_changed() -> None:
    _take("network", walk_words.NETWORKS)


def _image_changed() -> None:
    _take("image", walk_words.IMAGES)


def _take(name: str, known: dict[str, str]) -> None:
    """What the browser claims was chosen must be one of what there is."""
    told = st.session_state[KEY].get(name)
    picked = told.get("id") if isinstance(told, dict) else None
    if isinstance(picked, str) and picked in known:
        _kept()[name] = picked


@st.cache_resource(max_entries=4, show_spinner=False)
def travelled(image: str, weights: str) -> Journey:
    """The journey of a sample image through the trained network, kept by its name and the weights."""
    network, card = models.model()
    return queued(lambda: journey(network, card, part(image)))


def part(image: str) -> np.ndarray:
    """The pixels of a sample that travel, float (SIDE, SIDE, 1)."""
    top, left = CORNER
    return loaded(sample_bytes(image)).pixels[top : top + SIDE, left : left + SIDE]


@lru_cache(maxsize=16)
def player_payload(walk: Walk, weights: str, language: str) -> bytes:
    """Everything the player says and shows, in one language; `weights` is empty where nothing is computed."""
    trace = cached_trace(walk.config, walk.size)
    head: dict[str, Any] = {
        "language": language, "network": walk.network, "words": walk_words.buttons(language),
        "networks": walk_words.options(walk_words.NETWORKS, walk.network, language),
        "images": walk_words.options(walk_words.IMAGES, walk.image, language) if walk.pictured else [],
    }  # fmt: skip
    if not walk.pictured:
        return packed({**head, "steps": walk_words.step_words(trace, None, language), "cards": [], "pictures": {}})
    found, (_, card) = travelled(walk.image, weights), models.model()
    cards = lesson(trace, found, cached_trace(*PAPER), card.classes, card.object_diameter)
    assert cards[-1].pixel is not None
    told = walk_words.card_words(cards, found, close_up(found, cards[-1].pixel), language)
    words = walk_words.step_words(trace, found, language)
    return packed({**head, "steps": words, "cards": told, "pictures": pictures(found)})
