"""The table as CSV, JSON, Markdown and text: the same numbers as the trace, in a form that reads back."""

import csv
import io
import json

import pytest
from torch import nn

from unet_core.config import PRESETS, UNetConfig
from unet_core.export import COLUMNS, to_csv, to_json, to_markdown, to_text
from unet_core.trace import Trace, trace, trace_model

PAPER = trace(PRESETS["unet-2015"], (572, 572))
TRACES = [PAPER, trace(PRESETS["classroom++"], (16, 24)), trace_model(nn.Conv2d(1, 2, 3), (1, 5, 6))]
NAMES = ["paper", "classroom++", "plain"]


def expected(rows: Trace) -> list[list[str]]:
    """One list of cells per row, as a spreadsheet would show them."""
    lines = []
    for row in rows.rows:
        shapes = ["x".join(map(str, shape)) for shape in (*row.in_shapes, row.out_shape)]
        words = [row.name, row.kind, ", ".join(row.inputs), ", ".join(shapes[:-1]), shapes[-1]]
        lines.append([*words, str(row.parameters), str(row.buffers), str(row.macs), str(row.bytes)])
    return lines


@pytest.mark.parametrize("rows", TRACES, ids=NAMES)
def test_csv_reads_back_and_its_columns_can_be_summed(rows):
    header, *lines = csv.reader(io.StringIO(to_csv(rows)))
    assert header == list(COLUMNS)
    assert lines == expected(rows)
    totals = [sum(int(line[header.index(name)]) for line in lines) for name in ("parameters", "MACs", "memory (bytes)")]
    assert totals == [rows.params, rows.macs, rows.bytes]


def test_csv_has_units_in_its_header_and_plain_numbers_below():
    header, _, first = to_csv(PAPER).splitlines()[:3]
    assert header == (
        "layer,kind,connected to,shape in (CxHxW),shape out (CxHxW),parameters,running numbers,MACs,memory (bytes)"
    )
    assert first == "encoder.0.conv1,conv,input,1x572x572,64x570x570,640,0,187142400,83174400"


@pytest.mark.parametrize("rows", TRACES, ids=NAMES)
def test_json_holds_everything(rows):
    data = json.loads(to_json(rows))
    assert [row["name"] for row in data["rows"]] == [row.name for row in rows.rows]
    assert [(tuple(row["out_shape"]), row["macs"], row["bytes"]) for row in data["rows"]] == [
        (row.out_shape, row.macs, row.bytes) for row in rows.rows
    ]
    assert data["totals"] == {
        "parameters": rows.params, "buffers": sum(row.buffers for row in rows.rows), "macs": rows.macs,
        "bytes": rows.bytes,
    }  # fmt: skip
    assert data["outputs"] == list(rows.outputs)
    config = data["config"] and UNetConfig.from_dict(data["config"])
    assert config == rows.config


@pytest.mark.parametrize("rows", TRACES, ids=NAMES)
def test_markdown_is_a_table_of_the_same_cells(rows):
    header, rule, *lines, totals = to_markdown(rows).splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in (header, *lines, totals)]
    assert cells[0] == list(COLUMNS)
    assert set(rule) <= set("|-: ") and rule.count("|") == header.count("|")
    assert [[cell.replace(",", "") for cell in line] for line in cells[1:-1]] == [
        [cell.replace(",", "") for cell in line] for line in expected(rows)
    ]
    assert cells[-1][0] == "**total**"
    assert cells[-1][-2] == f"**{rows.macs:,}**"


@pytest.mark.parametrize("rows", TRACES, ids=NAMES)
def test_text_is_aligned_and_ends_in_totals_and_words(rows):
    header, rule, *lines = to_text(rows).split("\n\n")[0].splitlines()
    body, totals = lines[:-2], lines[-1]
    assert rule == lines[-2] == "-" * len(rule)
    assert len(body) == len(rows.rows)
    for title in COLUMNS[5:]:  # numbers end where their title ends
        end = header.index(title) + len(title)
        assert all(line[end - 1].isdigit() and line[end : end + 1] in ("", " ") for line in [*body, totals])
    for line, row in zip(body, rows.rows, strict=True):
        assert line.split()[0] == row.name
        assert [int(number.replace(",", "")) for number in line.split()[-2:]] == [row.macs, row.bytes]
    assert totals.split() == [
        "total", f"{rows.params:,}", f"{sum(row.buffers for row in rows.rows):,}", f"{rows.macs:,}", f"{rows.bytes:,}",
    ]  # fmt: skip
    assert "biases left out" in to_text(rows)


def test_the_text_of_the_paper_net_says_what_is_connected_to_what():
    lines = {line.split()[0]: line for line in to_text(PAPER).splitlines() if line}
    assert "up.0.upconv, skip.0.crop.0" in lines["skip.0.join"]
    assert "64x392x392, 64x392x392" in lines["skip.0.join"]
    assert "31,030,658" in lines["total"] and "150,428,424,448" in lines["total"]


def test_a_name_with_bars_commas_and_quotes_stays_in_its_cell():
    odd = nn.Sequential()
    odd.add_module('a|b,"c"', nn.Conv2d(1, 1, 1))
    rows = trace_model(odd, (1, 2, 2))
    assert list(csv.reader(io.StringIO(to_csv(rows))))[2][0] == 'a|b,"c"'
    assert '| a\\|b,"c" |' in to_markdown(rows)
