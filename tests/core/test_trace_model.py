"""Tracing networks that are not ours: counted rightly or refused with a reason, and left as they were."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from unet_core.config import PRESETS
from unet_core.models import build_model
from unet_core.trace import TraceError, trace, trace_model


class Plain(nn.Module):
    """As people write it: functions between the layers, a skip as torch.cat."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3, padding=1, stride=2)
        self.down = nn.MaxPool2d(2)
        self.middle = nn.Conv2d(8, 8, 3, padding="same", groups=2, bias=False)
        self.up = nn.ConvTranspose2d(8, 4, 2, stride=2)
        self.last = nn.Conv2d(12, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        skip = F.relu(self.first(x))
        x = torch.relu(self.middle(self.down(skip)))
        return self.last(torch.cat([self.up(x), skip], dim=1))


class Twice(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 1, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(self.conv(x))


class Unused(Twice):
    def forward(self, x: Tensor) -> Tensor:
        return x * 2


class Shared(nn.Module):
    """Two layers, one weight: counted once, worked twice."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two = nn.Conv2d(2, 2, 3, padding=1), nn.Conv2d(2, 2, 3, padding=1)
        self.two.weight = self.one.weight

    def forward(self, x: Tensor) -> Tensor:
        return self.two(self.one(x))


class Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        return self.lstm(x[0])[0]


class ByHand(nn.Module):
    """A convolution without a module: its work would be missed."""

    def __init__(self) -> None:
        super().__init__()
        self.relu, self.weight = nn.ReLU(), nn.Parameter(torch.ones(1, 1, 3, 3))

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(F.conv2d(x, self.weight))


def test_a_plain_network_is_traced_through_its_functions():
    model = Plain()
    plain = trace_model(model, (3, 32, 48))
    assert " ".join(row.kind for row in plain.rows) == "input conv relu pool conv relu upconv concat conv"
    concat = next(row for row in plain.rows if row.kind == "concat")
    assert concat.inputs == ("up", "relu_1")
    assert concat.in_shapes == ((4, 16, 24), (8, 16, 24))
    assert concat.out_shape == (12, 16, 24)
    assert plain.params == sum(p.numel() for p in model.parameters())
    with FlopCounterMode(display=False) as counter:
        model(torch.rand(1, 3, 32, 48))
    assert 2 * plain.macs == counter.get_total_flops()
    assert plain.outputs == ("last",)
    assert plain.config is None


def test_weights_that_two_layers_share_are_counted_once_and_work_twice():
    shared = trace_model(Shared(), (2, 8, 8))
    assert shared.params == sum(p.numel() for p in Shared().parameters()) == 2 * 2 * 9 + 2 + 2
    assert shared["one"].macs == shared["two"].macs == 8 * 8 * 36


@pytest.mark.parametrize(
    ("model", "shape", "sentence"),
    [
        (Twice(), (1, 8, 8), "the module conv runs twice"),
        (Unused(), (1, 8, 8), "the parameters conv.weight, conv.bias belong to no layer that ran"),
        (Recurrent(), (4, 8), "the work of a LSTM .module lstm. can't be counted"),
        (ByHand(), (1, 8, 8), "forward calls conv2d directly"),
        (nn.Sequential(nn.Conv1d(1, 1, 3)), (1, 8), "the work of a Conv1d .module 0. can't be counted"),
    ],
    ids=lambda part: type(part).__name__ if isinstance(part, nn.Module) else "",
)
def test_what_cannot_be_counted_is_refused_in_a_sentence(model, shape, sentence):
    with pytest.raises(TraceError, match=sentence):
        trace_model(model, shape)


def test_one_module_under_two_names_runs_twice():
    layer = nn.Conv2d(1, 1, 1)
    with pytest.raises(TraceError, match="the module 0 runs twice"):
        trace_model(nn.Sequential(layer, nn.ReLU(), layer), (1, 4, 4))


def test_a_single_layer_is_a_network_too():
    row = trace_model(nn.Conv2d(1, 2, 3), (1, 5, 6)).rows[1]
    assert (row.name, row.inputs, row.out_shape, row.macs) == ("Conv2d", ("input",), (2, 3, 4), 2 * 9 * 12)


def test_a_skip_taken_before_an_activation_in_place_is_told_from_one_after_it():
    class InPlace(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.relu, self.last = nn.Conv2d(1, 1, 1), nn.ReLU(inplace=True), nn.Conv2d(2, 1, 1)

        def forward(self, x: Tensor) -> Tensor:
            x = self.conv(x)
            return self.last(torch.cat([x, self.relu(x)], dim=1))

    rows = trace_model(InPlace(), (1, 4, 4))
    assert rows["cat_1"].inputs == ("relu",)  # in place: both are the same memory
    assert rows["cat_1"].in_shapes == ((1, 4, 4), (1, 4, 4))


class Residual(nn.Module):
    """out += skip: the tensor stays the same and means something else."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.last = nn.Conv2d(1, 4, 1), nn.Conv2d(4, 4, 1), nn.Conv2d(4, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        skip = self.first(x)
        x = self.second(skip)
        x += skip
        return self.last(F.relu_(x))


def test_what_is_done_in_place_is_in_the_graph():
    rows = trace_model(Residual(), (1, 4, 4))
    assert [row.kind for row in rows.rows] == ["input", "conv", "conv", "add", "relu", "conv"]
    assert rows.rows[3].inputs == ("second", "first")
    assert rows.rows[4].inputs == (rows.rows[3].name,)
    assert rows["last"].inputs == (rows.rows[4].name,)


class Attention(nn.Module):
    """No parameters of its own, and a lot of work."""

    def forward(self, x: Tensor) -> Tensor:
        return x @ x.transpose(-1, -2)


class Painter(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        x[..., 0, 0] = x[..., 1, 1]
        return x


class Deaf(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return torch.zeros(1, device=x.device)


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (nn.Sequential(Attention()), "the work of a Attention .module 1.0. can't be counted"),
        (Painter(), "writes into a part of a tensor"),
        (Deaf(), "comes from none of its layers"),
    ],
    ids=lambda part: type(part).__name__,
)
def test_what_would_be_missing_from_the_graph_or_the_count_is_refused(model, sentence):
    holder = nn.Sequential(nn.Identity(), model) if isinstance(model, nn.Sequential) else Holder(model)
    with pytest.raises(TraceError, match=sentence):
        trace_model(holder, (1, 4, 4))


class Holder(nn.Module):
    """Puts a module's forward among others, as people do who write functions."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.identity, self.function = nn.Identity(), model.forward

    def forward(self, x: Tensor) -> Tensor:
        return self.function(self.identity(x))


def test_a_layer_that_gives_more_than_one_tensor_has_one_row():
    class Unpool(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.down, self.up = nn.MaxPool2d(2, return_indices=True), nn.MaxUnpool2d(2)

        def forward(self, x: Tensor) -> Tensor:
            return self.up(*self.down(x))

    rows = trace_model(Unpool(), (1, 4, 6))
    assert [(row.name, row.inputs, row.out_shape) for row in rows.rows[1:]] == [
        ("down", ("input",), (1, 2, 3)),
        ("up", ("down",), (1, 4, 6)),
    ]


def test_a_layer_of_ones_own_that_is_a_convolution_is_one():
    class Smooth(nn.Conv2d):
        pass

    row = trace_model(nn.Sequential(Smooth(1, 1, 3)), (1, 5, 5))["0"]
    assert (row.kind, row.macs) == ("conv", 81)


def test_a_strangers_config_is_not_ours():
    model = Plain()
    model.config = {"hidden_size": 8}
    assert trace_model(model, (3, 32, 48)).config is None


@pytest.mark.parametrize("training", [True, False])
def test_a_traced_model_is_left_as_it_was(training):
    torch.manual_seed(0)
    model = build_model(PRESETS["classroom"]).train(training)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    attributes = {name: set(vars(module)) for name, module in model.named_modules()}
    trace_model(model, (1, 16, 24))
    assert {name: set(vars(module)) for name, module in model.named_modules()} == attributes
    assert all(module.training is training for module in model.modules())
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    assert {p.device.type for p in model.parameters()} == {"cpu"}
    image = torch.rand(2, 1, 16, 24)
    model.eval()
    assert torch.equal(model(image), model(image))
    assert all(p.requires_grad and p.grad is None for p in model.parameters())


def test_a_model_in_training_is_traced_as_it_would_predict():
    """A batch norm refuses to train on the single pixel of this bottleneck."""
    config = PRESETS["classroom"]
    assert trace_model(build_model(config).train(), (1, 8, 8)).rows == trace(config, (8, 8)).rows


def test_a_refused_model_is_left_as_it_was_too():
    model = Twice()
    attributes = {name: set(vars(module)) for name, module in model.named_modules()}
    with pytest.raises(TraceError):
        trace_model(model, (1, 8, 8))
    assert {name: set(vars(module)) for name, module in model.named_modules()} == attributes
    assert model(torch.ones(1, 1, 8, 8)).device.type == "cpu"
