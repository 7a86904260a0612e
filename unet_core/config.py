"""Every choice that shapes a network, in one frozen, checked value, and the presets the lessons start from.

Level 0 is the full resolution; `depth` poolings lead to level `depth`, the bottleneck. Channels at level i are
base_channels * growth**i, rounded, at most `max_channels`.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from urllib.parse import parse_qsl, urlencode

from unet_core.messages import ExplainedError

ARCHITECTURES = ("unet", "unet++", "unet+", "unet-e")
PADDINGS = ("valid", "same")
NORMS = ("none", "batch", "group", "instance")
UPSAMPLINGS = ("transpose", "bilinear", "nearest")
SKIPS = ("concat", "add")
LIMITS = {  # field -> (smallest, largest); generous for study, small enough to draw and to count
    "in_channels": (1, 16),
    "classes": (1, 64),
    "base_channels": (1, 256),
    "depth": (1, 6),
    "kernel_size": (1, 9),
    "convs_per_block": (1, 4),
    "growth": (1, 4),
    "max_channels": (1, 16384),
    "dropout": (0, 0.9),
}
CHOICES = {"architecture": ARCHITECTURES, "padding": PADDINGS, "norm": NORMS, "upsampling": UPSAMPLINGS, "skip": SKIPS}
GROUPS = 8  # of group norm, at every level
QUERY_NAMES = {  # field -> its short name in an address
    "architecture": "net", "in_channels": "in", "classes": "classes", "base_channels": "base", "depth": "depth",
    "kernel_size": "kernel", "convs_per_block": "convs", "padding": "padding", "norm": "norm", "upsampling": "up",
    "skip": "skip", "skip_levels": "skips", "growth": "growth", "max_channels": "max", "dropout": "dropout",
    "deep_supervision": "ds",
}  # fmt: skip


class ConfigError(ExplainedError):
    """A choice that makes no network; the sentence names the field, the value and what is allowed."""


@dataclass(frozen=True)
class UNetConfig:
    """One network. The defaults are the original of Ronneberger et al. 2015. Raises ConfigError (a ValueError)."""

    architecture: str = "unet"
    in_channels: int = 1
    classes: int = 2
    base_channels: int = 64
    depth: int = 4
    kernel_size: int = 3
    convs_per_block: int = 2
    padding: str = "valid"
    norm: str = "none"
    upsampling: str = "transpose"
    skip: str = "concat"
    skip_levels: tuple[int, ...] | None = None  # None: the skips of all levels
    growth: float = 2
    max_channels: int | None = None  # None: no limit
    dropout: float = 0.0
    deep_supervision: bool = False

    def __post_init__(self) -> None:
        for name, allowed in CHOICES.items():
            _check_choice(name, getattr(self, name), allowed)
        for name, (low, high) in LIMITS.items():
            value = getattr(self, name)
            if name != "max_channels" or value is not None:
                _check_number(name, value, low, high, whole=name not in ("growth", "dropout"))
        if not isinstance(self.deep_supervision, bool):
            raise ConfigError("deep_supervision must be true or false, got {value}",
                              value=_short(self.deep_supervision))  # fmt: skip
        object.__setattr__(self, "skip_levels", _canonical_levels(self.skip_levels, self.depth))
        self._check_wiring()
        self._check_groups()

    def _check_wiring(self) -> None:
        if not self.nested:
            if self.deep_supervision:
                raise ConfigError("deep_supervision needs unet++, unet+ or unet-e: a U-Net has one head only")
            return
        if self.padding == "valid" and self.loss_per_block % 2:
            raise ConfigError(
                "architecture {architecture} with valid padding needs an even number of pixels lost per block, "
                "got {loss} = {convs} x ({kernel} - 1): else no crop is centred. Choose an odd kernel or same padding",
                architecture=self.architecture, loss=self.loss_per_block, convs=self.convs_per_block,
                kernel=self.kernel_size,
            )  # fmt: skip
        if not self.deep_supervision and self.depth > 1 and not self._inner_nodes_reach_the_head:
            raise ConfigError(
                "architecture {architecture} with skip_levels {levels} needs deep_supervision: without the heads "
                "L1 to L{inner} the nodes X^(0,1) to X^(0,{inner}) lead nowhere and never get a gradient",
                architecture=self.architecture, levels=list(self.connected_levels), inner=self.depth - 1,
            )  # fmt: skip

    @property
    def _inner_nodes_reach_the_head(self) -> bool:
        """X^(0,j) with j < depth is read only along level 0, and in U-Net^e not even there."""
        return self.architecture != "unet-e" and 0 in self.connected_levels

    def _check_groups(self) -> None:
        if self.norm != "group":
            return
        for level in range(self.depth + 1):
            channels = self.channels(level)
            if channels % GROUPS:
                below = channels // GROUPS * GROUPS
                raise ConfigError(
                    "norm group needs channels that are a multiple of {groups}, got {channels} at level {level}; "
                    "nearest are {nearest}",
                    groups=GROUPS, channels=channels, level=level,
                    nearest=f"{below}, {below + GROUPS}" if below else GROUPS,
                )  # fmt: skip

    @property
    def nested(self) -> bool:
        """True for U-Net++ and its relatives."""
        return self.architecture != "unet"

    @property
    def connected_levels(self) -> tuple[int, ...]:
        """The levels whose skips are connected, ascending."""
        return tuple(range(self.depth)) if self.skip_levels is None else self.skip_levels

    @property
    def loss_per_block(self) -> int:
        """c, the pixels per axis that one block takes off: convs * (kernel - 1) when valid, 0 when same."""
        return self.convs_per_block * (self.kernel_size - 1) if self.padding == "valid" else 0

    def channels(self, level: int) -> int:
        """Channels of every block at `level`, 0..depth."""
        channels = max(1, round(self.base_channels * self.growth**level))
        return channels if self.max_channels is None else min(channels, self.max_channels)

    def to_dict(self) -> dict[str, object]:
        """Plain values that JSON can hold; `from_dict` is the way back."""
        data = asdict(self)
        data["skip_levels"] = None if self.skip_levels is None else list(self.skip_levels)
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> "UNetConfig":
        """From `to_dict` or any mapping of fields; an unknown field is refused, a missing one takes its default."""
        known = {field.name for field in fields(cls)}
        for name in data:
            if name not in known:
                raise ConfigError(
                    "there is no field {name}; the fields are {known}", name=_short(name),
                    known=", ".join(sorted(known)),
                )  # fmt: skip
        return cls(**data)  # type: ignore[arg-type]  # __post_init__ checks every value

    def to_query(self) -> str:
        """What differs from the defaults, as in an address: 'base=16&depth=3&padding=same'."""
        pairs = []
        for field in fields(self):
            value = getattr(self, field.name)
            if value != field.default:
                pairs.append((QUERY_NAMES[field.name], _to_text(value)))
        return urlencode(pairs)

    @classmethod
    def from_query(cls, query: str | Mapping[str, str]) -> "UNetConfig":
        """From `to_query`, or the same as a mapping; names that are no field's are left to others."""
        pairs = dict(parse_qsl(query, keep_blank_values=True)) if isinstance(query, str) else query
        return cls.from_dict(cls.fields_from_query(pairs))

    @staticmethod
    def fields_from_query(pairs: Mapping[str, str]) -> dict[str, object]:
        """Field -> value as an address has them, unchecked; what can't be read stays a text."""
        return {name: _from_text(name, pairs[short]) for name, short in QUERY_NAMES.items() if short in pairs}


