"""The README keeps what it says: its links lead somewhere, and nothing is left to be filled in."""

import json
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text("utf-8")


def test_every_link_and_path_exists() -> None:
    links = re.findall(r"\]\(([^)]+)\)", TEXT)
    paths = re.findall(r"`((?:assets|ui|unet_core|tests|pages)/[^`]*)`", TEXT)
    assert links
    assert [path for path in links + paths if not (ROOT / path).exists()] == []


def test_nothing_is_left_to_be_filled_in() -> None:
    assert set(re.findall(r"\b[A-Z]+_[A-Z_]+\b", TEXT)) <= {"LC_MESSAGES", "UNET_EXPLORER_DASK"}


def test_the_map_of_the_house_names_every_module() -> None:
    modules = {path.stem for path in (ROOT / "unet_core").glob("*.py")} - {"__init__"}
    assert {name for name in modules if name not in TEXT} <= {"messages"}


def test_the_figures_of_the_shipped_networks_are_those_of_their_cards() -> None:
    """A network that joins the shelf, or a seed that joins its card, changes the table."""
    written = re.findall(r"^\| `([\w+-]+)` \| [^|]+ \| (.*) \|$", TEXT, re.MULTILINE)
    cards = [json.loads(path.read_text("utf-8")) for path in (ROOT / "assets" / "models").glob("*/card.json")]
    assert dict(written) == {card["name"]: _row(card) for card in cards}


def _row(card: dict[str, Any]) -> str:
    figures, seeds = card["metrics"]["median"]["test"], len(card["metrics"]["seeds"])
    otsu = card["baselines"]["test"]["otsu"]["dice"]
    return f"{seeds} | {figures['dice']:.3f} | {figures['object_f1']:.3f} | {otsu:.3f}"
