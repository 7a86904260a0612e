"""The unit in which a visitor wants lengths: its name, and how many pixels it has."""

from dataclasses import dataclass
from math import isfinite

from unet_core.messages import ExplainedError

LONGEST_NAME = 12  # letters
LEAST, MOST = 1e-6, 1e6  # pixels per unit: a pixel of a kilometre's millionth, a pixel of a million kilometres


class UnitError(ExplainedError):
    """A unit that has no length, or a name that is none."""


@dataclass(frozen=True)
class LengthUnit:
    """`pixels` of the image make one `name` (mm, µm, 微米). The name is letters alone, so that no table takes it for
    anything but a name, wherever it is pasted. Raises UnitError.
    """

    name: str
    pixels: float

    def __post_init__(self) -> None:
        if not (1 <= len(self.name) <= LONGEST_NAME and self.name.isalpha()):
            raise UnitError("a unit's name is 1 to {most} letters, as mm or µm, without blanks or signs; got {name}",
                            most=LONGEST_NAME, name=repr(self.name[:30]))  # fmt: skip
        if not (isfinite(self.pixels) and LEAST <= self.pixels <= MOST):
            raise UnitError("one unit must be {least} to {most:,} pixels long, got {pixels}", least=str(LEAST),
                            most=int(MOST), pixels=self.pixels)  # fmt: skip
