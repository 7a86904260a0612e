"""The graph of the wiring: read back, it has the blocks and the edges of the trace, and nothing else."""

import re

import pytest
from torch import nn

from tests.core.sweep import name_of, sweep, traced
from unet_core.config import PRESETS, UNetConfig
from unet_core.dot import to_dot
from unet_core.messages import ExplainedError
from unet_core.trace import Trace, trace, trace_model

NODE = re.compile(r'(\w+) \[label="((?:[^"\\]|\\.)*)"\]')
EDGE = re.compile(r"(\w+) -> (\w+) \[(.*)\]")
Edges = list[tuple[str, str, str]]


def read(text: str) -> tuple[dict[str, str], Edges]:
    """Nodes with their labels, and the edges that are seen, by colour; every line must be one that is known."""
    nodes, edges = {}, []
    head, *lines, end = text.splitlines()
    assert re.fullmatch(r'digraph "[\w.-]+" \{', head) and end == "}"
    for line in map(str.strip, lines):
        if found := NODE.fullmatch(line):
            assert found[1] not in nodes
            nodes[found[1]] = found[2]
        elif found := EDGE.fullmatch(line):
            if "style=invis" not in found[3]:
                edges.append((found[1], found[2], found[3]))
        else:
            assert line in ("{", "}", "rank=same") or re.fullmatch(r"(graph|node|edge) \[.*\]", line), line
    return nodes, edges


def block(name: str, rows: Trace) -> str:
    """The node that a module belongs to, read off its name alone."""
    part, _, rest = name.partition(".")
    key = rest.split(".")[0]
    depth = rows.config.depth  # type: ignore[union-attr]
    if part in ("input", "head"):
        return name.replace(".", "_")
    if part == "pool":
        return f"X{int(key) + 1}_0"
    if part == "bottleneck":
        return f"X{depth}_0"
    if part == "encoder":
        return f"X{key}_0"
    return key if key.startswith("X") else f"X{key}_{depth - int(key)}"


@pytest.mark.parametrize("config", sweep()[::4], ids=name_of)
def test_it_reads_back_as_the_wiring_of_the_trace(config: UNetConfig) -> None:
    rows = traced(config)
    nodes, edges = read(to_dot(rows))
    between = {(block(a, rows), block(b, rows)) for a, b in rows.edges}
    assert sorted((a, b) for a, b, _ in edges) == sorted((a, b) for a, b in between if a != b)
    assert nodes.keys() == {block(row.name, rows) for row in rows.rows}
    for name, label in nodes.items():
        last = [row for row in rows.rows if block(row.name, rows) == name][-1]
        assert label.endswith("\\n" + " x ".join(map(str, last.out_shape)))


def test_the_kinds_of_edges_and_the_crops_of_the_paper() -> None:
    nodes, edges = read(to_dot(trace(PRESETS["unet-2015"], (572, 572))))
    styles = {(a, b): style for a, b, style in edges}
    assert nodes["X4_0"] == "X(4,0)\\n1024 x 28 x 28"
    for level, pixels in enumerate((88, 40, 16, 4)):
        assert f'label="crop {pixels}"' in styles[f"X{level}_0", f"X{level}_{4 - level}"]
    kinds = [styles[edge] for edge in (("input", "X0_0"), ("X0_0", "X1_0"), ("X4_0", "X3_1"), ("X0_0", "X0_4"),
                                       ("X0_4", "head"))]  # fmt: skip
    assert len({re.search('color="(.*?)"', kind)[1] for kind in kinds}) == 5  # type: ignore[index]
    beside_colour = [re.sub('color="[^"]*"|label="[^"]*"', "", kind).split() for kind in kinds[1:]]
    assert len(set(map(tuple, beside_colour))) == 4


def test_a_nested_net_and_its_heads() -> None:
    text = to_dot(trace(PRESETS["unet++-2018"], (32, 32)))
    nodes, edges = read(text)
    assert len(nodes) == 15 + 1 + 4 and nodes["head_L2"].startswith("head L2")
    into = {a for a, b, _ in edges if b == "X0_3"}
    assert into == {"X0_0", "X0_1", "X0_2", "X1_2"}
    assert text == to_dot(trace(PRESETS["unet++-2018"], (32, 32)))
    assert text.startswith('digraph "unetpp-d4-32-32" {')


def test_neighbours_without_a_skip_are_kept_in_order() -> None:
    text = to_dot(trace(UNetConfig(depth=3, skip_levels=(1,), padding="same", base_channels=1), (16, 16)))
    assert re.findall(r"(\w+) -> (\w+) \[style=invis\]", text) == [("X0_0", "X0_3"), ("X2_0", "X2_1")]


def test_a_strangers_network_is_refused() -> None:
    with pytest.raises(ExplainedError, match="only a network built from a UNetConfig"):
        to_dot(trace_model(nn.Conv2d(1, 1, 1), (1, 4, 4)))
