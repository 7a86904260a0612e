"""A and B: the two networks of a comparison, and the size at which both are looked at."""

from dataclasses import dataclass

from unet_core.config import UNetConfig
from unet_core.sizes import closest_legal, is_legal

SIDE = 256  # pixels: of the input that both networks are compared at, where nobody says another


@dataclass(frozen=True)
class Pair:
    """`a_model` and `b_model` are the folders in assets/models whose weights belong to A and B; "" where the choice is
    a network without weights."""

    a: UNetConfig
    b: UNetConfig
    side: int = SIDE
    a_model: str = ""
    b_model: str = ""

    @property
    def configs(self) -> tuple[UNetConfig, UNetConfig]:
        return self.a, self.b

    @property
    def sizes(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """(height, width) for A and for B: one that fits both, the nearest to `side`; where there is none, as between
        valid and same padding of the same depth, each its own nearest."""
        common = _common_side(self.a, self.b, self.side)
        a, b = (common or closest_legal(config, self.side) for config in self.configs)
        return (a, a), (b, b)

    @property
    def same(self) -> bool:
        """A is B, in every choice."""
        return self.a == self.b


def _common_side(a: UNetConfig, b: UNetConfig, side: int) -> int | None:
    """The side nearest to `side` that both can take, no further away than the steps between legal sides are long."""
    step = 1 << max(a.depth, b.depth)
    near = sorted(range(max(1, side - step), side + step + 1), key=lambda each: (abs(each - side), each))
    return next((each for each in near if is_legal(a, each) and is_legal(b, each)), None)
