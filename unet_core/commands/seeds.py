"""The seeds of a command line: `--seeds 1,2,3`."""

import click


def read_seeds(_context: click.Context, _option: click.Parameter, text: str | None) -> tuple[int, ...] | None:
    """A callback of an option: different whole numbers, or None where the option is not given."""
    if text is None:
        return None
    parts = text.split(",")
    if not all(part.strip().isdecimal() and len(part) <= 9 for part in parts) or len(set(parts)) < len(parts):
        raise click.BadParameter("give different whole numbers with commas between: 1,2,3")
    return tuple(int(part) for part in parts)
