"""What two networks cost, line by line, as a page and a report show it."""

from dataclasses import dataclass

from unet_core.costs import megabytes, millions
from unet_core.messages import Message
from unet_core.pairing.cost import WIDE, Cost


@dataclass(frozen=True)
class Line:
    """One figure: its name, what it is in A and in B, and how many times A's B's is; None where that can't be said."""

    name: Message
    a: object  # a text, or a message
    b: object
    ratio: float | None

    @property
    def times(self) -> str:
        """The ratio as text."""
        return "" if self.ratio is None else times_text(self.ratio)


def times_text(ratio: float) -> str:
    """'1.90', '1,420.63', and of what is little two digits: '0.018'."""
    return f"{ratio:,.2f}" if ratio >= 0.1 else f"{ratio:.2g}"


def lines(a: Cost, b: Cost) -> tuple[Line, ...]:
    """Every figure of `Cost`."""
    return (
        Line(Message("Parameters"), f"{a.parameters:,}", f"{b.parameters:,}", b.parameters / a.parameters),
        Line(Message("Multiply-adds, million"), millions(a.macs), millions(b.macs), b.macs / a.macs),
        Line(Message("Feature maps at once, in use, MB"), megabytes(a.in_use), megabytes(b.in_use),
             b.in_use / a.in_use),
        Line(Message("Feature maps kept, in training, MB"), megabytes(a.kept), megabytes(b.kept), b.kept / a.kept),
        Line(Message("Layers"), str(a.layers), str(b.layers), b.layers / a.layers),
        Line(Message("Convolutions among them"), str(a.convolutions), str(b.convolutions),
             b.convolutions / a.convolutions),
        Line(Message("Longest path, convolutions"), str(a.longest), str(b.longest), b.longest / a.longest),
        Line(Message("Shortest path, convolutions"), str(a.shortest), str(b.shortest), b.shortest / a.shortest),
        Line(Message("Receptive field, pixels"), _field(a), _field(b),
             b.field / a.field if a.field and b.field else None),
    )  # fmt: skip


def _field(one: Cost) -> object:
    return str(one.field) if one.field else Message("more than {side}", {"side": f"{WIDE:,}"})


def in_short(a_width: int, b_width: int, a: Cost, b: Cost) -> Message:
    """'At equal width .. B has 1.17 times the parameters of A and does 2.47 times the work.'"""
    values = {"a": a_width, "b": b_width, "parameters": times_text(b.parameters / a.parameters),
              "work": times_text(b.macs / a.macs)}  # fmt: skip
    if a_width == b_width:
        return Message("At equal width, {a} filters at the top, B has {parameters} times the parameters of A and "
                       "does {work} times the work.", values)  # fmt: skip
    return Message("With {b} filters at the top against {a}, B has {parameters} times the parameters of A and does "
                   "{work} times the work.", values)  # fmt: skip
