"""The field of a mask's pixel: against finite differences, the plain model's gradient, and noise outside of it."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn.functional import logsigmoid

from tests.core.subjects import KINDS, PLAIN, VALID, image_of, net_of, subject_of
from tests.core.test_checkpoint import card_of
from unet_core.experiments.field import field_of, radius
from unet_core.experiments.object_size import diameters, field_says
from unet_core.inside.subject import Subject, subject
from unet_core.messages import ExplainedError
from unet_core.models import mean_of_heads
from unet_core.probabilities import foreground
from unet_core.receptive_field import Box

SIZE = (60, 75)
EXACT = [kind for kind in KINDS if kind not in ("group", "instance")]


def gradient(of: Subject, y: int, x: int) -> np.ndarray:
    """|d logit(P(foreground)) / d input| of the plain model on the whole input."""
    image = of.prepared.tensor.clone().requires_grad_()
    logits = mean_of_heads(of.model.double()(image.double()))[0, :, y, x]
    if len(logits) == 1:  # log P - log(1 - P) of the foreground, without rounding P to 1
        value = logsigmoid(logits[0]) - logsigmoid(-logits[0])
    else:
        value = logits.log_softmax(0)[1:].exp().sum().log() - logits.log_softmax(0)[0]
    (found,) = torch.autograd.grad(value, image)
    of.model.float()
    return found[0].abs().sum(0).numpy()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("pixel", [(30, 41), (0, 74), (59, 3)], ids=["inside", "corner", "edge"])
def test_the_effective_field_is_the_gradient_of_the_plain_model(kind: str, pixel: tuple[int, int]) -> None:
    of = subject_of(KINDS[kind], SIZE)
    found, expected = field_of(of, *pixel), gradient(of, *pixel)
    if expected.max() < 1e-6:  # in these tiny networks a pixel may depend on nothing at all
        assert found.influence.max() < 1e-6
        return
    margin = 20 if of.config.padding == "valid" else 0
    inner = expected[margin : margin + SIZE[0], margin : margin + SIZE[1]]
    assert found.pixel == pixel and found.influence.shape == SIZE and found.influence.dtype == np.float32
    assert np.allclose(found.influence, inner, rtol=1e-3, atol=1e-4 * expected.max())
    assert found.mirrored == pytest.approx(1 - inner.sum() / expected.sum(), abs=1e-4)
    box = Box(*(side + margin for side in (found.box.top, found.box.left, found.box.bottom, found.box.right)))
    assert found.inside == pytest.approx(
        expected[box.top : box.bottom, box.left : box.right].sum() / expected.sum(), abs=1e-4
    )
    assert (found.inside == 1) == found.exact == (kind in EXACT)


@pytest.mark.parametrize("kind", ["plain", "nested", "valid"])
def test_the_gradient_says_how_the_probability_moves(kind: str) -> None:
    """Finite differences in double precision, at the pixel that counts for most."""
    of = subject_of(KINDS[kind], SIZE)
    found = field_of(of, 30, 41)
    y, x = np.unravel_index(found.influence.argmax(), SIZE)
    margin = 20 if of.config.padding == "valid" else 0
    model, image = of.model.double(), of.prepared.tensor.double()
    moved = 0.0
    for channel in range(image.shape[1]):
        logits = []
        for step in (1e-6, -1e-6):
            other = image.clone()
            other[0, channel, y + margin, x + margin] += step
            with torch.no_grad():
                probability = foreground(mean_of_heads(model(other)))[0, 30, 41].item()
            logits.append(np.log(probability / (1 - probability)))
        moved += abs(logits[0] - logits[1]) / 2e-6
    assert found.influence[y, x] == pytest.approx(moved, rel=1e-3)


@pytest.mark.parametrize("kind", EXACT)
def test_what_lies_outside_the_boxes_can_be_anything(kind: str) -> None:
    """Noise in place of everything that does not feed the pixel, in every block, leaves its value as it was."""
    of = subject_of(KINDS[kind], SIZE)
    found = field_of(of, 30, 41)
    margin = 20 if of.config.padding == "valid" else 0
    feeds = dict(found.feeds)
    assert (feeds["input"].top, feeds["input"].left) == (found.box.top + margin, found.box.left + margin)

    def around(name, compute, inputs):
        output = compute(*inputs)
        return disturbed(output, feeds[name]) if name in feeds else output

    image = disturbed(of.prepared.tensor, feeds["input"])
    before, after = of.logits()[0, :, 30, 41], of.logits(around, image)[0, :, 30, 41]
    assert torch.allclose(before, after, atol=1e-4 * before.abs().max().item())
    assert not torch.allclose(of.logits(), of.logits(around, image), atol=1e-3)


def disturbed(output: torch.Tensor, box: Box) -> torch.Tensor:
    noise = torch.randn_like(output)
    inner = (..., slice(box.top, box.bottom), slice(box.left, box.right))
    noise[inner] = output[inner]
    return noise


def test_the_cell_that_covers_the_pixel_feeds_it() -> None:
    for kind in ("plain", "nested", "valid"):
        found = field_of(subject_of(KINDS[kind], SIZE), 30, 41)
        for name, box in found.feeds.items():
            cell = found.cells[name]
            assert cell is not None and box.top <= cell[0] < box.bottom and box.left <= cell[1] < box.right


def test_a_radius_holds_its_share_and_one_less_does_not() -> None:
    influence = np.random.default_rng(0).random((31, 40)).astype(np.float32)
    for share in (0.1, 0.5, 0.95, 1.0):
        found = radius(influence, (12, 30), share)

        def held(r: int) -> float:
            return influence[max(0, 12 - r) : 13 + r, max(0, 30 - r) : 31 + r].sum() / influence.sum()

        assert held(found) >= share - 1e-6 and (found == 0 or held(found - 1) < share)
    field = field_of(subject_of(PLAIN, SIZE), 30, 41)
    assert 0 < field.radius_50 < field.radius_95 <= max(field.side // 2 + 8, 1)


def test_objects_against_the_field_in_numbers() -> None:
    of = subject_of(PLAIN, SIZE)
    field = field_of(of, 30, 41)
    told = [str(one) for one in field_says(of, field)]
    assert f"box is {field.side} pixels wide" in told[0] and f"the inner {2 * field.radius_95 + 1}" in told[0]
    assert f"about 12 pixels across (median): {field.side / 12:.1f} of them" in told[1] and len(told) == 2
    objects = np.zeros(SIZE, np.int32)
    assert len(field_says(of, field, objects)) == 2
    objects[:5, :5] = 3
    assert "Even the largest object here, 6 pixels" in str(field_says(of, field, objects)[-1])
    objects[10:, :] = 4
    assert "get holes" in str(field_says(of, field, objects)[-1])
    wide = replace(field, radius_95=field.side // 8)
    objects[10:, :] = 0
    objects[10 : 10 + field.side // 2, : field.side // 2] = 5
    assert "outside the" in str(field_says(of, wide, objects)[-1])


def test_a_diameter_is_that_of_a_circle_of_the_same_area() -> None:
    rows, columns = np.mgrid[:41, :41]
    objects = np.where((rows - 20) ** 2 + (columns - 20) ** 2 <= 15**2, 8, 0)
    assert diameters(objects) == pytest.approx([30], abs=0.5)


def test_a_reduced_image_is_pointed_at_where_it_came_from() -> None:
    of = subject(net_of(PLAIN), card_of(PLAIN), image_of(PLAIN, (80, 100)), max_side=50)
    assert field_of(of, 79, 50).pixel == (39, 25)
    with pytest.raises(ExplainedError):
        field_of(of, 80, 0)


def test_a_field_may_be_asked_for_in_inference_mode_and_leaves_no_gradient() -> None:
    of = subject_of(VALID, SIZE)
    with torch.inference_mode():
        inside = field_of(of, 5, 5)
    assert np.array_equal(inside.influence, field_of(of, 5, 5).influence)
    assert all(parameter.grad is None for parameter in of.model.parameters())
