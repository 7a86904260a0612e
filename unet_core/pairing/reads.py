"""What a node of the drawing reads, with its channels, from the trace."""

from unet_core.messages import Message
from unet_core.trace import LayerRow, Trace

Node = tuple[int, int]


def reads(trace: Trace, node: Node) -> Message:
    """'X^(1,2) reads X^(1,0), X^(1,1) and the up-sampled X^(2,1): 64 + 64 + 64 = 192 channels'. KeyError for a node
    that the network does not have."""
    rows = [row for row in trace.rows if row.node == node and row.kind != "head"]
    if not rows:
        raise KeyError(node)
    own = {row.name for row in rows}
    fed = [(source, row) for row in rows for source in _sources(row) if source not in own]
    (first, into), *skips = fed
    values: dict[str, object] = {"node": _name(node)}
    if trace[first].kind == "input":
        return Message("{node} reads the image: {total} channels",
                       values | {"total": trace[first].out_shape[0]})  # fmt: skip
    source = _owner(trace[first])
    if into.kind == "pool":
        return Message("{node} reads {source} after max-pooling: {total} channels",
                       values | {"source": _name(source), "total": into.out_shape[0]})  # fmt: skip
    raised = next(row for row in reversed(rows) if row.name.startswith("up."))
    values |= {"up": _name(source)}
    if not skips:
        return Message("{node} reads the up-sampled {up} alone: {total} channels",
                       values | {"total": raised.out_shape[0]})  # fmt: skip
    join = next(row for row in rows if row.kind in ("concat", "add"))
    channels = [trace[name].out_shape[0] for name, _ in skips] + [raised.out_shape[0]]
    values |= {"skips": ", ".join(_name(_owner(trace[name])) for name, _ in skips), "total": join.out_shape[0]}
    if join.kind == "add":
        return Message("{node} reads {skips} and the up-sampled {up}, and adds them: {total} channels", values)
    return Message("{node} reads {skips} and the up-sampled {up}: {sum} = {total} channels",
                   values | {"sum": " + ".join(map(str, channels))})  # fmt: skip


def _sources(row: LayerRow) -> tuple[str, ...]:
    """A crop takes nothing but its size from the second."""
    return row.inputs[:1] if row.kind == "crop" else row.inputs


def _owner(row: LayerRow) -> Node:
    return row.node or (0, 0)


def _name(node: Node) -> str:
    return f"X^({node[0]},{node[1]})"
