"""The moment of a run at which most feature maps are in memory at once, when each is let go after its last use."""

from dataclasses import dataclass

from unet_core.trace import Trace

ALIASES = ("crop", "dropout")  # in use: a crop is a view into its input, and dropout hands its input on


@dataclass(frozen=True)
class Fullest:
    """`at` is the row that is being computed; `live` the row -> bytes of every map in memory then, its own included."""

    at: str
    live: dict[str, int]
    bytes: int


def fullest(trace: Trace) -> Fullest:
    """For one image in float32, in use and not in training. While a layer is computed its inputs and its output are in
    memory, and every earlier map that a later layer still reads; the outputs of the network stay.
    """
    owner = _owners(trace)
    last_use = {name: index for index, name in enumerate(owner.values())}
    last_use |= {owner[name]: len(trace.rows) for name in trace.outputs}
    for index, row in enumerate(trace.rows):
        for source in row.inputs:
            last_use[owner[source]] = max(last_use[owner[source]], index)
    leaving: dict[int, list[str]] = {}  # after which row a map is let go
    for name, index in last_use.items():
        leaving.setdefault(index, []).append(name)
    live: dict[str, int] = {}
    total = 0
    most = Fullest(trace.rows[0].name, {}, 0)
    for index, row in enumerate(trace.rows):
        if owner[row.name] == row.name:
            live[row.name] = row.bytes
            total += row.bytes
        if total > most.bytes:
            most = Fullest(row.name, dict(live), total)
        for name in leaving.get(index, ()):
            total -= live.pop(name)
    return most


def _owners(trace: Trace) -> dict[str, str]:
    """Row -> the row whose memory holds its output."""
    owner: dict[str, str] = {}
    for row in trace.rows:
        owner[row.name] = owner[row.inputs[0]] if row.kind in ALIASES else row.name
    return owner
