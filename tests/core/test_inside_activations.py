"""Activations of all blocks from one pass: those that a plain hook sees, bounded, ranked and in their place."""

import threading
import weakref

import numpy as np
import pytest
import torch

from tests.core.subjects import KINDS, NESTED, PLAIN, image_of, net_of
from tests.core.test_checkpoint import card_of
from unet_core.config import PRESETS, UNetConfig
from unet_core.diagram import diagram
from unet_core.inside import activations as module
from unet_core.inside.activations import activations, kept_bytes, side_with_room
from unet_core.inside.features import FeatureError, features
from unet_core.inside.room import RoomError, check_room, drawn_bytes, largest_side
from unet_core.segment import prepare, segment
from unet_core.trace import trace


def hooked(model: torch.nn.Module, image: torch.Tensor) -> dict[str, np.ndarray]:
    """Every layer's output by plain hooks on the model itself; taken off again."""
    seen: dict[str, np.ndarray] = {"input": image[0].numpy()}
    handles = [
        layer.register_forward_hook(lambda _, __, out, name=name: seen.update({name: out[0].detach().numpy().copy()}))
        for name, layer in model.named_modules()
        if not list(layer.children())
    ]
    with torch.no_grad():
        model(image)
    for handle in handles:
        handle.remove()
    return seen


