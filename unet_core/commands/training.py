"""`train` and `evaluate` of the command line. `python -m unet_core` gathers them."""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType

import click

from unet_core import checkpoint, zoo
from unet_core import train as training
from unet_core.data.samples import digest
from unet_core.models import NestedUNet, UNet
from unet_core.train import Progress

RECIPES = {recipe.name: (recipe, quick) for recipe, quick in ((zoo.NUCLEI, zoo.QUICK),)}
RUNS = Path("runs")  # unfinished trainings; git ignores it
INTERRUPTED = 130  # exit code, as after Ctrl-C in a shell
EVERY_SECONDS = 5.0  # between two lines of progress


def _seeds(_context: click.Context, _option: click.Parameter, text: str | None) -> tuple[int, ...] | None:
    if text is None:
        return None
    parts = text.split(",")
    if not all(part.strip().isdecimal() and len(part) <= 9 for part in parts) or len(set(parts)) < len(parts):
        raise click.BadParameter("give different whole numbers with commas between: 1,2,3")
    return tuple(int(part) for part in parts)


@click.command("train")
@click.argument("name", type=click.Choice(sorted(RECIPES)))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for the model and its card.")
@click.option("--runs", type=click.Path(path_type=Path, file_okay=False), help="Folder for unfinished trainings.")
@click.option("--seeds", callback=_seeds, metavar="N,N,..", help="Train one model of each seed (1,2,3).")
@click.option("--steps", type=click.IntRange(1), help="Steps per seed.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or mps.")
@click.option("--quick", is_flag=True, help="A miniature in seconds, to try it out; it never sees the test image.")
def train(
    name: str, out: Path | None, runs: Path | None, seeds: tuple[int, ...] | None, steps: int | None, device: str,
    quick: bool,
) -> None:  # fmt: skip
    """Train a model that ships, from nothing, and write it with its card.

    Ctrl-C leaves what is needed to go on: the same command resumes where it stopped, with the same result.
    """
    recipe = RECIPES[name][quick]
    if quick and out is None:
        raise click.UsageError("a miniature must not replace the model that ships: say where with --out")
    recipe = replace(recipe, seeds=seeds or recipe.seeds)
    recipe = replace(recipe, settings=replace(recipe.settings, steps=steps or recipe.settings.steps))
    folder, states = out or zoo.MODELS / name, runs or RUNS / name
    click.echo(f"{recipe.training_set[1]} images to train on and {recipe.validation_set[1]} to validate are generated.")
    sets = zoo.make_sets(recipe)
    models: dict[int, UNet | NestedUNet] = {}
    seconds: dict[int, float] = {}
    for seed in recipe.seeds:
        models[seed], seconds[seed] = _train_seed(recipe, seed, sets, device, states / f"seed-{seed}.safetensors")
    about = zoo.about_training(recipe, _command(name, recipe, quick), device, seconds)
    card = zoo.finish(recipe, zoo.make_card(recipe, sets, about), models, sets.validation, folder)
    for which, figures in card.metrics["median"].items():
        otsu = card.baselines[which]["otsu"]
        click.echo(f"median of {len(models)} on {which}: Dice {figures['dice']:.3f} (Otsu {otsu['dice']:.3f})")
    click.echo(f"seed {card.metrics['shipped_seed']} is written to {folder}")


def _train_seed(
    recipe: zoo.Recipe, seed: int, sets: zoo.Sets, device: str, state: Path
) -> tuple[UNet | NestedUNet, float]:  # fmt: skip
    model = zoo.new_model(recipe, seed)
    settings = replace(recipe.settings, seed=seed)
    steps = training.train(model, sets.training_pairs, sets.validation_pairs, settings, device, state)
    shown = 0.0
    with _stop_asked() as stop:
        for progress in steps:
            if progress.metrics or time.monotonic() - shown > EVERY_SECONDS:
                click.echo(_line(seed, progress))
                shown = time.monotonic()
            if stop:
                steps.close()  # type: ignore[attr-defined]
                click.echo(f"Stopped at step {progress.step} of {progress.steps}; the same command goes on from there.")
                sys.exit(INTERRUPTED)
    return model.cpu(), training.seconds_of(state)


def _line(seed: int, progress: Progress) -> str:
    line = f"seed {seed}  step {progress.step:4}/{progress.steps}  loss {progress.loss:.4f}"
    line += f"  rate {progress.learning_rate:.5f}  {progress.images_per_second:.1f} images/s  {progress.seconds:.0f} s"
    if progress.metrics:
        line += "  validation: " + ", ".join(f"{name} {value:.4f}" for name, value in progress.metrics.items())
    return line


@contextmanager
def _stop_asked() -> Iterator[list[bool]]:
    """A list that is no longer empty after Ctrl-C: the step under way is finished first. A second one interrupts."""
    asked: list[bool] = []

    def ask(_number: int, _frame: FrameType | None) -> None:
        asked.append(True)
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)


def _command(name: str, recipe: zoo.Recipe, quick: bool) -> str:
    """The command that makes the same model: without folders, which are nobody else's."""
    usual = RECIPES[name][quick]
    words = ["python -m unet_core train", name]
    if recipe.seeds != usual.seeds:
        words.append("--seeds " + ",".join(map(str, recipe.seeds)))
    if recipe.settings.steps != usual.settings.steps:
        words.append(f"--steps {recipe.settings.steps}")
    return " ".join(words + ["--quick"] * quick)


@click.command("evaluate")
@click.argument("name", type=click.Choice(sorted(RECIPES)))
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), help="Folder of the model and its card.")
@click.option("--log/--no-log", "write_log", default=True, show_default=True,
              help="Note in evaluations.jsonl that the test image was opened.")  # fmt: skip
def evaluate(name: str, folder: Path | None, write_log: bool) -> None:
    """Compute every figure of a card again; exit code 1 when one differs by more than 0.001.

    The figures are published already, so this opens the test image without choosing anything. It is logged all the
    same, as a recomputation.
    """
    folder, wrong, command = folder or zoo.MODELS / name, 0, f"python -m unet_core evaluate {name}"
    card = checkpoint.load_card(folder)
    validation = zoo.validation_of(card)
    if digest(validation) != card.data["validation"]["sha256"]:
        click.echo("The validation images came out a little different here than when the card was written.")
    for label, old, new in zoo.recompute(folder, card, validation, command, write_log):
        differs = not abs(old - new) <= zoo.TOLERANCE
        wrong += differs
        click.echo(f"{label:32} card {old:.4f}  now {new:.4f}{'  DIFFERS' if differs else ''}")
    if wrong:
        raise click.ClickException(f"{wrong} figures differ from the card by more than {zoo.TOLERANCE}")

