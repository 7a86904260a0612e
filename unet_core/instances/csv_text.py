"""A table of objects as CSV (RFC 4180): numbers alone, the units in the header, so that every column can be summed."""

import csv
import io

from unet_core.instances.table import Numbers, ObjectTable

PIXELS = (
    "object", "centre row (pixels)", "centre column (pixels)", "area (pixels)", "diameter (pixels)",
    "major axis (pixels)", "minor axis (pixels)", "touches the edge (1 = yes)",
)  # fmt: skip


def to_csv(table: ObjectTable) -> str:
    """One line for each object under a header; area and lengths in pixels, and after them in the unit where there is
    one. Rows and columns are counted from 0 at the upper left corner. A decimal point in every language.

    No cell begins with a sign that a spreadsheet takes for a formula: a unit's name is letters and stands in brackets.
    """
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    lengths = (table.diameter, table.major, table.minor)
    columns = [
        list(range(1, len(table) + 1)), _decimal(table.row), _decimal(table.column), table.area.tolist(),
        *map(_decimal, lengths), table.touches.astype(int).tolist(),
    ]  # fmt: skip
    header = list(PIXELS)
    if table.unit:
        unit = table.unit.name
        header += [f"area ({unit}²)", f"diameter ({unit})", f"major axis ({unit})", f"minor axis ({unit})"]
        columns += [_digits(table.squared(table.area)), *(_digits(table.length(each)) for each in lengths)]
    writer.writerow(header)
    writer.writerows(zip(*columns, strict=True))
    return stream.getvalue()


def _decimal(pixels: Numbers) -> list[str]:
    """A hundredth of a pixel is finer than any mask."""
    return [f"{value:.2f}" for value in pixels]


def _digits(values: Numbers) -> list[str]:
    """Six digits that count, whatever the unit."""
    return [f"{value:.6g}" for value in values]
