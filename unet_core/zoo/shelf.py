"""The trained models that are there, as a page offers them: by subject, a sensible one first, damaged ones told.

Only cards are read; weights are loaded when a model is used.
"""

from dataclasses import dataclass
from pathlib import Path

from unet_core.checkpoint import WEIGHTS, CheckpointError, load_card
from unet_core.messages import ExplainedError, Message
from unet_core.zoo.passport import SUBJECTS, Passport, passport
from unet_core.zoo.recipes import RECIPES

MOST = 100  # folders that are looked into


@dataclass(frozen=True)
class Damaged:
    """A folder that should hold a model, and why it can't be used."""

    folder: str
    reason: Message


@dataclass(frozen=True)
class Shelf:
    """The models of a folder, subject by subject; of each subject the one to begin with comes first."""

    models: tuple[Passport, ...]
    damaged: tuple[Damaged, ...]

    def of(self, subject: str) -> tuple[Passport, ...]:
        """The models for a key of SUBJECTS, the one to begin with first."""
        return tuple(model for model in self.models if model.subject == subject)

    def subjects(self) -> tuple[str, ...]:
        """The subjects for which there is a model, in the order of SUBJECTS."""
        return tuple(subject for subject in SUBJECTS if self.of(subject))

    def find(self, name: str) -> Passport | None:
        """The model in the folder `name`."""
        return next((model for model in self.models if model.folder == name), None)

    def trained_without(self, subject: str) -> tuple[Passport, ...]:
        """The models for a subject that were trained without a skip: `missing_skips` says which, `compared_with` the
        model from which they differ in nothing else. A skip that is switched off in a trained net is another thing.
        """
        return tuple(model for model in self.of(subject) if model.missing_skips)


def read_shelf(folder: Path) -> Shelf:
    """Look into every folder of `folder`, as `zoo.MODELS`. Never raises for what lies in there."""
    places = sorted(place for place in folder.iterdir() if place.is_dir()) if folder.is_dir() else []
    models, damaged = list[Passport](), list[Damaged]()
    for place in [place for place in places if not place.name.startswith(".")][:MOST]:
        try:
            models.append(_read(place))
        except ExplainedError as error:
            damaged.append(Damaged(place.name, error.message))
    return Shelf(tuple(sorted(models, key=_order)), tuple(damaged))


def _read(place: Path) -> Passport:
    card = load_card(place)
    if not (place / WEIGHTS).is_file():
        raise CheckpointError("there is no {file} that can be read in {folder}", file=WEIGHTS, folder=place.name)
    return passport(card, place.name)


def _order(model: Passport) -> tuple[int, bool, bool, int, str]:
    """By subject; plain U-Nets first, and of these one that tells touching objects apart, for counting them.

    Where that does not decide, in the order of the recipes; strangers come last.
    """
    plain = model.config.architecture == "unet" and not model.compared_with and not model.missing_skips
    place = list(RECIPES).index(model.name) if model.name in RECIPES else len(RECIPES)
    return (list(SUBJECTS).index(model.subject), not plain, not model.tells_touching_apart, place,
            model.folder)  # fmt: skip
