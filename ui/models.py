"""The trained networks that ship, as pages use them: each loaded once in a process."""

from functools import cache

import streamlit as st
import torch

from ui.language import mark, plain
from ui.state import t
from unet_core.checkpoint import Card, digest, load
from unet_core.device import choose_device
from unet_core.messages import ExplainedError
from unet_core.zoo import MODELS

FIRST = "nuclei-unet"  # the network of Home, Walk and Kernel
NOT_FOR = [  # what cards say, for the catalogue to find
    mark("diagnosis, or any decision about a patient"),
    mark("nuclei that are dark on bright, as in stained tissue seen in transmitted light"),
    mark("counting nuclei: those that touch come out as one"),
    mark("nuclei whose radius is far from 5 to 20 pixels; resize the image first"),
    mark("images with hardly a nucleus in them: noise is then brightened and may be taken for one"),
    mark("any decision that rests on the size of stones: compare with stones measured by hand first"),
    mark("photos from farther away or nearer than those it learned from, where half of the stones measure 10 to 34 "
         "pixels and the largest 172; resize the image first"),
    mark("other light, other rock, wet or overgrown stones: it has seen one outcrop through one camera"),
    mark("anything but the shapes that it was made for"),
]  # fmt: skip
CLASSES = [mark("background"), mark("nucleus"), mark("inside"), mark("boundary"), mark("circle"), mark("square"),
           mark("triangle")]  # fmt: skip


@st.cache_resource(show_spinner=False)
def _loaded(name: str, digest: str) -> tuple[torch.nn.Module, Card]:
    network, card = load(MODELS / name)
    return network.to(choose_device("auto")).eval(), card


def model(name: str = FIRST) -> tuple[torch.nn.Module, Card]:
    """The network, in eval, and its card. Raises CheckpointError for a damaged folder."""
    return _loaded(name, weights_digest(name))


@cache
def weights_digest(name: str = FIRST) -> str:
    """The digest of weights and card, read once in a process: what caches are keyed by."""
    return digest(MODELS / name)


@cache
def names_for(subject: str) -> list[str]:
    """The networks that were trained on "nuclei" or "pebbles", the first of them the one to begin with."""
    found = []
    for folder in sorted(path.parent for path in MODELS.glob("*/card.json")):
        if subject in folder.name:
            found.append(folder.name)
    return sorted(found)


def model_or_stop(name: str = FIRST) -> tuple[torch.nn.Module, Card]:
    """`model`, or where its folder is damaged a sentence instead of the rest of the page."""
    try:
        return model(name)
    except ExplainedError as error:
        st.error(plain(t(error)))
        st.stop()