def _check_choice(name: str, value: object, allowed: tuple[str, ...]) -> None:
    if not isinstance(value, str) or value not in allowed:
        raise ConfigError("{name} must be one of {allowed}, got {value}", name=name, allowed=", ".join(allowed),
                          value=_short(value))  # fmt: skip


def _check_number(name: str, value: object, low: float, high: float, whole: bool) -> None:
    kinds = (int,) if whole else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds) or not low <= value <= high:
        raise ConfigError("{name} must be {low}..{high}, got {value}", name=name, low=low, high=high,
                          value=_short(value))  # fmt: skip


def _canonical_levels(levels: object, depth: int) -> tuple[int, ...] | None:
    """Ascending and unique; all of them is None, so that two ways to say the same are one config."""
    if levels is None:
        return None
    legal = isinstance(levels, (tuple, list, set, frozenset)) and all(
        isinstance(level, int) and not isinstance(level, bool) and 0 <= level < depth for level in levels
    )
    if not legal:
        raise ConfigError("skip_levels must be levels in 0..{last}, got {value}", last=depth - 1, value=_short(levels))
    unique = tuple(sorted(set(levels)))  # type: ignore[call-overload]
    return None if unique == tuple(range(depth)) else unique


def _short(value: object) -> str:
    """A visitor's value, cut so that the sentence stays one."""
    try:
        text = repr(value) if isinstance(value, str) else str(value)
    except ValueError:  # Python prints no number of more than 4300 digits
        text = f"<{type(value).__name__}>"
    return text if len(text) <= 60 else text[:57] + "..."


def _to_text(value: object) -> str:
    if isinstance(value, tuple):
        return ".".join(map(str, value)) or "none"
    return str(int(value)) if isinstance(value, bool) else str(value)


def _from_text(name: str, text: str) -> object:
    """The value behind an address's text; what can't be read is handed on as it is, for the checks to refuse."""
    if name in CHOICES:
        return text
    if name == "deep_supervision":
        return {"1": True, "0": False}.get(text, text)
    if name == "skip_levels":
        return () if text == "none" else _read(lambda: tuple(int(part) for part in text.split(".")), text)
    if name in ("growth", "dropout"):
        return _read(lambda: float(text), text)
    return _read(lambda: int(text), text)


def _read(parse: Callable[[], object], text: str) -> object:
    try:
        return parse() if len(text) <= 40 else text
    except ValueError:
        return text


_PAPER = UNetConfig()
_CLASSROOM = UNetConfig(base_channels=16, depth=3, padding="same", norm="batch")
PRESETS: dict[str, UNetConfig] = {
    "unet-2015": _PAPER,
    "unet-2015-bn": replace(_PAPER, norm="batch"),
    "unet++-2018": UNetConfig(
        architecture="unet++", classes=1, base_channels=32, padding="same", deep_supervision=True
    ),
    "classroom": _CLASSROOM,
    "classroom++": replace(_CLASSROOM, architecture="unet++"),
}
