"""Study 5: how much data? 1 to 100 fixed crops of the training photos, with and without the elastic deformation of
Ronneberger et al. 2015, who say that it let them learn from few annotated images. A larger set of a seed holds the
smaller ones; all are turned over, and all take the same number of steps.
"""

from dataclasses import replace

from unet_core.augment import Augmentation
from unet_core.messages import Message
from unet_core.studies.recipe import NET, TASK, settings
from unet_core.studies.study import Condition, Group, Study

STEPS = 700
COUNTS = (1, 2, 5, 20, 100)
DEVIATION = 10.0  # pixels, of the random displacements, as in the paper
FLIPS = settings(STEPS)
ELASTIC = replace(FLIPS, augmentation=Augmentation(elastic=DEVIATION))



def _words(count: int) -> Message:
    return Message("one crop") if count == 1 else Message("{count} crops", {"count": count})


PLAIN = {count: Condition(f"crops-{count}", _words(count), NET, FLIPS, crops=count) for count in COUNTS}
BENT = {count: Condition(f"crops-{count}-elastic", Message("{crops}, deformed", {"crops": _words(count)}), NET, ELASTIC,
                         crops=count) for count in COUNTS}  # fmt: skip

STUDY = Study(
    name="data-amount",
    question=Message("How much data does it take, and does deforming it help?"),
    conditions=tuple(condition for count in COUNTS for condition in (PLAIN[count], BENT[count])),
    groups=(
        Group("crops", Message("Training crops"), Message("the same steps and filters"), PLAIN[100].name,
              tuple(condition.name for condition in PLAIN.values())),
        Group("elastic", Message("Elastic deformation"), Message("the same steps, filters and crops"),
              PLAIN[1].name, tuple(one[count].name for count in COUNTS for one in (PLAIN, BENT)),
              pairs=tuple((BENT[count].name, PLAIN[count].name) for count in COUNTS),
              against=Message("the same crops as they are")),
    ),
    about={
        **TASK,
        "learned_from": Message("fixed crops of 96 px from photos 1, 2, 3, 5 and 6, drawn from the seed; a larger set "
                                "holds the smaller ones"),
        "fixed": Message("depth 3, 8 filters, {steps} steps; displacements on a 3 x 3 grid over each crop, standard "
                         "deviation {deviation:.0f} px", {"steps": STEPS, "deviation": DEVIATION}),
    },
)  # fmt: skip
