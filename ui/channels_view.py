"""What a block computed for an image, as the component `channels` shows it: each channel over the image."""

import numpy as np
import streamlit as st

from ui.components import component
from ui.language import translated
from ui.models import model, weights_digest
from ui.pictures import png, shown_size, with_blobs
from ui.samples import MINUTES
from ui.turns import queued
from unet_core.images import LoadedImage
from unet_core.inside.features import features

CHANNELS = 12  # of a block that are shown, those that vary most
TILE_SIDE = 512  # pixels a side of one channel in the browser


def show_channels(image: LoadedImage, name: str, layer: str, language: str, *, key: str) -> None:
    """The channels of a layer of the network `name` for this image, those that vary most first.

    Raises FeatureError for a layer that the network does not have.
    """
    component("channels")(key=key, data=_channels(image.digest, image.page, name, weights_digest(name), layer, language,
                                                  image))  # fmt: skip


@st.cache_resource(max_entries=32, ttl=MINUTES, show_spinner=False)
def _channels(
    digest: str, page: int, network_name: str, weights: str, name: str, language: str, _image: LoadedImage
) -> bytes:
    network, card = model(network_name)
    found = queued(lambda: features(network, card, _image.pixels, name, top=CHANNELS))
    channels, height, width = found.shape
    title = translated(
        "{name}: {height} × {width} × {channels}; {shown} of the channels, those that vary most first", language,
        name=found.name, height=height, width=width, channels=channels, shown=len(found.maps),
    )  # fmt: skip
    tiles, blobs = [], {}
    for item in found.maps:
        values = {"channel": item.channel, "low": item.low, "high": item.high}
        tiles.append({
            "id": str(item.channel),
            "text": translated("no. {channel}: {low:.2f} to {high:.2f}", language, **values),
            "label": translated("{name}, channel {channel}, values {low:.3f} (dark) to {high:.3f} (bright)", language,
                                name=found.name, **values),
        })  # fmt: skip
        scaled = (item.values - item.low) / max(item.high - item.low, 1e-12) * 255
        blobs[str(item.channel)] = png(scaled.round().astype(np.uint8), shown_size(item.values.shape, TILE_SIDE))
    extent = [
        side * found.stride / whole for side, whole in zip(found.maps[0].values.shape, found.image_size, strict=True)
    ]
    digest = f"{digest}/{page}/{network_name}/{name}/{language}"
    head = {"digest": digest, "language": language, "title": title, "channels": tiles, "extent": extent}
    return with_blobs(head, blobs)
