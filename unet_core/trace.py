"""Run a network once on the meta device (shapes, no numbers) and write down every layer: the one truth behind every
table, total, drawing and sentence.

Shapes leave out the batch: (C, H, W). MACs are multiply-accumulates of one forward pass of one image, bias left out.
Bytes are the layer's output in float32. Buffers are the running numbers a norm layer keeps (not its batch counter).
"""

import copy
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from unet_core.config import UNetConfig
from unet_core.messages import ExplainedError
from unet_core.models import build_model
from unet_core.sizes import check_size

Shape = tuple[int, ...]
KINDS: dict[type[nn.Module], str] = {
    nn.Conv2d: "conv", nn.ConvTranspose2d: "upconv", nn.Linear: "linear", nn.BatchNorm2d: "norm",
    nn.GroupNorm: "norm", nn.InstanceNorm2d: "norm", nn.LayerNorm: "norm", nn.ReLU: "relu", nn.Dropout: "dropout",
    nn.Dropout2d: "dropout", nn.MaxPool2d: "pool", nn.AvgPool2d: "pool", nn.Upsample: "resize", nn.ZeroPad2d: "pad",
    nn.PReLU: "relu",
}  # fmt: skip
FUNCTION_KINDS = {"cat": "concat", "add": "add", "__add__": "add", "add_": "add", "relu": "relu", "relu_": "relu",
                  "interpolate": "resize", "pad": "pad", "__getitem__": "crop", "max_pool2d": "pool",
                  "boolean_dispatch": "pool"}  # fmt: skip
MULTIPLIERS = {"conv1d", "conv2d", "conv3d", "conv_transpose2d", "linear", "matmul", "__matmul__", "bmm", "mm",
               "einsum", "addmm", "scaled_dot_product_attention"}  # fmt: skip
SHAPE_KEEPERS = (nn.BatchNorm2d, nn.GroupNorm, nn.InstanceNorm2d, nn.ReLU, nn.Dropout)


class TraceError(ExplainedError):
    """A network whose layers can't be told apart or counted; the sentence says which and why."""


@dataclass(frozen=True)
class Window:
    """What a layer looks at around one position, (vertical, horizontal): kernel, stride, zeros before, dilation."""

    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (0, 0)
    dilation: tuple[int, int] = (1, 1)


@dataclass(frozen=True)
class LayerRow:
    """One layer that ran: its module path, what fed it, its shapes and its cost. No formatting here."""

    name: str
    kind: str
    inputs: tuple[str, ...]
    node: tuple[int, int] | None
    in_shapes: tuple[Shape, ...]
    out_shape: Shape
    parameters: int = 0
    buffers: int = 0
    macs: int = 0
    window: Window | None = None

    @property
    def bytes(self) -> int:
        """Memory of the output in float32, in bytes."""
        return 4 * prod(self.out_shape)


@dataclass(frozen=True)
class Trace:
    """All rows in the order they ran, the first being the input; a graph through each row's `inputs`."""

    rows: tuple[LayerRow, ...]
    outputs: tuple[str, ...]
    config: UNetConfig | None = None

    @cached_property
    def _by_name(self) -> dict[str, LayerRow]:
        return {row.name: row for row in self.rows}

    def __getitem__(self, name: str) -> LayerRow:
        """The row of a module path; KeyError for a name that did not run."""
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    @cached_property
    def params(self) -> int:
        """Trainable parameters."""
        return sum(row.parameters for row in self.rows)

    @cached_property
    def macs(self) -> int:
        """Multiply-accumulates of one forward pass."""
        return sum(row.macs for row in self.rows)

    @cached_property
    def bytes(self) -> int:
        """All outputs together in float32, the input among them: what training keeps, more than inference needs."""
        return sum(row.bytes for row in self.rows)

    @cached_property
    def edges(self) -> tuple[tuple[str, str], ...]:
        """(from, to) pairs of row names."""
        return tuple((source, row.name) for row in self.rows for source in row.inputs)


def trace(config: UNetConfig, size: tuple[int, int]) -> Trace:
    """Trace the network of `config` for an input of (height, width). Raises SizeError when that does not fit."""
    check_size(config, size)
    with torch.device("meta"), _NoInit():
        model = build_model(config)
    rows = _run(model, (config.in_channels, *size), shortcuts=True)
    return Trace(rows.rows, rows.outputs, config)


