"""Trained networks as pages use them, by name: those that ship, each loaded once in a process, and a visitor's own."""

from functools import cache

import streamlit as st
import torch

from ui import own_models
from ui.language import plain
from ui.state import t
from unet_core.checkpoint import Card, digest, load
from unet_core.device import choose_device
from unet_core.messages import ExplainedError
from unet_core.zoo import MODELS
from unet_core.zoo.passport import SHIPPED, Passport, passport
from unet_core.zoo.shelf import Shelf, read_shelf

FIRST = "nuclei-unet"  # the network of Home, Walk and Kernel


@st.cache_resource(show_spinner=False)
def _loaded(name: str, digest: str) -> tuple[torch.nn.Module, Card]:
    network, card = load(MODELS / name)
    return network.to(choose_device("auto")).eval(), card


def model(name: str = FIRST) -> tuple[torch.nn.Module, Card]:
    """The network, in eval, and its card. Raises CheckpointError for a damaged folder."""
    own = own_models.find(name)
    return own_models.loaded(own) if own else _loaded(name, weights_digest(name))


def weights_digest(name: str = FIRST) -> str:
    """The digest of weights and card, read once in a process: what caches are keyed by."""
    own = own_models.find(name)
    return own.digest if own else _digest(name)


@cache
def _digest(name: str) -> str:
    return digest(MODELS / name)


def passport_of(name: str) -> Passport:
    """What has to stand over every mask of a network."""
    own = own_models.find(name)
    return passport(model(name)[1], name, own.origin if own else SHIPPED)


@cache
def shelf() -> Shelf:
    """What ships, read once in a process."""
    return read_shelf(MODELS)


def names_for(subject: str) -> list[str]:
    """The networks that were trained on "nuclei" or "pebbles", the one to begin with first, and then, whatever the
    subject, the visitor's own."""
    return [*(model.folder for model in shelf().of(subject)), *own_models.names()]


def model_or_stop(name: str = FIRST) -> tuple[torch.nn.Module, Card]:
    """`model`, or where its folder is damaged a sentence instead of the rest of the page."""
    try:
        return model(name)
    except ExplainedError as error:
        st.error(plain(t(error)))
        st.stop()
