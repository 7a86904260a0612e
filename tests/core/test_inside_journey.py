"""The journey: one picture for each block, from the input to the heads, each what `features` shows first."""

import numpy as np
import pytest

from tests.core.subjects import KINDS, NESTED, PLAIN, VALID, image_of, net_of
from tests.core.test_checkpoint import card_of
from unet_core.config import UNetConfig
from unet_core.inside.activations import activations
from unet_core.inside.features import features
from unet_core.inside.journey import journey
from unet_core.segment import input_size
from unet_core.trace import trace

ROWS = {
    "plain": "input encoder.0.relu2 encoder.1.relu2 bottleneck.relu2 decoder.1.relu2 decoder.0.relu2 head",
    "nested": "input encoder.0.relu2 encoder.1.relu2 decoder.X0_1.relu2 encoder.2.relu2 decoder.X1_1.relu2 "
              "decoder.X0_2.relu2 head.L1 head.L2",
}  # fmt: skip


@pytest.mark.parametrize("config", [PLAIN, VALID, NESTED])
def test_it_follows_the_image_from_the_input_to_the_head(config: UNetConfig) -> None:
    model, card, image = net_of(config), card_of(config), image_of(config)
    traced = trace(config, input_size(config, (image.shape[0], image.shape[1])))
    stops = list(journey(activations(model, card, image), traced))
    assert stops[0][1].row == "input" and stops[-1][1].kind == "head"
    for block, layer, shown in stops:
        first = features(model, card, image, layer.row, top=1)
        assert layer.row in block and shown.channel == first.maps[0].channel
        assert np.allclose(shown.values, first.maps[0].values, rtol=2e-3, atol=1e-4)


@pytest.mark.parametrize("kind", ROWS)
def test_each_block_is_there_once_in_the_order_of_the_run(kind: str) -> None:
    config = KINDS[kind]
    image = image_of(config)
    traced = trace(config, input_size(config, (image.shape[0], image.shape[1])))
    stops = journey(activations(net_of(config), card_of(config), image), traced)
    order = [row.name for row in traced.rows]
    rows = [layer.row for _, layer, _ in stops]
    assert sorted(rows) == sorted(ROWS[kind].split())
    inner = [row for row in rows if not row.startswith("head")]
    assert inner == sorted(inner, key=order.index)


@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_of_network_breaks_the_journey(kind: str) -> None:
    config = KINDS[kind]
    image = image_of(config)
    traced = trace(config, input_size(config, (image.shape[0], image.shape[1])))
    assert len(list(journey(activations(net_of(config), card_of(config), image), traced))) > config.depth
