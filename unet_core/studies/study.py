"""What a study is: which networks are trained, how, and which are compared. It says; `runner` does."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from unet_core.config import UNetConfig
from unet_core.messages import Message
from unet_core.settings import Settings
from unet_core.teach.lesson import Choices

SEEDS = (1, 2, 3, 4, 5)
LESSON = Choices(seconds=None, steps=250)  # of a U-Net that is taught by strokes


@dataclass(frozen=True)
class ByStrokes:
    """What is learned from strokes on the photo itself, in place of other photos' truth.

    `method` is "unet", with `teaching`, or "forest", a random forest of `trees` on features of the pixels. `begin_from`
    names the model of the zoo with whose weights the U-Net begins, "" are random ones. A run is done once for each of
    `seeds`, which draw strokes, weights and crops; its figures are the means.
    """

    method: str
    strokes: int
    teaching: Choices = LESSON
    begin_from: str = ""
    trees: int = 200
    seeds: tuple[int, ...] = (1, 2, 3)


@dataclass(frozen=True)
class Condition:
    """One way to train: every repeat of it differs in its seed, or in the photo that is held out, and in nothing else.

    With `crops` it learns from so many fixed crops of the training photos in place of the photos. With `as_long_as`,
    the name of another condition, it takes as many steps as fit into that one's time. `heads` are those of a deeply
    supervised net that are measured one by one, each cut out as a network of its own. With `by_strokes` it learns
    as that says, and `settings` mean nothing; nor does `config` of a forest.
    """

    name: str
    label: Message
    config: UNetConfig
    settings: Settings
    crops: int | None = None
    as_long_as: str | None = None
    heads: tuple[int, ...] = ()
    by_strokes: ByStrokes | None = None

    def head(self, level: int) -> str:
        """The name under which the results of head L`level` stand."""
        return f"{self.name}/L{level}"


@dataclass(frozen=True)
class Group:
    """Conditions that go into one chart, and which of them are compared, in the figures named.

    `budget` says what all of them have in common; `members` are names, in the order of the chart. Each is compared
    with `reference`, or, where `pairs` are given as (condition, its own reference), those are; `against` then says
    what the references are. The first of the figures is the one that the study was planned for.
    """

    name: str
    title: Message
    budget: Message
    reference: str
    members: tuple[str, ...]
    figures: tuple[str, ...] = ("mean_dice", "dice")
    pairs: tuple[tuple[str, str], ...] = ()
    against: Message | None = None

    @property
    def compared(self) -> tuple[tuple[str, str], ...]:
        """(condition, reference) of every comparison."""
        return self.pairs or tuple((name, self.reference) for name in self.members if name != self.reference)


@dataclass(frozen=True)
class Study:
    """One question and the trainings that answer it.

    `repeats` are seeds, or with `by_photo` the numbers of the photos that are held out, one after another. `about`
    says what the results rest on: task, what was fixed before, and what they don't say.
    """

    name: str
    question: Message
    conditions: tuple[Condition, ...]
    groups: tuple[Group, ...]
    about: Mapping[str, Message] = field(hash=False)
    repeats: tuple[int, ...] = SEEDS
    by_photo: bool = False
    side: int | None = None  # of the middle that is cut out of each photo, in pixels; None: the whole photo

    @cached_property
    def by_name(self) -> Mapping[str, Condition]:
        """The conditions by their names."""
        return {condition.name: condition for condition in self.conditions}

    @cached_property
    def labels(self) -> Mapping[str, Message]:
        """What a chart calls each condition, and each head that is measured by itself."""
        labels = {condition.name: condition.label for condition in self.conditions}
        for condition in self.conditions:
            labels |= {condition.head(level): Message("head L{level}", {"level": level}) for level in condition.heads}
        return labels

    @property
    def of_strokes(self) -> bool:
        """Whether it is about learning a photo from strokes on it; its repeats are then the photos."""
        return any(condition.by_strokes is not None for condition in self.conditions)

    @property
    def wanted(self) -> int:
        """Trainings in all."""
        return len(self.conditions) * len(self.repeats)
