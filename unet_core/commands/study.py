"""`study` of the command line: run what is missing of a study, and say what was found."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from unet_core.commands.group import INTERRUPTED
from unet_core.commands.seeds import read_seeds
from unet_core.settings import PRECISIONS
from unet_core.studies import STUDIES
from unet_core.studies.figure_names import FIGURES
from unet_core.studies.findings import findings
from unet_core.studies.miniature import ROUNDS, miniature
from unet_core.studies.results import FOLDER
from unet_core.studies.runner import Done, go, refresh
from unet_core.studies.study import Study
from unet_core.studies.timing import ROUNDS as FULL_ROUNDS

ALL = "all"


@click.command("study")
@click.argument("name", type=click.Choice([*STUDIES, ALL]))
@click.option("--quick", is_flag=True, help="A miniature in seconds, to try it out.")
@click.option("--seeds", callback=read_seeds, metavar="N,N,..",
              help="Only these seeds (or photos) of those of the study.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for the results.")
@click.option("--precision", type=click.Choice(PRECISIONS),
              help="Compute in float32 where this machine is slow in bfloat16.")  # fmt: skip
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or mps.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line on stdout for every run.")
def study(
    name: str, quick: bool, seeds: tuple[int, ...] | None, out: Path | None, precision: str | None, device: str,
    as_json: bool,
) -> None:  # fmt: skip
    """Run a study, or all of them: every training that is still missing, one after another.

    Results are in assets/studies. Ctrl-C leaves the runs that are done; the same command goes on from there.
    """
    if quick and (out is None or out.resolve() == FOLDER.resolve()):
        raise click.UsageError("a miniature must not replace results: say where else with --out")
    chosen = [miniature(one) if quick else one for one in _chosen(name)]
    for one in chosen:
        _check_repeats(one, seeds)
    try:
        for one in chosen:
            _run(one, out or FOLDER, device, seeds, as_json, ROUNDS if quick else FULL_ROUNDS, precision)
    except KeyboardInterrupt:
        click.echo("Stopped; the runs that are done are kept, and the same command goes on from there.", err=True)
        raise click.exceptions.Exit(INTERRUPTED) from None


def _chosen(name: str) -> Sequence[Study]:
    return list(STUDIES.values()) if name == ALL else [STUDIES[name]]


def _check_repeats(one: Study, seeds: tuple[int, ...] | None) -> None:
    if seeds is not None and not set(seeds) <= set(one.repeats):
        raise click.UsageError(f"the study {one.name} has {', '.join(map(str, one.repeats))}")


def _run(
    one: Study, folder: Path, device: str, seeds: tuple[int, ...] | None, as_json: bool, rounds: int,
    precision: str | None,
) -> None:  # fmt: skip
    click.echo(f"{one.name}: {one.question}", err=as_json)
    began = time.perf_counter()
    for done in go(one, folder, device, seeds, rounds, precision):
        click.echo(json.dumps(_told(done)) if as_json else _line(one, done))
    summary = refresh(one, folder)
    click.echo(f"{one.name}: {summary.done} of {summary.wanted} runs are in, {time.perf_counter() - began:.0f} s",
               err=as_json)  # fmt: skip
    if not as_json:
        said = [str(sentence) for finding in findings(one, summary) for sentence in finding.sentences]
        click.echo("".join(f"  {sentence}\n" for sentence in dict.fromkeys(said)), nl=False)  # notes come but once


def _told(done: Done) -> dict[str, Any]:
    run = done.run
    return {"study": run.study, "condition": run.condition, "repeat": run.repeat, "steps": run.steps,
            "seconds": run.seconds, "figures": dict(run.figures), "done": done.done, "wanted": done.wanted,
            "seconds_left": round(done.seconds_left)}  # fmt: skip


def _line(one: Study, done: Done) -> str:
    run, what = done.run, "photo" if one.by_photo else "seed"
    shown = ", ".join(f"{label} {run.figures[name]:.3f}" for name, label in FIGURES.items() if name in run.figures)
    return (f"[{done.done}/{done.wanted}] {run.condition}, {what} {run.repeat}: {shown}; {run.seconds:.0f} s, "
            f"about {done.seconds_left / 60:.0f} min left")  # fmt: skip
