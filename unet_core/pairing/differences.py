"""In what two networks differ, in plain words: the wiring first, and everything else that a comparison would hide."""

from typing import Any

from unet_core.config import UNetConfig
from unet_core.messages import Message
from unet_core.says import ARCHITECTURE_NAMES, NORM_NAMES, RESIZE

WIRING = ("architecture", "deep_supervision")
NAMES: dict[str, dict[Any, Message]] = {  # of the values that are words
    "padding": {"valid": Message("valid"), "same": Message("same")},
    "norm": {"none": Message("no normalisation"), **NORM_NAMES},
    "upsampling": {"transpose": Message("2 × 2 up-convolution"), **RESIZE},
    "skip": {"concat": Message("concatenated"), "add": Message("added")},
    "max_channels": {None: Message("no limit")},
    "deep_supervision": {True: Message("with deep supervision"), False: Message("without deep supervision")},
}  # fmt: skip
AGAINST = {  # field -> its two values in words
    "base_channels": Message("{a} against {b} filters at the top"),
    "depth": Message("depth {a} against {b}"),
    "padding": Message("{a} against {b} padding"),
    "norm": Message("{a} against {b}"),
    "upsampling": Message("{a} against {b}"),
    "skip": Message("skips {a} against {b}"),
    "skip_levels": Message("skips at the levels {a} against {b}"),
    "kernel_size": Message("{a} × {a} against {b} × {b} kernels"),
    "convs_per_block": Message("{a} against {b} convolutions a block"),
    "growth": Message("channels × {a} against × {b} from level to level"),
    "max_channels": Message("at most {a} against {b} channels"),
    "dropout": Message("dropout {a} against {b}"),
    "in_channels": Message("images of {a} against {b} channels"),
    "classes": Message("{a} against {b} classes"),
    "deep_supervision": Message("{a} against {b}"),
}


def differences(a: UNetConfig, b: UNetConfig) -> tuple[Message, ...]:
    """Every further choice in which two networks differ, the wiring left out; nothing where that is all."""
    return tuple(_said(name, a, b) for name in AGAINST if name not in WIRING and _differ(name, a, b))


def wiring(a: UNetConfig, b: UNetConfig) -> tuple[Message, ...]:
    """How the wiring differs: its kind, and whether the inner heads are trained."""
    told = []
    if a.architecture != b.architecture:
        told.append(Message("{a} against {b}", {"a": ARCHITECTURE_NAMES[a.architecture],
                                                "b": ARCHITECTURE_NAMES[b.architecture]}))  # fmt: skip
    if a.deep_supervision != b.deep_supervision and a.nested and b.nested:
        told.append(_said("deep_supervision", a, b))
    elif (b.deep_supervision and not a.nested) or (a.deep_supervision and not b.nested):
        told.append(Message("deep supervision on the nested net"))
    return tuple(told)


def listed(parts: tuple[Message, ...]) -> Message:
    """'a, b, c' of one message or more."""
    whole = parts[0]
    for part in parts[1:]:
        whole = Message("{first}, {second}", {"first": whole, "second": part})
    return whole


def sentence(a: UNetConfig, b: UNetConfig) -> Message:
    """One sentence that nobody can overlook: what else differs than the wiring."""
    wired, rest = wiring(a, b), differences(a, b)
    if a == b:
        return Message("A and B are the same network: nothing is left to compare. Choose another B.")
    if wired and not rest:
        return Message("A and B differ in the wiring only: {wiring}.", {"wiring": listed(wired)})
    if not wired:
        return Message("The wiring is the same. They differ in: {rest}.", {"rest": listed(rest)})
    return Message("A and B differ in the wiring: {wiring}. Also: {rest}. So what you see below is not the wiring's "
                   "doing alone.", {"wiring": listed(wired), "rest": listed(rest)})  # fmt: skip


def _differ(name: str, a: UNetConfig, b: UNetConfig) -> bool:
    if name == "skip_levels" and a.skip_levels is None and b.skip_levels is None:
        return False  # of unequal depth perhaps, but each has all of its skips
    return bool(_value(name, a) != _value(name, b))


def _value(name: str, config: UNetConfig) -> object:
    return config.connected_levels if name == "skip_levels" else getattr(config, name)


def _said(name: str, a: UNetConfig, b: UNetConfig) -> Message:
    return Message(AGAINST[name].template, {"a": _word(name, _value(name, a)), "b": _word(name, _value(name, b))})


def _word(name: str, value: object) -> object:
    if name in NAMES and value in NAMES[name]:
        return NAMES[name][value]
    if isinstance(value, tuple):
        return " ".join(map(str, value)) or Message("none")
    return f"{value:g}" if isinstance(value, float) else value
