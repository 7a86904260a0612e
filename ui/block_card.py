"""The card under the drawing: the block of the selected row, its arithmetic, costs, reach and code, in one language."""

from functools import lru_cache
from typing import Any

import streamlit as st

from ui.components import component, packed
from ui.figure import Size, cached_trace
from ui.language import translated
from ui.state import Workbench, select, workbench
from unet_core.block_card import Block, BlockCard, block_card
from unet_core.block_card.costs import Cost
from unet_core.block_card.field import Field
from unet_core.block_card.join import Join, Way
from unet_core.config import UNetConfig
from unet_core.messages import Message

KEY = "build_card"
FRAME = 100.0  # units, the longer side of the input in the figure of the receptive field; a unit is a pixel on screen
GAP, LETTER = 20.0, 6.3  # units: beside it a leader, and then the size of the field in so many letters
SMALLEST = 2.5  # units that a field takes at least, so that one pixel can be seen
Words = dict[str, Any]


def show(bench: Workbench) -> None:
    """The card of the selected row's block, or one line that says how to get one."""
    payload = card_payload(bench.config, bench.size, bench.selected, bench.language)
    component("card")(key=KEY, data=payload, on_picked_change=_picked, on_closed_change=_closed)


def _picked() -> None:
    """What the browser claims was picked must be another layer of this visitor's network."""
    bench, picked = workbench(), st.session_state[KEY].get("picked")
    row = picked.get("row") if isinstance(picked, dict) else None
    if isinstance(row, str) and row != bench.selected and row in cached_trace(bench.config, bench.size):
        select(row)


def _closed() -> None:
    selected = workbench().selected
    if selected is not None:
        select(selected)  # a second time lets go


@lru_cache(maxsize=512)
def card_payload(config: UNetConfig, size: Size, selected: str | None, language: str) -> bytes:
    """All texts and places of the card as the browser draws it."""
    if selected is None:
        quiet = translated("Click a block to see what it computes and what it costs.", language)
        return packed({"language": language, "selected": None, "quiet": quiet})
    card = block_card(cached_trace(config, size), selected, cached_trace)
    return packed(
        {
            "language": language, "selected": selected, "block": card.block.id,
            "title": translated(card.block.name, language), "sign": card.block.sign,
            "shapes": translated(card.shapes, language),
            "close": translated("Close the card", language),
            "reads": _blocks(Message("reads from"), card.reads, language),
            "feeds": _blocks(Message("goes to"), card.feeds, language),
            "operations": _operations(card, selected, language),
            "work": _work(card, language),
            "join": _join(card.join, card.ways, language) if card.join else None,
            "costs": {"title": translated("Cost, and share of the network", language),
                      "items": [_cost(cost, index, language) for index, cost in enumerate(card.costs)]},
            "field": {"title": translated("Receptive field", language), "drawing": _drawing(card.field),
                      "lines": [translated(line, language) for line in card.field_lines]},
            "source": _sources(card, language),
        }
    )  # fmt: skip


def _blocks(title: Message, blocks: tuple[Block, ...], language: str) -> Words:
    items = [{"id": block.id, "sign": block.sign or translated(block.name, language),
              "name": translated(block.name, language)} for block in blocks]  # fmt: skip
    return {"title": translated(title, language), "items": items}


def _operations(card: BlockCard, selected: str, language: str) -> Words:
    items = [{"id": own.row, "name": translated(own.name, language), "shapes": translated(own.shapes, language),
              "explained": own.explained, "selected": own.row == selected} for own in card.operations]  # fmt: skip
    return {"title": translated("Operations, in the order they run", language), "items": items}


def _work(card: BlockCard, language: str) -> Words:
    """The arithmetic of the selected step."""
    lines: list[dict[str, str]] = []
    said = None
    for line in card.lines:
        terms = translated(line.terms or "", language) if line.terms != said else ""
        said = line.terms
        lines.append({"id": str(len(lines)), "text": translated(line.text, language), "terms": terms})
    return {"title": translated("What it computes", language), "does": translated(card.does or "", language),
            "lines": lines}  # fmt: skip


def _join(join: Join, ways: tuple[Way, ...], language: str) -> Words:
    """The halves of the join, to scale by their channels, and the other ways where they are asked for."""
    whole = sum(half.channels for half in join.halves)
    halves = []
    for half in join.halves:
        side = Message("from below") if half.below else Message("along the skip")
        halves.append({
            "id": half.row, "kind": "below" if half.below else "skip", "sign": half.block.sign,
            "percent": round(100 * half.channels / whole, 2), "channels": half.channels,
            "text": translated("{side}: {fitted}", language, side=side, fitted=half.fitted),
        })  # fmt: skip
    return {
        "title": translated("Where the skips join", language), "kind": join.kind, "halves": halves,
        "summary": translated(join.summary, language), "ways": _ways(ways, language) if ways else None,
    }  # fmt: skip


def _ways(ways: tuple[Way, ...], language: str) -> Words:
    heads = [Message("Way to join"), Message("Channels into the next convolution"), Message("Its parameters"),
             Message("Parameters of the network")]  # fmt: skip
    rows = []
    for way in ways:
        name = translated(way.name, language)
        reason = translated(way.refusal, language) if way.refusal else ""
        changed = [f" ({change:+,})".replace("-", "−") if any(way.changes) else "" for change in way.changes]
        counts = [str(way.counts[0]), *(f"{count:,}" for count in way.counts[1:])]
        cells = [] if way.refusal else [count + change for count, change in zip(counts, changed, strict=True)]
        rows.append({"id": way.name.template, "name": name, "cells": cells, "reason": reason})
    return {"heads": [translated(head, language) for head in heads], "rows": rows}


def _cost(cost: Cost, index: int, language: str) -> Words:
    return {"id": str(index), "text": translated(cost.text, language), "share": translated(cost.share_text, language),
            "percent": round(100 * cost.share, 2)}  # fmt: skip


def _drawing(field: Field) -> dict[str, Any]:
    """The field to scale in the frame of the input, and where their sizes are written."""
    scale = FRAME / max(field.whole)
    height, width = (side * scale for side in field.whole)
    box = field.box
    middle = (box.left + box.right) / 2 * scale, (box.top + box.bottom) / 2 * scale
    wide, high = (max(side * scale, SMALLEST) for side in (box.width, box.height))
    x = min(max(middle[0] - wide / 2, 0), width - wide)
    y = min(max(middle[1] - high / 2, 0), height - high)
    size = f"{box.height} × {box.width}"
    return {
        "width": round(width + GAP + LETTER * len(size), 1), "height": round(height + 20, 1),
        "input": {"x": 1, "y": 1, "width": round(width, 1), "height": round(height, 1)},
        "field": {"x": round(x + 1, 1), "y": round(y + 1, 1), "width": round(wide, 1), "height": round(high, 1)},
        "leader": [round(x + wide + 1, 1), round(width + 8, 1), round(middle[1] + 1, 1)],
        "fieldText": size, "inputText": f"{field.whole[0]} × {field.whole[1]}",
    }  # fmt: skip


def _sources(card: BlockCard, language: str) -> Words:
    pieces = [{"id": f"{source.file} {source.name}", "title": f"{source.file} · {source.name}",
               "lines": source.code.split("\n"), "made": source.line} for source in card.sources]  # fmt: skip
    return {"title": translated("The code that runs", language), "pieces": pieces}
