"""Strokes drawn by a rule from the truth, in the place of a person's: the same for everybody who is compared.

Every second stroke lies in an object, the others in the background, each begun at a random pixel that has room for the
brush and drawn straight, along the one of eight directions in which it stays within its class for longest. So a large
stone gets more strokes than a small one, as it does from a hand.
"""

import math

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from unet_core.strokes import Stroke

RADIUS, LONGEST = 2.0, 40  # pixels
DIRECTIONS = tuple((math.cos(turn * math.pi / 4), math.sin(turn * math.pi / 4)) for turn in range(8))
DRAWN = 77  # marks the random numbers of the strokes


def scribbles(mask: NDArray[np.bool_], count: int, seed: int) -> tuple[Stroke, ...]:
    """`count` strokes on a mask (H, W): brush 2 in the foreground, brush 1 elsewhere, as `teach.labels_of` reads them.

    More strokes begin with the fewer ones of the same seed. Both classes must be there.
    """
    rng = np.random.default_rng([seed, DRAWN])
    rooms = {2: _room(mask), 1: _room(~mask)}
    return tuple(_stroke(rng, rooms[2 - number % 2], 2 - number % 2) for number in range(count))


def _room(inside: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The distance in pixels to what is not inside; beyond the edge nothing is."""
    room: NDArray[np.float64] = distance_transform_edt(np.pad(inside, 1))[1:-1, 1:-1]
    return room


def _stroke(rng: np.random.Generator, room: NDArray[np.float64], brush: int) -> Stroke:
    enough = min(RADIUS + 1, float(room.max()) - 1e-9)  # where nothing has room, the middle of the broadest place
    rows, columns = np.nonzero(room > enough)
    place = int(rng.integers(len(rows)))
    y, x = float(rows[place]) + 0.5, float(columns[place]) + 0.5
    lengths = [_length(room > enough, y, x, direction) for direction in DIRECTIONS]
    length, (across, down) = max(zip(lengths, DIRECTIONS, strict=True), key=lambda one: one[0])
    return Stroke(brush, RADIUS, ((x, y), (x + across * length, y + down * length)))


def _length(free: NDArray[np.bool_], y: float, x: float, direction: tuple[float, float]) -> int:
    """Steps of one pixel that stay where it is free."""
    for length in range(1, LONGEST + 1):
        row, column = math.floor(y + direction[1] * length), math.floor(x + direction[0] * length)
        if not (0 <= row < free.shape[0] and 0 <= column < free.shape[1] and free[row, column]):
            return length - 1
    return LONGEST
