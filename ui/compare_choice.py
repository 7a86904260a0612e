"""Which networks Compare sets beside each other, as words of an address: a preset, a model that ships, the workbench's
own network, or any other, written out."""

import re
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from ui.figure import cached_trace
from unet_core.config import PRESETS, ConfigError, UNetConfig
from unet_core.memory import TooLargeError, check_memory
from unet_core.pairing import SIDE
from unet_core.sizes import closest_legal
from unet_core.zoo import MODELS
from unet_core.zoo.shelf import read_shelf

BUILD = "build"  # the network of the workbench
MODEL = "model."  # before the folder of a model that ships
MATCHES = ("", "parameters", "macs", "time")  # what B's width is set by; "" leaves it as it is
PARTS = ("cost", "quality", "image", "prune", "report", "challenge")  # the tabs
LONGEST = 300  # letters of a word


class Versus(NamedTuple):
    """A and B as words, what B's width is set by, and the tab that is open. "time.24" is a width that was measured."""

    a: str = "classroom"
    b: str = "classroom++"
    match: str = ""
    part: str = ""


@cache
def shipped() -> Mapping[str, UNetConfig]:
    """Word -> network of every model that ships, in the order of the shelf."""
    return {MODEL + model.folder: model.config for model in read_shelf(MODELS).models}


def word_of(config: UNetConfig) -> str:
    """'net:unet++,base:32,padding:same'; a preset by its name. `config_of` is the way back."""
    named = next((name for name, preset in PRESETS.items() if preset == config), None)
    return named or config.to_query().replace("=", ":").replace("&", ",").replace("%2B", "+")


def config_of(word: str, workbench: UNetConfig) -> UNetConfig:
    """The network of a word. Raises ConfigError for a word that names none, TooLargeError for what is not counted."""
    if word == BUILD:
        return workbench
    known = PRESETS.get(word) or shipped().get(word)
    if known:
        return known
    pairs = [part.partition(":") for part in word.split(",")]
    if len(word) > LONGEST or not all(middle and end for _, middle, end in pairs) or not UNetConfig.fields_from_query(
        {name: end for name, _, end in pairs}
    ):  # fmt: skip
        raise ConfigError("no network is called {name}", name=word[:40])
    config = UNetConfig.from_query({name: end for name, _, end in pairs})
    check_memory(cached_trace(config, (closest_legal(config, SIDE),) * 2))
    return config


def versus_from(query: Mapping[str, str]) -> tuple[Versus | None, list[str]]:
    """The choice in an address, None where it says nothing; and those of its words that mean nothing."""
    said = {name: query[name] for name in Versus._fields if name in query}
    strangers = [word for name, word in said.items() if not _known(name, word)]
    kept = {name: word for name, word in said.items() if word not in strangers}
    return (Versus(**kept) if said else None), strangers


def _known(name: str, word: str) -> bool:
    if name == "part":
        return word in PARTS
    if name == "match":
        return word in MATCHES or measured_width(word) is not None
    try:
        config_of(word, PRESETS["classroom"])
    except (ConfigError, TooLargeError):
        return False
    return True


def measured_width(match: str) -> int | None:
    """The width in "time.24"."""
    found = re.fullmatch(r"time\.([1-9]\d{0,2})", match)
    return int(found.group(1)) if found and int(found.group(1)) <= 256 else None
