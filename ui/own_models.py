"""Networks that a visitor trained or taught here: kept for the session of the one who made them, few at a time.

`ui.models` finds them by their names beside those that ship, so Segment can use them like any other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

import streamlit as st

from unet_core.checkpoint import Card, card_text, load_weights
from unet_core.models import NestedUNet, UNet

MOST = 6  # networks of which a session keeps the weights: those that were kept last


@dataclass(frozen=True, eq=False)
class Own:
    """A network of the visitor's own: weights as a safetensors file, and what is known of it."""

    weights: bytes
    card: Card
    digest: str


def keep(weights: bytes, card: Card) -> str:
    """Keep a network; the name by which `ui.models.model` finds it, the same for the same network.

    Raises CheckpointError for weights that don't fit the card.
    """
    digest = sha256(weights + card_text(card).encode()).hexdigest()
    name = f"{card.name}-{digest[:6]}"
    known = _known()
    if name not in known:
        load_weights(weights, card.config)
    known[name] = known.pop(name, None) or Own(weights, card, digest)
    while len(known) > MOST:
        del known[next(iter(known))]
    return name


def find(name: str) -> Own | None:
    """This visitor's network of that name."""
    return _known().get(name)


def names() -> list[str]:
    """All of this visitor's, the newest first."""
    return list(reversed(_known()))


def _known() -> dict[str, Own]:
    known: dict[str, Own] = st.session_state.setdefault("own_models", {})
    return known


def loaded(own: Own) -> tuple[UNet | NestedUNet, Card]:
    """The network, in eval, and its card."""
    return _loaded(own.digest, own)


@st.cache_resource(max_entries=8, ttl="10m", show_spinner=False)
def _loaded(digest: str, _own: Own) -> tuple[UNet | NestedUNet, Card]:
    return load_weights(_own.weights, _own.card.config), _own.card


def cards() -> Mapping[str, Card]:
    """Of every network of this visitor, by name, the newest first."""
    return {name: _known()[name].card for name in names()}
