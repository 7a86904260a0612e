"""The wiring of a network as a Graphviz graph: a node per block X^{i,j}, an edge for everything that it reads.

The same network always gives the same text. Kinds of edges differ in colour, line and arrow head.
"""

from collections.abc import Iterator
from itertools import pairwise

from graphviz import Digraph, escape

from unet_core import says
from unet_core.export import file_stem
from unet_core.messages import ExplainedError
from unet_core.trace import LayerRow, Shape, Trace

EDGES = {  # kind -> how it is drawn; only poolings decide what stands above what
    "input": {"color": "#0072B2", "arrowhead": "normal"},
    "pool": {"color": "#D55E00", "arrowhead": "normal"},
    "up": {"color": "#009E73", "arrowhead": "vee", "penwidth": "2", "constraint": "false"},
    "skip": {"color": "#5F6B76", "arrowhead": "empty", "style": "dashed"},
    "head": {"color": "#B0528F", "arrowhead": "dot", "style": "bold"},
}
Edge = tuple[str, str, str]  # from, to, kind


def to_dot(trace: Trace) -> str:
    """The graph of a traced network in the DOT language. Raises ExplainedError for one that is not ours."""
    config = trace.config
    if config is None:
        raise ExplainedError("only a network built from a UNetConfig has blocks to wire; this trace has none")
    size = trace.rows[0].out_shape[1:]
    title = f"{says.title(config)}: {trace.params:,} parameters. Solid: pool. Thick: up. Dashed: skip."
    graph = Digraph(
        file_stem(config, (size[0], size[1])),
        graph_attr={"label": escape(title), "labelloc": "t", "fontname": "sans-serif", "newrank": "true"},
        node_attr={"shape": "box", "style": "rounded", "fontname": "sans-serif"},
        edge_attr={"fontname": "sans-serif", "fontsize": "10"},
    )
    nodes, wired = _nodes(trace), list(edges(trace))
    for level in range(config.depth + 1):
        _add_level(graph, {name: rows[-1] for name, rows in nodes.items() if _level(rows[-1]) == level}, wired)
    for source, target, kind in wired:
        crop = _cropped(trace, source, target, nodes) if kind == "skip" else 0
        graph.edge(source, target, **EDGES[kind], **({"label": f"crop {crop}"} if crop else {}))
    return str(graph.source)


def edges(trace: Trace) -> Iterator[Edge]:
    """Who feeds whom, once each, in the order in which the blocks run."""
    owner = {row.name: name for name, rows in _nodes(trace).items() for row in rows}
    seen = set()
    for row in trace.rows:
        for source in row.inputs[:1] if row.kind == "crop" else row.inputs:  # a crop only looks up the other's size
            edge = owner[source], owner[row.name]
            if edge[0] != edge[1] and edge not in seen:
                seen.add(edge)
                yield *edge, _kind(trace[source], row)


def _nodes(trace: Trace) -> dict[str, list[LayerRow]]:
    """The rows of every node, in the order in which they run; input and heads stand by themselves."""
    nodes: dict[str, list[LayerRow]] = {}
    for row in trace.rows:
        level, step = row.node or (0, 0)
        own = row.kind in ("input", "head")
        nodes.setdefault(row.name.replace(".", "_") if own else f"X{level}_{step}", []).append(row)
    return nodes


def _kind(source: LayerRow, row: LayerRow) -> str:
    if source.kind == "input":
        return "input"
    if row.kind in ("pool", "head"):
        return row.kind
    return "up" if _level(source) > _level(row) else "skip"


def _level(row: LayerRow) -> int:
    return row.node[0] if row.node else 0


def _add_level(graph: Digraph, nodes: dict[str, LayerRow], wired: list[Edge]) -> None:
    """The nodes of a level side by side; where no skip keeps two neighbours in order, an edge that nobody sees does."""
    blocks = sorted(name for name in nodes if name.startswith("X"))
    with graph.subgraph() as row:
        row.attr(rank="same")
        for name, last in nodes.items():
            _add_node(row, name, last)
        for before, after in pairwise(blocks):
            if (before, after, "skip") not in wired:
                row.edge(before, after, style="invis")


def _add_node(graph: Digraph, name: str, row: LayerRow) -> None:
    title = name.replace("head_", "head ")
    if title.startswith("X"):
        title = f"X({name[1:].replace('_', ',')})"
    graph.node(name, f"{escape(title)}\\n{escape(_shape(row.out_shape))}")


def _shape(shape: Shape) -> str:
    channels, height, width = shape
    return f"{channels} x {height} x {width}"


def _cropped(trace: Trace, source: str, target: str, nodes: dict[str, list[LayerRow]]) -> int:
    """Pixels that the skip between two nodes loses per side; 0 where nothing is cropped."""
    crops = [row for row in nodes[target] if row.kind == "crop" and trace[row.inputs[0]] in nodes[source]]
    return says.cropped_pixels(crops[0]) if crops else 0
