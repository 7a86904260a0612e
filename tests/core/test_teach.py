"""Teaching a network one picture: the terms against plain loops, and that strokes become a mask."""

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from unet_core.answer import answer
from unet_core.checkpoint import Card
from unet_core.config import UNetConfig
from unet_core.messages import ExplainedError
from unet_core.models import NestedUNet, UNet, new_model
from unet_core.strokes import UNPAINTED, Stroke
from unet_core.teach import Choices, Progress, card_of, labels_of, net_from, new_net, teach
from unet_core.teach.loss import class_weights, smoothness, stroke_loss
from unet_core.teach.view import draw, reduced_labels, view_of

SIDE = 64
SMALL = Choices(seconds=None, steps=60, side=64, crop=48, base_channels=8, depth=2)
Floats = NDArray[np.float32]


def two_textures() -> tuple[Floats, NDArray[np.bool_]]:
    """A disc in greenish noise before waves in reddish greys; light and dark are in both."""
    rng = np.random.default_rng(1)
    y, x = np.mgrid[:SIDE, :SIDE]
    disc = (y - 30) ** 2 + (x - 34) ** 2 < 18**2
    grey = np.where(disc, 0.15 * rng.standard_normal(x.shape), 0.2 * np.sin(x / 6) * np.cos(y / 9))
    tint = np.where(disc[..., None], (-0.06, 0.06, 0.0), (0.06, -0.06, 0.0))
    made = 0.5 + grey[..., None] + tint + 0.03 * rng.standard_normal((SIDE, SIDE, 3))
    return made.clip(0, 1).astype(np.float32), disc


def strokes() -> tuple[Stroke, ...]:
    return (Stroke(2, 3, ((28, 30), (40, 30))), Stroke(1, 3, ((6, 8), (58, 8))), Stroke(1, 3, ((6, 58), (58, 58))),
            Stroke(1, 3, ((6, 20), (6, 50))), Stroke(1, 3, ((59, 20), (59, 50))))  # fmt: skip


LABELS = labels_of(strokes(), (SIDE, SIDE))


def dice(found: NDArray[np.bool_], truth: NDArray[np.bool_], where: NDArray[np.bool_]) -> float:
    return float(2 * (found & truth & where).sum() / ((found & where).sum() + (truth & where).sum()))


def taught(choices: Choices = SMALL, **how: object) -> tuple[UNet | NestedUNet, list[Progress]]:
    pixels, _ = two_textures()
    model = new_net(pixels, choices)
    return model, list(teach(model, pixels, LABELS, choices, **how))  # type: ignore[arg-type]


# --- the terms ---


@pytest.mark.parametrize("classes", [2, 3])
def test_smoothness_is_the_sum_over_all_pairs(classes: int) -> None:
    torch.manual_seed(classes)
    probability, colours = torch.rand(2, classes, 5, 7).softmax(1), torch.rand(2, 3, 5, 7)
    total, pairs = 0.0, 0
    for b, y, x, offset in itertools.product(range(2), range(5), range(7), (1, 3, 6)):
        for down, across in ((0, offset), (offset, 0), (offset, offset), (offset, -offset)):
            if not (y + down < 5 and 0 <= x + across < 7):
                continue
            here, there = (b, slice(None), y, x), (b, slice(None), y + down, x + across)
            likeness = math.exp(-float(((colours[here] - colours[there]) ** 2).sum()) / (2 * 0.25**2))
            agree = sum(float(p) * float(q) for p, q in zip(probability[here], probability[there], strict=True))
            total, pairs = total + likeness * (1 - agree), pairs + 1
    assert float(smoothness(probability, colours)) == pytest.approx(total / pairs, rel=1e-5)


def test_two_classes_disagree_as_the_paper_says() -> None:
    p, q = 0.9, 0.3
    pair = torch.tensor([[p, q], [1 - p, 1 - q]])[None, :, None]  # (1, 2, 1, 2)
    assert float(smoothness(pair, torch.zeros(1, 1, 1, 2))) == pytest.approx(p * (1 - q) + q * (1 - p))
    assert float(smoothness(torch.rand(1, 2, 1, 1), torch.rand(1, 3, 1, 1))) == 0  # no pairs, and no 0 / 0


def test_every_class_counts_alike() -> None:
    labels = torch.full((4, 10), UNPAINTED)
    labels[0, :8], labels[1, :2] = 0, 2
    weights = class_weights(labels, 4)
    assert weights.tolist() == [10 / 16, 0, 10 / 4, 0]
    assert 8 * weights[0] == 2 * weights[2] and 8 * weights[0] + 2 * weights[2] == 10


