"""Arrays as pictures for the browser."""

import io
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from ui.components import packed
from unet_core.images import LoadedImage

DIM, BRIGHT = 0.6, 0.9  # of the brightest pixels: what is below the first is shown as the second


def shown_size(shape: tuple[int, ...], most: int) -> tuple[int, int]:
    """(height, width) of what is at most `most` pixels a side and keeps its proportions."""
    height, width = shape[:2]
    scale = min(1.0, most / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def brighter(image: LoadedImage) -> float:
    """The factor by which an image is shown brighter, so that a dim one can be seen on a projector; 1 for others."""
    return _brighter(image.digest, image.page, image)


@st.cache_data(max_entries=64, show_spinner=False)
def _brighter(digest: str, page: int, _image: LoadedImage) -> float:
    bright = float(np.percentile(_image.pixels, 99.8))
    return 1.0 if not 0 < bright < DIM else BRIGHT / bright


def to_bytes(pixels: NDArray[Any], factor: float = 1.0) -> NDArray[np.uint8]:
    """Float (H, W, 1 or 3) in 0..1 -> uint8 (H, W) or (H, W, 3)."""
    levels: NDArray[np.uint8] = (np.minimum(pixels * factor, 1) * 255).round().astype(np.uint8)
    return levels[..., 0] if levels.shape[2] == 1 else levels


def png(levels: NDArray[np.uint8], size: tuple[int, int] | None = None, nearest: bool = False) -> bytes:
    """uint8 (H, W) or (H, W, 3) as PNG of `size` (height, width); classes ask for the nearest pixel, not for a mean."""
    picture = Image.fromarray(levels)
    if size and picture.size != size[::-1]:
        picture = picture.resize(size[::-1], Image.Resampling.NEAREST if nearest else Image.Resampling.BOX)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def with_blobs(head: Mapping[str, Any], blobs: Mapping[str, bytes]) -> bytes:
    """The layout that unpack() in common.js reads."""
    listed = [{"name": name, "length": len(blob)} for name, blob in blobs.items()]
    text = packed({**head, "blobs": listed})
    return b"".join((struct.pack("<I", len(text)), text, *blobs.values()))