@pytest.mark.parametrize("config", KINDS.values(), ids=KINDS)
def test_each_drawn_map_holds_what_a_plain_hook_sees(config: UNetConfig) -> None:
    model, card, image = net_of(config), card_of(config), image_of(config)
    found = activations(model, card, image)
    tensor = prepare(card, image).tensor
    seen = hooked(model, tensor)
    drawn = diagram(trace(config, tuple(tensor.shape[-2:])), view="maps").boxes  # type: ignore[arg-type]
    assert list(found.layers) == [box.id for box in drawn]
    for box in drawn:
        layer, expected = found[box.id], seen[box.id]
        assert layer.shape == expected.shape and layer.kind == box.kind
        if config.padding == "same":
            height, width = (-(-side // layer.place.stride) for side in image.shape[:2])
            expected = expected[:, :height, :width]
        for channel, values in enumerate(expected):
            assert layer.values(channel).dtype == np.float32
            assert np.allclose(layer.values(channel), values, rtol=2e-3, atol=2e-4)  # float16
        numbers = layer.statistics
        assert np.allclose(numbers.mean, expected.mean(axis=(1, 2)), atol=1e-5)
        assert np.allclose(numbers.std, expected.std(axis=(1, 2)), atol=1e-5)
        assert np.allclose(numbers.low, expected.min(axis=(1, 2)), atol=1e-5)
        assert np.allclose(numbers.high, expected.max(axis=(1, 2)), atol=1e-5)


@pytest.mark.parametrize("config", KINDS.values(), ids=KINDS)
def test_the_answer_is_that_of_segment(config: UNetConfig) -> None:
    model, card, image = net_of(config), card_of(config), image_of(config)
    found, expected = activations(model, card, image), segment(model, card, image)
    assert np.allclose(found.answer.probability, expected.probability, atol=1e-5)
    assert found.answer.per_class.shape == (config.classes, *image.shape[:2])
    assert list(map(str, found.notes)) == list(map(str, expected.notes))


def test_an_image_that_is_reduced_is_answered_at_its_own_size() -> None:
    model, card, image = net_of(PLAIN), card_of(PLAIN), image_of(PLAIN, (40, 80))
    found = activations(model, card, image, max_side=32)
    assert found.image_size == (16, 32) and found.answer.probability.shape == (40, 80)
    assert "reduced from 40 × 80 to 16 × 32" in str(found.notes[0])


def test_a_block_is_looked_into_as_features_does() -> None:
    model, card, image = net_of(PLAIN), card_of(PLAIN), image_of(PLAIN)
    mine = activations(model, card, image)["decoder.1.relu2"].features(top=3)
    other = features(model, card, image, "decoder.1.relu2", top=3)
    assert (mine.name, mine.shape, mine.stride, mine.image_size) == (
        other.name, other.shape, other.stride, other.image_size)  # fmt: skip
    for one, two in zip(mine.maps, other.maps, strict=True):
        assert one.channel == two.channel and one.spread == pytest.approx(two.spread, abs=1e-5)
        assert np.allclose(one.values, two.values, rtol=2e-3, atol=1e-4)
        assert (one.low, one.high) == (one.values.min(), one.values.max())  # so that a picture never overflows


def test_channels_are_ranked_by_variance_or_by_activation() -> None:
    layer = activations(net_of(PLAIN), card_of(PLAIN), image_of(PLAIN))["encoder.1.relu2"]
    values = np.stack([layer.values(channel) for channel in range(8)])
    by_mean = [one.channel for one in layer.features(top=8, by="activation").maps]
    assert by_mean == sorted(range(8), key=lambda channel: -values[channel].mean())
    by_std = [one.channel for one in layer.features(top=8).maps]
    assert by_std == sorted(range(8), key=lambda channel: -values[channel].std()) != by_mean
    assert [one.channel for one in layer.maps((5, 2)).maps] == [5, 2]
    with pytest.raises(FeatureError, match="ranked by variance, activation, got 'name'"):
        layer.features(by="name")


def test_a_concatenation_takes_no_memory_and_the_bytes_are_those_foretold() -> None:
    image = image_of(NESTED, (32, 32))
    found = activations(net_of(NESTED), card_of(NESTED), image)
    held = {id(part): part.nbytes for layer in found.layers.values() for part in layer.parts}
    assert sum(held.values()) == kept_bytes(trace(NESTED, (32, 32)))
    join = found["skip.X0_2.join"]
    assert join.kind == "copy" and len(join.parts) == 3 and join.parts[1] is found["encoder.0.relu2"].parts[0]


def test_values_beyond_float16_are_kept_whole() -> None:
    model = net_of(PLAIN)
    model.encoder[0].norm1.weight.data *= 1e6
    layer = activations(model, card_of(PLAIN), image_of(PLAIN))["encoder.0.relu1"]
    assert layer.parts[0].dtype == np.float32 and np.isfinite(layer.parts[0]).all() and layer.parts[0].max() > 65504


def test_an_image_without_room_is_refused_before_anything_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    card, image = card_of(PLAIN), image_of(PLAIN, (60, 120))
    model = net_of(PLAIN)
    monkeypatch.setattr("unet_core.inside.subject.Subject.logits", None)
    with pytest.raises(RoomError, match=r"of 60 × 120 pixels take .* MB: reduce the image to at most") as error:
        activations(model, card, image, most=200_000)
    side = error.value.message.values["side"]
    assert isinstance(side, int)
    monkeypatch.undo()
    assert max(activations(model, card, image, max_side=side, most=200_000).image_size) == side
    with pytest.raises(RoomError):
        activations(model, card, image, max_side=side + 1, most=200_000)


def test_a_side_with_room_is_found_for_the_largest_network() -> None:
    paper = PRESETS["unet-2015"]
    side = side_with_room(paper, (3000, 4000))
    for cost, most in ((kept_bytes, module.KEPT_BYTES), (drawn_bytes, 2**30)):
        check_room(paper, (3000, 4000), cost, most, side)
    with pytest.raises(RoomError):
        check_room(paper, (3000, 4000), kept_bytes, module.KEPT_BYTES, side + 20)
    assert side_with_room(PLAIN, (30, 40)) == 40
    assert largest_side(paper, (100, 100), most=1000) == 0
    with pytest.raises(RoomError, match="too large for it at any size"):
        check_room(paper, (100, 100), most=1000)


def test_channels_and_rows_that_there_are_not() -> None:
    found = activations(net_of(PLAIN), card_of(PLAIN), image_of(PLAIN))
    for wrong in (-1, 4, 1.0):
        with pytest.raises(FeatureError, match=r"encoder\.0\.relu1 has the channels 0 to 3, got"):
            found["encoder.0.relu1"].values(wrong)  # type: ignore[arg-type]
    with pytest.raises(FeatureError, match=r"the network has no layer 'encoder\.0\.conv1'"):
        found["encoder.0.conv1"]


def test_threads_share_a_model_that_stays_as_it_was() -> None:
    model, card, image = net_of(NESTED).train(), card_of(NESTED), image_of(NESTED)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    expected, found = activations(model, card, image).answer.probability, []
    threads = [threading.Thread(target=lambda: found.append(activations(model, card, image))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4 and all(np.array_equal(one.answer.probability, expected) for one in found)
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    assert all(module.training and "forward" not in vars(module) and not module._forward_hooks
               for module in model.modules())  # fmt: skip


def test_what_is_kept_is_freed_without_waiting_for_the_garbage_collector() -> None:
    """The app switches Python's own collections off between reruns: a ring of references would keep the maps."""
    import gc

    gc.collect()
    gc.disable()
    try:
        found = activations(net_of(PLAIN), card_of(PLAIN), image_of(PLAIN))
        watched = weakref.ref(found["encoder.0.relu1"].parts[0])
        del found
        assert watched() is None
    finally:
        gc.enable()
