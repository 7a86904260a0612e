"""The command line: `python -m unet_core table --preset unet-2015 --size 572`, and `train` and `evaluate`."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

import click

from unet_core.commands import training
from unet_core.config import PRESETS, QUERY_NAMES, ConfigError, UNetConfig
from unet_core.export import to_csv, to_json, to_markdown, to_text
from unet_core.messages import ExplainedError
from unet_core.sizes import LARGEST_SIDE, SizeError, closest_legal
from unet_core.trace import trace

PAPER_SIDE = 572


class Refusal(click.ClickException):
    """One sentence on stderr, exit code 2."""

    exit_code = 2


class Group(click.Group):
    """Every command of it: an explained error is a sentence for the reader, not a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ExplainedError as error:
            raise Refusal(str(error)) from error


@click.group(cls=Group)
def main() -> None:
    """What is known about U-Net and U-Net++: networks, shapes and costs."""


main.add_command(training.train)
main.add_command(training.evaluate)


@main.command()
@click.option("--preset", type=click.Choice(sorted(PRESETS)), help="Start from this network (unet-2015).")
@click.option("--net", metavar="QUERY", help="Start from an address of the app: 'base=16&depth=3&padding=same'.")
@click.option("--set", "changes", multiple=True, metavar="FIELD=VALUE", help="Change a choice: depth=3. Repeatable.")
@click.option("--size", metavar="N or HxW", help="Side of the input, or height x width (near 572).")
@click.option("--json", "write", flag_value=to_json, type=click.UNPROCESSED, help="As JSON.")
@click.option("--csv", "write", flag_value=to_csv, type=click.UNPROCESSED, help="As CSV.")
@click.option("--markdown", "write", flag_value=to_markdown, type=click.UNPROCESSED, help="As a Markdown table.")
def table(preset: str | None, net: str | None, changes: tuple[str, ...], size: str | None, write: Any) -> None:
    """Print every layer of a network: what feeds it, its shapes and its cost."""
    if preset and net:
        raise click.UsageError("--preset and --net both name a network to start from: give one of them")
    query = net if net is not None else PRESETS[preset or "unet-2015"].to_query()
    config = changed(query, changes)
    side = closest_legal(config, PAPER_SIDE)
    height, width = (side, side) if size is None else read_size(size)
    click.echo((write or to_text)(trace(config, (height, width))), nl=False)


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


if __name__ == "__main__":
    main(prog_name="python -m unet_core")
