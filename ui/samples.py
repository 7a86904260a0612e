"""The images that come with the app, the visitor's own, and both decoded once and kept for a while."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
import streamlit as st

from ui.language import mark
from unet_core.data import nuclei, pebbles
from unet_core.data.knobs import Knobs
from unet_core.data.samples import Sample
from unet_core.images import LoadedImage, encode_png, load_image

MINUTES = "5m"  # how long an image stays in memory
UNSEEN = 9_000_001  # a seed of the generator that no network learned from


@dataclass(frozen=True)
class Shown:
    """A sample: its name for the visitor, what is in it, its file, and where there is one its truth."""

    title: str
    subject: str
    data: Callable[[], bytes]
    truth: Callable[[], Sample] | None = None


@st.cache_data(show_spinner=False)
def _synthetic() -> bytes:
    return encode_png((_synthetic_sample().image[..., 0] * 255).round().astype(np.uint8))


@st.cache_resource(show_spinner=False)
def _synthetic_sample() -> Sample:
    return nuclei.generate(UNSEEN, 0, Knobs(height=512, width=512))


def _photo(number: int) -> Callable[[], bytes]:
    return lambda: (pebbles.FOLDER / f"{number}.jpg").read_bytes()


SAMPLES = {
    "real": Shown(mark("Nuclei under a microscope"), "nuclei", (nuclei.FOLDER / "dsb2018.png").read_bytes,
                  nuclei.real_image),
    "synthetic": Shown(mark("Synthetic nuclei"), "nuclei", _synthetic, _synthetic_sample),
    "pebbles": Shown(mark("Pebbles, the test photo"), "pebbles", _photo(4), lambda: pebbles.photo(4)),
    "pebbles-7": Shown(mark("Pebbles, the validation photo"), "pebbles", _photo(7), lambda: pebbles.photo(7)),
    "drone": Shown(mark("Pebbles from a drone"), "pebbles", (pebbles.FOLDER / "drone_no_mask.jpg").read_bytes),
}  # fmt: skip


def sample_bytes(name: str) -> bytes:
    """The file of a sample image."""
    return SAMPLES[name].data()


def loaded(data: bytes, page: int = 0) -> LoadedImage:
    """`load_image`, kept by the file's digest. Raises ImageError."""
    return _loaded(sha256(data).hexdigest(), page, data)


@st.cache_resource(max_entries=6, ttl=MINUTES, show_spinner=False)
def _loaded(digest: str, page: int, _data: bytes) -> LoadedImage:
    return load_image(_data, page)
