"""One run of the study of strokes: a photo, strokes on it by rule, and what a U-Net or a forest makes of the rest.

Everything comes from the seeds and is done on one thread, so it can be done again with the same figures. The forest is
what people use for this today: features of every pixel at five scales and a random forest on them (Breiman 2001), as
in scikit-image's trainable segmentation.
"""

import time
from datetime import UTC, datetime
from statistics import fmean

import numpy as np
import torch
from numpy.typing import NDArray

from unet_core import zoo
from unet_core.answer import answer
from unet_core.checkpoint import load
from unet_core.data.pebbles import photo
from unet_core.data.samples import Sample
from unet_core.device import describe_device
from unet_core.messages import ExplainedError
from unet_core.metrics import dice
from unet_core.models import NestedUNet, UNet
from unet_core.probabilities import class_map
from unet_core.strokes import UNPAINTED
from unet_core.studies.parity import macs, parameters
from unet_core.studies.provenance import commit
from unet_core.studies.results import Run, fingerprint, plan
from unet_core.studies.scribbles import scribbles
from unet_core.studies.study import ByStrokes, Condition, Study
from unet_core.studies.task import cut
from unet_core.teach import Choices, Labels, card_of, labels_of, net_from, new_net, teach

SCALES = (1.0, 16.0)  # sigma_min and sigma_max of the features: 1, 2, 4, 8 and 16 pixels
DIGITS = 6
CLASSES = ("background", "stone")
Mask = NDArray[np.bool_]


def run(study: Study, condition: Condition, repeat: int) -> Run:
    """Once for every seed; the figures are their means. `seconds` is the mean of one lesson, its mask included."""
    how = condition.by_strokes
    assert how is not None
    sample = cut(photo(repeat), study.side)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        made = {seed: _one(sample, how, seed) for seed in how.seeds}
        device = describe_device("cpu")
    finally:
        torch.set_num_threads(threads)
    seeds = {str(seed): {"unstroked_dice": round(figure, DIGITS)} for seed, (figure, _, _) in made.items()}
    forest = how.method == "forest"
    return Run(
        study=study.name, condition=condition.name, repeat=repeat,
        fingerprint=fingerprint(study, condition, repeat), plan=plan(study, condition, repeat),
        steps=how.trees if forest else how.teaching.steps or 0,
        parameters=round(fmean(size for _, _, size in made.values())) if forest else parameters(condition.config),
        macs=0 if forest else macs(condition.config),
        seconds=round(fmean(seconds for _, seconds, _ in made.values()), 2),
        figures={"unstroked_dice": round(fmean(figure for figure, _, _ in made.values()), DIGITS)}, commit=commit(),
        device=device, torch=torch.__version__, date=datetime.now(UTC).isoformat(timespec="seconds"), seeds=seeds,
    )  # fmt: skip


def _one(sample: Sample, how: ByStrokes, seed: int) -> tuple[float, float, int]:
    """Dice on the pixels without a stroke, seconds of this process, and how large the model is."""
    strokes = scribbles(sample.mask, how.strokes, seed)
    labels = labels_of(strokes, (sample.mask.shape[0], sample.mask.shape[1]))
    learn = _forest if how.method == "forest" else _unet
    began = time.process_time()  # what other programs take of the machine does not count
    found, size = learn(sample, labels, how, seed)
    seconds = time.process_time() - began
    rest = labels == UNPAINTED
    return dice(found[rest], sample.mask[rest]), seconds, size


def _unet(sample: Sample, labels: Labels, how: ByStrokes, seed: int) -> tuple[Mask, int]:
    choices = Choices(**{**vars(how.teaching), "seed": seed})
    model: UNet | NestedUNet = (
        net_from(load(zoo.MODELS / how.begin_from)[0], choices) if how.begin_from else new_net(sample.image, choices)
    )  # fmt: skip
    *_, last = teach(model, sample.image, labels, choices)
    card = card_of(model, sample.image, labels, choices, last, CLASSES, how.begin_from)
    found = answer(model, card, sample.image).per_class
    assert found is not None
    return class_map(found) > 0, sum(tensor.numel() for tensor in model.parameters())


def _forest(sample: Sample, labels: Labels, how: ByStrokes, seed: int) -> tuple[Mask, int]:
    """A class for every pixel, and the nodes of all trees."""
    try:
        from skimage.feature import multiscale_basic_features
        from sklearn.ensemble import RandomForestClassifier
    except ImportError as error:
        raise ExplainedError("the study of strokes compares with scikit-learn's random forest, which is not installed: "
                             "pip install -r requirements-test.txt") from error  # fmt: skip
    low, high = SCALES
    features = multiscale_basic_features(  # type: ignore[no-untyped-call]
        sample.image, channel_axis=-1, sigma_min=low, sigma_max=high
    )
    forest = RandomForestClassifier(n_estimators=how.trees, class_weight="balanced", random_state=seed, n_jobs=1)
    stroked = labels != UNPAINTED
    forest.fit(features[stroked], labels[stroked])
    found: Mask = forest.predict(features.reshape(-1, features.shape[-1])).reshape(labels.shape) > 0
    return found, sum(tree.tree_.node_count for tree in forest.estimators_)
