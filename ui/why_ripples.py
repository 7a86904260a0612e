"""The pictures of a poke: one for each block, laid out by level and step, and one of the mask."""

from collections.abc import Sequence
from dataclasses import dataclass

from ui import why_figures
from ui.language import mark, translated
from ui.why_figures import Figure
from unet_core.config import UNetConfig
from unet_core.experiments.strip import Piece
from unet_core.inside.answer import Answer, change
from unet_core.inside.features import INPUT
from unet_core.inside.places import carried
from unet_core.messages import Message
from unet_core.receptive_field import Box
from unet_core.segment import Floats

DOWN, BOTTOM, UP = mark("Level {level}, down"), mark("Bottleneck, level {level}"), mark("Level {level}, up")


@dataclass(frozen=True, eq=False)
class Block:
    """One block's ripple over the piece of the image that is shown."""

    row: str
    node: tuple[int, int]
    shape: tuple[int, int, int]
    peak: float
    piece: Piece


@dataclass(frozen=True, eq=False)
class Poked:
    """`size` is that of the image as the network saw it; `piece` and `reached`, the mask's box, are in its pixels."""

    key: str
    size: tuple[int, int]
    point: tuple[int, int]
    painted: Floats
    piece: Box
    reached: Box
    blocks: tuple[Block, ...]
    maps: int
    outside: float
    exact: bool
    answers: tuple[Answer, Answer]
    notes: tuple[Message, ...]


def ripple_figures(blocks: Sequence[Block], config: UNetConfig, language: str) -> list[Figure]:
    figures = []
    for block in blocks:
        _, height, width = block.shape
        text = translated("{height} × {width}; largest change {peak:.3g}", language, height=height, width=width,
                          peak=block.peak)  # fmt: skip
        piece = block.piece
        levels = why_figures.root_levels(piece.difference)
        figures.append(Figure(block.row, name_of(block.row, block.node, config, language), text, levels,
                              piece.difference.shape, "rising", ((piece.box, "outer"),),
                              at=place_of(block.row, block.node, config)))  # fmt: skip
    return figures


def name_of(row: str, node: tuple[int, int], config: UNetConfig, language: str) -> str:
    """What a block is called: in a nested net by its node, in a U-Net by its side."""
    level, step = node
    if row == INPUT:
        return translated("Image", language)
    if config.nested:
        return f"X^({level},{step})"
    return translated(BOTTOM if level == config.depth else UP if step else DOWN, language, level=level)


def place_of(row: str, node: tuple[int, int], config: UNetConfig) -> tuple[int, int]:
    """Row and column in the layout: the image before the levels; of a U-Net two rows, of a nested net one a step."""
    level, step = node
    if row == INPUT:
        return 0, 0
    return (step if config.nested else min(step, 1)), level + 1


def mask_figure(done: Poked, threshold: float, language: str, at: tuple[int, int]) -> Figure:
    """The change of P(foreground) over the same piece of the image."""
    before, after = done.answers
    whole = before.probability.shape
    piece, box = done.piece, done.reached
    (top, left), (bottom, right) = (carried(*corner, done.size, whole) for corner in
                                    ((piece.top, piece.left), (piece.bottom - 1, piece.right - 1)))  # fmt: skip
    difference = (after.probability - before.probability)[top : bottom + 1, left : right + 1]
    found = change(before, after, threshold)
    text = translated("P(foreground): largest change {largest:.2f}, {flipped:,} pixels change sides; blue: less, "
                      "orange: more", language, largest=found.largest, flipped=found.flipped)  # fmt: skip
    inside = Box(box.top - piece.top, box.left - piece.left, box.bottom - piece.top, box.right - piece.left)
    return Figure("mask", translated("Mask", language), text, why_figures.signed_levels(difference),
                  (piece.height, piece.width), "diverging", ((inside, "outer"),), at=at)  # fmt: skip