def test_the_loss_of_strokes_by_hand() -> None:
    logits, labels = torch.randn(1, 3, 2, 2), torch.tensor([[[0, UNPAINTED], [2, 2]]])
    weights = torch.tensor([2.0, 0.0, 0.5])
    logs = logits.log_softmax(1)[0]
    smooth = [0.95 * -logs[k, y, x] + 0.05 * -logs[:, y, x].mean() for k, y, x in ((0, 0, 0), (2, 1, 0), (2, 1, 1))]
    expected = (2 * smooth[0] + 0.5 * smooth[1] + 0.5 * smooth[2]) / 3
    assert float(stroke_loss(logits, labels, weights)) == pytest.approx(float(expected), rel=1e-5)
    assert float(stroke_loss(logits, torch.full((1, 2, 2), UNPAINTED), weights)) == 0


# --- the view ---


def test_a_thin_stroke_is_still_there_when_the_picture_is_reduced() -> None:
    labels = np.full((400, 400), UNPAINTED, np.int16)
    labels[100, 20:380], labels[300:340, 20:380] = 1, 0
    seen = reduced_labels(labels, (40, 40), 2)[0]
    assert (seen[10, 2:38] == 1).all() and (seen[30:34, 2:38] == 0).all()
    assert (seen == UNPAINTED).sum() == 40 * 40 - 36 - 4 * 36


def test_the_picture_is_reduced_to_what_fits_and_strips_stay_broad_enough() -> None:
    config = new_net(np.zeros((40, 40, 3), np.float32), Choices()).config
    for size, expected in (((512, 384), (192, 144)), ((1000, 40), (800, 32)), ((50, 44), (48, 44))):
        view = view_of(np.random.default_rng(0).random((*size, 3)).astype(np.float32), config, 192)
        assert view.images.shape == view.colours.shape == (1, 3, *expected)
    assert torch.allclose(view.colours.std(dim=(2, 3), correction=0), torch.ones(1, 3), atol=1e-4)


def test_a_draw_belongs_to_its_seed_and_step() -> None:
    pixels, _ = two_textures()
    view = view_of(pixels, new_net(pixels, SMALL).config, 64)
    marked = reduced_labels(LABELS, (64, 64), 2)
    one, same, other = (draw(view, marked, 2, 48, 1, step) for step in (5, 5, 6))
    assert all(torch.equal(a, b) for a, b in zip(one, same, strict=True)) and not torch.equal(one[0], other[0])
    assert one[0].shape == (2, 3, 48, 48) and one[1].shape == (2, 48, 48)
    assert set(one[1].unique().tolist()) <= {-1, 0, 1}


# --- teaching ---


def test_strokes_become_a_mask_of_the_picture_and_of_another() -> None:
    pixels, disc = two_textures()
    model, steps = taught()
    last = steps[-1]
    assert last.step == 60 and last.done == 1 and last.right is not None and last.right > 0.95
    assert steps[0].preview is not None and steps[0].preview.shape == (2, 64, 64)
    card = Card.from_dict(card_of(model, pixels, LABELS, SMALL, last, ("background", "disc")).to_dict())
    found = answer(model, card, pixels)
    assert found.per_class is not None and found.per_class.shape == (2, SIDE, SIDE) and not found.notes
    assert dice(found.mask(), disc, LABELS == UNPAINTED) > 0.9
    turned = answer(model, card, np.ascontiguousarray(pixels[:, ::-1]))
    assert dice(turned.mask(), disc[:, ::-1], np.ones_like(disc)) > 0.9
    counts = [int(np.count_nonzero(number == LABELS)) for number in (0, 1)]
    assert 28 < card.object_diameter < 44 and card.data["stroked_pixels"] == counts


def test_a_large_picture_is_looked_at_reduced_and_answered_at_its_own_size() -> None:
    pixels = np.repeat(np.repeat(two_textures()[0], 4, 0), 4, 1)[:250]
    model, steps = taught(Choices(seconds=None, steps=2, side=64, crop=64, base_channels=4, depth=2))
    card = card_of(model, pixels, LABELS, SMALL, steps[-1], ("a", "b"))
    found = answer(model, card, pixels)
    assert found.probability.shape == (250, 256)
    assert "reduced from 250 × 256 to 62 × 64 pixels" in str(found.notes[0])
    with pytest.raises(ExplainedError, match="longer_side must be a whole number"):
        answer(model, Card(**{**card.__dict__, "training": {"longer_side": 1e9}}), pixels)


def test_the_same_seed_and_steps_give_the_same_network() -> None:
    short = Choices(seconds=None, steps=4, side=64, crop=48, base_channels=4, depth=2)
    (one, first), (same, second) = taught(short), taught(short)
    other, _ = taught(Choices(**{**short.__dict__, "seed": 2}))
    pairs = list(zip(one.state_dict().values(), same.state_dict().values(), strict=True))
    assert all(torch.equal(a, b) for a, b in pairs) and [p.loss for p in first] == [p.loss for p in second]
    assert not torch.equal(next(one.parameters()), next(other.parameters()))


