"""Two networks beside each other, against what is known of them from elsewhere: the article's wiring, closed forms, the
facts file, and the trace of each network by itself."""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from unet_core.config import PRESETS, UNetConfig
from unet_core.pairing import Pair
from unet_core.pairing.aligned import Aligned, aligned, moment
from unet_core.pairing.cost import cost
from unet_core.pairing.differences import differences, sentence, wiring
from unet_core.pairing.inner import inner_unet, left_by_pruning, prunings
from unet_core.pairing.layers import layers
from unet_core.pairing.match import width_by_time, width_for, widths
from unet_core.pairing.reads import reads
from unet_core.pairing.road import road
from unet_core.sizes import closest_legal, is_legal
from unet_core.trace import Trace, trace

FACTS = json.loads((Path(__file__).parents[1] / "oracles" / "unet_facts.json").read_text())
A, B = PRESETS["classroom"], PRESETS["classroom++"]
CONTROLLED = Pair(A, B)
traced = cache(trace)
UNUSUAL = [
    Pair(PRESETS["unet-2015"], PRESETS["unet++-2018"]), Pair(B, A), Pair(A, A),
    Pair(UNetConfig(depth=1, padding="same"), UNetConfig(depth=6, base_channels=2, padding="same")),
    Pair(UNetConfig(architecture="unet++", depth=6, base_channels=2, padding="same"), UNetConfig(depth=1)),
    Pair(UNetConfig(kernel_size=2, base_channels=4), B), Pair(A, replace(B, skip_levels=(), deep_supervision=True)),
    Pair(replace(A, architecture="unet-e", deep_supervision=True), replace(B, architecture="unet+")),
]  # fmt: skip


@cache
def drawing(pair: Pair = CONTROLLED) -> Aligned:
    return aligned(pair, tracing=traced)


# --- the pair and the road ---


@pytest.mark.parametrize("pair", UNUSUAL)
def test_any_two_networks_get_sizes_and_a_road(pair: Pair) -> None:
    for config, (height, width) in zip(pair.configs, pair.sizes, strict=True):
        assert height == width and is_legal(config, height) and abs(height - 256) <= 64
    stops = road(pair)
    assert (stops[0].config, stops[-1].config) == pair.configs and len(stops) >= 2
    assert all(str(stop.says) and is_legal(stop.config, stop.size[0]) for stop in stops)


def test_what_fits_both_is_the_size_of_both() -> None:
    deeper = replace(A, depth=6)
    assert Pair(A, deeper, 250).sizes == ((256, 256), (256, 256)) and closest_legal(A, 250) == 248
    a, b = Pair(PRESETS["unet-2015"], A, 256).sizes
    assert (a[0], b[0]) == (252, 256)


def test_the_road_of_the_article() -> None:
    names = ["U-Net", "U-Net^e", "U-Net+", "U-Net++"]
    assert [str(stop.name) for stop in road(Pair(A, B))] == names
    assert [str(stop.name) for stop in road(Pair(B, A))] == names[::-1]
    supervised = road(Pair(A, replace(B, deep_supervision=True)))
    assert [str(stop.name) for stop in supervised] == [*names, "U-Net++, all heads"]
    assert len({str(stop.says) for stop in supervised}) == 5
    assert "depths 1 and 2" in str(supervised[1].says) and "short skips" in str(supervised[2].says)


def test_every_difference_is_named_and_the_wiring_is_no_further_one() -> None:
    assert differences(A, B) == () and "in the wiring only" in str(sentence(A, B))
    told = str(sentence(PRESETS["unet-2015"], PRESETS["unet++-2018"]))
    assert "64 against 32 filters at the top, valid against same padding, 2 against 1 classes" in told
    assert [str(part) for part in wiring(B, replace(B, deep_supervision=True))] == [
        "without deep supervision against with deep supervision"
    ]
    other = UNetConfig(in_channels=3, classes=5, base_channels=8, depth=2, kernel_size=5, convs_per_block=1, growth=3,
                       padding="same", norm="group", upsampling="bilinear", skip="add", skip_levels=(1,), dropout=0.5,
                       max_channels=16)  # fmt: skip
    changed = [name for name, value in other.to_dict().items() if UNetConfig().to_dict()[name] != value]
    assert len(differences(UNetConfig(), other)) == len(changed) == 14
    assert "same network" in str(sentence(A, A))


