"""What all studies have in common: a small net, short trainings, and pebbles as the task.

Chosen before the first result: nets of 7 to 16 channels at full resolution and 240 to 700 steps, so that a run takes at
most about 40 s on two cores. No weights are chosen among several: every run is measured once, at its last step, so
that the validation photo is nobody's guide. Differences at this size and length need not hold for larger nets.

A pilot of one seed on the validation photo said that such nets do differ on this task, and in what. With 8 filters and
400 steps a U-Net of depth 3 reached a Dice of the foreground of 0.832, and without any skip 0.848; but a mean Dice of
inside and boundary of 0.62 against 0.42, and an F1 of objects of 0.57 against 0.22. So the mean Dice of both classes
is the figure that the studies are planned for, and the foreground's stands beside it. With one training crop in place
of the photos the mean Dice was 0.46, with 100 crops 0.62 (300 steps); one level deep 0.51, three levels 0.58 (240).
"""

from collections.abc import Mapping

from unet_core.config import UNetConfig
from unet_core.messages import Message
from unet_core.settings import Settings

NET = UNetConfig(in_channels=3, classes=3, base_channels=8, depth=3, padding="same", norm="batch")


def settings(steps: int = 240, crop: int = 96) -> Settings:
    """Batches of 8 crops, turned over; half the digits; one validation, at the end."""
    return Settings(steps=steps, crop=crop, batch_size=8, learning_rate=5e-3, validate_every=steps,
                    precision="bfloat16")  # fmt: skip


TASK: Mapping[str, Message] = {
    "task": Message("pebbles: background, inside and boundary of stones, so that those that touch come apart"),
    "learned_from": Message("photos 1, 2, 3, 5 and 6"),
    "measured_on": Message("the whole validation photo 7, once per run, after its last step; the test photo stays "
                           "closed"),
    "figure": Message("mean Dice of inside and boundary, chosen in a pilot of one seed: the foreground hardly tells "
                      "these nets apart (without any skip 0.848 against 0.832, where the mean Dice was 0.42 against "
                      "0.62)"),
    "interval": Message("95 %, Student's t over the paired differences of runs with the same seed, that is the same "
                        "crops"),
    "does_not_say": Message("what larger nets, longer trainings or other photos would show: the intervals are over "
                            "seeds only"),
}  # fmt: skip
