"""A choice outside its range is refused in one sentence, the same wherever it was made."""

from unet_core.messages import ExplainedError


class RangeError(ExplainedError):
    """A choice outside its range."""


def check_range(name: str, value: object, low: float, high: float, pair: bool = False) -> None:
    """`value` must be a number in low..high, or, as a pair, two ascending ones; else RangeError says so."""
    numbers = value if isinstance(value, tuple) else (value,)
    numeric = all(isinstance(number, (int, float)) and not isinstance(number, bool) for number in numbers)
    if len(numbers) == (2 if pair else 1) and numeric and low <= numbers[0] <= numbers[-1] <= high:
        return
    kind = "an ascending pair of numbers" if pair else "a number"
    raise RangeError("{name} must be {kind} in {low}..{high}, got {value}", name=name, kind=kind, low=low, high=high,
                     value=value)  # fmt: skip