# --- the drawing ---


def test_a_node_on_its_way_at_0_half_and_1() -> None:
    """X^{0,2} unfolds from the bottleneck of its inner U-Net, X^{2,0}, as U-Net becomes U-Net^e; then it stays."""
    part, root = drawing().by_id["0,2"], drawing().by_id["2,0"]
    places = [moment(drawing(), t).places["0,2"] for t in (0, 0.5, 1)]
    assert places[0] == pytest.approx(root.places[0]) and places[2] == pytest.approx(part.places[1])
    assert places[1] == pytest.approx([(one + other) / 2 for one, other in zip(places[0], places[2], strict=True)])
    assert [moment(drawing(), t).there["0,2"] for t in (0, 0.5, 1, 3)] == [0, 0.5, 1, 1]
    assert part.places[1] == part.places[2] == part.places[3]
    with pytest.raises(ValueError, match=r"0\.\.3"):
        moment(drawing(), 3.1)


def test_shared_nodes_stand_in_one_place_and_cells_are_the_article_s() -> None:
    for part in drawing().parts:
        if part.whose == "both":
            assert len(set(part.places)) == 1, part.id
    x = {part.id: part.places[-1][:2] for part in drawing().parts if part.kind == "node"}
    pitch, rise = x["1,0"][0] - x["0,0"][0], x["1,0"][1] - x["0,0"][1]
    for name, (left, top) in x.items():
        level, step = map(int, name.split(","))
        assert left - x["0,0"][0] == pytest.approx((level + 2 * step) * pitch)
        assert top - x["0,0"][1] == pytest.approx(level * rise)


def test_what_only_one_has_and_what_is_changed() -> None:
    """Of depth 3, U-Net++ has three nodes more; in both, X^{1,2} and X^{0,3} read more in it than in the U-Net."""
    whose = {part.id: part.whose for part in drawing().parts}
    assert {name for name, one in whose.items() if one == "b"} == {"0,1", "0,2", "1,1"}
    assert {name for name, one in whose.items() if one == "way"} == {"L1", "L2"}
    assert {part.id for part in drawing().parts if part.changed} == {"1,2", "0,3"}
    skips = [link.id for link in drawing().links if link.kind == "skip" and link.there[-1] == 1]
    assert len(skips) == 1 + 3 + 6  # on level i, step j has j of them
    back = drawing(Pair(B, A))
    gone = {part.id: part.there[-1] for part in back.parts if part.whose == "a"}
    assert gone.keys() == {"0,1", "0,2", "1,1"} and all(0 < there < 1 for there in gone.values())


def test_a_long_skip_slides_into_a_short_one() -> None:
    links = {link.id: link for link in drawing().links}
    long, short = links["skip 0,0>0,3"], links["skip 0,2>0,3"]
    assert (long.there[1], long.there[2]) == (1, 0) and (short.there[1], short.there[2]) == (0, 1)
    assert long.courses[1] == short.courses[1] and long.courses[2] == short.courses[2]


def test_in_plain_u_nets_the_levels_of_the_decoder_are_partners() -> None:
    pair = Pair(A, replace(A, depth=5))
    part = drawing(pair).by_id["1,d"]
    assert part.whose == "both" and part.places[0][1] == part.places[-1][1] and part.places[0][0] < part.places[-1][0]
    assert [box.label for box in part.boxes if box] == ["X1,2", "X1,4"]


