"""An unfinished training as one safetensors file: all that is needed to go on as if it had never stopped."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from unet_core.pairs import Pairs
from unet_core.settings import Settings, TrainingError
from unet_core.whole_file import write_whole

Tensors = Mapping[str, Tensor]


@dataclass(frozen=True, eq=False)
class TrainingState:
    """Where a training stands. `optimizer` has a dict of tensors for the index of each parameter."""

    step: int
    seconds: float  # of training so far, all its parts together
    best_score: float
    fingerprint: str
    model: Tensors
    best: Tensors
    optimizer: Mapping[int, Tensors]


def write(path: Path, state: TrainingState) -> None:
    """Write the file, which is either the old or the new one afterwards, never half of one."""
    write_whole(path, to_bytes(state))


def to_bytes(state: TrainingState) -> bytes:
    """The content of such a file."""
    groups = {"model": state.model, "best": state.best, **{f"optimizer.{i}": t for i, t in state.optimizer.items()}}
    tensors = {f"{group}.{name}": tensor.cpu().contiguous()
               for group, named in groups.items() for name, tensor in named.items()}  # fmt: skip
    about = {"step": state.step, "seconds": state.seconds, "best_score": state.best_score,
             "fingerprint": state.fingerprint}  # fmt: skip
    return save(tensors, {"run": json.dumps(about)})


def read(path: Path) -> TrainingState:
    """The state in a file. TrainingError when it holds none."""
    try:
        return from_bytes(path.read_bytes())
    except (OSError, TrainingError) as error:
        raise TrainingError("{file} is no saved training, or a damaged one; remove it to begin anew",
                            file=path.name) from error  # fmt: skip


def from_bytes(content: bytes) -> TrainingState:
    """From `to_bytes`. TrainingError when it is something else."""
    try:
        length = int.from_bytes(content[:8], "little")
        about: dict[str, Any] = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["run"])
        groups: dict[str, dict[str, Tensor]] = {"model": {}, "best": {}, "optimizer": {}}
        for name, tensor in load(content).items():
            group, _, rest = name.partition(".")
            groups[group][rest] = tensor
        return TrainingState(int(about["step"]), float(about["seconds"]), float(about["best_score"]),
                             str(about["fingerprint"]), groups["model"], groups["best"],
                             _by_parameter(groups["optimizer"]))  # fmt: skip
    except (SafetensorError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise TrainingError("this is no saved training, or a damaged one") from error


def _by_parameter(named: Tensors) -> dict[int, dict[str, Tensor]]:
    """{"3.exp_avg": tensor} -> {3: {"exp_avg": tensor}}."""
    slots: dict[int, dict[str, Tensor]] = {}
    for name, tensor in named.items():
        index, _, slot = name.partition(".")
        slots.setdefault(int(index), {})[slot] = tensor
    return slots


def seconds_of(path: Path) -> float:
    """How long the training in a state file has taken so far, all its parts together. TrainingError as for `read`."""
    return read(path).seconds


def fingerprint(model: nn.Module, data: Pairs, validation: Pairs, settings: Settings) -> str:
    """Of all that decides what a training becomes, the weights it starts from apart."""
    shapes = {name: list(tensor.shape) for name, tensor in model.state_dict().items()}
    total = sha256(json.dumps([asdict(settings), shapes, str(getattr(model, "config", ""))]).encode())
    for tensor in (*data.tensors(), *validation.tensors()):
        total.update(f"{tensor.dtype} {tuple(tensor.shape)}".encode())
        total.update(np.ascontiguousarray(tensor.cpu().numpy()).tobytes())
    return total.hexdigest()
