"""The block card: every equation true and equal to its row; shares, reach and code each against another source."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace

import pytest
from torch import nn

from tests.core.sweep import FACTS, meta_model, name_of, smallest_size, sweep, traced
from ui import block_card as view
from ui.block_card import card_payload
from ui.language import LANGUAGES, translated
from ui.state import Workbench
from unet_core.block_card import Block, BlockCard, block_card, block_of, blocks, neighbours
from unet_core.block_card.arithmetic import arithmetic
from unet_core.block_card.card import steps
from unet_core.block_card.field import field, field_lines
from unet_core.block_card.source import sources
from unet_core.config import PRESETS, UNetConfig
from unet_core.messages import ExplainedError, Message
from unet_core.models import build_model
from unet_core.receptive_field import receptive_field
from unet_core.trace import LayerRow, Trace, trace, trace_model

PAPER = PRESETS["unet-2015"]
ORIGINAL = FACTS["unet_original"]
EQUATION = re.compile(r"((?:[\d(][\d ×+−/()]*)) = ([\d,]+)")


@pytest.fixture(scope="module")
def paper() -> Trace:
    return trace(PAPER, (572, 572))


def texts(card: BlockCard) -> list[str]:
    return [str(line.text) for line in card.lines]


def signed(run: Trace, sign: str) -> Block:
    return next(block for block in blocks(run) if block.sign == sign)


def value(expression: str) -> float:
    """Of an expression as it stands on the card."""
    assert re.fullmatch(r"[\d ×+−/()]+", expression)
    return eval(expression.replace("×", "*").replace("−", "-"))


def number(text: str) -> int:
    return int(text.replace(",", ""))


# --- the network of 2015, figure by figure ---


def test_the_arithmetic_of_the_paper_stands_on_the_card(paper: Trace) -> None:
    assert texts(block_card(paper, "encoder.0.conv1"))[:3] == [
        "3 × 3 × 1 × 64 + 64 = 640 parameters",
        "(572 − 3)/1 + 1 = 570 pixels high and wide",
        f"570 × 570 × 3 × 3 × 1 × 64 = {ORIGINAL['macs_per_op']['enc0'][0]:,} multiply-adds",
    ]
    assert "3 × 3 × 64 × 128 + 128 = 73,856 parameters" in texts(block_card(paper, "encoder.1.relu1"))
    assert texts(block_card(paper, "pool.0")) == ["(568 − 2)/2 + 1 = 284 pixels high and wide"]
    assert "(28 − 1) × 2 + 2 = 56 pixels high and wide" in texts(block_card(paper, "up.3.upconv"))
    macs = f"28 × 28 × 2 × 2 × 1024 × 512 = {ORIGINAL['macs_per_op']['up3']:,} multiply-adds"
    assert macs in texts(block_card(paper, "up.3.upconv"))
    assert texts(block_card(paper, "skip.3.join")) == ["64 − 4 − 4 = 56 pixels high and wide"]
    same = trace(replace(PAPER, padding="same"), (576, 512))
    assert texts(block_card(same, "encoder.0.conv1"))[1:3] == [
        "(576 + 2 × 1 − 3)/1 + 1 = 576 pixels high",
        "(512 + 2 × 1 − 3)/1 + 1 = 512 pixels wide",
    ]


def test_the_multiply_adds_of_the_papers_blocks(paper: Trace) -> None:
    macs = ORIGINAL["macs_per_op"]
    for level in range(5):
        assert block_card(paper, signed(paper, f"X^{{{level},0}}").id).costs[1].part == sum(macs[f"enc{level}"])
    for level in range(4):
        card = block_card(paper, signed(paper, f"X^{{{level},{4 - level}}}").id)
        assert card.costs[1].part == macs[f"up{level}"] + sum(macs[f"dec{level}"])
    assert [str(cost.text) for cost in block_card(paper, "head").costs] == [
        "130 parameters", "19,269,632 multiply-adds", "1.2 MB of feature maps",
    ]  # fmt: skip
    assert str(block_card(paper, "head").costs[0].share_text) == "0.0004 %"
    assert str(block_card(paper, "bottleneck.conv1").costs[0].share_text) == "45.6 %"


def test_the_parameters_of_unet_plus_plus_blocks() -> None:
    facts = FACTS["unetpp_official"]
    run = trace(PRESETS["unet++-2018"], (96, 96))
    for node, parameters in facts["block_params"].items():
        level, step = node[1:].split(",")
        up = facts["up_params_by_level"][level] if step != "0" else 0
        assert block_card(run, signed(run, f"X^{{{level},{step}}}").id).costs[0].part == parameters + up, node


def test_the_reach_of_the_papers_values(paper: Trace) -> None:
    spans = FACTS["receptive_field_k3_n2"]
    for level in range(5):
        assert field(paper, signed(paper, f"X^{{{level},0}}")).heights == (spans["bottleneck"][str(level)],)
    for depth, extents in spans["output_by_phase"].items():
        config = replace(PAPER, depth=int(depth))
        size = 1000 + -(1000 + 4) % 2 ** int(depth)
        run = trace(config, (size, size))
        assert field(run, block_of(run, "head")).heights == tuple(extents)
    seen = field(paper, block_of(paper, "head"))
    assert (seen.whole, seen.box.height, seen.box.width, seen.cut_off) == ((572, 572), 188, 188, False)
    assert [str(line) for line in field_lines(seen)] == [
        "A value at the centre of its output sees 188\u00a0×\u00a0188 of the 572\u00a0×\u00a0572 pixels of the input.",
        "Across its output it is 188 or 204 px, by a pixel's place in the grid of the poolings.",
    ]
    small = trace(replace(PAPER, padding="same", norm="group"), (64, 64))
    lines = [str(line) for line in block_card(small, "head").field_lines]
    assert "sees 64 × 64 of the 64 × 64" in lines[0].replace("\u00a0", " ")
    assert lines[1:] == [
        "It could see 188 or 204 px, but the input ends before that.",
        "Group norm is left out of it: its mean and variance come from the whole image.",
    ]


def test_a_concatenation_is_taken_apart_and_compared(paper: Trace) -> None:
    card = block_card(paper, "skip.3.join")
    assert card.join is not None
    assert str(card.join.summary) == "512 + 512 = 1024 channels, which the next convolution turns into 512"
    halves = [(half.block.sign, half.channels, half.below, str(half.fitted)) for half in card.join.halves]
    assert halves == [
        ("X^{4,0}", 512, True, "up-sampled to twice its height and width"),
        ("X^{3,0}", 512, False, "cropped by 4 px on every side"),
    ]
    assert [str(way.name) for way in card.ways] == [
        "concatenated, as it is", "added, at every level", "no skip at this level",
    ]  # fmt: skip
    assert card.ways[0].counts == (1024, 4_719_104, ORIGINAL["params"])
    others = [replace(PAPER, skip="add"), replace(PAPER, skip_levels=(0, 1, 2))]
    for way, other in zip(card.ways[1:], others, strict=True):
        total = sum(weight.numel() for weight in meta_model(other).parameters())
        assert way.counts == (512, 3 * 3 * 512 * 512 + 512, total)
        assert way.changes == (-512, -3 * 3 * 512 * 512, total - ORIGINAL["params"])
    assert block_card(paper, "decoder.3.conv2").ways == ()  # two traces that nobody asked for
    assert block_card(paper, "encoder.3.conv2").join is None


def test_every_other_way_to_join_is_named_or_refused_with_its_reason() -> None:
    nested = trace(UNetConfig(architecture="unet++", depth=2, padding="same", base_channels=4), (32, 32))
    refused = block_card(nested, "skip.X0_1.join").ways[2]
    assert "needs deep_supervision" in str(refused.refusal)
    added = trace(UNetConfig(depth=2, skip="add", base_channels=4), (188, 188))
    card = block_card(added, "skip.0.join")
    assert card.join is not None
    assert str(card.join.summary) == (
        "2 maps of 4 channels are added value by value; the next convolution turns the 4 channels into 4"
    )
    assert [(str(way.name), way.counts[0]) for way in card.ways] == [
        ("added, as it is", 4), ("concatenated, at every level", 8), ("no skip at this level", 4),
    ]  # fmt: skip
    none = trace(UNetConfig(depth=2, skip_levels=(1,), upsampling="nearest", base_channels=4), (188, 188))
    card = block_card(none, "up.0.conv1x1")
    assert card.join is not None and card.join.kind == "none"
    assert [(str(way.name), way.counts[0], way.changes[0]) for way in card.ways] == [
        ("no skip, as it is", 4, 0), ("with skips at this level", 8, 4),
    ]  # fmt: skip


def test_what_norms_do_and_keep() -> None:
    kept = {
        "batch": ["2 × 64 = 128 trained numbers", "2 × 64 = 128 running numbers, not trained"],
        "group": ["channels of a group: 64 / 8 = 8", "2 × 64 = 128 trained numbers", "It keeps no running numbers"],
        "instance": ["2 × 64 = 128 trained numbers", "It keeps no running numbers"],
    }
    for norm, starts in kept.items():
        lines = [str(line.text) for line in arithmetic(trace(replace(PAPER, norm=norm), (572, 572))["encoder.0.norm1"],
                                                       replace(PAPER, norm=norm))]  # fmt: skip
        assert lines[0].startswith(f"{norm.capitalize()} norm brings each")
        assert [line[: len(start)] for line, start in zip(lines[1:], starts, strict=True)] == starts


# --- whatever the network ---


def every_row() -> Iterator[tuple[UNetConfig, Trace, LayerRow]]:
    for config in sweep():
        for row in traced(config).rows:
            yield config, traced(config), row


def result_of(text: Message, row: LayerRow) -> int:
    """What the right side of an equation has to be, by the template it is written in."""
    units = {
        "parameters": row.parameters, "multiply-adds": row.macs, "trained": row.parameters, "running": row.buffers,
        "high": row.out_shape[1], "wide": row.out_shape[2], "channels": row.out_shape[0],
    }  # fmt: skip
    return next(wanted for word, wanted in units.items() if word in text.template)


def test_every_equation_is_true_and_says_what_its_row_says() -> None:
    seen: Counter[str] = Counter()
    for config, _, row in every_row():
        lines = arithmetic(row, config)
        said = "\n".join(str(line.text) for line in lines)
        for line in lines:
            found = EQUATION.search(str(line.text))
            seen[f"{row.kind} {line.text.template}"] += bool(found)
            if found:
                left, right = found.groups()
                assert value(left) == number(right), (name_of(config), row.name, str(line.text))
                if "group" not in line.text.template:
                    assert number(right) == result_of(line.text, row), (name_of(config), row.name, str(line.text))
        assert not row.parameters or f"= {row.parameters:,}" in said
        assert not row.macs or f"= {row.macs:,} multiply-adds" in said
        assert not row.buffers or f"= {row.buffers:,} running" in said
        changed = row.in_shapes and row.kind != "norm" and row.in_shapes[0][1:] != row.out_shape[1:]
        assert not changed or f"= {row.out_shape[1]} pixels high" in said
        assert row.in_shapes == () or said
    kinds = {key.split()[0] for key, count in seen.items() if count}
    assert kinds >= {"conv", "head", "pool", "upconv", "resize", "crop", "pad", "concat", "norm"}


def test_every_row_is_in_one_block_and_one_step_and_shares_sum_to_the_whole() -> None:
    for config in sweep():
        run = traced(config)
        every = blocks(run)
        assert Counter(row.name for block in every for row in block.rows) == Counter(row.name for row in run.rows)
        for block in every:
            assert [row for step in steps(block.rows) for row in step] == list(block.rows)
            assert len({row.node for row in block.rows}) == 1
            together = [{row.kind for row in step} for step in steps(block.rows)]
            assert sum("crop" in kinds for kinds in together) <= 1  # all crops, and the join that they are made for
            assert all(kinds & {"concat", "add"} for kinds in together if "crop" in kinds), name_of(config)
            assert all("conv" in kinds for kinds in together if kinds & {"pad", "norm", "relu", "dropout", "resize"})
            if block.rows[0].kind not in ("input", "head"):
                kinds = [row.kind for row in block.rows]
                assert kinds.count("conv") >= config.convs_per_block, name_of(config)
        assert len({(str(block.name), block.sign) for block in every}) == len(every), name_of(config)


def test_the_costs_of_all_blocks_together_are_those_of_the_network() -> None:
    for config in sweep()[::4]:
        run = traced(config)
        costs = [block_card(run, block.id).costs for block in blocks(run)]
        for kind, whole in enumerate((run.params, run.macs, run.bytes)):
            assert sum(cost[kind].part for cost in costs) == whole
            assert sum(cost[kind].share for cost in costs) == pytest.approx(1)


def test_neighbours_are_the_edges_of_the_trace() -> None:
    for config in sweep()[::3]:
        run = traced(config)
        of = {row.name: block.id for block in blocks(run) for row in block.rows}
        wanted = {(of[a], of[b]) for a, b in run.edges if of[a] != of[b]}
        reads = {(other.id, block.id) for block in blocks(run) for other in neighbours(run, block)[0]}
        feeds = {(block.id, other.id) for block in blocks(run) for other in neighbours(run, block)[1]}
        assert reads == feeds == wanted, name_of(config)


def test_the_field_is_that_of_the_slow_walk_over_sets() -> None:
    for config in sweep()[::3]:
        run = traced(config)
        for block in blocks(run):
            centre = block.out_shape[1] // 2, block.out_shape[2] // 2
            assert field(run, block).box == receptive_field(run, block.id, centre), (name_of(config), block.id)


@pytest.mark.parametrize("upsampling", ["transpose", "nearest", "bilinear"])
@pytest.mark.parametrize("architecture", ["unet", "unet++"])
def test_its_extents_are_all_that_occur_where_the_input_is_large_enough(architecture: str, upsampling: str) -> None:
    config = UNetConfig(architecture, base_channels=1, depth=3, padding="same", upsampling=upsampling)
    run = trace(config, (320, 320))
    for block in blocks(run):
        side = block.out_shape[1]
        found = {receptive_field(run, block.id, (side // 2 + k, side // 2 + k)).height for k in range(-4, 4)}
        seen = field(run, block)
        assert seen.heights == seen.widths == tuple(sorted(found)), block.id
        assert not seen.cut_off


def test_the_halves_of_a_join_are_what_it_reads() -> None:
    for config in sweep():
        run = traced(config)
        for block in blocks(run):
            card = block_card(run, block.id) if any(row.kind in ("upconv", "resize") for row in block.rows) else None
            if card is None or card.join is None or card.join.kind == "none":
                continue
            row = run[card.join.row]
            assert [half.channels for half in card.join.halves] == [shape[0] for shape in row.in_shapes]
            assert [half.below for half in card.join.halves] == [True] + [False] * (len(row.inputs) - 1)
            assert {half.block.id for half in card.join.halves} == {other.id for other in card.reads}
            for half in card.join.halves[1:]:
                taken = half.block.out_shape[1] - row.out_shape[1]
                assert ("nothing is cropped" in str(half.fitted)) == (taken == 0), name_of(config)
                assert taken == 0 or f"cropped by {taken // 2} px on every side" == str(half.fitted)


def above(model: nn.Module, name: str) -> list[nn.Module]:
    """The module of a path and those it lies in, the model itself left out."""
    parts = name.split(".")
    return [model.get_submodule(".".join(parts[:count])) for count in range(1, len(parts) + 1)]


def is_ours(module: nn.Module) -> bool:
    return type(module).__module__.startswith("unet_core")


def test_the_code_on_the_card_is_that_of_the_modules_that_run() -> None:
    for config in sweep()[::5]:
        model = meta_model(config)
        for row in traced(config).rows[1:]:
            module = model.get_submodule(row.name)
            shown = sources(row, config)
            code = "\n".join(source.code for source in shown)
            assert f"{type(module).__name__}(" in code, (name_of(config), row.name)
            ours = [f"class {type(module).__name__}(" for module in above(model, row.name) if is_ours(module)]
            assert all(head in code for head in ours), (name_of(config), row.name)
            if row.kind in ("conv", "relu", "norm", "pad", "dropout", "upconv", "resize", "head"):
                assert shown[0].line is not None
                made = shown[0].code.splitlines()[shown[0].line]
                assert type(module).__name__ in made or row.kind == "norm", made
    assert "def forward(self, image: Tensor)" in block_card(traced(PAPER), "input").sources[0].code


def test_what_does_not_exist_is_refused() -> None:
    with pytest.raises(ExplainedError, match="no layer is called nowhere"):
        block_card(traced(PAPER), "nowhere")
    with pytest.raises(ExplainedError, match="only a network built from a UNetConfig has blocks"):
        blocks(trace_model(nn.Sequential(nn.Conv2d(1, 2, 3)), (1, 8, 8)))
    same = trace_model(build_model(UNetConfig(depth=1, base_channels=2)), (1, 20, 20))
    assert block_card(same, "head").costs[0].part == 2 * 2 + 2


# --- as the browser gets it ---


def strings(part: object) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, (dict, list)):
        for inner in part.values() if isinstance(part, dict) else part:
            yield from strings(inner)


def shown_configs() -> list[UNetConfig]:
    """Every kind of operation, norm, join and architecture, small."""
    small = UNetConfig(depth=2, base_channels=8, dropout=0.5)
    return [
        small,
        replace(small, norm="batch", padding="same", kernel_size=4, upsampling="bilinear"),
        replace(small, norm="group", skip="add", skip_levels=(1,), upsampling="nearest"),
        replace(small, architecture="unet++", norm="instance", deep_supervision=True),
        replace(small, architecture="unet-e", skip="add", deep_supervision=True, padding="same"),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_operation_is_told_in_both_languages(language: str) -> None:
    kinds: set[str] = set()
    for config in shown_configs():
        for row in traced(config).rows:
            kinds.add(row.kind)
            payload = json.loads(card_payload(config, smallest_size(config), row.name, language))
            assert payload["selected"] == row.name
            assert [own["id"] for own in payload["operations"]["items"] if own["selected"]] == [row.name]
            payload.pop("source")
            assert not [text for text in strings(payload) if re.search(r"\{(?!\d+,\d+\})|Message\(", text)]
            work = payload["work"]
            said = [payload["title"], work["does"], *(line["text"] + line["terms"] for line in work["lines"])]
            latin = [re.findall("[A-Za-z]{4,}", re.sub("ReLU|logit", "", text)) for text in said]
            assert language == "en" or not any(latin), said
    assert kinds == {row.kind for config in sweep() for row in traced(config).rows}
    assert json.loads(card_payload(PAPER, (572, 572), None, language))["quiet"] == translated(
        "Click a block to see what it computes and what it costs.", language
    )


def test_the_drawing_of_the_field_is_to_scale() -> None:
    for row in ("encoder.0.conv1", "bottleneck.relu2", "head"):
        drawn = json.loads(card_payload(PAPER, (572, 572), row, "en"))["field"]["drawing"]
        seen = field(trace(PAPER, (572, 572)), block_of(trace(PAPER, (572, 572)), row))
        scale = drawn["input"]["width"] / 572
        assert drawn["field"]["width"] == pytest.approx(max(seen.box.width * scale, 2.5), abs=0.1)
        assert drawn["field"]["x"] - 1 == pytest.approx((seen.box.left + seen.box.width / 2) * scale
                                                        - drawn["field"]["width"] / 2, abs=0.1)  # fmt: skip
        assert drawn["fieldText"] == f"{seen.box.height} × {seen.box.width}"


@pytest.mark.parametrize(
    "picked", [None, "pool.0", {"row": "nowhere"}, {"row": 7}, {"row": ["pool.0"]}, {"row": "head"}]
)
def test_what_the_browser_picks_is_looked_up(picked: object, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen: list[str] = []
    monkeypatch.setattr(view, "workbench", lambda: Workbench(PAPER, selected="head"))
    monkeypatch.setattr(view, "select", chosen.append)
    monkeypatch.setattr(view, "st", SimpleNamespace(session_state={view.KEY: {"picked": picked}}))
    view._picked()
    assert chosen == []  # a second pick of the selected row would let go of it
    monkeypatch.setattr(view, "st", SimpleNamespace(session_state={view.KEY: {"picked": {"row": "pool.0"}}}))
    view._picked()
    view._closed()
    assert chosen == ["pool.0", "head"]
