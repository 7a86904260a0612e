"""The objects in the mask: how many, how large, in which unit, as a table to take away."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import streamlit as st

from ui.answers import answer, answer_key
from ui.asked import asked
from ui.components import component, packed
from ui.kept import kept
from ui.language import mark, plain, translated
from ui.objects_unit import ask_unit
from ui.seen import Seen
from ui.state import t
from ui.turns import queued
from unet_core.instances import (
    LengthUnit,
    ObjectTable,
    SizeSummary,
    UnitError,
    find_objects,
    measure_objects,
    summarise,
    three_digits,
    to_csv,
)
from unet_core.messages import Message


@dataclass(frozen=True, eq=False)
class Found:
    """Objects that were measured in pixels, and what was decided on the way."""

    table: ObjectTable
    notes: tuple[Message, ...]


def mask_key(seen: Seen) -> str:
    """What tells the mask in view from every other: the answer and its threshold."""
    return f"{answer_key(seen.image, seen.name, seen.marked)}/{seen.told.threshold}"


def objects_panel(seen: Seen) -> None:
    """Count, sizes, histogram and CSV. Raises ObjectError for a mask of too many objects."""
    st.header(t("Objects in the mask"), anchor=False)
    if not asked(seen.image, mask_key(seen), mark("Find the objects in {height} × {width} pixels")):
        return
    with st.spinner(t("Objects are being found and measured …")):
        found = objects(seen)
    left, right = st.columns(2, gap="large")
    with left:
        unit = _unit(seen)
        table = replace(found.table, unit=unit)
        summary = summarise(table)
        st.write(plain(t(summary.sentence)))
        for note in found.notes:
            st.write("• " + t(note))
        st.download_button(t("Objects as CSV"), partial(csv_bytes, table), f"objects-{seen.name}.csv", "text/csv",
                           on_click="ignore", key="objects_csv", disabled=not len(table))  # fmt: skip
    with right:
        if summary.histogram:
            payload = _histogram(summary, seen.language, mask_key(seen))
            component("histogram")(key="objects_histogram", data=payload)


def _unit(seen: Seen) -> LengthUnit | None:
    try:
        return ask_unit(seen)
    except UnitError as error:
        st.error(plain(t(error)))
        return None


@kept(64, key=mask_key)
def objects(seen: Seen) -> Found:
    """Found and measured in a turn of their own. Raises ObjectError."""
    result = answer(seen.image, seen.name, seen.marked)
    assert result.per_class is not None

    def work() -> Found:
        found = find_objects(result.per_class, seen.told.threshold / 256)
        return Found(measure_objects(found.labels), found.notes)

    return queued(work)


def csv_bytes(table: ObjectTable) -> bytes:
    """With the mark at its beginning by which spreadsheets know UTF-8, so that µm stays µm."""
    return to_csv(table).encode("utf-8-sig")


def _histogram(summary: SizeSummary, language: str, key: str) -> bytes:
    assert summary.histogram
    edges, counts = summary.histogram.edges, summary.histogram.counts
    unit: object = summary.unit or Message("pixels")
    most = max(counts)
    bars = [
        {"id": str(number), "share": round(100 * count / most, 2),
         "text": translated("{low} to {high} {unit}: objects {count:,}", language, low=three_digits(edges[number]),
                            high=three_digits(edges[number + 1]), unit=unit, count=count)}
        for number, count in enumerate(counts)
    ]  # fmt: skip
    return packed({
        "language": language, "digest": f"{key}/{summary.unit}/{edges}", "bars": bars, "counts": [f"{most:,}", "0"],
        "edges": _ticks(edges),
        "title": translated("How many objects are how large", language),
        "axis": translated("diameter of a circle of the same area, in {unit}", language, unit=unit),
        "hint": translated("Point at a bar, or go along them with the arrow keys.", language),
    })  # fmt: skip


def _ticks(edges: Sequence[float]) -> list[dict[str, object]]:
    """Both ends and, where there is one, the edge in the middle."""
    last = len(edges) - 1
    return [{"id": str(at), "text": three_digits(edges[at]), "at": round(100 * at / last, 2)}
            for at in sorted({0, last // 2, last})]  # fmt: skip
