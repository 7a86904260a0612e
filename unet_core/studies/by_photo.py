"""Study 3, by photo: U-Net, a wider U-Net of the U-Net++'s multiply-adds, and U-Net++. Each of the seven photos is held
out once, the test photo among them; the nets and their training are those of `wiring`, fixed before. Pairs are photos,
so these intervals say something about other photos of this outcrop, which those over seeds don't.
"""

from dataclasses import replace

from unet_core.messages import Message
from unet_core.studies.recipe import TASK
from unet_core.studies.study import Group, Study
from unet_core.studies.wiring import BASE, MATCHED, SAME

PHOTOS = (1, 2, 3, 4, 5, 6, 7)


CONDITIONS = tuple(replace(condition, heads=()) for condition in (SAME["unet"], MATCHED["unet"], SAME["unet++-ds"]))

STUDY = Study(
    name="by-photo",
    question=Message("Is U-Net++ better on a photo that it never saw?"),
    conditions=CONDITIONS,
    groups=(
        Group("filters", Message("Each photo held out once, at the same filters"),
              Message("each photo held out once, the same steps and filters"), SAME["unet"].name,
              (SAME["unet"].name, SAME["unet++-ds"].name), ("mean_dice", "dice", "object_f1")),
        Group("macs", Message("Each photo held out once, at the same multiply-adds"),
              Message("each photo held out once, the same steps and multiply-adds"), MATCHED["unet"].name,
              (MATCHED["unet"].name, SAME["unet++-ds"].name), ("mean_dice", "dice", "object_f1")),
    ),
    about={
        **TASK,
        "learned_from": Message("six of the seven photos"),
        "measured_on": Message("the seventh, once per run, after its last step"),
        "every_photo": Message("each photo is held out once, the validation photo 7 and the test photo 4 among them; "
                               "nets, steps and settings ({filters} filters, those of the study of wirings) were fixed "
                               "before, and nothing is chosen by these results", {"filters": BASE}),
        "interval": Message("95 %, Student's t over the paired differences of runs with the same photo held out"),
        "does_not_say": Message("what photos of another place would show, nor larger nets or longer trainings"),
    },
    repeats=PHOTOS,
    by_photo=True,
)  # fmt: skip