def trace_model(model: nn.Module, shape: Shape) -> Trace:
    """Trace any module for one input of `shape` (C, H, W). The model itself is left as it is.

    Raises TraceError for a module that runs twice (two boxes with one name), for layers whose work it can't count,
    and for parameters that no layer of the run used.
    """
    tensors = [*model.parameters(), *model.buffers()]
    memo: dict[int, Any] = {id(tensor): _on_meta(tensor) for tensor in tensors}  # copies the modules, not the numbers
    traced = _run(copy.deepcopy(model, memo), shape, shortcuts=False)
    config = getattr(model, "config", None)
    return Trace(traced.rows, traced.outputs, config if isinstance(config, UNetConfig) else None)


def _on_meta(tensor: Tensor) -> Tensor:
    moved = tensor.detach().to("meta")
    return nn.Parameter(moved, tensor.requires_grad) if isinstance(tensor, nn.Parameter) else moved


def _run(model: nn.Module, shape: Shape, shortcuts: bool) -> "Trace":
    recorder = _Recorder(shortcuts)
    model.eval()
    for name, module in model.named_modules():
        if not any(True for _ in module.children()):
            recorder.watch(name or type(module).__name__, module)
    image = torch.empty((1, *shape), device="meta")
    # Our own networks call nothing but modules, so only a stranger's needs its functions watched.
    with torch.inference_mode(), nullcontext() if shortcuts else recorder:
        outputs = model(recorder.start(image))
    recorder.check_complete(model)
    return Trace(tuple(recorder.rows), tuple(recorder.name_of(tensor) for tensor in _tensors(outputs)))


