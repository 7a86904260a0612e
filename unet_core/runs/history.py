"""What a run has told so far, put together: curves, looks and pictures of every network. Telling twice counts once."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from unet_core.messages import Message
from unet_core.runs.job import Opened, Shown, Told
from unet_core.runs.run import Plan


@dataclass(frozen=True, eq=False)
class Moment:
    """A look at one network. `shown` is None where its pictures were not kept."""

    step: int
    seconds: float
    figures: dict[str, float]
    shown: Shown | None


@dataclass(eq=False)
class Track:
    """One network: `losses` by step are (seconds, loss), `moments` by step."""

    label: Message
    plan: Plan | None = None
    losses: dict[int, tuple[float, float]] = field(default_factory=dict)
    moments: dict[int, Moment] = field(default_factory=dict)
    failed: Message | None = None

    @property
    def seconds(self) -> float:
        """Of training so far."""
        return max((at for at, _ in self.losses.values()), default=0.0)

    @property
    def step(self) -> int:
        return max(self.losses, default=0)

    @property
    def looks(self) -> list[Moment]:
        """In order."""
        return [self.moments[step] for step in sorted(self.moments)]

    @property
    def best(self) -> Moment | None:
        """The look with the best mean Dice of the classes on validation, the first of equal ones; that before the first
        step does not count."""
        later = [moment for moment in self.looks if moment.step]
        return max(later, key=lambda moment: moment.figures["class_dice"], default=None)


@dataclass(eq=False)
class History:
    """`opened` says what it is about, None before it has told. `left` seconds of all networks together, `speed` images
    a second, as they were told last."""

    tracks: list[Track] = field(default_factory=list)
    opened: Opened | None = None
    left: float = 0.0
    speed: float = 0.0

    @property
    def macs_per_second(self) -> float | None:
        """By the newest probe; None before there was one."""
        plans = [track.plan for track in self.tracks if track.plan is not None]
        return plans[-1].estimate.macs / plans[-1].per_step if plans else None


def history(told: Iterable[tuple[object, object]]) -> History:
    """From (value, preview) of each report of a TrainJob, in order."""
    found = History()
    for value, preview in told:
        if isinstance(value, Told):
            _add(found, value, preview if isinstance(preview, Shown) else None)
    return found


def _add(found: History, told: Told, shown: Shown | None) -> None:
    found.left, found.speed = told.left, told.speed
    if told.opened is not None and found.opened is None:
        found.opened = told.opened
        found.tracks = [Track(entrant.label) for entrant in told.opened.order.entrants]
    if found.opened is None:
        return
    if told.plan is not None:
        found.tracks[told.plan.entrant].plan = told.plan.plan
    if told.failed is not None:
        found.tracks[told.failed.entrant].failed = told.failed.reason
    for entrant, step, loss, seconds in told.points:
        found.tracks[entrant].losses[step] = (seconds, loss)
    if told.look is not None:
        entrant, step, seconds, figures = told.look
        known = found.tracks[entrant].moments.get(step)
        kept = shown or (known.shown if known else None)
        found.tracks[entrant].moments[step] = Moment(step, seconds, figures, kept)
