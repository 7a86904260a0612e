"""`table`: every layer of a network, what feeds it, its shapes and its cost."""

from typing import Any

import click

from unet_core.commands import network
from unet_core.export import to_csv, to_json, to_markdown, to_text
from unet_core.trace import trace


@click.command("table")
@network.options
@click.option("--json", "write", flag_value=to_json, type=click.UNPROCESSED, help="As JSON.")
@click.option("--csv", "write", flag_value=to_csv, type=click.UNPROCESSED, help="As CSV.")
@click.option("--markdown", "write", flag_value=to_markdown, type=click.UNPROCESSED, help="As a Markdown table.")
def table(write: Any, **words: Any) -> None:
    """Print every layer of a network: what feeds it, its shapes and its cost."""
    asked = network.chosen(**words)
    click.echo((write or to_text)(trace(asked.config, asked.size)), nl=False)
