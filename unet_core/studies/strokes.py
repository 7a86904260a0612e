"""Study 7: is a U-Net that is taught one picture by strokes better than a random forest on pixel features?

Each photo is its own task: strokes are drawn on it by rule from its truth (`scribbles`), and what was learned is
measured on all its other pixels. The test photo 4 stays closed. A U-Net that begins with a trained network's weights
must begin with one that has never seen these photos, so the networks for pebbles are out; shapes-unet knows drawn
circles, squares and triangles in colour.
"""

from dataclasses import replace

from unet_core.data.pebbles import SPLIT
from unet_core.messages import Message
from unet_core.settings import Settings
from unet_core.studies.study import ByStrokes, Condition, Group, Study
from unet_core.teach.net import small_config

PHOTOS = tuple(sorted(SPLIT["training"] + SPLIT["validation"]))
COUNTS = (5, 20)  # strokes
STRANGER = "shapes-unet"
UNET, FOREST = "unet", "forest"
NAMES = {
    "unet": (UNET, "", Message("U-Net from random weights")),
    "shapes": (UNET, STRANGER, Message("U-Net that begins as {network}", {"network": STRANGER})),
    "forest": (FOREST, "", Message("random forest on pixel features")),
}  # fmt: skip


def _condition(count: int, arm: str) -> Condition:
    method, begin_from, label = NAMES[arm]
    how = ByStrokes(method, count, begin_from=begin_from)
    config = small_config(3, how.teaching)
    if begin_from:
        config = replace(config, base_channels=8, depth=3)  # that of the stranger, which a test compares
    return Condition(f"{arm}-{count}", label, config, Settings(), by_strokes=how)


def _group(count: int) -> Group:
    return Group(
        f"strokes-{count}", Message("{count} strokes", {"count": count}), Message("{count} strokes", {"count": count}),
        f"forest-{count}", tuple(f"{arm}-{count}" for arm in NAMES), ("unstroked_dice",),
    )  # fmt: skip


FULL = ByStrokes(UNET, COUNTS[-1])
STUDY = Study(
    name="strokes",
    question=Message("Can strokes alone teach a U-Net, and better than a random forest?"),
    conditions=tuple(_condition(count, arm) for count in reversed(COUNTS) for arm in NAMES),
    groups=tuple(_group(count) for count in reversed(COUNTS)),
    about={
        "task": Message("pebbles: stone or not, for every pixel of the photo on which the strokes lie"),
        "learned_from": Message("strokes on the photo itself, by rule from its truth: every second one in a stone, 2 "
                                "pixels in radius and at most 40 long, three draws for each photo"),
        "measured_on": Message("all pixels of that photo without a stroke; the test photo 4 stays closed"),
        "fixed": Message("{steps} steps of one picture for the U-Nets, {trees} trees for the forest, which has "
                         "features at scales of 1 to 16 pixels; both on one thread. Times are those of the process",
                         {"steps": FULL.teaching.steps, "trees": FULL.trees}),
        "figure": Message("Dice of stones on the pixels without a stroke, the mean of three draws of strokes, weights "
                          "and crops"),
        "interval": Message("95 %, Student's t over the paired differences of runs on the same photo"),
        "does_not_say": Message("what strokes from a hand would show, nor pictures of other things: six photos of one "
                                "outcrop"),
    },
    repeats=PHOTOS,
    by_photo=True,
)  # fmt: skip
