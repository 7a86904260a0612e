"""What a visitor of Segment is asked: what is in the image, which networks shall look at it, how large an object is."""

import streamlit as st

from ui import own_models
from ui.language import plain
from ui.models import names_for, shelf
from ui.segment_state import NOBODY, OTHER, SUBJECTS, image_key, looking, subject_of
from ui.state import change, t
from ui.uploads import UPLOAD, chosen_name
from unet_core.images import LoadedImage
from unet_core.messages import ExplainedError
from unet_core.scale import diameter_of

Line = tuple[float, float, float, float]  # row, column of one end, and of the other


def ask_subject(image: LoadedImage) -> str | None:
    """What is it? Asked of an upload, and known of a sample. None as long as there is no answer."""
    known = subject_of(image)
    if chosen_name() != UPLOAD:
        return known
    st.session_state["subject"] = known
    names = {name: t(text) for name, text in SUBJECTS.items()}
    st.segmented_control(t("What is it?"), list(names), format_func=names.__getitem__, key="subject", on_change=_said,
                         args=(image.digest,))  # fmt: skip
    if known is None:
        st.info(t("Say first what the image shows: each network knows one kind of thing, and finds it everywhere."))
    elif known == OTHER and not own_models.names():
        st.info(t("No network that comes with this app knows it. Each was trained on one kind of image, nuclei in "
                  "fluorescence or pebbles in photographs, and on anything else its mask means nothing. But a network "
                  "can be taught this picture, by a few strokes, in half a minute."))  # fmt: skip
    if known == OTHER and st.button(t("Teach a network this picture"), key="segment_teach"):
        change(tab="teach")
        st.switch_page("pages/train.py")
    return known


def _said(digest: str) -> None:
    said = st.session_state["subject"]
    if said is not None:  # a second click on the answer takes nothing away
        looking().subjects[digest] = said


def ask_networks(subject: str) -> list[str]:
    """One network that knows the subject or is the visitor's own, or two side by side; of something else no network
    that ships knows anything."""
    names, look = names_for(subject), looking()
    for damaged in shelf().damaged:
        st.warning(plain(t("The network in {folder} can't be used: {reason}.", folder=damaged.folder,
                           reason=damaged.reason)))  # fmt: skip
    if not names and subject == OTHER:
        return []
    if not names:
        st.error(plain(t("No network for this subject is there: restore the folder assets/models.")))
        return []
    first = look.networks.get(subject, names[0])
    first = first if first in names else names[0]
    second = look.seconds.get(subject, NOBODY)
    columns = st.columns(2, gap="small")
    _select(columns[0], t("Network"), names, first, "networks", subject)
    others = [NOBODY, *(name for name in names if name != first)]
    _select(columns[1], t("Beside it"), others, second if second in others else NOBODY, "seconds", subject)
    return [first, second] if second in others[1:] else [first]


def _select(place: st.delta_generator.DeltaGenerator, label: str, names: list[str], current: str, kind: str,
            subject: str) -> None:  # fmt: skip
    key = f"segment_{kind}"
    st.session_state[key] = current
    shown = {name: name or t("no other") for name in names}
    place.selectbox(label, names, format_func=shown.__getitem__, key=key, on_change=_selected, args=(kind, subject))


def _selected(kind: str, subject: str) -> None:
    getattr(looking(), kind)[subject] = st.session_state[f"segment_{kind}"]


def marked_now(image: LoadedImage, line: Line | None) -> None:
    """Take over what was marked by a drag; a mark that can't be used is refused with a sentence."""
    seen = st.session_state.get("mark_seen")
    if line is None or seen == (image_key(image), line):
        return
    st.session_state["mark_seen"] = (image_key(image), line)
    height, width = image.pixels.shape[:2]
    try:
        looking().marked[image_key(image)] = round(diameter_of(line[:2], line[2:], (height, width)), 1)
    except ExplainedError as error:
        st.session_state["mark_refusal"] = error.message
    st.rerun()


def ask_scale(image: LoadedImage) -> None:
    """How large is one object? By a drag over the picture, or typed in; empty takes the image as it is."""
    refusal = st.session_state.pop("mark_refusal", None)
    if refusal:
        st.error(plain(t(refusal)))
    st.session_state["marked"] = looking().marked.get(image_key(image))
    st.number_input(
        t("Diameter of one typical object in pixels: mark it in the picture, or type it"), value=None, min_value=2.0,
        max_value=4096.0, step=1.0, format="%.1f", key="marked", on_change=_typed, args=(image_key(image),),
        placeholder=t("as it is"), help=t("Of an oval one, something between its long and its short side: the network "
                                          "learned from objects whose area is that of a circle of some diameter."),
    )  # fmt: skip


def _typed(key: str) -> None:
    value = st.session_state["marked"]
    if value is None:
        looking().marked.pop(key, None)
    else:
        looking().marked[key] = float(value)
