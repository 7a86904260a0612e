"""The layers of two networks side by side: which belong together, which only one of them has, and which are changed."""

from collections.abc import Mapping
from dataclasses import dataclass

from unet_core.pairing.aligned import Aligned
from unet_core.trace import LayerRow, Trace


@dataclass(frozen=True)
class Layer:
    """One line of the table: the layer of A and of B, None where one has none. `part` is the node or head of the
    drawing it belongs to, by its id."""

    id: str
    part: str
    a: LayerRow | None
    b: LayerRow | None

    @property
    def state(self) -> str:
        """ "a" or "b" for what only one has, "changed" where shapes or costs differ, else "same"."""
        if self.a is None or self.b is None:
            return "b" if self.a is None else "a"
        return "same" if _compared(self.a) == _compared(self.b) else "changed"


def layers(drawing: Aligned) -> tuple[Layer, ...]:
    """Every layer of A and of B, in the order in which they run; those of A alone follow what they follow in A."""
    ends = [(drawing.traces[end], _parts_of(drawing, end)) for end in (0, -1)]
    a, b = ({_key(row, parts, run): row for row in run.rows} for run, parts in ends)
    order = list(b)
    place = -1
    for key in a:
        if key in b:
            place = order.index(key)
        else:
            place += 1
            order.insert(place, key)
    return tuple(Layer(f"{part} {name}", part, a.get((part, name)), b.get((part, name))) for part, name in order)


def _parts_of(drawing: Aligned, end: int) -> Mapping[str, str]:
    """Row -> the part of the drawing it is in, at the road's first or last stop."""
    return {row: part.id for part in drawing.parts for box in [part.boxes[end]] if box for row in box.rows}


def _key(row: LayerRow, parts: Mapping[str, str], run: Trace) -> tuple[str, str]:
    """Its part, and what it is called there: 'conv1', 'pool', 'upconv', 'join', 'crop.0'."""
    first, *rest = row.name.split(".")
    if first in ("pool", "head", "input"):
        return parts[row.name], first
    name = ".".join(part for part in rest if not part.isdigit() and not part.startswith("X"))
    last = row.name.rpartition(".")[2]
    return parts[row.name], f"{name}.{last}" if row.kind == "crop" else name


def _compared(row: LayerRow) -> tuple[object, ...]:
    return row.kind, row.in_shapes, row.out_shape, row.parameters, row.macs, row.window
