"""The options by which a command is told a network and the size of its input: `@options`, then `chosen(**words)`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl

import click

from unet_core.checkpoint import load_card
from unet_core.commands.model import folder_of
from unet_core.config import PRESETS, QUERY_NAMES, ConfigError, UNetConfig
from unet_core.sizes import LARGEST_SIDE, SizeError, closest_legal

PAPER_SIDE = 572
OPTIONS = (
    click.option("--preset", type=click.Choice(sorted(PRESETS)), help="Start from this network (unet-2015)."),
    click.option("--net", metavar="QUERY", help="Start from an address of the app: 'base=16&depth=3&padding=same'."),
    click.option("--model", metavar="NAME", help="Take a trained model: one that ships, or a folder with its card."),
    click.option("--set", "changes", multiple=True, metavar="FIELD=VALUE", help="Change a choice: depth=3. "
                 "Repeatable."),
    click.option("--size", metavar="N or HxW", help="Side of the input, or height x width (near 572)."),
)  # fmt: skip


@dataclass(frozen=True)
class Network:
    """What a command line asks for; `folder` holds the weights of a trained one."""

    config: UNetConfig
    size: tuple[int, int]  # height, width
    folder: Path | None = None


def options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of OPTIONS, in that order."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def chosen(
    preset: str | None, net: str | None, model: str | None, changes: tuple[str, ...], size: str | None
) -> Network:  # fmt: skip
    """The network of the options' values. Raises UsageError where two contradict each other, or an ExplainedError."""
    if preset and net:
        raise click.UsageError("--preset and --net both name a network to start from: give one of them")
    if model and (preset or net or changes):
        raise click.UsageError("--model is a network with its weights: it goes with no --preset, --net or --set")
    folder = folder_of(model) if model else None
    query = net if net is not None else PRESETS[preset or "unet-2015"].to_query()
    config = load_card(folder).config if folder else changed(query, changes)
    side = closest_legal(config, PAPER_SIDE)
    return Network(config, (side, side) if size is None else read_size(size), folder)


def changed(query: str, changes: Iterable[str]) -> UNetConfig:
    """The config of an address with some fields said anew, each as 'field=value' in words an address knows."""
    pairs = dict(parse_qsl(query.lstrip("?"), keep_blank_values=True))
    for change in changes:
        field, equals, value = change.partition("=")
        if not equals or field not in QUERY_NAMES:
            raise ConfigError(
                "{change} is not FIELD=VALUE; the fields are {fields}", change=repr(change[:60]),
                fields=", ".join(QUERY_NAMES),
            )  # fmt: skip
        pairs[QUERY_NAMES[field]] = value
    return UNetConfig.from_query(pairs)


def read_size(text: str) -> tuple[int, int]:
    """'572' or '572x388' as (height, width)."""
    sides = text.lower().split("x")
    if len(sides) > 2 or not all(side.isdecimal() and len(side) <= 5 and int(side) for side in sides):
        raise SizeError("size {text} is not a side or HEIGHTxWIDTH of 1 to {largest} pixels", text=repr(text[:40]),
                        largest=LARGEST_SIDE)  # fmt: skip
    return int(sides[0]), int(sides[-1])
