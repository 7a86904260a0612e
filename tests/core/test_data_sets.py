"""What every data set promises, whichever it is: names that fit its truth, and images that a network can be given."""

import json

import numpy as np
import pytest

from unet_core.data import DATA_SETS
from unet_core.data.knobs import Knobs
from unet_core.data.samples import DataSet, object_diameter
from unet_core.segment import normalise

SMALL = {"nuclei": {"training": (1, 3), "validation": (1000, 2), "knobs": Knobs(height=96, width=96, empty=0)},
         "shapes": {"training": 8, "validation": 4, "test": 4}}  # fmt: skip


@pytest.fixture(params=sorted(DATA_SETS))
def data(request: pytest.FixtureRequest) -> DataSet:
    return DATA_SETS[request.param](**SMALL.get(request.param, {}))


def test_a_set_is_known_by_its_own_name() -> None:
    assert {name: DATA_SETS[name](**SMALL.get(name, {})).name for name in DATA_SETS} == {
        "pebbles": "pebbles", "nuclei": "nuclei", "shapes": "shapes",
    }  # fmt: skip


def test_classes_have_names_and_every_class_occurs(data: DataSet) -> None:
    assert data.classes[0] == "background" and len(set(data.classes)) == len(data.classes)
    seen = np.unique(np.concatenate([np.unique(sample.classes) for sample in data.training]))
    assert np.array_equal(seen, np.arange(len(data.classes)))


def test_truth_and_image_agree_in_every_sample(data: DataSet) -> None:
    for sample in (*data.training, *data.validation, *data.open_test()):
        assert sample.image.min() >= 0 and sample.image.max() <= 1
        assert np.array_equal(sample.mask, sample.instances > 0)
        assert sample.name and sample.image.flags.writeable  # torch warns of arrays that are not
    shapes = {sample.image.shape for part in (data.training, data.validation) for sample in part}
    assert len(shapes) == 1  # so that they can be stacked


def test_training_and_validation_share_no_image(data: DataSet) -> None:
    everything = [*data.training, *data.validation, *data.open_test()]
    assert len({sample.image.tobytes() for sample in everything}) == len(everything)
    assert len({sample.name for sample in everything}) == len(everything)


def test_segment_can_normalise_it_as_the_card_will_say(data: DataSet) -> None:
    normal = normalise(data.training[0].image.transpose(2, 0, 1), data.normalisation)
    assert normal.std() > 0.05 and abs(float(np.median(normal))) < 1


def test_what_the_card_says_is_plain_json_and_names_the_source(data: DataSet) -> None:
    assert json.loads(json.dumps(data.about)) == json.loads(json.dumps(dict(data.about)))
    assert {"name", "licence", "split", "training", "validation", "scale"} <= set(data.about)
    assert data.object_diameter == object_diameter(data.training)
    assert data.about["scale"]["median_diameter"] == round(data.object_diameter, 1)
