"""What the Segment page shows: an image, its mask, and what a block computed, each made once and kept for a while."""

import io
import struct
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import streamlit as st
import torch
from PIL import Image

from ui.components import component, packed
from ui.figure import ARCHITECTURE_NAMES
from ui.language import mark, plain, translated
from ui.state import t
from unet_core.checkpoint import Card, digest, load
from unet_core.data import nuclei
from unet_core.data.knobs import Knobs
from unet_core.device import choose_device
from unet_core.images import LoadedImage, encode_png, indexed_png, load_image
from unet_core.inside.features import features
from unet_core.messages import ExplainedError
from unet_core.segment import Segmentation, input_size, segment

ASSETS = Path(__file__).parent.parent / "assets"
MODEL = ASSETS / "models" / "nuclei-unet"
SHOWN_SIDE = 2048  # pixels a side that the browser gets; figures come from the whole image
CHANNELS = 12  # of a block that are shown, those that vary most
TILE_SIDE = 512  # pixels a side of one channel in the browser
MINUTES = "5m"  # how long an image and its mask stay in memory
PICTURE_WORDS = {
    "opacity": mark("Opacity of the overlay"), "threshold": mark("Threshold on the probability"),
    "back": mark("Back to the mask"), "area": mark("The mask covers {percent} % of the image."),
    "image": mark("The image under its mask"),
}  # fmt: skip
NOT_FOR = [  # what cards say, for the catalogue to find
    mark("diagnosis, or any decision about a patient"),
    mark("nuclei that are dark on bright, as in stained tissue seen in transmitted light"),
    mark("counting nuclei: those that touch come out as one"),
    mark("nuclei whose radius is far from 5 to 20 pixels; resize the image first"),
    mark("images with hardly a nucleus in them: noise is then brightened and may be taken for one"),
]
Result = TypeVar("Result")


@st.cache_resource(show_spinner=False)
def _queue() -> ThreadPoolExecutor:
    """One computation at a time, whoever asks: thirty at once would each take thirty times as long."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="inference")


def queued(work: Callable[[], Result]) -> Result:
    return _queue().submit(work).result()


@st.cache_resource(show_spinner=False)
def model(weights: str) -> tuple[torch.nn.Module, Card]:
    """The trained network and its card; `weights` is `weights_digest()`, so that new weights are loaded again."""
    network, card = load(MODEL)
    return network.to(choose_device("auto")).eval(), card


@cache
def weights_digest() -> str:
    """The digest of the shipped weights and card, read once in a process."""
    return digest(MODEL)


def model_or_stop() -> tuple[torch.nn.Module, Card]:
    """`model`, or where its folder is damaged a sentence instead of the rest of the page."""
    try:
        return model(weights_digest())
    except ExplainedError as error:
        st.error(plain(t(error)))
        st.stop()


def sample_bytes(name: str) -> bytes:
    """The file of a sample image: "real", the annotated test image, or "synthetic", one that was never trained on."""
    return (ASSETS / "nuclei" / "dsb2018.png").read_bytes() if name == "real" else _synthetic()


@st.cache_data(show_spinner=False)
def _synthetic() -> bytes:
    image = nuclei.generate(9_000_001, 0, Knobs(height=512, width=512)).image[..., 0]
    return encode_png((image * 255).round().astype(np.uint8))


def loaded(data: bytes, page: int = 0) -> LoadedImage:
    """`load_image`, kept by the file's digest. Raises ImageError."""
    return _loaded(sha256(data).hexdigest(), page, data)


@st.cache_resource(max_entries=3, ttl=MINUTES, show_spinner=False)
def _loaded(digest: str, page: int, _data: bytes) -> LoadedImage:
    return load_image(_data, page)


def segmented(image: LoadedImage) -> Segmentation:
    """The mask's probabilities for an image, kept by image and weights."""
    return _segmented(image.digest, image.page, weights_digest(), image)


@st.cache_resource(max_entries=4, ttl=MINUTES, show_spinner=False)
def _segmented(digest: str, page: int, weights: str, _image: LoadedImage) -> Segmentation:
    network, card = model(weights)
    return queued(lambda: segment(network, card, _image.pixels))


def network_size(image: LoadedImage) -> tuple[int, int]:
    """(height, width) as the network receives the image, mirrored edges included."""
    _, card = model(weights_digest())
    height, width = image.pixels.shape[:2]
    return input_size(card.config, (height, width))


def passport(card: Card) -> str:
    """One sentence over every mask: whose it is, and how far to trust it."""
    return t(
        "Mask by {name}: {architecture}, depth {depth}, trained on synthetic nuclei; not the network you built. On "
        "the real image among the samples it reaches a Dice of {dice:.3f} (median of {seeds} trainings), Otsu's method "
        "{otsu:.3f}.",
        name=card.name, architecture=ARCHITECTURE_NAMES[card.config.architecture], depth=card.config.depth,
        **quality(card),
    )  # fmt: skip