@pytest.mark.parametrize("pair", UNUSUAL)
def test_nothing_leaves_the_sheet_and_every_arrow_ends_at_parts(pair: Pair) -> None:
    drawn = drawing(pair)
    steps = len(drawn.stops) - 1
    for t in (0, 0.5, steps):
        for x, y, width, height in moment(drawn, t).places.values():
            assert min(x, y) >= 0 and x + width <= 1000 and y + height <= 500
    assert all({link.source, link.target} <= drawn.by_id.keys() for link in drawn.links)
    for end in (0, -1):
        boxes = [part.boxes[end] for part in drawn.parts if part.boxes[end]]
        assert {row for box in boxes for row in box.rows} == {row.name for row in drawn.traces[end].rows}


# --- what a node reads ---


@pytest.mark.parametrize("name", ["unet", "unet-e", "unet+", "unet++"])
def test_a_node_reads_what_the_wiring_says(name: str) -> None:
    """By the article: all to the left, the neighbour, or the encoder; channels of level i are 32 * 2^i."""
    config = UNetConfig(architecture=name, base_channels=32, padding="same", deep_supervision=name == "unet-e")
    run = traced(config, (64, 64))
    nodes = {row.node for row in run.rows if row.node and row.node[1]}
    for level, step in nodes:
        left = {"unet++": range(step), "unet+": [step - 1], "unet-e": [0], "unet": [0]}[name]
        each = 32 * 2**level
        told = (f"X^({level},{step}) reads {', '.join(f'X^({level},{k})' for k in left)} and the up-sampled "
                f"X^({level + 1},{step - 1}): {' + '.join([str(each)] * (len(left) + 1))} = "
                f"{each * (len(left) + 1)} channels")  # fmt: skip
        assert str(reads(run, (level, step))) == told
    assert str(reads(run, (0, 0))) == "X^(0,0) reads the image: 1 channels"
    assert str(reads(run, (2, 0))) == "X^(2,0) reads X^(1,0) after max-pooling: 64 channels"
    with pytest.raises(KeyError):
        reads(run, (3, 3))


def test_added_and_missing_skips_are_told() -> None:
    added = traced(replace(A, skip="add"), (64, 64))
    assert str(reads(added, (1, 2))).endswith("X^(2,1), and adds them: 32 channels")
    missing = traced(replace(A, skip_levels=(0,)), (64, 64))
    assert str(reads(missing, (1, 2))) == "X^(1,2) reads the up-sampled X^(2,1) alone: 32 channels"
    cropped = traced(PRESETS["unet-2015"], (188, 188))
    assert "X^(3,0) and the up-sampled X^(4,0): 512 + 512 = 1024" in str(reads(cropped, (3, 1)))


# --- layers side by side ---


@pytest.mark.parametrize("pair", UNUSUAL)
def test_every_layer_stands_in_the_table_once(pair: Pair) -> None:
    drawn = drawing(pair)
    known = layers(drawn)
    assert len({layer.id for layer in known}) == len(known)
    for end, side in ((0, "a"), (-1, "b")):
        rows = [row for layer in known if (row := getattr(layer, side))]
        assert {row.name for row in rows} == {row.name for row in drawn.traces[end].rows} and len(rows) == len(
            drawn.traces[end].rows
        )
    assert all(layer.part in drawn.by_id for layer in known)
    if pair.same:
        assert {layer.state for layer in known} == {"same"}


def test_which_layers_are_changed() -> None:
    """What differs between the two is what joins, and the convolution behind it, where U-Net++ has more skips."""
    states = {layer.id: layer.state for layer in layers(drawing())}
    assert {name for name, state in states.items() if state == "changed"} == {"1,2 join", "1,2 conv1", "0,3 join",
                                                                              "0,3 conv1"}  # fmt: skip
    assert {name.split(" ")[0] for name, state in states.items() if state == "b"} == {"0,1", "0,2", "1,1"}
    assert not {name for name, state in states.items() if state == "a"}


# --- inside, and what pruning leaves ---


