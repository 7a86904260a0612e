"""A trained model by what a command line calls it."""

from pathlib import Path

from unet_core.checkpoint import CARD
from unet_core.messages import ExplainedError
from unet_core.zoo import MODELS


def folder_of(name: str) -> Path:
    """The folder of a model: the name of one that ships, as 'nuclei-unet', or the path of any folder with a card."""
    for folder in (MODELS / name, Path(name)):
        if (folder / CARD).is_file():
            return folder
    raise ExplainedError(
        "there is no model {name}: those that ship are {known}; any other is named by a folder that holds {card}",
        name=repr(name[:60]), known=", ".join(shipped()), card=CARD,
    )  # fmt: skip


def shipped() -> list[str]:
    """The names of the models in `assets/models`, sorted."""
    return sorted(card.parent.name for card in MODELS.glob(f"*/{CARD}"))