def test_strokes_that_come_while_it_learns_are_taken_and_it_goes_on() -> None:
    more = LABELS.copy()
    more[20:24, 30:40] = 1
    pixels, _ = two_textures()
    news = iter([None, None, more])
    choices = Choices(seconds=None, steps=6, side=64, crop=64, base_channels=4, depth=2)
    model = new_net(pixels, choices)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    steps = list(teach(model, pixels, LABELS, choices, newest=lambda: next(news, None)))
    assert [one.step for one in steps] == [1, 2, 3, 4, 5, 6]
    painted = [int((labels != UNPAINTED).sum()) for labels in (LABELS, more)]
    assert [one.stroked for one in steps] == [painted[0]] * 2 + [painted[1]] * 4
    kept = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    assert any(not torch.equal(before[name], kept[name]) for name in kept)
    next(iter(teach(model, pixels, more, choices)))  # once more, from what it knows
    moved, away = (sum(float((tensor.detach() - was[name]).abs().sum()) for name, tensor in model.named_parameters())
                   for was in (kept, before))  # fmt: skip
    assert 0 < moved < away


def ticking(step: float) -> Callable[[], float]:
    ticks = itertools.count()
    return lambda: step * next(ticks)


def test_seconds_begin_anew_with_new_strokes_and_waiting_does_not_count() -> None:
    def lengths(news: dict[int, object]) -> int:
        asked = itertools.count()
        pixels, _ = two_textures()
        choices = Choices(seconds=1.0, side=64, crop=64, base_channels=2, depth=1)
        model = new_net(pixels, choices)
        return len(list(teach(model, pixels, LABELS, choices, newest=lambda: news.get(next(asked)),  # type: ignore[arg-type,return-value]
                              clock=ticking(0.1))))  # fmt: skip

    alone = lengths({})
    assert 2 <= alone <= 10 and lengths({alone - 1: LABELS}) > 1.5 * alone
    waited = 0.0

    def clock() -> float:
        return waited

    pixels, _ = two_textures()
    choices = Choices(seconds=1.0, steps=5, side=64, crop=64, base_channels=2, depth=1)
    steps = []
    for one in teach(new_net(pixels, choices), pixels, LABELS, choices, clock=clock):
        waited += 100
        steps.append(one.seconds)
    assert steps == [0.0] * 5


def test_it_can_begin_from_another_networks_weights() -> None:
    other, _ = taught(Choices(seconds=None, steps=1, side=64, crop=64, base_channels=4, depth=2))
    same, more = net_from(other, Choices()), net_from(other, Choices(classes=3))
    assert all(torch.equal(a, same.state_dict()[name]) for name, a in other.state_dict().items())
    assert more.config.classes == 3 and torch.equal(other.encoder[0].conv1.weight, more.encoder[0].conv1.weight)  # type: ignore[union-attr,index]
    with pytest.raises(ExplainedError, match="begin from random weights"):
        net_from(new_net_valid(), Choices())


def new_net_valid() -> UNet | NestedUNet:
    return new_model(UNetConfig(in_channels=3, classes=2, base_channels=2, depth=1, padding="valid"), 1)


# --- what is refused ---


def refused(pixels: Floats, labels: NDArray[np.int16], choices: Choices = SMALL) -> str:
    model = new_net(two_textures()[0], SMALL)
    with pytest.raises(ExplainedError) as caught:
        next(iter(teach(model, pixels, labels, choices)))
    return str(caught.value)


def test_what_cannot_be_taught_is_refused_in_a_sentence() -> None:
    pixels, _ = two_textures()
    empty = np.full((SIDE, SIDE), UNPAINTED, np.int16)
    assert "no strokes yet: paint at least one over each class" in refused(pixels, empty)
    assert "all strokes are of one class" in refused(pixels, np.where(LABELS == 1, LABELS, UNPAINTED).astype(np.int16))
    assert "strokes of a class 4, and only 2" in refused(pixels, np.where(LABELS == 1, 3, LABELS).astype(np.int16))
    assert "picture of another size" in refused(pixels, LABELS[:, 1:])
    assert "needs at least 32 on each side" in refused(pixels[:1, :1], empty[:1, :1])
    dots = empty[:200, :200].repeat(30, 0).repeat(30, 1)
    dots[0, 0], dots[0, 1] = 0, 1
    large = np.random.default_rng(1).random((*dots.shape, 1)).astype(np.float32)
    assert "paint broader ones" in refused(large, dots)
    assert "numbers" in refused(np.full_like(pixels, np.nan), LABELS)


@pytest.mark.parametrize("wrong", [{"classes": 1}, {"classes": 7}, {"classes": 2.5}, {"seconds": None}, {"seconds": 0},
                                   {"seconds": 1e9}, {"steps": 10**9}, {"side": 4096}, {"batch_size": 1000},
                                   {"seed": -1}, {"base_channels": 4096}])  # fmt: skip
def test_choices_out_of_bounds_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ExplainedError):
        Choices(**wrong)  # type: ignore[arg-type]
