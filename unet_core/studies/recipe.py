"""What all studies have in common: a small net, short trainings, and pebbles as the task.

Chosen before the first result: nets of 7 to 16 channels at full resolution and some 240 steps, so that a run takes at
most about 40 s on two cores. No weights are chosen among several: every run is measured once, at its last step, so
that the validation photo is nobody's guide. Differences at this size and length need not hold for larger nets.
"""

from unet_core.config import UNetConfig
from unet_core.settings import Settings

NET = UNetConfig(in_channels=3, classes=3, base_channels=8, depth=3, padding="same", norm="batch")


def settings(steps: int = 240, crop: int = 96) -> Settings:
    """Batches of 8 crops, turned over; half the digits; one validation, at the end."""
    return Settings(steps=steps, crop=crop, batch_size=8, learning_rate=5e-3, validate_every=steps,
                    precision="bfloat16")  # fmt: skip


TASK = {
    "task": "pebbles: background, inside and boundary of stones, so that those that touch come apart",
    "learned_from": "photos 1, 2, 3, 5 and 6",
    "measured_on": "the whole validation photo 7, once per run, after its last step; the test photo stays closed",
    "interval": "95 %, Student's t over the paired differences of runs with the same seed, that is the same crops",
    "does_not_say": "what larger nets, longer trainings or other photos would show: the intervals are over seeds only",
}
