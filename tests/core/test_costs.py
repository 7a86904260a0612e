"""Costs by part against the totals, against networks that really run and really learn, and against known counts."""

from collections import Counter
from dataclasses import replace
from math import prod

import pytest
import torch
from torch import nn

from tests.core.sweep import FACTS, name_of, smallest_size, sweep, traced
from unet_core.config import PRESETS, UNetConfig
from unet_core.costs import (
    ADAMW_COPIES,
    doubling_says,
    encoder_macs,
    fullest,
    megabytes,
    millions,
    parts,
    ratio_text,
    ratios,
    training_bytes,
    using_bytes,
    variants,
)
from unet_core.models import build_model
from unet_core.trace import Trace, trace, trace_model

PAPER = PRESETS["unet-2015"]


def test_the_parts_of_every_network_make_up_its_totals() -> None:
    for config in sweep():
        rows = traced(config)
        most = fullest(rows)
        found = parts(rows, most)
        assert sum(part.parameters for part in found) == rows.params, name_of(config)
        assert sum(part.macs for part in found) == rows.macs
        assert sum(part.kept for part in found) == rows.bytes
        assert sum(part.used for part in found) == most.bytes
        assert Counter(name for part in found for name in part.rows) == Counter(row.name for row in rows.rows)
        levels = [part.level for part in found]
        assert levels == sorted(levels) and set(levels) == set(range(config.depth + 1))
        assert len(found) == (config.depth + 1 if config.nested else 2 * config.depth + 1)


def test_the_paper_by_level_and_side() -> None:
    rows = trace(PAPER, (572, 572))
    known = FACTS["unet_original"]["macs_per_op"]
    for part in parts(rows, fullest(rows)):
        name = {"encoder": "enc", "bottleneck": "enc", "decoder": "dec"}[part.side] + str(part.level)
        others = {"dec0": known["up0"] + known["out"], "dec1": known["up1"], "dec2": known["up2"], "dec3": known["up3"]}
        assert part.macs == sum(known[name]) + others.get(name, 0)
    assert encoder_macs(rows) == [sum(known[f"enc{level}"]) for level in range(5)]


def measured_peak(model: nn.Module, rows: Trace) -> int:
    """Bytes in memory at the fullest moment of a real run, layer by layer, each map dropped after its last reader."""
    model.eval()
    left = Counter(source for row in rows.rows for source in row.inputs)
    left.update(rows.outputs)
    maps = {"input": torch.rand((1, *rows.rows[0].out_shape))}
    most = 0
    for row in rows.rows:
        if row.inputs:
            with torch.inference_mode():
                maps[row.name] = model.get_submodule(row.name)(*(maps[name] for name in row.inputs))
        storages = {each.untyped_storage().data_ptr(): each.untyped_storage().nbytes() for each in maps.values()}
        most = max(most, sum(storages.values()))
        left.subtract(row.inputs)
        maps = {name: each for name, each in maps.items() if left[name] > 0}
    return most


TINY = [
    UNetConfig(base_channels=2, depth=2, convs_per_block=1),
    UNetConfig(base_channels=4, depth=3, padding="same", norm="batch", dropout=0.5),
    UNetConfig(base_channels=3, depth=2, padding="same", upsampling="bilinear", skip="add", skip_levels=(1,)),
    UNetConfig("unet++", base_channels=2, depth=3, padding="same", deep_supervision=True),
    UNetConfig("unet+", base_channels=2, depth=2, kernel_size=3, norm="instance"),
    UNetConfig("unet++", base_channels=2, depth=2, skip="add", classes=5),
    UNetConfig(base_channels=2, depth=2, padding="same", kernel_size=2, growth=3, in_channels=4),
]


@pytest.mark.parametrize("config", TINY, ids=name_of)
def test_the_fullest_moment_is_that_of_a_real_run(config: UNetConfig) -> None:
    rows = trace(config, smallest_size(config))
    assert fullest(rows).bytes == measured_peak(build_model(config), rows)


def test_in_use_dropout_takes_no_memory() -> None:
    model = nn.Sequential(nn.Conv2d(1, 8, 1), nn.Dropout())
    rows = trace_model(model, (1, 4, 4))
    assert fullest(rows).bytes == measured_peak(model, rows) == 4 * (1 + 8) * 16


