"""The pair that a visitor of Compare looks at: read from the workbench, changed through it."""

from dataclasses import replace

from ui.compare_choice import BUILD, MODEL, Versus, config_of, measured_width, word_of
from ui.compare_match import COUNTS, width_at
from ui.state import Workbench, change, workbench
from unet_core.config import UNetConfig
from unet_core.pairing import Pair
from unet_core.pairing.match import widths

__all__ = ["choose", "match_by", "open_part", "pair_of", "versus_of", "word_of"]


def versus_of(bench: Workbench) -> Versus:
    """What was chosen, or what the page opens with."""
    return bench.versus or Versus()


def pair_of(bench: Workbench) -> Pair:
    """A and B as they are drawn, B at the width that the match sets."""
    chosen = versus_of(bench)
    a, b = (config_of(word, bench.config) for word in (chosen.a, chosen.b))
    wide = _at_width(a, b, chosen.match)
    a_model, b_model = (word.removeprefix(MODEL) if word.startswith(MODEL) else "" for word in (chosen.a, chosen.b))
    return Pair(a, wide, a_model=a_model, b_model=b_model if wide == b else "")


def _at_width(a: UNetConfig, b: UNetConfig, match: str) -> UNetConfig:
    """B at the width that the match sets; where a link names a width that B can't have, B as it is."""
    width = width_at(match, Pair(a, b)) if match in COUNTS else measured_width(match)
    return b if width is None or width not in widths(b) else replace(b, base_channels=width)


def choose(which: str, network: str | UNetConfig) -> None:
    """Set A or B, "a" or "b", by a word or by a network. A width that was measured for another pair is let go."""
    word = network if isinstance(network, str) else word_of(network)
    chosen = versus_of(workbench())
    match = "" if chosen.match.startswith("time") else chosen.match
    change(versus=chosen._replace(**{which: word}, match=match))


def match_by(match: str) -> None:
    """Set what B's width is set by: one of `compare_choice.MATCHES`, or "time.WIDTH"."""
    change(versus=versus_of(workbench())._replace(match=match))


def words(bench: Workbench) -> tuple[str, ...]:
    """Every network that can be chosen without writing it out; what is chosen now is among them."""
    from ui.compare_choice import shipped
    from unet_core.config import PRESETS

    known = [*PRESETS, BUILD, *shipped()]
    return tuple(known + [word for word in versus_of(bench)[:2] if word not in known])


def open_part(name: str) -> None:
    """Open a tab: one of `compare_choice.PARTS`."""
    change(versus=versus_of(workbench())._replace(part=name))
