"""What a visitor of Segment has said: what is in an image, which networks shall look at it, how large an object is.

It lies in one plain session value, so that it outlives a change of page or language.
"""

from dataclasses import dataclass, field

import streamlit as st

from ui.language import mark
from ui.samples import SAMPLES
from ui.uploads import UPLOAD, chosen_name
from unet_core.images import LoadedImage

OTHER = "other"
SUBJECTS = {"nuclei": mark("Cells or nuclei"), "pebbles": mark("Stones"), OTHER: mark("Something else")}
NOBODY = ""  # in place of a second network


@dataclass
class Looking:
    """One visitor's. Subjects and marked diameters (pixels) by image, networks by subject."""

    subjects: dict[str, str] = field(default_factory=dict)
    networks: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, str] = field(default_factory=dict)
    marked: dict[str, float] = field(default_factory=dict)
    own: bool = False  # a network of the visitor's own was opened, which looks at anything


def looking() -> Looking:
    """This visitor's."""
    kept = st.session_state.setdefault("looking", Looking())
    assert isinstance(kept, Looking)
    return kept


def image_key(image: LoadedImage) -> str:
    return f"{image.digest}/{image.page}"


def subject_of(image: LoadedImage) -> str | None:
    """What is in the image: of a sample we know, of an upload the visitor says; None before they have.

    Who has opened a network of their own wants to see its mask first: until they say otherwise it is something else.
    """
    name = chosen_name()
    if name != UPLOAD:
        return SAMPLES[name].subject
    return looking().subjects.get(image.digest, OTHER if looking().own else None)