def test_the_fullest_moment_is_the_largest_of_all_moments() -> None:
    """Row by row, without any bookkeeping: what was made by then and is still read from then on."""
    for config in sweep()[::6]:
        rows, owner = traced(config), {}
        for row in rows.rows:
            owner[row.name] = owner[row.inputs[0]] if row.kind in ("crop", "dropout") else row.name
        readers = [({owner[name] for name in (*row.inputs, row.name)}) for row in rows.rows]
        outputs = {owner[name] for name in rows.outputs}
        moments = [
            {name for row in rows.rows[: now + 1] for name in (owner[row.name],)}
            & (outputs | set().union(*readers[now:]))
            for now in range(len(rows.rows))
        ]
        sizes = [sum(rows[name].bytes for name in moment) for moment in moments]
        most = fullest(rows)
        assert most.bytes == max(sizes) == sum(most.live.values())
        assert most.at == rows.rows[sizes.index(max(sizes))].name


def test_training_keeps_every_map_and_four_numbers_for_each_parameter() -> None:
    config = UNetConfig(base_channels=2, depth=1, padding="same")
    model = build_model(config)
    adamw = torch.optim.AdamW(model.parameters())
    model(torch.rand((1, 1, 16, 16))).sum().backward()
    adamw.step()
    held = [*model.parameters(), *(each.grad for each in model.parameters() if each.grad is not None)]
    held += [state[name] for state in adamw.state.values() for name in ("exp_avg", "exp_avg_sq")]
    rows = trace(config, (16, 16))
    assert sum(each.numel() for each in held) == ADAMW_COPIES * rows.params
    maps = sum(4 * prod(row.out_shape) for row in rows.rows)
    assert training_bytes(rows) == 4 * sum(each.numel() for each in held) + maps
    assert using_bytes(rows, fullest(rows)) == 4 * rows.params + fullest(rows).bytes


def test_twice_the_filters_are_four_times_the_parameters() -> None:
    before, after = (trace(replace(PAPER, base_channels=base), (572, 572)) for base in (64, 128))
    effect = ratios(before, after)
    texts = [ratio_text(ratio) for ratio in (effect.parameters, effect.macs, effect.memory)]
    assert texts == ["4.0", "4.0", "2.0"]
    assert effect.parameters == after.params / before.params


def test_ratios_and_millions_keep_two_digits() -> None:
    ratios_said = {4.0: "4.0", 1.0: "1.00", 1.004: "1.00", 1.1: "1.1", 0.25: "0.25", 0.0031: "0.0031", 1234.5: "1,234"}
    assert {ratio: ratio_text(ratio) for ratio in ratios_said} == ratios_said
    said = {12_080_353_536: "12,080", 3_500_000: "3.5", 31_000: "0.031", 9_960_000: "10"}
    assert {count: millions(count) for count in said} == said
    assert [megabytes(count) for count in (1_267_079_376, 962_000, 31_000)] == ["1,267.1", "1.0", "0.031"]


def test_without_doubling_the_deep_levels_do_next_to_nothing() -> None:
    pair = variants(PAPER)
    assert pair is not None
    doubled, even = (trace(config, (572, 572)) for config in pair)
    assert pair[0] == PAPER
    assert max(encoder_macs(doubled)) < 2 * min(encoder_macs(doubled))
    assert encoder_macs(even)[4] < encoder_macs(even)[0] / 100
    says = " ".join(map(str, doubling_says(doubled, even)))
    assert "do 12,080 · 17,424 · 16,526 · 14,802 · 11,645 million" in says
    assert "with 64 filters everywhere they do 12,080 · 5,822 · 1,384 · 312 · 62." in says
    assert "31,030,658 with doubling, 841,794 without" in says
    capped = [trace(replace(config, max_channels=256), (572, 572)) for config in pair]
    assert "stop doubling at 256" in str(doubling_says(*capped)[-1])
    assert "stop" not in says
    assert variants(UNetConfig(base_channels=8, norm="group", growth=1, max_channels=12)) is None