def test_the_u_net_inside_and_what_is_left() -> None:
    assert set(inner_unet(2)) == {(0, 0), (1, 0), (2, 0), (1, 1), (0, 2)}
    assert [len(left_by_pruning(level)) for level in (1, 2, 3, 4)] == [3, 6, 10, 15]
    found = prunings(PRESETS["unet++-2018"], (256, 256), traced)
    smaller = UNetConfig(architecture="unet++", classes=1, base_channels=32, padding="same", depth=2)
    assert found[1].parameters == traced(smaller, (256, 256)).params
    assert found[-1].parameter_share == pytest.approx(1, abs=1e-3)  # without the heads L1 to L3
    assert all(one.trained for one in found)
    cut = UNetConfig(architecture="unet++", depth=2, padding="same", skip_levels=(), deep_supervision=True)
    assert [one.level for one in prunings(cut, (64, 64), traced)] == [1]
    assert [one.trained for one in prunings(B, (256, 256), traced)] == [False, False, True]


# --- costs and fair budgets ---


def test_at_equal_width_by_the_facts_file() -> None:
    """1.17 times the parameters, 2.47 times the work: the facts of both public networks at 32 filters, depth 4."""
    plain = UNetConfig(base_channels=32, padding="same", classes=1)
    nested = replace(plain, architecture="unet++")
    a, b = (cost(traced(config, (256, 256))) for config in (plain, nested))
    assert (round(b.parameters / a.parameters, 2), round(b.macs / a.macs, 2)) == (1.17, 2.47)
    assert f"{b.parameters:,}" == "9,041,601"
    assert FACTS["unet_original"]["params"] == cost(traced(UNetConfig(), (572, 572))).parameters


def test_paths_and_field_in_closed_form() -> None:
    """The longest way of both: two convolutions a block down and up, an up-convolution a level, the head."""
    for depth in (1, 2, 3):
        for config in (replace(A, depth=depth), replace(B, depth=depth)):
            found = cost(traced(config, (64, 64)))
            assert found.longest == 2 * (2 * depth + 1) + depth + 1
            assert found.shortest == 5  # along the skip of the uppermost level
    without = cost(traced(replace(A, skip_levels=()), (64, 64)))
    assert without.shortest == without.longest
    assert cost(traced(UNetConfig(base_channels=1), (188, 188))).field in (188, 204)
    assert cost(traced(UNetConfig(base_channels=1, depth=6, kernel_size=9, convs_per_block=4, padding="same"),
                       (64, 64))).field is None  # fmt: skip


def test_the_width_of_a_fair_budget_is_the_nearest_by_trying_all() -> None:
    def params(config: UNetConfig) -> int:
        return traced(config, (64, 64)).params

    target = params(A)
    tried = {base: abs(params(replace(B, base_channels=base)) - target) for base in range(11, 20)}
    assert width_for(B, target, params) == min(tried, key=lambda base: (tried[base], base)) == 15
    grouped = replace(B, norm="group")
    assert widths(grouped)[:3] == (8, 16, 24) and width_for(grouped, target, params) in (8, 16)
    assert (width_for(B, 0, params), width_for(B, 10**12, params)) == (1, 256)


@pytest.mark.parametrize(("start", "same"), [(12, 11), (40, 11), (2, 11), (200, 90), (1, 1), (256, 256)])
def test_the_width_of_equal_time_is_found_in_a_few_trials(start: int, same: int) -> None:
    trials = []

    def times(config: UNetConfig) -> float:
        trials.append(config.base_channels)
        return (config.base_channels / same) ** 1.6

    width, ratio = width_by_time(B, start, times)
    assert len(trials) <= 6 and len(set(trials)) == len(trials)
    assert abs(width - same) <= max(1, 0.1 * same) and ratio == pytest.approx((width / same) ** 1.6)


def test_a_trace_is_asked_once_for_each_stop() -> None:
    asked: list[UNetConfig] = []

    def counting(config: UNetConfig, size: tuple[int, int]) -> Trace:
        asked.append(config)
        return traced(config, size)

    aligned(Pair(A, B), tracing=counting)
    assert len(asked) == 4 and len(set(asked)) == 4
