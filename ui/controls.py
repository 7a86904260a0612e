"""The controls of Build by name: what a teacher's link can hide or lock, and what a sentence calls them."""

from typing import Any

from ui.figure import ARCHITECTURE_NAMES
from ui.language import mark, translated

FIELDS = {  # every choice of UNetConfig, and the two sides of the input
    "architecture": mark("Architecture"), "padding": mark("Padding"), "norm": mark("Normalisation"),
    "upsampling": mark("Up-sampling"), "skip": mark("Skips are"), "skip_levels": mark("Levels with a skip"),
    "deep_supervision": mark("Deep supervision"), "in_channels": mark("Channels in"), "classes": mark("Classes"),
    "base_channels": mark("Filters at the top"), "depth": mark("Depth: poolings"),
    "kernel_size": mark("Kernel size"), "convs_per_block": mark("Convolutions per block"),
    "max_channels": mark("Channels at most"), "growth": mark("Channels grow per level by"), "dropout": mark("Dropout"),
    "height": mark("Input height"), "width": mark("Input width"),
}  # fmt: skip
SLIDERS = {"size": mark("Input size"), "depth": FIELDS["depth"], "filters": FIELDS["base_channels"]}
TABS = {"table": mark("Table"), "sizes": mark("Sizes"), "costs": mark("Costs"), "takeaway": mark("Take away")}
TRAIN_TABS = {"teach": mark("Teach it"), "train": mark("Train"), "race": mark("Race"), "runs": mark("My runs")}
LARGER = {"preset": mark("Start from"), "more": mark("More choices"), "view": mark("Blocks or feature maps")}
ELSEWHERE = {"predict": mark("Predict first, on Compare")}  # not on Build
IN_SLIDERS = ("depth", "base_channels")  # fields that a slider changes, not a widget under "More choices"
CONTROLS = {**LARGER, **SLIDERS, **{name: label for name, label in FIELDS.items() if name not in IN_SLIDERS}, **TABS,
            **ELSEWHERE}  # fmt: skip
LOCKABLE = [name for name in CONTROLS if name not in {**TABS, **ELSEWHERE} and name != "view"]
VALUES = {  # of the fields whose values are words
    "padding": {"valid": mark("valid: the mask is smaller"), "same": mark("same: size kept")},
    "norm": {"none": mark("none"), "batch": mark("batch norm"), "group": mark("group norm"),
             "instance": mark("instance norm")},
    "upsampling": {"transpose": mark("2 × 2 up-convolution"), "bilinear": mark("bilinear, then 1 × 1"),
                   "nearest": mark("nearest, then 1 × 1")},
    "skip": {"concat": mark("concatenated"), "add": mark("added")},
    "max_channels": {None: mark("no limit")},
    "deep_supervision": {True: mark("yes"), False: mark("no")},
}  # fmt: skip


def value_text(name: str, value: Any, language: str) -> str:
    """What a sentence calls the value of a field: 'batch norm', '16', '0, 1, 2'."""
    value = tuple(value) if isinstance(value, list) else value
    if name == "architecture":
        return ARCHITECTURE_NAMES[value]
    if value in VALUES.get(name, {}):
        return translated(VALUES[name][value], language)
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or translated("none", language)
    return translated("all", language) if value is None else f"{value:,}"
