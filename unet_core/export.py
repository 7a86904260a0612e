"""A trace as a file to keep: CSV for a spreadsheet, Markdown for a report, JSON for a program, text for a terminal.

CSV and JSON hold plain numbers, the unit in the header; only the text and the Markdown group digits for the eye.
"""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict

from unet_core.config import UNetConfig
from unet_core.trace import LayerRow, Shape, Trace

COLUMNS = (
    "layer", "kind", "connected to", "shape in (CxHxW)", "shape out (CxHxW)",
    "parameters", "running numbers", "MACs", "memory (bytes)",
)  # fmt: skip
FIRST_NUMBER = COLUMNS.index("parameters")  # from here on, columns are numbers and lean to the right


def file_stem(config: UNetConfig, size: tuple[int, int]) -> str:
    """What a file of this network is called, without its ending: 'unet-d4-64-572', 'unetpp-d3-16-256x320'."""
    height, width = size
    side = f"{height}" if height == width else f"{height}x{width}"
    return f"{config.architecture.replace('+', 'p')}-d{config.depth}-{config.base_channels}-{side}"


def to_csv(trace: Trace) -> str:
    """One line per layer under a header with units; no totals, so that a column can be summed."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_cells(row) for row in trace.rows)
    return stream.getvalue()


def to_json(trace: Trace) -> str:
    """Everything a trace knows; `config` is null for a network that is not ours."""
    rows = [{**asdict(row), "bytes": row.bytes} for row in trace.rows]
    totals = {"parameters": trace.params, "buffers": _running_numbers(trace), "macs": trace.macs, "bytes": trace.bytes}
    config = trace.config.to_dict() if trace.config else None
    return json.dumps({"config": config, "rows": rows, "outputs": trace.outputs, "totals": totals}, indent=1)


def to_markdown(trace: Trace) -> str:
    """A table, the totals in its last line."""
    lines = [COLUMNS, ["---:" if column >= FIRST_NUMBER else "---" for column in range(len(COLUMNS))]]
    lines += [_grouped(_cells(row)) for row in trace.rows]
    lines.append([f"**{cell}**" if cell else "" for cell in _totals(trace)])
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def to_text(trace: Trace) -> str:
    """Aligned columns, the totals under a line."""
    lines = [list(COLUMNS), *(_grouped(_cells(row)) for row in trace.rows), _totals(trace)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(COLUMNS))]
    texts = [_aligned(line, widths) for line in lines]
    rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
    notes = (
        "MACs: multiply-accumulates of one forward pass of one image, biases left out.",
        "Running numbers: mean and variance that a batch norm keeps; they are not trained.",
        "Memory: every output in float32; the total is all of them at once, as in training.",
    )
    return "\n".join([texts[0], rule, *texts[1:-1], rule, texts[-1], "", *notes]) + "\n"


def _cells(row: LayerRow) -> list[str | int]:
    shapes_in = ", ".join(map(_times, row.in_shapes))
    counts = (row.parameters, row.buffers, row.macs, row.bytes)
    return [row.name, row.kind, ", ".join(row.inputs), shapes_in, _times(row.out_shape), *counts]


def _totals(trace: Trace) -> list[str]:
    counts: list[str | int] = [trace.params, _running_numbers(trace), trace.macs, trace.bytes]
    return _grouped(["total", *[""] * (FIRST_NUMBER - 1), *counts])


def _running_numbers(trace: Trace) -> int:
    return sum(row.buffers for row in trace.rows)


def _grouped(cells: Sequence[str | int]) -> list[str]:
    return [f"{cell:,}" if isinstance(cell, int) else cell for cell in cells]


def _aligned(line: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        cell.rjust(width) if column >= FIRST_NUMBER else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(line, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()


def _times(shape: Shape) -> str:
    return "x".join(map(str, shape))
