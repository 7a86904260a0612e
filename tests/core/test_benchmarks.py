"""What the benchmarks compare is the same: the plainly written networks, the loss; and ratios are taken in turns."""

from dataclasses import replace

import pytest
import torch

from benchmarks.plain_unet import plain_copy
from benchmarks.train import cross_entropy_and_dice
from benchmarks.turns import in_turns, ratio
from tests.core.sweep import name_of
from tests.core.test_tiles import loud
from unet_core.config import UNetConfig
from unet_core.losses import loss_of
from unet_core.models import mean_of_heads

PLAIN = UNetConfig(classes=1, base_channels=3, depth=2, padding="same", norm="batch")
NESTED = replace(PLAIN, architecture="unet++")
KINDS = [PLAIN, replace(PLAIN, norm="none", classes=3, in_channels=3), replace(PLAIN, depth=4, base_channels=2), NESTED,
         replace(NESTED, depth=3, deep_supervision=True), replace(NESTED, norm="none", depth=1)]  # fmt: skip


@pytest.mark.parametrize("config", KINDS, ids=name_of)
def test_the_plain_network_computes_the_same(config: UNetConfig) -> None:
    model, image = loud(config), torch.randn(2, config.in_channels, 32, 48)
    plain = plain_copy(model).eval()
    with torch.no_grad():
        expected = mean_of_heads(model(image))
        assert expected.std() > 0.01 and torch.allclose(plain(image), expected, atol=1e-5)
        part = next(weight for weight in plain.parameters() if weight.dim() == 4)
        part.add_(1)  # the weights are copies
        assert torch.equal(mean_of_heads(model(image)), expected) and not torch.allclose(plain(image), expected)


@pytest.mark.parametrize(
    "choice",
    [{"padding": "valid"}, {"kernel_size": 5}, {"skip": "add"}, {"upsampling": "nearest"}, {"skip_levels": (0,)},
     {"norm": "instance"}, {"growth": 1}],
)  # fmt: skip
def test_a_kind_that_is_not_written_plainly_has_no_copy(choice: dict) -> None:
    assert plain_copy(loud(replace(PLAIN, **choice))) is None


def test_the_loss_is_the_one_of_training() -> None:
    logits, classes = torch.randn(3, 1, 8, 8), torch.randint(0, 2, (3, 8, 8))
    expected = loss_of("cross-entropy+dice")(logits, classes, None)
    assert cross_entropy_and_dice(logits, classes) == pytest.approx(expected.item(), abs=1e-6)


def test_every_work_has_its_turn_first_and_the_first_round_is_thrown_away() -> None:
    order = []
    seconds = in_turns({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, rounds=2)
    assert "".join(order) == "abbaab" and [len(values) for values in seconds.values()] == [2, 2]
    assert ratio({"slow": [2.0, 6.0, 30.0], "fast": [1.0, 2.0, 3.0]}, "slow", "fast") == 3
