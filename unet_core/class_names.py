"""The classes of the models that ship, by the names on their cards, as messages."""

from unet_core.messages import Message

NAMES = {
    str(name): name for name in (
        Message("background"), Message("inside"), Message("boundary"), Message("nucleus"), Message("circle"),
        Message("square"), Message("triangle"), Message("foreground"), Message("not this"), Message("this"),
        Message("class 3"), Message("class 4"), Message("class 5"), Message("class 6"),
    )
}  # fmt: skip


def class_name(name: str) -> Message:
    """A class as it is called on a card; one that is not known here is shown as it stands."""
    return NAMES.get(name, Message("{line}", {"line": name}))
