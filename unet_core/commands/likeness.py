"""`likeness`: a data set -> the ranges of its images' statistics, by which an unlike image is told."""

import json
import re

import click

from unet_core.data import DATA_SETS
from unet_core.likeness.ranges import SCALES, measured, path_of
from unet_core.whole_file import write_whole


@click.command("likeness")
@click.argument("data", type=click.Choice(sorted(SCALES)))
def likeness(data: str) -> None:
    """Measure the training and validation images of DATA and write assets/likeness/DATA.json.

    The test images stay closed.
    """
    text = json.dumps(measured(DATA_SETS[data]()), indent=1, ensure_ascii=False)
    text = re.sub(r"\[[^\[\]{}]*\]", lambda found: " ".join(found[0].split()), text)  # a list of numbers on one line
    write_whole(path_of(data), f"{text}\n".encode())
    click.echo(f"{path_of(data)} is written.")
