"""Five losses against plain loops over tiny arrays."""

import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from unet_core.losses import LOSSES, LossError, centred, loss_of, soft_dice

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
