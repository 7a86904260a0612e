"""What the cards of this project say their models are not for, as messages, so that a catalogue finds them."""

from unet_core.messages import Message

NOT_FOR = {
    str(line): line for line in (
        Message("diagnosis, or any decision about a patient"),
        Message("nuclei that are dark on bright, as in stained tissue seen in transmitted light"),
        Message("counting nuclei: those that touch come out as one"),
        Message("nuclei whose radius is far from 5 to 20 pixels; resize the image first"),
        Message("images with hardly a nucleus in them: noise is then brightened and may be taken for one"),
        Message("any decision that rests on the size of stones: compare with stones measured by hand first"),
        Message("photos from farther away or nearer than those it learned from, where half of the stones measure 10 to "
                "34 pixels and the largest 172; resize the image first"),
        Message("other light, other rock, wet or overgrown stones: it has seen one outcrop through one camera"),
        Message("anything but the shapes that it was made for"),
        Message("any decision: it knows one picture, by a few strokes"),
        Message("pictures that look unlike the one that it was taught"),
    )
}  # fmt: skip


def not_for(line: str) -> Message:
    """A card's line; one that no recipe has is shown as it stands."""
    return NOT_FOR.get(line, Message("{line}", {"line": line}))
