"""Two networks beside each other: what they share, what only one of them has, what that costs, and the way from one to
the other.
"""

from unet_core.pairing.pair import SIDE, Pair

__all__ = ["SIDE", "Pair"]
