"""Networks of a visitor's own, trained here or brought along: kept for the session of the one whose they are.

`ui.models` finds them by their names beside those that ship, so Segment can use them like any other. A name tells a
network from all others, so what is kept for everybody by a network's name is never mixed up between visitors.
"""

import weakref
from dataclasses import dataclass

import streamlit as st

from ui.segment_state import SUBJECTS, looking
from unet_core.checkpoint import Card, load_weights
from unet_core.device import choose_device
from unet_core.models import NestedUNet, UNet
from unet_core.own_network import OwnNetworkError, checked, digest_of, name_of
from unet_core.zoo.passport import TRAINED

MOST, MOST_BYTES = 6, 160 * 2**20  # networks of one visitor, those kept last; and bytes of their weights
MOST_OF_ALL = 1024 * 2**20  # bytes, of all visitors together


@dataclass(frozen=True, eq=False)
class Own:
    """Weights as a safetensors file, and what is known of them; `origin` is TRAINED or BROUGHT."""

    weights: bytes
    card: Card
    digest: str
    origin: str

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.weights)


_of_all: weakref.WeakSet[Own] = weakref.WeakSet()


def keep(weights: bytes, card: Card, origin: str = TRAINED) -> str:
    """Keep a network; the name by which `ui.models.model` finds it, the same for the same network.

    Raises an ExplainedError for weights and a card that Segment can't use, and when the server is full.
    """
    digest, known = digest_of(weights, card), _known()
    name = name_of(card, digest)
    if name not in known:
        if sum(own.size for own in list(_of_all)) + len(weights) > MOST_OF_ALL:
            raise OwnNetworkError("so many networks are kept here already that there is no room for another; try "
                                  "again when others have closed their page")  # fmt: skip
        checked(weights, card)
        known[name] = Own(weights, card, digest, origin)
        _of_all.add(known[name])
    known[name] = known.pop(name)  # the newest is the last
    while len(known) > MOST or (len(known) > 1 and sum(own.size for own in known.values()) > MOST_BYTES):
        del known[next(iter(known))]
    return name


def choose_in_segment(weights: bytes, card: Card, origin: str = TRAINED) -> str:
    """Keep a network and have Segment look with it, whatever is in the image. Raises as `keep`."""
    name = keep(weights, card, origin)
    for subject in SUBJECTS:
        looking().networks[subject] = name
    looking().own = True
    return name


def find(name: str) -> Own | None:
    """This visitor's network of that name."""
    return _known().get(name)


def loaded(own: Own) -> tuple[UNet | NestedUNet, Card]:
    """The network, in eval, and its card."""
    return _loaded(own.digest, own), own.card


@st.cache_resource(max_entries=16, ttl="10m", show_spinner=False)
def _loaded(digest: str, _own: Own) -> UNet | NestedUNet:
    return load_weights(_own.weights, _own.card.config).to(choose_device("auto"))


def drop(name: str) -> None:
    """Keep it no longer."""
    _known().pop(name, None)


def names() -> list[str]:
    """All of this visitor's, the newest first."""
    return list(reversed(_known()))


def _known() -> dict[str, Own]:
    known: dict[str, Own] = st.session_state.setdefault("own_models", {})
    return known