def quality(card: Card) -> Mapping[str, Any]:
    """The card's figures on the real test image."""
    return {"dice": card.metrics["median"]["test"]["dice"], "seeds": len(card.metrics["seeds"]),
            "otsu": card.baselines["test"]["otsu"]["dice"]}  # fmt: skip


def show_picture(image: LoadedImage, result: Segmentation, language: str, *, key: str) -> int:
    """The image under its mask, with opacity and threshold. Returns the threshold in 1/256 as it was last let go."""
    chosen: dict[str, int] = st.session_state.setdefault("thresholds", {})  # of each image by itself
    shown = _picture_digest(image.digest, image.page, weights_digest())
    start = st.session_state.get("threshold_start")
    if start is None or start[0] != shown or key not in st.session_state:
        start = st.session_state["threshold_start"] = (shown, chosen.get(shown, 128))
    # The browser keeps the threshold as it moves; sent along anew it would send the whole picture again.
    payload = _picture(image.digest, image.page, weights_digest(), language, start[1], image, result)
    state = component("picture")(key=key, data=payload, on_threshold_change=lambda: None)
    told = getattr(state, "threshold", None)
    if isinstance(told, dict) and told.get("digest") == shown and _is_threshold(told.get("value")):
        chosen[shown] = told["value"]
    return chosen.get(shown, 128)


def _is_threshold(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 255


def _picture_digest(digest: str, page: int, weights: str) -> str:
    return f"{digest}/{page}/{weights}"


@st.cache_resource(max_entries=8, ttl=MINUTES, show_spinner=False)
def _picture(
    digest: str, page: int, weights: str, language: str, threshold: int, _image: LoadedImage, _result: Segmentation
) -> bytes:  # fmt: skip
    size = _shown_size(_image.pixels.shape[:2], SHOWN_SIDE)
    levels = np.minimum(np.floor(_result.probability * 256), 255).astype(np.uint8)
    words = {name: translated(template, language, percent="{percent}") for name, template in PICTURE_WORDS.items()}
    head = {
        "digest": _picture_digest(digest, page, weights), "language": language, "threshold": threshold, "text": words,
        "counts": np.bincount(levels.ravel(), minlength=256).tolist(),
    }  # fmt: skip
    return _with_blobs(
        head, {"image": _png(_to_bytes(_image.pixels, brighter(_image)), size), "probability": _png(levels, size)}
    )


def show_channels(image: LoadedImage, name: str, language: str, *, key: str) -> None:
    """The channels of layer `name` for this image, those that vary most first. Raises FeatureError."""
    component("channels")(key=key, data=_channels(image.digest, image.page, weights_digest(), name, language, image))


@st.cache_resource(max_entries=32, ttl=MINUTES, show_spinner=False)
def _channels(digest: str, page: int, weights: str, name: str, language: str, _image: LoadedImage) -> bytes:
    network, card = model(weights)
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
        blobs[str(item.channel)] = _png(scaled.round().astype(np.uint8), _shown_size(item.values.shape, TILE_SIDE))
    extent = [
        side * found.stride / whole for side, whole in zip(found.maps[0].values.shape, found.image_size, strict=True)
    ]
    head = {
        "digest": f"{digest}/{page}/{name}/{language}",
        "language": language,
        "title": title,
        "channels": tiles,
        "extent": extent,
    }
    return _with_blobs(head, blobs)


def mask_png(result: Segmentation, threshold: int) -> bytes:
    """The mask at threshold/256 as an indexed PNG, 0 background and 1 foreground, at the image's own size."""
    return indexed_png(result.mask(threshold / 256).astype(np.uint8), [(0, 0, 0), (255, 165, 0)])


def _shown_size(shape: tuple[int, ...], most: int) -> tuple[int, int]:
    height, width = shape[:2]
    scale = min(1.0, most / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def brighter(image: LoadedImage) -> float:
    """The factor by which an image is shown brighter, so that a dim one can be seen on a projector; 1 for others."""
    return _brighter(image.digest, image.page, image)


@st.cache_data(max_entries=64, show_spinner=False)
def _brighter(digest: str, page: int, _image: LoadedImage) -> float:
    bright = float(np.percentile(_image.pixels, 99.8))
    return 1.0 if not 0 < bright < 0.6 else 0.9 / bright


def _to_bytes(pixels: np.ndarray, factor: float) -> np.ndarray:
    levels = (np.minimum(pixels * factor, 1) * 255).round().astype(np.uint8)
    return levels[..., 0] if levels.shape[2] == 1 else levels


def _png(levels: np.ndarray, size: tuple[int, int]) -> bytes:
    picture = Image.fromarray(levels)
    if picture.size != size[::-1]:
        picture = picture.resize(size[::-1], Image.Resampling.BOX)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _with_blobs(head: Mapping[str, Any], blobs: Mapping[str, bytes]) -> bytes:
    """The layout that unpack() in common.js reads."""
    listed = [{"name": name, "length": len(blob)} for name, blob in blobs.items()]
    text = packed({**head, "blobs": listed})
    return b"".join((struct.pack("<I", len(text)), text, *blobs.values()))
