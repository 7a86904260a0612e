"""The pictures of the home page, all made from one image and the mask that the trained network gives it."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from PIL import Image, ImageDraw
from skimage.measure import label, regionprops

from ui.answers import answer
from ui.models import FIRST
from ui.samples import loaded, sample_bytes

CORNER, SIDE = (200, 40), 256  # of the part of the sample image that is shown, in pixels
ORANGE, BLUE = (255, 165, 0), (86, 180, 233)


@dataclass(frozen=True, eq=False)
class Pictures:
    """One image and three answers about it, uint8 (H, W, 3), with the figures their captions name."""

    image: np.ndarray
    boxes: np.ndarray
    mask: np.ndarray
    objects: int
    percent: float


@st.cache_resource(show_spinner=False)
def pictures(weights: str) -> Pictures:
    """Made once in a process and for each set of weights."""
    sample = loaded(sample_bytes("real"))
    found = answer(sample, FIRST).mask()
    top, left = CORNER
    window = np.s_[top : top + SIDE, left : left + SIDE]
    grey = np.clip(sample.pixels[window][..., 0] * 2.2, 0, 1)  # brightened for a projector
    image = np.repeat((grey * 255).astype(np.uint8)[..., None], 3, axis=2)
    mask = found[window]
    regions = [region for region in regionprops(label(mask)) if region.area >= 20]
    drawn = Image.fromarray(image)
    pen = ImageDraw.Draw(drawn)
    for region in regions:
        y0, x0, y1, x1 = region.bbox
        pen.rectangle((x0, y0, x1 - 1, y1 - 1), outline=BLUE, width=2)
    painted = image.copy()
    painted[mask] = (0.35 * image[mask] + 0.65 * np.array(ORANGE)).astype(np.uint8)
    return Pictures(image, np.asarray(drawn), painted, len(regions), 100 * float(mask.mean()))
