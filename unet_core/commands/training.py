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
from unet_core.commands.group import INTERRUPTED
from unet_core.commands.model import shipped
from unet_core.commands.seeds import read_seeds
from unet_core.models import NestedUNet, UNet
from unet_core.pairs import Pairs
from unet_core.settings import PRECISIONS
from unet_core.train import Progress

RUNS = Path("runs")  # unfinished trainings; git ignores it
EVERY_SECONDS = 5.0  # between two lines of progress


@click.command("train")
@click.argument("name", type=click.Choice(sorted(zoo.RECIPES)))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for the model and its card.")
@click.option("--runs", type=click.Path(path_type=Path, file_okay=False), help="Folder for unfinished trainings.")
@click.option("--seeds", callback=read_seeds, metavar="N,N,..", help="Train one model of each seed (1,2,3).")
@click.option("--steps", type=click.IntRange(1), help="Steps per seed.")
@click.option("--precision", type=click.Choice(PRECISIONS),
              help="Compute in float32 where this machine is slow in bfloat16.")  # fmt: skip
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or mps.")
@click.option("--quick", is_flag=True, help="A miniature in seconds, to try it out; it never sees the test image.")
def train(
    name: str, out: Path | None, runs: Path | None, seeds: tuple[int, ...] | None, steps: int | None,
    precision: str | None, device: str, quick: bool,
) -> None:  # fmt: skip
    """Train a model that ships, from nothing, and write it with its card.

    Ctrl-C leaves what is needed to go on: the same command resumes where it stopped, with the same result.
    """
    if quick and out is None:
        raise click.UsageError("a miniature must not replace the model that ships: say where with --out")
    recipe = _recipe(name, quick)
    recipe = replace(recipe, seeds=seeds or recipe.seeds)
    settings = replace(recipe.settings, steps=steps or recipe.settings.steps,
                       precision=precision or recipe.settings.precision)  # fmt: skip
    recipe = replace(recipe, settings=settings)
    folder, states = out or zoo.MODELS / name, runs or RUNS / name
    data = recipe.load()
    click.echo(f"{len(data.training)} images to train on and {len(data.validation)} to validate.")
    learned, chosen = (zoo.pairs(part, data.normalisation, recipe.config)
                       for part in (data.training, data.validation))  # fmt: skip
    models: dict[int, UNet | NestedUNet] = {}
    seconds: dict[int, float] = {}
    for seed in recipe.seeds:
        state = states / f"seed-{seed}.safetensors"
        models[seed], seconds[seed] = _train_seed(recipe, seed, (learned, chosen), device, state)
    about = zoo.about_training(recipe, _command(name, recipe, quick), device, seconds)
    card = zoo.finish(recipe, data, models, about, folder)
    for which, figures in card.metrics["median"].items():
        otsu = card.baselines[which]["otsu"]
        seeds_there = len(card.metrics["seeds"])
        click.echo(f"median of {seeds_there} on {which}: Dice {figures['dice']:.3f} (Otsu {otsu['dice']:.3f}), "
                   f"F1 of objects {figures['object_f1']:.3f}")  # fmt: skip
    click.echo(f"seed {card.metrics['shipped_seed']} is written to {folder}")


def _recipe(name: str, quick: bool) -> zoo.Recipe:
    recipe = zoo.RECIPES[name]
    return zoo.miniature(recipe) if quick else recipe


def _train_seed(
    recipe: zoo.Recipe, seed: int, sets: tuple[Pairs, Pairs], device: str, state: Path
) -> tuple[UNet | NestedUNet, float]:  # fmt: skip
    model = zoo.new_model(recipe.config, seed)
    settings = replace(recipe.settings, seed=seed)
    steps = training.train(model, *sets, settings, device, state)
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
    usual = _recipe(name, quick)
    words = ["python -m unet_core train", name]
    if recipe.seeds != usual.seeds:
        words.append("--seeds " + ",".join(map(str, recipe.seeds)))
    if recipe.settings.steps != usual.settings.steps:
        words.append(f"--steps {recipe.settings.steps}")
    if recipe.settings.precision != usual.settings.precision:
        words.append(f"--precision {recipe.settings.precision}")
    return " ".join(words + ["--quick"] * quick)


@click.command("evaluate")
@click.argument("name", type=click.Choice(sorted(zoo.RECIPES)), required=False)
@click.option("--all", "every", is_flag=True, help="Every model that ships.")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), help="Folder of the model and its card.")
@click.option("--log/--no-log", "write_log", default=True, show_default=True,
              help="Note in evaluations.jsonl that the test images were opened.")  # fmt: skip
def evaluate(name: str | None, every: bool, folder: Path | None, write_log: bool) -> None:
    """Compute every figure of a card again; exit code 1 when one differs by more than 0.001.

    The figures are published already, so this opens the test images without choosing anything. It is logged all the
    same, as a recomputation. Of seeds whose weights do not ship, the card's figures stand.
    """
    if every == bool(name) or (every and folder):
        raise click.UsageError("name one model, with or without --folder, or say --all")
    folders = [zoo.MODELS / each for each in shipped()] if every else [folder or zoo.MODELS / str(name)]
    wrong = sum(_evaluate(each, name or each.name, write_log) for each in folders)
    if wrong:
        raise click.ClickException(f"{wrong} figures differ from the card by more than {zoo.TOLERANCE}")


def _evaluate(folder: Path, name: str, write_log: bool) -> int:
    """How many figures of one card differ."""
    card, wrong = checkpoint.load_card(folder), 0
    click.echo(f"{name}:")
    for label, old, new in zoo.recompute(folder, card, zoo.data_of(card), f"python -m unet_core evaluate {name}",
                                         write_log):  # fmt: skip
        differs = not abs(old - new) <= zoo.TOLERANCE
        wrong += differs
        click.echo(f"{label:40} card {old:.4f}  now {new:.4f}{'  DIFFERS' if differs else ''}")
    return wrong
