"""Lines of a network's own class: what all architectures share."""

from collections.abc import Sequence

from unet_core.config import UNetConfig
from unet_core.pytorch_file import parts
from unet_core.trace import Trace

WIDTH, INDENT = 88, 8  # characters: of a line, and before every line of a method


def shape(traced: Trace, part: str) -> str:
    """The comment with the shape that comes out of the module `part`: '  # (B, 64, 568, 568)'."""
    rows = [row for row in traced.rows if row.name == part or row.name.startswith(f"{part}.")]
    return f"  # (B, {', '.join(map(str, rows[-1].out_shape))})"


def module_list(name: str, items: Sequence[str]) -> list[str]:
    """`self.name = nn.ModuleList([...])`, an item per line."""
    return [f"self.{name} = nn.ModuleList(", "    [", *(f"        {item}" for item in items), "    ]", ")"]


def module_dict(name: str, items: Sequence[str]) -> list[str]:
    """`self.name = nn.ModuleDict({...})`, an item per line."""
    return [f"self.{name} = nn.ModuleDict(", "    {", *(f"        {item}" for item in items), "    }", ")"]


def joined(config: UNetConfig, skips: Sequence[str], comment: str) -> list[str]:
    """The lines where `x`, from below, meets the skips: concatenated or added, each cropped where it is larger."""
    terms = ["x", *(f"crop({skip}, x)" if parts.crops(config) else skip for skip in skips)]
    if config.skip == "add":
        total = " + ".join(terms)
        layouts = [
            [f"x = {total}"],
            ["x = (", f"    {total}", ")"],
            ["x = (", f"    {terms[0]}", *(f"    + {term}" for term in terms[1:]), ")"],
        ]
    else:
        listed = ", ".join(terms)
        layouts = [
            [f"x = torch.cat([{listed}], dim=1)"],
            ["x = torch.cat(", f"    [{listed}],", "    dim=1,", ")"],
            ["x = torch.cat(", "    [", *(f"        {term}," for term in terms), "    ],", "    dim=1,", ")"],
        ]
    written = ([*lines[:-1], lines[-1] + comment] for lines in layouts)
    return next(lines for lines in written if max(map(len, lines)) + INDENT <= WIDTH)


def drops(config: UNetConfig, level: int) -> bool:
    """True for a block of the encoder with dropout after it: those of the two deepest levels."""
    return bool(config.dropout) and level >= config.depth - 1


def dropped(config: UNetConfig, level: int, call: str) -> str:
    """The call of an encoder's block, with its dropout."""
    return f"self.dropout({call})" if drops(config, level) else call


def encoder_block(config: UNetConfig, level: int) -> str:
    incoming = config.channels(level - 1) if level else config.in_channels
    return f"ConvBlock({incoming}, {config.channels(level)})"


def decoder_block(config: UNetConfig, level: int, skips: int) -> str:
    channels = config.channels(level)
    return f"ConvBlock({channels * (1 + skips) if config.skip == 'concat' else channels}, {channels})"


def up_sample(config: UNetConfig, level: int) -> str:
    return f"UpSample({config.channels(level + 1)}, {config.channels(level)})"


def head(config: UNetConfig) -> str:
    return f"nn.Conv2d({config.channels(0)}, {config.classes}, kernel_size=1)"


def shared(config: UNetConfig) -> list[str]:
    """The layers without weights that every level uses."""
    dropout = [f"self.dropout = nn.Dropout({config.dropout})"] if config.dropout else []
    return ["self.pool = nn.MaxPool2d(2)", *dropout]


def network_class(name: str, says: str, layers: Sequence[str], returns: str, body: Sequence[str]) -> str:
    """The class of a network from the lines of its __init__ and its forward."""
    head = [f"class {name}(nn.Module):", f'    """{says}"""', "", "    def __init__(self) -> None:"]
    forward = ["", f"    def forward(self, image: Tensor) -> {returns}:"]
    init = ["super().__init__()", *layers]
    return "\n".join([*head, *map(_indented, init), *forward, *map(_indented, ["check_size(image)", *body])])


def _indented(line: str) -> str:
    return f"        {line}" if line else ""
