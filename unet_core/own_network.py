"""A network of a visitor's own: what was trained here, or two files of a model brought along. Nothing is trusted."""

import io
import json
import re
import zipfile
from collections.abc import Sequence
from hashlib import sha256
from pathlib import PurePath

import numpy as np

from unet_core.checkpoint import CARD, MAX_CARD, WEIGHTS, Card, CheckpointError, card_from, load_weights
from unet_core.data.own.archive import DAMAGED
from unet_core.messages import ExplainedError
from unet_core.models import NestedUNet, UNet
from unet_core.segment import segment
from unet_core.sizes import smallest_legal
from unet_core.zoo.passport import passport

MOST_WEIGHTS = 64 * 2**20  # bytes of a file: what an upload may have
LONGEST_NAME = 24  # letters
CAN_RUN_CODE = (".pt", ".pth", ".pkl", ".ckpt", ".bin", ".h5", ".keras", ".npz")


class OwnNetworkError(ExplainedError):
    """Files that are no network of this app."""


def checked(weights: bytes, card: Card) -> UNet | NestedUNet:
    """The network, in eval, after a trial: what it is of use for, an image to a mask, has been done once.

    Raises CheckpointError, SegmentError and OwnNetworkError for one that Segment can't use.
    """
    if len(weights) > MOST_WEIGHTS:
        raise OwnNetworkError("the weights have {size:,.0f} MB and at most {most} MB are taken",
                              size=len(weights) / 2**20, most=MOST_WEIGHTS // 2**20)  # fmt: skip
    network = load_weights(weights, card.config)
    passport(card)  # whatever stands in the place of figures is refused
    if not 0 < card.object_diameter < 1e5:
        raise CheckpointError("the card's field {name} holds {value}, which can't be", name="object_diameter",
                              value=card.object_diameter)  # fmt: skip
    side = min(64, smallest_legal(card.config))
    ramp = np.linspace(0, 1, side * side, dtype=np.float32).reshape(side, side, 1)
    segment(network, card, np.repeat(ramp, card.config.in_channels, axis=2) if card.config.in_channels == 3 else ramp)
    return network


def name_of(card: Card, digest: str) -> str:
    """A name that can stand in a file's name and is no other network's: 'pebbles-yours-1f0c2d'."""
    words = re.sub(r"[^a-z0-9]+", "-", card.name.lower()).strip("-")[:LONGEST_NAME].strip("-")
    return f"{words or 'network'}-{digest[:6]}"


def from_files(files: Sequence[tuple[str, bytes]]) -> tuple[bytes, Card]:
    """Weights and card of the uploaded files, each with its name, or of one ZIP that holds them; not yet `checked`.

    One sentence says what is wrong: raises OwnNetworkError, CheckpointError and ConfigError.
    """
    if len(files) == 1 and files[0][0].lower().endswith(".zip"):
        files = _unzipped(files[0][1])
    for name, _ in files:
        if PurePath(name.lower()).suffix in CAN_RUN_CODE:
            raise OwnNetworkError(
                "{file} is of a kind that can run code or is not known here; weights are taken as {weights} only, "
                "as they are downloaded here", file=name[-40:], weights=WEIGHTS,
            )  # fmt: skip
    weights = [content for name, content in files if name.lower().endswith(".safetensors")]
    cards = [content for name, content in files if name.lower().endswith(".json")]
    if len(weights) != 1 or len(cards) != 1 or len(files) != 2:
        raise OwnNetworkError("choose two files together, {weights} and the {card} that was downloaded with it; there "
                              "were {count}", weights=WEIGHTS, card=CARD, count=len(files))  # fmt: skip
    if len(cards[0]) > MAX_CARD:
        raise OwnNetworkError("{file} is larger than {limit} MB", file=CARD, limit=MAX_CARD // 2**20)
    card = card_from(cards[0])
    if sha256(weights[0]).hexdigest() != card.weights_sha256:
        load_weights(weights[0], card.config)  # perhaps there is a better reason
        raise CheckpointError("{weights} is not the file that {card} describes: their digests differ",
                              weights=WEIGHTS, card=CARD)  # fmt: skip
    return weights[0], card


def _unzipped(content: bytes) -> list[tuple[str, bytes]]:
    """The files of a ZIP that are called as those of a model, whatever folder they lie in; nothing else is unpacked."""
    found = list[tuple[str, bytes]]()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for info in archive.infolist():
                name = PurePath(info.filename).name
                if name not in (WEIGHTS, CARD):
                    continue
                most = MOST_WEIGHTS if name == WEIGHTS else MAX_CARD
                if info.file_size > most or len(found) == 2:
                    raise OwnNetworkError("choose a ZIP with one {weights} of at most {most} MB and one {card}",
                                          weights=WEIGHTS, card=CARD, most=MOST_WEIGHTS // 2**20)  # fmt: skip
                with archive.open(info) as file:
                    found.append((name, file.read(most + 1)))
    except OwnNetworkError:
        raise
    except DAMAGED as error:
        raise OwnNetworkError("this is no ZIP that can be read: choose {weights} and {card} themselves",
                              weights=WEIGHTS, card=CARD) from error  # fmt: skip
    return found


def digest_of(weights: bytes, card: Card) -> str:
    """SHA-256 in hexadecimal over both: what to key a cache by."""
    return sha256(weights + json.dumps(card.to_dict(), sort_keys=True).encode()).hexdigest()
