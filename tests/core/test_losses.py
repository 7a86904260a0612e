"""Five losses and the weights of 2015 against plain loops over tiny arrays."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from tests.core.sweep import FACTS
from unet_core.losses import LOSSES, LossError, border_weights, centred, loss_of, soft_dice
from unet_core.ranges import RangeError

RNG = torch.Generator().manual_seed(0)
TRUTH = torch.randint(0, 3, (2, 4, 5), generator=RNG)
WEIGHTS = torch.rand(2, 4, 5, generator=RNG) * 3


def logits_of(classes: int) -> Tensor:
    return 2 * torch.randn(2, classes, 4, 5, generator=torch.Generator().manual_seed(classes))


def by_hand(name: str, logits: Tensor, truth: Tensor, weights: Tensor) -> float:
    """One pixel after another, in float64."""
    known = max(2, logits.shape[1])
    entropies, focal, weighed, dices = [], [], [], []
    table: list[list[tuple[float, bool]]] = [[] for _ in range(known)]
    for b, y, x in [(b, y, x) for b in range(2) for y in range(4) for x in range(5)]:
        z = [0.0, float(logits[b, 0, y, x])] if logits.shape[1] == 1 else logits[b, :, y, x].tolist()
        p = [math.exp(v) / sum(math.exp(u) for u in z) for v in z]
        true = min(int(truth[b, y, x]), known - 1)
        for k in range(known):
            table[k].append((p[k], k == true))
        entropies.append(-math.log(p[true]))
        focal.append(-((1 - p[true]) ** 2) * math.log(p[true]))
        weighed.append(-float(weights[b, y, x]) * math.log(p[true]))
    for pixels in table[1:]:
        both, said, there = (sum(p * t for p, t in pixels), sum(p for p, _ in pixels), sum(t for _, t in pixels))
        dices.append((2 * both + 1) / (said + there + 1))
    entropy, missing = sum(entropies) / 40, 1 - sum(dices) / len(dices)
    return {"cross-entropy": entropy, "dice": missing, "cross-entropy+dice": entropy + missing,
            "focal": sum(focal) / 40, "unet-2015": sum(weighed) / 40}[name]  # fmt: skip


@pytest.mark.parametrize("classes", [1, 2, 3])
@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_equals_plain_loops(name: str, classes: int) -> None:
    logits, truth = logits_of(classes), TRUTH.clamp(max=max(1, classes - 1))
    expected = by_hand(name, logits, truth, WEIGHTS)
    assert float(loss_of(name)(logits, truth, WEIGHTS)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", LOSSES)
def test_a_sigmoid_is_a_softmax_of_two_and_takes_all_that_is_not_background(name: str) -> None:
    logits, truth = logits_of(1), TRUTH.clamp(max=1)
    both = torch.cat([torch.zeros_like(logits), logits], dim=1)
    loss = float(loss_of(name)(logits, truth, WEIGHTS))
    assert loss == pytest.approx(float(loss_of(name)(both, truth, WEIGHTS)), rel=1e-5)
    assert loss == float(loss_of(name)(logits, TRUTH, WEIGHTS))


@pytest.mark.parametrize("classes", [1, 3])
@pytest.mark.parametrize("name", LOSSES)
def test_gradients_are_right_and_finite_however_sure_the_network_is(name: str, classes: int) -> None:
    loss, truth = loss_of(name), TRUTH.clamp(max=max(1, classes - 1))
    some = logits_of(classes).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: loss(x, truth, WEIGHTS.double()), some)
    for scale in (0.0, 30.0, 1e4):
        sure = (logits_of(classes) * scale).requires_grad_()
        value = loss(sure, truth, WEIGHTS)
        value.backward()
        assert torch.isfinite(value) and sure.grad is not None and torch.isfinite(sure.grad).all()


@pytest.mark.parametrize("empty", [False, True])
@pytest.mark.parametrize("classes", [1, 3])
@pytest.mark.parametrize("name", LOSSES)
def test_a_perfect_answer_costs_nothing(name: str, classes: int, empty: bool) -> None:
    truth = torch.zeros_like(TRUTH) if empty else TRUTH.clamp(max=max(1, classes - 1))
    one_hot = functional.one_hot(truth, max(2, classes)).movedim(-1, 1).float()
    sure = 200 * ((one_hot[:, 1:] if classes == 1 else one_hot) - 0.5)
    assert float(loss_of(name)(sure, truth, WEIGHTS)) == pytest.approx(0, abs=1e-5)
    assert float(loss_of(name)(-sure, truth, WEIGHTS)) > 0.3


@pytest.mark.parametrize("name", LOSSES)
def test_deep_supervision_is_the_mean_over_heads_each_with_the_middle_of_the_truth(name: str) -> None:
    loss, large = loss_of(name), logits_of(3)
    small = torch.randn(2, 3, 2, 3, generator=RNG)  # a head of a valid net
    middle = [part[:, 1:3, 1:4] for part in (TRUTH, WEIGHTS)]
    expected = (loss(large, TRUTH, WEIGHTS) + loss(small, *middle)) / 2
    assert torch.isclose(loss((large, small), TRUTH, WEIGHTS), expected)
    assert torch.equal(centred(TRUTH, small), middle[0]) and centred(TRUTH, large).shape == TRUTH.shape


def test_focal_looks_away_from_what_is_easy() -> None:
    easy, hard = torch.full((1, 1, 1, 1), 4.0), torch.full((1, 1, 1, 1), -1.0)
    one = torch.ones(1, 1, 1, dtype=torch.int64)
    ratios = [float(loss_of("focal")(z, one, None) / loss_of("cross-entropy")(z, one, None)) for z in (easy, hard)]
    assert ratios == pytest.approx([(1 - torch.sigmoid(z).item()) ** 2 for z in (easy, hard)], rel=1e-4)


def test_a_soft_dice_of_nothing_is_one() -> None:
    assert float(soft_dice(torch.zeros(1, 2, 2), torch.zeros(1, 2, 2))) == 1.0


def test_unknown_losses_and_missing_weights_are_refused() -> None:
    with pytest.raises(LossError, match="there is no loss hinge; there is cross-entropy, dice"):
        loss_of("hinge")
    with pytest.raises(LossError, match="unet-2015 needs a weight for every pixel"):
        loss_of("unet-2015")(logits_of(2), TRUTH, None)


def weights_by_hand(instances: np.ndarray, w0: float, sigma: float) -> np.ndarray:
    """Every pixel against every pixel of every instance, and the balance of two classes."""
    share = (instances > 0).mean()
    weights = np.empty(instances.shape)
    for y, x in np.ndindex(instances.shape):
        near = sorted(min(math.hypot(y - v, x - u) for v, u in np.argwhere(instances == n))
                      for n in np.unique(instances) if n)  # fmt: skip
        part = share if instances[y, x] else 1 - share
        balance = 1 / (2 * part) if 0 < share < 1 else 1.0
        weights[y, x] = balance + (w0 * math.exp(-((near[0] + near[1]) ** 2) / (2 * sigma**2)) if near[1:] else 0)
    return weights


@pytest.mark.parametrize("seed", range(12))
def test_border_weights_equal_brute_force(seed: int) -> None:
    rng = np.random.default_rng(seed)
    instances = rng.integers(0, 6, (11, 14)) * (rng.random((11, 14)) < 0.1 * seed) * 3  # numbers with gaps
    for w0, sigma in ((10.0, 5.0), (4.0, 1.0)):
        weights = border_weights(instances.astype([np.int32, np.uint16, np.int64][seed % 3]), w0, sigma)
        assert weights.dtype == np.float32
        assert np.allclose(weights, weights_by_hand(instances, w0, sigma), rtol=1e-5, atol=1e-6)


def test_border_weights_far_apart_and_through_the_edge_of_their_reach() -> None:
    instances = np.zeros((3, 150), np.int32)
    instances[:, 2], instances[:, 12], instances[:, 60], instances[:, 140] = 1, 2, 3, 4
    assert np.allclose(border_weights(instances), weights_by_hand(instances, 10, 5), rtol=1e-6)


def test_border_weights_are_those_of_the_facts_file() -> None:
    facts = FACTS["weight_map"]
    assert (facts["w0"], facts["sigma"]) == (10, 5)  # our defaults
    for distances, term in facts["w0_term_at_d1_d2"].items():
        one, other = map(int, distances.split(","))
        instances = np.zeros((1, 40), np.int32)
        instances[0, : 20 - one + 1], instances[0, 20 + other :] = 1, 2  # pixel 20 is that far from both
        if one == other == 0:
            continue  # no pixel is within two instances: the formula's limit, checked below
        balance = border_weights(instances, w0=0)
        assert float((border_weights(instances) - balance)[0, 20]) == pytest.approx(term, rel=1e-5)
    assert facts["w0_term_at_d1_d2"]["0,0"] == 10.0
    touching = np.array([[1, 1, 2, 2]])
    assert border_weights(touching)[0, 1] == pytest.approx(1 + 10 * math.exp(-1 / 50), rel=1e-6)


def test_foreground_and_background_have_half_of_the_weight_each() -> None:
    instances = np.zeros((10, 10), np.int32)
    instances[:2, :5] = 1
    weights = border_weights(instances)  # one instance alone has no second nearest
    assert weights[instances > 0].sum() == pytest.approx(50) and weights[instances == 0].sum() == pytest.approx(50)
    half = border_weights(instances, foreground_share=0.5)
    assert np.all(half == 1)
    for plain in (np.zeros((4, 4), int), np.ones((4, 4), int)):
        assert np.all(border_weights(plain) == 1)


def test_weights_that_cannot_be_made_are_refused() -> None:
    for wrong in (np.zeros((2, 2)), np.zeros((1, 2, 2), int), np.zeros((0, 2), int)):
        with pytest.raises(LossError, match=r"instances must be integers \(height, width\)"):
            border_weights(wrong)
    for name, value in (("w0", -1.0), ("sigma", 0.0), ("sigma", math.inf), ("foreground_share", 1.1)):
        with pytest.raises(RangeError, match=f"{name} must be a number in .*, got {value}"):
            border_weights(np.eye(3, dtype=int), **{name: value})
