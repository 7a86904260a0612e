"""A network as an ONNX file, by PyTorch's own exporter, handed out after onnxruntime has computed the same with it.

onnx, onnxscript and onnxruntime are an extra that need not be installed. An export takes seconds and keeps a hundred
megabytes of modules loaded, so `make` does it in a process of its own: `python -m unet_core.onnx_file FILE`, with the
request as JSON on its standard input.
"""

import importlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from unet_core.checkpoint import load
from unet_core.config import UNetConfig
from unet_core.messages import ExplainedError, Message
from unet_core.models import NestedUNet, UNet, build_model
from unet_core.trace import Trace

EXTRAS = ("onnx", "onnxscript", "onnxruntime")
SEED = 2015  # of the weights of a network that nobody has trained
TOLERANCE = 1e-4  # between a logit of onnxruntime and ours
MOST_PARAMETERS = 40_000_000  # a file of 160 MB; the exporter holds it six times over
MOST_MACS = 200 * 10**9  # two runs of about ten seconds each on one core
MOST_BYTES = 4 * 10**9  # of feature maps, those of training; the export's two runs need less
MOST_SECONDS = 300  # many times what it takes on a machine that does nothing else
ROOT = Path(__file__).parent.parent


class OnnxError(ExplainedError):
    """A network that is not exported; the sentence says why and what would help."""


@dataclass(frozen=True)
class OnnxFile:
    """The file's bytes, and the largest difference to our own logits that onnxruntime has shown with it."""

    data: bytes
    difference: float


def missing() -> tuple[str, ...]:
    """The packages of the extra that are not installed."""
    return tuple(name for name in EXTRAS if importlib.util.find_spec(name) is None)


def check_exportable(traced: Trace) -> None:
    """Raise OnnxError where a package is missing or the network is beyond a bound."""
    if absent := missing():
        raise OnnxError("ONNX needs packages that are not installed here: {names}", names=", ".join(absent))
    for asked, most, unit in (
        (traced.params, MOST_PARAMETERS, Message("parameters")), (traced.macs, MOST_MACS, Message("multiply-adds")),
        (traced.bytes, MOST_BYTES, Message("bytes of feature maps")),
    ):  # fmt: skip
        if asked > most:
            raise OnnxError(
                "this network is too large to be exported here, with {asked:,} {unit} where the bound is {most:,}: "
                "choose fewer filters or a smaller input, or export it yourself from the PyTorch file",
                asked=asked, most=most, unit=unit,
            )  # fmt: skip


def make(traced: Trace, trained: Path | None = None) -> OnnxFile:
    """Export in a process of its own: with the weights in the folder `trained`, else random ones from SEED.

    The input is fixed at one image of the traced size. Raises OnnxError.
    """
    check_exportable(traced)
    assert traced.config is not None
    size = traced.rows[0].out_shape[1:]
    request = {"config": traced.config.to_dict(), "size": size, "trained": str(trained) if trained else None}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "net.onnx"
        difference = _run(request, file)
        if not difference <= TOLERANCE:
            raise OnnxError("onnxruntime computes something else than PyTorch with this file: {difference:.1e} apart",
                            difference=difference)  # fmt: skip
        return OnnxFile(file.read_bytes(), difference)


def _run(request: object, file: Path) -> float:
    """The largest difference that the process found. One thread: the others are for those who use the app meanwhile."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "unet_core.onnx_file", str(file)], input=json.dumps(request), cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True, timeout=MOST_SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise OnnxError("the export took longer than {seconds} seconds; choose a smaller network",
                        seconds=MOST_SECONDS) from None  # fmt: skip
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [str(done.returncode)])[-1]
        raise OnnxError("PyTorch's exporter has failed: {reason}", reason=last[:200])
    return float(done.stdout)


def to_onnx(model: UNet | NestedUNet, size: tuple[int, int]) -> bytes:
    """The file of a network in eval mode for one image of `size` (height, width); heads are called L1 to Ld."""
    config = model.config
    outputs = [f"L{level}" for level in range(1, config.depth + 1)] if config.deep_supervision else ["logits"]
    image = torch.zeros(1, config.in_channels, *size)
    with warnings.catch_warnings():  # what the exporter says of its own future concerns nobody here
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            model, (image,), dynamo=True, verbose=False, input_names=["image"], output_names=outputs
        )
    assert program is not None
    proto = program.model_proto
    for node in proto.graph.node:
        del node.metadata_props[:]  # the folders of this machine among them
    proto.doc_string = config.to_query() or "the network of 2015"
    importlib.import_module("onnx").checker.check_model(proto)
    return bytes(proto.SerializeToString())


def compare(data: bytes, model: UNet | NestedUNet, size: tuple[int, int]) -> float:
    """The largest difference between onnxruntime's logits and the model's, for one random image."""
    runtime = importlib.import_module("onnxruntime")
    image = torch.rand(1, model.config.in_channels, *size)
    session = runtime.InferenceSession(data, providers=["CPUExecutionProvider"])
    found = session.run(None, {"image": image.numpy()})
    with torch.inference_mode():
        logits = model(image)
    heads = (logits,) if isinstance(logits, Tensor) else logits
    return max(float((torch.from_numpy(a) - b).abs().max()) for a, b in zip(found, heads, strict=True))


def main(file: Path, config: UNetConfig, size: tuple[int, int], trained: str | None) -> float:
    """What the process does: write the file, return the largest difference."""
    torch.manual_seed(SEED)
    model = load(Path(trained))[0] if trained else build_model(config).eval()
    data = to_onnx(model, size)
    file.write_bytes(data)
    return compare(data, model, size)


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    try:
        print(main(Path(sys.argv[1]), UNetConfig.from_dict(asked["config"]), tuple(asked["size"]), asked["trained"]))
    except Exception as error:  # the exporter wraps a reason in a page of advice
        sys.exit(f"{error.__cause__ or error}".strip().partition("\n")[0])
