"""Questions whose answers are computed: what the traces of two networks say of their weights and their work."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from unet_core.config import LIMITS, UNetConfig
from unet_core.messages import Message
from unet_core.models import pruned_config
from unet_core.predictions.question import Option, Question, nearest
from unet_core.sizes import closest_legal
from unet_core.trace import Trace

RATIOS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)  # the choices of a question of how many times
GROWTHS = (1.0, 2.0, 4.0, 8.0)  # and of one where it can only be more
SHARES = (0.02, 0.05, 0.1, 0.25, 0.5, 0.9)  # and of one of how much is left
Size = tuple[int, int]
Tracer = Callable[[UNetConfig, Size], Trace]


def _traced(config: UNetConfig, size: Size, tracer: Tracer) -> Trace:
    return tracer(config, (closest_legal(config, size[0]), closest_legal(config, size[1])))


def _times(values: Sequence[float] = RATIOS) -> tuple[Option, ...]:
    words = {0.25: Message("a quarter"), 0.5: Message("half"), 1.0: Message("about as many")}
    return tuple(Option(f"{one:g}", words.get(one, Message("{times} times", {"times": f"{one:g}"}))) for one in values)


def work(a: UNetConfig, b: UNetConfig, size: Size, tracer: Tracer) -> Question | None:
    """Asked of two different networks."""
    if a == b:
        return None
    one, other = _traced(a, size, tracer), _traced(b, size, tracer)
    ratio, parameters = other.macs / one.macs, other.params / one.params
    found = Message("{a:.2f} against {b:.2f} billion: {ratio:,.2f} times. Of parameters it has {parameters:,.2f} times "
                    "as many.", {"a": one.macs / 1e9, "b": other.macs / 1e9, "ratio": ratio,
                              "parameters": parameters})  # fmt: skip
    why = Message("At full resolution a weight is used at every pixel: level 0 has {share_a:.0f} % of the "
                  "multiply-adds of A and {share_b:.0f} % of those of B, but {weights_a:.1f} % and {weights_b:.1f} % "
                  "of the parameters.", {
                      "share_a": 100 * _macs(one)[0] / one.macs, "share_b": 100 * _macs(other)[0] / other.macs,
                      "weights_a": 100 * _parameters(one)[0] / one.params,
                      "weights_b": 100 * _parameters(other)[0] / other.params})  # fmt: skip
    text = Message("B against A: how many times the multiply-adds for one image?")
    return Question("work", text, _times(), f"{nearest(ratio, RATIOS):g}", found, why, False)


def deeper(a: UNetConfig, b: UNetConfig, size: Size, tracer: Tracer) -> Question | None:
    """One level more; from the deepest that can be built, one level less. Not where B is that network: the question
    of its work has told its parameters already."""
    low = a.depth if a.depth < LIMITS["depth"][1] else a.depth - 1
    both = [_at_depth(a, depth) for depth in (low, low + 1)]
    if b != a and b in both:
        return None
    shallow, deep = (_traced(config, size, tracer) for config in both)
    ratio = deep.params / shallow.params
    share = 100 * _parameters(deep)[int(low) + 1] / deep.params
    values = {"low": int(low), "high": int(low) + 1}
    text = Message("A with depth {high} in place of {low}: how many times the parameters?", values)
    found = Message("{low:,} against {high:,}: {ratio:,.2f} times.",
                    {"low": shallow.params, "high": deep.params, "ratio": ratio})  # fmt: skip
    why = Message("The deepest level alone holds {share:.0f} % of the parameters of depth {high}: it has {channels:,} "
                  "channels, and a kernel has a weight for each pair of channels.",
                  {**values, "share": share, "channels": a.channels(int(low) + 1)})  # fmt: skip
    return Question("deeper", text, _times(GROWTHS), f"{nearest(ratio, GROWTHS):g}", found,
                    why, False)  # fmt: skip


def _at_depth(config: UNetConfig, depth: int) -> UNetConfig:
    """A level that is new gets a skip like the others, but none where there are none at all."""
    levels = config.skip_levels
    if levels:
        levels = tuple(level for level in (*levels, *range(config.depth, depth)) if level < depth)
    return replace(config, depth=depth, skip_levels=levels)


def pruned(a: UNetConfig, b: UNetConfig, size: Size, tracer: Tracer) -> Question | None:
    """Asked where one of them can be pruned: it has heads, and more than one level."""
    config = next((one for one in (b, a) if one.deep_supervision and one.depth > 1), None)
    if config is None:
        return None
    level = max(1, config.depth // 2)
    whole, left = _traced(config, size, tracer), _traced(pruned_config(config, level), size, tracer)
    share = left.params / whole.params
    values = {"name": "B" if config == b else "A", "head": level}
    text = Message("{name} pruned to its head L{head}: how much of its parameters is left?", values)
    options = tuple(Option(f"{one:g}", Message("{percent:.0f} %", {"percent": 100 * one})) for one in SHARES)
    found = Message("{left:,} of {all:,}: {share:.1f} %, with {work:.0f} % of the multiply-adds.", {
        "left": left.params, "all": whole.params, "share": 100 * share, "work": 100 * left.macs / whole.macs,
    })  # fmt: skip
    below = sum(count for at, count in _parameters(whole).items() if at > level)
    why = Message("Head L{head} needs no level below {head}, and those hold {below:.0f} % of the parameters.",
                  {**values, "below": 100 * below / whole.params})  # fmt: skip
    return Question("pruned", text, options, f"{nearest(share, SHARES):g}", found, why, False)


def busiest(a: UNetConfig, size: Size, tracer: Tracer) -> Question:
    traced = _traced(a, size, tracer)
    work, weights = _macs(traced), _parameters(traced)
    top = max(work, key=lambda level: (work[level], -level))
    most = max(weights, key=lambda level: (weights[level], -level))
    options = tuple(Option(str(level), Message("level {level}", {"level": level})) for level in sorted(work))
    found = Message("At level {level}: {share:.0f} % of the multiply-adds.",
                    {"level": top, "share": 100 * work[top] / traced.macs})  # fmt: skip
    why = Message("Most of the parameters, {share:.0f} %, are at level {level}. Work is weights times positions, and "
                  "every level down has about a quarter of the positions.",
                  {"level": most, "share": 100 * weights[most] / traced.params})  # fmt: skip
    text = Message("At which level does A do most of its multiply-adds?")
    return Question("busiest", text, options, str(top), found, why, False)


def _macs(traced: Trace) -> dict[int, int]:
    return _by_level(traced, lambda row: row.macs)


def _parameters(traced: Trace) -> dict[int, int]:
    return _by_level(traced, lambda row: row.parameters)


def _by_level(traced: Trace, number: Callable[..., int]) -> dict[int, int]:
    """A layer counts to the level that it leads to; the head to level 0."""
    found: dict[int, int] = {}
    for row in traced.rows:
        if row.node is not None:
            found[row.node[0]] = found.get(row.node[0], 0) + number(row)
    return found
