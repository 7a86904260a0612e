"""A network as one self-contained Python file: only torch is imported, every module stands there by itself, and
`forward` reads like the paper's figure.

Modules are named as in our own networks, so that a state_dict of the one loads into the other. The file stays what
`ruff format` makes of it, with no line above 88 characters.
"""

from textwrap import fill

from unet_core.config import UNetConfig
from unet_core.messages import ExplainedError
from unet_core.pytorch_file import nested, parts, plain
from unet_core.says import ARCHITECTURE_NAMES
from unet_core.sizes import smallest_legal
from unet_core.trace import Trace

CLASSES = {"unet": "UNet", "unet++": "UNetPlusPlus", "unet+": "UNetPlus", "unet-e": "UNetE"}
UNET_2015 = (
    "O. Ronneberger, P. Fischer, T. Brox: U-Net: Convolutional Networks for Biomedical Image Segmentation, 2015."
)
NESTED_2018 = (
    "Z. Zhou, M. M. R. Siddiquee, N. Tajbakhsh, J. Liang: UNet++: A Nested U-Net Architecture for Medical Image "
    "Segmentation, 2018, and UNet++: Redesigning Skip Connections to Exploit Multiscale Features in Image "
    "Segmentation, 2019."
)
WIDTH = 88  # characters; what ruff and black use unless told otherwise


def to_pytorch(traced: Trace) -> str:
    """The Python file of a traced network, its comments with the shapes of that trace.

    Raises ExplainedError for the trace of a network that is not ours.
    """
    config = traced.config
    if config is None:
        raise ExplainedError("only a network built from a UNetConfig can be written as a file; this trace has none")
    net = nested if config.nested else plain
    pieces = [
        "import torch\nfrom torch import Tensor, nn",
        parts.check_size(config),
        parts.conv_block(config),
        parts.up_sample(config),
        *([parts.CROP] if parts.crops(config) and config.connected_levels else []),
        net.network(traced, config, CLASSES[config.architecture]),
        _main(traced, config),
    ]
    return _docstring(traced, config) + "\n\n" + "\n\n\n".join(pieces) + "\n"


def _docstring(traced: Trace, config: UNetConfig) -> str:
    height, width = traced.rows[0].out_shape[1:]
    smallest, step = smallest_legal(config), 2**config.depth
    last = "sigmoid of the one class" if config.classes == 1 else "softmax over the classes"
    logits = "the logits of every head, L1 first" if config.deep_supervision else "logits"
    paragraphs = [
        f"{ARCHITECTURE_NAMES[config.architecture]} of depth {config.depth}, {config.base_channels} filters at the "
        f"top: {_counted(config.in_channels, 'channel', 's')} in, {_counted(config.classes, 'class', 'es')} out.",
        "One explicit file that needs PyTorch and nothing else, written by U-Net Explorer from the network itself: "
        f"{traced.params:,} parameters. `forward` returns {logits}; for probabilities take the {last}.",
        f"Source: {NESTED_2018 if config.nested else UNET_2015}",
        f"Shapes in the comments are (batch, channels, height, width) for an input of {height} x {width}. A height or "
        f"a width fits when it is one of {smallest}, {smallest + step}, {smallest + 2 * step}, ...; {_mask(traced)}.",
        "Weights that U-Net Explorer saves for the same network load as they are, with safetensors.torch.load_file: "
        "modules have the same names.",
    ]  # fmt: skip
    return '"""' + "\n\n".join(fill(text, WIDTH - 3, break_on_hyphens=False) for text in paragraphs) + '\n"""'


def _counted(number: int, noun: str, plural: str) -> str:
    return f"{number} {noun}{plural if number > 1 else ''}"


def _mask(traced: Trace) -> str:
    lost = traced.rows[0].out_shape[1] - traced[traced.outputs[-1]].out_shape[1]
    return f"the mask is {lost} pixels smaller" if lost else "the mask is as large as the input"


def _main(traced: Trace, config: UNetConfig) -> str:
    image = ", ".join(map(str, (1, *traced.rows[0].out_shape)))
    shapes = "[tuple(head.shape) for head in logits]" if config.deep_supervision else "tuple(logits.shape)"
    return f"""if __name__ == "__main__":
    with torch.device("meta"):  # shapes without numbers: this takes a moment only
        model = {CLASSES[config.architecture]}().eval()
        logits = model(torch.zeros({image}))
    print(f"{{sum(p.numel() for p in model.parameters()):,}} parameters")
    print("output", {shapes})"""