class _NoInit(TorchFunctionMode):
    """Leave out the drawing of initial weights, half the time of a build: there are no numbers on meta."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if getattr(func, "__module__", None) == "torch.nn.init":
            return args[0] if args else (kwargs or {})["tensor"]
        return func(*args, **(kwargs or {}))


class _Recorder(TorchFunctionMode):
    """Writes a row for every leaf module that runs, and for every plain torch function called between them."""

    def __init__(self, shortcuts: bool) -> None:
        super().__init__()
        self.shortcuts = shortcuts
        self.rows: list[LayerRow] = []
        self._names: set[str] = set()
        self._source: dict[int, str] = {}
        self._alive: list[Tensor] = []  # an id is only unique while its tensor lives
        self._counted: set[int] = set()
        self._inside = False
        self._multiplied = False  # by a function, since the last module began

    def start(self, image: Tensor) -> Tensor:
        self._add(LayerRow("input", "input", (), None, (), tuple(image.shape[1:])), image)
        return image

    def name_of(self, tensor: Tensor) -> str:
        if id(tensor) not in self._source:
            raise TraceError("an output of the network comes from none of its layers")
        return self._source[id(tensor)]

    def watch(self, name: str, module: nn.Module) -> None:
        """Stand before `module.forward`. An instance attribute, so that other instances and threads see nothing."""
        original = module.forward
        keeps_shape = self.shortcuts and isinstance(module, SHAPE_KEEPERS)

        def forward(*args: Any, **kwargs: Any) -> Any:
            if name in self._names:
                raise TraceError("the module {name} runs twice; give each use a module of its own", name=name)
            if self._inside:
                return original(*args, **kwargs)
            self._inside, self._multiplied = True, False
            try:
                output = args[0].detach() if keeps_shape else original(*args, **kwargs)
            finally:
                self._inside = False
            produced = _tensors(output)
            if produced:
                self._add(self._module_row(name, module, _tensors((args, kwargs)), produced[0]), *produced)
            return output

        module.forward = forward

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        output = func(*args, **(kwargs or {}))
        function = getattr(func, "__name__", "function")
        self._multiplied |= function in MULTIPLIERS
        if self._inside or not self.rows:
            return output
        sources = [tensor for tensor in _tensors((args, kwargs)) if id(tensor) in self._source]
        if function == "__setitem__" and sources:
            raise TraceError("forward writes into a part of a tensor, so what feeds what can't be told")
        in_place = function.endswith("_") and not function.endswith("__")
        produced = [tensor for tensor in _tensors(output) if in_place or id(tensor) not in self._source]
        if produced and sources:
            self._add_function(function, sources, produced)
        return output

    def _add_function(self, function: str, sources: Sequence[Tensor], produced: Sequence[Tensor]) -> None:
        if function in MULTIPLIERS:
            raise TraceError("forward calls {function} directly, so its work can't be counted; make it a module",
                             function=function)  # fmt: skip
        name, number = function.strip("_"), 1
        while f"{name}_{number}" in self._names:
            number += 1
        row = LayerRow(f"{name}_{number}", FUNCTION_KINDS.get(function, name), self._feeders(sources), None,
                       _shapes(sources), _shape(produced[0]))  # fmt: skip
        self._add(row, *produced)

    def _module_row(self, name: str, module: nn.Module, inputs: Sequence[Tensor], output: Tensor) -> LayerRow:
        own = [p for p in module.parameters(recurse=False) if id(p) not in self._counted]
        self._counted.update(id(p) for p in own)
        known = (kind for layer, kind in KINDS.items() if isinstance(module, layer))
        kind = getattr(module, "kind", None) or next(known, type(module).__name__.lower())
        if (own or self._multiplied) and not isinstance(module, tuple(KINDS)):
            raise TraceError("the work of a {layer} (module {name}) can't be counted", layer=type(module).__name__,
                             name=name)  # fmt: skip
        return LayerRow(
            name, kind, self._feeders(inputs), getattr(module, "node", None), _shapes(inputs), _shape(output),
            parameters=sum(p.numel() for p in own),
            buffers=sum(b.numel() for b in module.buffers(recurse=False) if b.is_floating_point()),
            macs=_macs(module, inputs, output),
            window=_window(module),
        )  # fmt: skip

    def _feeders(self, inputs: Sequence[Tensor]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self._source[id(tensor)] for tensor in inputs if id(tensor) in self._source))

    def _add(self, row: LayerRow, *outputs: Tensor) -> None:
        self.rows.append(row)
        self._names.add(row.name)
        for tensor in outputs:
            self._source[id(tensor)] = row.name
            self._alive.append(tensor)

    def check_complete(self, model: nn.Module) -> None:
        """Nothing may be missing from the totals."""
        missing = [name for name, p in model.named_parameters() if id(p) not in self._counted]
        if missing:
            raise TraceError("the parameters {names} belong to no layer that ran", names=", ".join(missing[:5]))


def _tensors(value: Any) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, (tuple, list)):
        return []
    return [tensor for part in value for tensor in _tensors(part)]


def _shape(tensor: Tensor) -> Shape:
    return tuple(tensor.shape[1:])


def _shapes(tensors: Sequence[Tensor]) -> tuple[Shape, ...]:
    return tuple(_shape(tensor) for tensor in tensors)


def _macs(module: nn.Module, inputs: Sequence[Tensor], output: Tensor) -> int:
    """One multiplication per weight and position: output positions, or input positions for an up-convolution."""
    if isinstance(module, nn.ConvTranspose2d):
        return prod(inputs[0].shape[-2:]) * module.weight.numel()
    if isinstance(module, nn.Conv2d):
        return prod(output.shape[-2:]) * module.weight.numel()
    if isinstance(module, nn.Linear):
        return output.numel() * module.in_features
    return 0


def _window(module: nn.Module) -> Window | None:
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
        if module.padding_mode != "zeros":
            return None  # it reads pixels from elsewhere in place of zeros
        padding = module.padding
        if isinstance(padding, str):
            wide = zip(module.kernel_size, module.dilation, strict=True)
            padding = tuple((k - 1) * d // 2 for k, d in wide) if padding == "same" else (0, 0)
        return Window(_pair(module.kernel_size), _pair(module.stride), _pair(padding), _pair(module.dilation))
    if isinstance(module, (nn.MaxPool2d, nn.AvgPool2d)):
        dilation = _pair(getattr(module, "dilation", 1))
        return Window(_pair(module.kernel_size), _pair(module.stride), _pair(module.padding), dilation)
    if isinstance(module, nn.ZeroPad2d):
        left, _, top, _ = module.padding
        return Window((1, 1), padding=(top, left))
    return None


def _pair(value: Any) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (value[0], value[1])
