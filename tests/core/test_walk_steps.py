"""The walk over every operation: in the order of the trace, and every number in every sentence true."""

import re
from collections import Counter
from math import prod

import pytest

from tests.core.sweep import name_of, sweep, traced
from unet_core.config import GROUPS, PRESETS, UNetConfig
from unet_core.messages import ExplainedError
from unet_core.trace import LayerRow, Trace, trace, trace_model
from unet_core.walk import Step, steps
from unet_core.walk.steps import ARGMAX, MEAN, SOFTMAX

PAPER = trace(PRESETS["unet-2015"], (572, 572))


def numbers(text: object) -> list[int]:
    """The whole numbers of a text, in order; those in the names of layers left out."""
    plain = re.sub(r"\b(encoder|decoder|bottleneck|pool|up|skip)\.[\w.]*\w", "", str(text))
    return [int(found.replace(",", "")) for found in re.findall(r"\d[\d,]*\b", plain)]


def expected(row: LayerRow, config: UNetConfig) -> list[int]:
    """The numbers that the sentence of a row must hold, by the row's shapes and the rules of its kind alone."""
    into, out = row.in_shapes[0] if row.in_shapes else (), row.out_shape
    if row.kind == "input":
        return [*out[1:], out[0]]
    if row.kind == "conv":
        kernel = 1 if row.name.endswith("conv1x1") else config.kernel_size
        learned = kernel**2 * into[0] * out[0] + out[0]
        if kernel == 1:
            return [into[0], learned]
        lost = [into[1] - out[1]] if into[1] != out[1] else []
        return [kernel, kernel, into[0], kernel**2 * into[0], *lost, learned]
    if row.kind == "norm":
        kept = {"batch": [2 * out[0]], "group": [GROUPS, out[0] // GROUPS, 0, 1], "instance": [0, 1]}[config.norm]
        return [*kept, 2 * out[0]]
    if row.kind == "relu":
        return []
    if row.kind == "dropout":
        return [round(100 * config.dropout)]
    if row.kind == "pool":
        return [2, 2, prod(into), prod(out)]
    if row.kind == "upconv":
        return [2, 2, prod(into), prod(out), 4 * into[0] * out[0] + out[0]]
    if row.kind == "resize":
        return [prod(into), prod(out)]
    if row.kind == "pad":
        whole = config.kernel_size - 1
        return [whole // 2, whole - whole // 2]
    if row.kind == "crop":
        lost = into[1] - out[1]
        assert lost % 2 == 0 and lost == into[2] - out[2]  # as much on every side
        return [lost // 2] if lost else []
    if row.kind == "concat":
        return [*(shape[0] for shape in row.in_shapes), out[0]]
    if row.kind == "add":
        return [len(row.in_shapes)]
    assert row.kind == "head"
    return [into[0], *([out[0]] if out[0] > 1 else []), into[0] * out[0] + out[0]]


def changed(step: Step) -> None:
    """What is said to become of channels and size is what becomes of them."""
    if not step.before:
        assert step.changes == ()
        return
    channels, size = step.changes
    old = [shape[0] for shape in step.before]
    same_channels, same_size = old[0] == step.after[0], step.before[0][1:] == step.after[1:]
    assert numbers(channels) == ([step.after[0]] if same_channels else [*old, step.after[0]])
    assert ("stay" in str(channels)) == same_channels
    assert numbers(size) == [*([] if same_size else step.before[0][1:]), *step.after[1:]]
    assert ("stays" in str(size)) == same_size


@pytest.mark.parametrize("configs", [sweep()[start::4] for start in range(4)], ids=range(4))
def test_order_shapes_and_sentences_hold_for_every_network(configs: tuple[UNetConfig, ...]) -> None:
    for config in configs:
        walked, rows = steps(traced(config)), traced(config).rows
        for step, row in zip(walked, rows, strict=False):
            where = f"{name_of(config)} {row.name}: {step.sentence}"
            assert step.name == row.name and step.rows == (row.name,), where
            assert step.after == row.out_shape, where
            assert step.before == (row.in_shapes[:1] if row.kind == "crop" else row.in_shapes), where
            assert numbers(step.sentence) == expected(row, config), where
            changed(step)
        closing = [step.name for step in walked[len(rows) :]]
        assert closing == [*([MEAN] if config.deep_supervision and config.depth > 1 else []), SOFTMAX, ARGMAX]


def test_the_sweep_has_every_kind_of_row() -> None:
    kinds = Counter(row.kind for config in sweep() for row in traced(config).rows)
    assert kinds.keys() == {
        "input", "conv", "norm", "relu", "dropout", "pool", "upconv", "resize", "pad", "crop", "concat", "add", "head",
    }  # fmt: skip


def test_what_comes_along_a_skip_is_named_by_its_own_row() -> None:
    for config in sweep():
        walked = {step.name: step for step in steps(traced(config))}
        for row in traced(config).rows:
            if row.kind in ("concat", "add"):
                along = [traced(config)[name] for name in row.inputs[1:]]
                for skip in along:
                    source = skip.inputs[0] if skip.kind == "crop" else skip.name
                    assert source.startswith(("encoder.", "decoder."))
                    assert re.search(rf"\b{re.escape(source)}\b", str(walked[row.name].sentence))


def test_a_missing_skip_is_said_once_at_every_node_of_its_level_and_nowhere_else() -> None:
    for config in sweep():
        missing = set(range(config.depth)) - set(config.connected_levels)
        told = Counter(
            step.note.values["level"] for step in steps(traced(config)) if step.note and "no skip" in str(step.note)
        )
        nodes = {level: config.depth - level if config.nested else 1 for level in missing}
        assert told == nodes, name_of(config)


def test_after_the_network_the_smallest_head_becomes_probabilities_and_a_mask() -> None:
    for config in sweep():
        walked = {step.name: step for step in steps(traced(config))}
        heads = [traced(config)[name].out_shape for name in traced(config).outputs]
        smallest = min(heads, key=lambda shape: shape[1])[1:]
        assert walked[SOFTMAX].before == ((config.classes, *smallest),)
        assert walked[SOFTMAX].after == (max(2, config.classes), *smallest)
        assert walked[ARGMAX].after == (1, *smallest)
        assert numbers(walked[ARGMAX].sentence) == [max(2, config.classes)]
        if len(heads) > 1:
            assert walked[MEAN].before == tuple(heads)
            assert numbers(walked[MEAN].sentence) == [len(heads), *smallest]


def test_the_paper_is_walked_in_its_own_sizes() -> None:
    sides = [step.after[1] for step in steps(PAPER)]
    assert list(dict.fromkeys(sides))[:8] == [572, 570, 568, 284, 282, 280, 140, 138]
    walked = {step.name: step for step in steps(PAPER)}
    assert walked["bottleneck.relu2"].after == (1024, 28, 28)
    assert walked["up.3.upconv"].after[1] == 56
    assert "88 px" in str(walked["skip.0.crop.0"].sentence)
    assert "64 + 64 = 128" in str(walked["skip.0.join"].sentence)
    assert walked["head"].after == (2, 388, 388)


def test_places_are_where_the_figure_has_them() -> None:
    walked = {step.name: str(step.place) for step in steps(PAPER)}
    assert walked["pool.0"] == "Encoder, level 1" and walked["pool.3"] == "Bottleneck, level 4"
    assert walked["up.3.upconv"] == "Decoder, level 3" and walked["input"] == "Input" and walked["head"] == "Head"
    nested = traced(PRESETS["classroom++"])
    assert {step.name: str(step.place) for step in steps(nested)}["decoder.X1_2.relu2"] == "Node X^(1,2)"


def test_a_network_that_is_not_ours_can_t_be_walked() -> None:
    from torch import nn

    with pytest.raises(ExplainedError, match="only a network built from a UNetConfig"):
        steps(trace_model(nn.Conv2d(1, 1, 3), (1, 8, 8)))


def test_these_checks_can_fail() -> None:
    row = PAPER["encoder.0.conv2"]
    assert numbers("Each 3 × 3 × 64 = 1,576 of encoder.0.relu2.") == [3, 3, 64, 1576]
    assert expected(row, PRESETS["unet-2015"]) == [3, 3, 64, 576, 2, 36928]
    wrong = Trace((row,), (row.name,), PRESETS["unet-2015"])
    assert steps(wrong)[0].name == row.name  # the order is the trace's, whatever it is
