"""The parts that every file begins with, written out for one configuration: sizes, block, up-sampling, crop."""

from unet_core.config import GROUPS, UNetConfig
from unet_core.sizes import smallest_legal

TIMES = {1: "Once", 2: "Twice", 3: "Three times", 4: "Four times"}
NORM_NAMES = {"none": "", "batch": ", batch norm", "group": ", group norm", "instance": ", instance norm"}
NORM_LAYERS = {
    "batch": "nn.BatchNorm2d(out_channels)",
    "group": f"nn.GroupNorm({GROUPS}, out_channels)",
    "instance": "nn.InstanceNorm2d(out_channels, affine=True)",
}
CROP = '''def crop(skip: Tensor, x: Tensor) -> Tensor:
    """The middle of `skip`, as high and as wide as `x`."""
    height, width = x.shape[-2:]
    top = (skip.shape[-2] - height) // 2
    left = (skip.shape[-1] - width) // 2
    return skip[..., top : top + height, left : left + width]'''


def crops(config: UNetConfig) -> bool:
    """True when a skip is larger than the map it meets."""
    return config.loss_per_block > 0


def check_size(config: UNetConfig) -> str:
    """A function that refuses sizes which pooling would cut short without a word."""
    smallest, step = smallest_legal(config), 2**config.depth
    return f'''def check_size(image: Tensor) -> None:
    """Raise ValueError for a side that does not fit; it names the nearest that do."""
    for side in image.shape[-2:]:
        below = side - (side - {smallest}) % {step}
        if side < {smallest}:
            raise ValueError(f"{{side}} pixels are too few; the smallest side is {smallest}")
        if side != below:
            nearest = f"{{below}} and {{below + {step}}}"
            raise ValueError(f"{{side}} pixels do not fit; nearest are {{nearest}}")'''


def conv_block(config: UNetConfig) -> str:
    """The block of every level. Dropout, where there is any, stands in the network's own `forward`."""
    layers, calls = [], []
    channels = "in_channels"
    for number in range(1, config.convs_per_block + 1):
        call = f"self.conv{number}(x)"
        if (pad := _even_padding(config)) is not None:
            layers.append(f"self.pad{number} = nn.ZeroPad2d({pad})")
            call = f"self.conv{number}(self.pad{number}(x))"
        layers.append(f"self.conv{number} = nn.Conv2d({channels}, out_channels, {_kernel(config)})")
        if config.norm != "none":
            layers.append(f"self.norm{number} = {NORM_LAYERS[config.norm]}")
            call = f"self.norm{number}({call})"
        layers.append(f"self.relu{number} = nn.ReLU()")
        calls.append(f"self.relu{number}({call})")
        channels = "out_channels"
    body = [f"x = {call}" for call in calls[:-1]] + [f"return {calls[-1]}"]
    return _module("ConvBlock", _block_says(config), layers, body)


def up_sample(config: UNetConfig) -> str:
    """What doubles height and width on the way up."""
    if config.upsampling == "transpose":
        says = "2 x 2 up-convolution with stride 2: twice the height and width."
        layers = ["self.upconv = nn.ConvTranspose2d(in_channels, out_channels, 2, stride=2)"]
        return _module("UpSample", says, layers, ["return self.upconv(x)"])
    says = f"{config.upsampling.capitalize()} interpolation to twice the size, then a 1 x 1 convolution."
    how = f'mode="{config.upsampling}"' + (", align_corners=False" if config.upsampling == "bilinear" else "")
    layers = [
        f"self.resize = nn.Upsample(scale_factor=2, {how})",
        "self.conv1x1 = nn.Conv2d(in_channels, out_channels, kernel_size=1)",
    ]
    return _module("UpSample", says, layers, ["return self.conv1x1(self.resize(x))"])


def _block_says(config: UNetConfig) -> str:
    kernel = f"{config.kernel_size} x {config.kernel_size}"
    if config.kernel_size == 1:
        kind = f"{kernel} convolution"
    elif config.padding == "valid":
        kind = f"{kernel} convolution without padding"
    else:
        kind = f"{kernel} convolution that keeps the size"
    return f"{TIMES[config.convs_per_block]}: {kind}{NORM_NAMES[config.norm]}, ReLU."


def _kernel(config: UNetConfig) -> str:
    centred = config.kernel_size // 2 if config.padding == "same" and config.kernel_size % 2 else 0
    return f"kernel_size={config.kernel_size}" + (f", padding={centred}" if centred else "")


def _even_padding(config: UNetConfig) -> tuple[int, int, int, int] | None:
    """Left, right, top, bottom; an even kernel has no middle, so one zero more stands at the right and below."""
    if config.padding == "valid" or config.kernel_size % 2:
        return None
    before, after = (config.kernel_size - 1) // 2, config.kernel_size // 2
    return before, after, before, after


def _module(name: str, says: str, layers: list[str], body: list[str]) -> str:
    lines = [
        f"class {name}(nn.Module):",
        f'    """{says}"""',
        "",
        "    def __init__(self, in_channels: int, out_channels: int) -> None:",
        "        super().__init__()",
        *(f"        {layer}" for layer in layers),
        "",
        "    def forward(self, x: Tensor) -> Tensor:",
        *(f"        {line}" for line in body),
    ]
    return "\n".join(lines)
