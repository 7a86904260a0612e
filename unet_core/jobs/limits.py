"""How much may be asked of a server, by one visitor and by all together."""

from dataclasses import dataclass

from unet_core.jobs.job import Bounds, JobError
from unet_core.machine import spare_memory
from unet_core.messages import Message

MEGABYTE = 2**20


@dataclass(frozen=True)
class Limits:
    """Of one job, of one visitor, and of all. Bytes and seconds where nothing else is said."""

    steps: int = 100_000
    pixels: int = 4 * 2**20  # of one step
    memory: int = 3 * 2**30
    seconds: float = 900.0
    job: int = 192 * MEGABYTE  # of a job itself, with the images that it carries
    waiting_of_one: int = 8  # jobs that wait or run
    waiting_of_all: int = 120
    waiting_bytes: int = 768 * MEGABYTE  # of all jobs that wait or run
    kept_of_one: int = 256 * MEGABYTE  # results and progress of ended jobs
    kept_of_all: int = 768 * MEGABYTE
    kept_seconds: float = 2 * 3600.0
    progress: int = 4000  # values of one job
    previews: int = 48 * MEGABYTE  # of one job
    commands: int = 500  # since the last checkpoint
    command_bytes: int = 32 * MEGABYTE  # of the same
    tries: int = 3  # processes that may die over one job
    paused_seconds: float = 60.0  # after which a paused job leaves its process to others


LIMITS = Limits()


def check(bounds: Bounds, limits: Limits, here: bool) -> None:
    """Raise JobError for bounds beyond the limits, or beyond what this machine has where the work is done `here`."""
    for name, asked, most in (
        ("steps", bounds.steps, limits.steps), ("pixels", bounds.pixels, limits.pixels),
        ("seconds", bounds.seconds, limits.seconds),
    ):  # fmt: skip
        if not 0 < asked <= most:
            raise JobError(REFUSALS[name].template, asked=asked, most=most)
    if not 0 < bounds.memory <= limits.memory:
        raise JobError(
            "this needs {asked:,.0f} MB of memory, and {most:,.0f} MB is the most here: choose a smaller network, "
            "smaller crops or fewer of them at once", asked=bounds.memory / MEGABYTE, most=limits.memory / MEGABYTE,
        )  # fmt: skip
    if here and bounds.memory > (spare := spare_memory()):
        raise JobError(
            "this needs {asked:,.0f} MB of memory, and this machine has {spare:,.0f} MB left at the moment: choose a "
            "smaller network, or try again when others have finished",
            asked=bounds.memory / MEGABYTE, spare=spare / MEGABYTE,
        )  # fmt: skip


REFUSALS = {
    "steps": Message("this would take {asked:,} steps, and it must be 1 to {most:,} here: choose fewer"),
    "pixels": Message("one step would compute on {asked:,} pixels, and it must be 1 to {most:,} here: choose smaller "
                      "crops or fewer of them at once"),
    "seconds": Message("this would take up to {asked:,.0f} seconds, and it must be 1 to {most:,.0f} here: choose less"),
}  # fmt: skip
