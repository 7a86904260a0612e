"""Which chart of Findings a visitor looks at: a study, one of its comparisons and a figure; in the address one word."""

from typing import NamedTuple

from unet_core.studies import STUDIES
from unet_core.studies.study import Group


class Choice(NamedTuple):
    """Names of a study, of one of its groups, and of one of the group's figures."""

    study: str
    group: str
    figure: str


def choice(study: str, group: str = "", figure: str = "") -> Choice:
    """What was asked for; what the study does not have gives way to its first. KeyError for no study."""
    groups = {one.name: one for one in STUDIES[study].groups}
    found = groups.get(group, STUDIES[study].groups[0])
    return Choice(study, found.name, figure if figure in found.figures else found.figures[0])


def group_of(chosen: Choice) -> Group:
    return next(one for one in STUDIES[chosen.study].groups if one.name == chosen.group)


def to_word(chosen: Choice) -> str:
    """'skips.skips.mean_dice'; `from_word` is the way back."""
    return ".".join(chosen)


def from_word(word: str) -> Choice | None:
    """None for a word that names no chart."""
    parts = word.split(".")
    if len(parts) != len(Choice._fields) or parts[0] not in STUDIES:
        return None
    wanted = Choice(*parts)
    return wanted if choice(*parts) == wanted else None
