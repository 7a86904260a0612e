"""The trace against counters and tracers that share nothing with it, and on networks that are not ours."""

import threading
from dataclasses import FrozenInstanceError, replace

import pytest
import torch
from torch import Tensor, fx, nn
from torch.utils.flop_counter import FlopCounterMode

from tests.core.sweep import FACTS, meta_model, name_of, smallest_size, sweep, traced
from unet_core.blocks import Add, Concat, Crop
from unet_core.config import PRESETS, UNetConfig
from unet_core.models import build_model
from unet_core.sizes import SizeError
from unet_core.trace import Trace, trace, trace_model

PAPER = PRESETS["unet-2015"]
BOXES = (nn.Conv2d, nn.ConvTranspose2d, nn.MaxPool2d, nn.Upsample, nn.ZeroPad2d, nn.BatchNorm2d, nn.GroupNorm,
         nn.InstanceNorm2d, nn.ReLU, nn.Dropout, Crop, Concat, Add)  # fmt: skip


def image_for(config: UNetConfig) -> Tensor:
    return torch.empty((1, config.in_channels, *smallest_size(config)), device="meta")


# --- against what shares nothing with it ---


@pytest.mark.parametrize("config", sweep(), ids=name_of)
def test_macs_are_half_of_the_flops_that_pytorch_counts(config):
    model = meta_model(config)
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        model(image_for(config))
    assert 2 * traced(config).macs == counter.get_total_flops() > 0


@pytest.mark.parametrize("config", sweep(), ids=name_of)
def test_parameters_and_running_numbers_are_those_of_the_model(config):
    rows, model = traced(config).rows, meta_model(config)
    assert sum(row.parameters for row in rows) == sum(p.numel() for p in model.parameters())
    assert sum(row.buffers for row in rows) == sum(b.numel() for n, b in model.named_buffers() if "running" in n)


class BoxTracer(fx.Tracer):
    """Symbolic tracing with the drawn boxes as leaves; it sees no tensor and no size."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return isinstance(m, BOXES)


@pytest.mark.parametrize("config", sweep(), ids=name_of)
def test_the_graph_is_that_of_torch_fx(config):
    graph = BoxTracer().trace(meta_model(config))
    names = {node: "input" if node.op == "placeholder" else node.target for node in graph.nodes}
    calls = [node for node in graph.nodes if node.op == "call_module"]
    assert {node.op for node in graph.nodes} == {"placeholder", "call_module", "output"}
    ours = traced(config)
    assert [row.name for row in ours.rows] == ["input", *(node.target for node in calls)]
    expected = [(names[source], node.target) for node in calls for source in node.all_input_nodes]
    assert list(ours.edges) == expected
    assert list(ours.outputs) == [names[node] for node in graph.find_nodes(op="output")[0].all_input_nodes]


@pytest.mark.parametrize("config", sweep(), ids=name_of)
def test_the_shortcut_gives_the_rows_of_a_full_run(config):
    short = traced(config)
    full = trace_model(meta_model(config), (config.in_channels, *smallest_size(config)))
    assert short.rows == full.rows
    assert (short.outputs, short.config) == (full.outputs, full.config)


@pytest.mark.parametrize("config", sweep()[::8], ids=name_of)
def test_shapes_and_memory_are_those_of_the_tensors(config):
    """Caught by forward hooks of a run of our own."""
    seen: dict[str, tuple[list[tuple[int, ...]], tuple[int, ...]]] = {}
    handles = []
    for name, module in meta_model(config).named_modules():
        if isinstance(module, BOXES):
            handles.append(module.register_forward_hook(
                lambda _, inputs, output, name=name: seen.update({name: ([x.shape for x in inputs], output.shape)})
            ))  # fmt: skip
    with torch.inference_mode():
        meta_model(config)(image_for(config))
    for handle in handles:
        handle.remove()
    first, *rows = traced(config).rows
    assert (first.kind, first.out_shape) == ("input", (config.in_channels, *smallest_size(config)))
    assert {row.name for row in rows} == set(seen)
    for row in rows:
        inputs, output = seen[row.name]
        assert (list(row.in_shapes), row.out_shape) == ([tuple(s[1:]) for s in inputs], tuple(output[1:]))
        assert row.bytes == torch.empty(output, dtype=torch.float32, device="meta").nbytes


# --- the published numbers ---


def test_the_whole_trace_of_the_paper_net():
    rows = trace(PAPER, (572, 572)).rows
    ours = [(row.kind, list(row.out_shape)) for row in rows if row.kind not in ("relu", "crop")]
    names = {"conv1": "conv", "conv2": "conv", "pool": "pool", "upconv": "upconv", "concat": "concat",
             "conv1x1": "head", "input": "input"}  # fmt: skip
    assert ours == [(names[name.split(".")[-1]], shape) for name, shape in FACTS["unet_original"]["trace"]]
    assert sum(row.kind in ("conv", "upconv", "head") for row in rows) == 23
    crops = [(row.in_shapes[0][-1] - row.out_shape[-1]) // 2 for row in rows if row.kind == "crop"]
    assert crops == [4, 16, 40, 88]


def test_the_work_of_every_layer_of_the_paper_net():
    ours, facts = trace(PAPER, (572, 572)), FACTS["unet_original"]["macs_per_op"]
    expected = {f"encoder.{level}.conv{n}": facts[f"enc{level}"][n - 1] for level in range(4) for n in (1, 2)}
    expected |= {f"decoder.{level}.conv{n}": facts[f"dec{level}"][n - 1] for level in range(4) for n in (1, 2)}
    expected |= {f"bottleneck.conv{n}": facts["enc4"][n - 1] for n in (1, 2)}
    expected |= {f"up.{level}.upconv": facts[f"up{level}"] for level in range(4)} | {"head": facts["out"]}
    assert {row.name: row.macs for row in ours.rows if row.macs} == expected
    assert ours.macs == FACTS["unet_original"]["macs"] == 150_428_424_448
    assert ours.params == 31_030_658


def test_the_table_of_the_batch_norm_variant():
    rows = trace(PRESETS["unet-2015-bn"], (572, 572)).rows
    convolutions = [row.parameters for row in rows if row.kind == "conv"]
    assert convolutions[:8] == [640, 36928, 73856, 147584, 295168, 590080, 1180160, 2359808]
    norms = [(row.out_shape[0], row.parameters, row.buffers) for row in rows if row.kind == "norm"]
    assert norms[0] == (64, 128, 128)  # Keras prints the 256 of both
    assert all(trained == running == 2 * channels for channels, trained, running in norms)
    assert len(norms) == len(convolutions) == 18
    public = FACTS["implementations"]["milesial_3_2"]  # counts each norm's batch counter as a number too
    assert sum(running for _, _, running in norms) == public["bn_buffers"] - len(norms)


@pytest.mark.parametrize(
    ("config", "side", "macs"),
    [
        (replace(PRESETS["unet++-2018"], deep_supervision=False), 96, FACTS["unetpp_official"]["macs_96"]),
        (replace(PRESETS["unet++-2018"], deep_supervision=False), 256, FACTS["unetpp_official"]["macs_256"]),
        (replace(PRESETS["unet++-2018"], deep_supervision=False), 512, FACTS["unetpp_official"]["macs_512"]),
        (UNetConfig(classes=1, base_channels=32, padding="same"), 256,
         FACTS["unet_baselines_in_unetpp_repo"]["macs_256_unet_base32"]),
        (UNetConfig(in_channels=3, padding="same", norm="batch"), 256,
         FACTS["implementations"]["milesial_3_2"]["macs_batch1"]),
        (UNetConfig(base_channels=4), 188, FACTS["mac_counter_disagreement"]["analytic"]),
    ],
)  # fmt: skip
def test_the_work_that_others_measured(config, side, macs):
    assert trace(config, (side, side)).macs == macs


@pytest.mark.parametrize("level", [1, 2, 3, 4])
def test_the_work_of_the_pruned_nets(level):
    config = replace(PRESETS["unet++-2018"], deep_supervision=False, depth=level)
    assert trace(config, (256, 256)).macs == FACTS["unetpp_official"]["pruned_macs_256"][f"L{level}"]


def test_nodes_are_the_papers_levels_and_steps():
    nested = trace(PRESETS["unet++-2018"], (96, 96))
    grid = {(i, j) for i in range(5) for j in range(5 - i)}
    assert {row.node for row in nested.rows} == grid | {None}
    for row in nested.rows[1:]:
        side, channels = 96 >> row.node[0], 32 << row.node[0]
        assert row.out_shape[1:] == (side, side)
        assert row.kind in ("pool", "concat", "head") or row.out_shape[0] == channels
    assert nested.outputs == ("head.L1", "head.L2", "head.L3", "head.L4")
    plain = trace(PAPER, (572, 572))
    assert {row.node for row in plain.rows[1:]} == {(i, 0) for i in range(5)} | {(i, 4 - i) for i in range(4)}
    assert plain["bottleneck.conv2"].node == (4, 0)
    assert plain["pool.0"].node == (1, 0)  # the pooling leads into its level
    assert plain.outputs == ("head",)


def test_every_box_has_its_row():
    config = UNetConfig(upsampling="bilinear", kernel_size=2, padding="same", skip="add", norm="batch", dropout=0.1)
    same = {row.kind for row in trace(config, (32, 32)).rows}
    assert same == {"input", "pad", "conv", "norm", "relu", "dropout", "pool", "resize", "add", "head"}
    assert {row.kind for row in trace(PAPER, (188, 188)).rows} >= {"crop", "concat", "upconv"}


# --- its manners ---


def test_a_trace_is_frozen_and_looked_up_by_name():
    paper = trace(PAPER, (188, 188))
    assert paper["head"].out_shape == (2, 4, 4)
    assert "head" in paper
    assert "heads" not in paper
    with pytest.raises(KeyError):
        paper["heads"]
    with pytest.raises(FrozenInstanceError):
        paper.rows[1].macs = 0
    assert paper == trace(PAPER, (188, 188))
    assert paper.bytes == sum(row.bytes for row in paper.rows)


def test_a_size_that_does_not_fit_is_refused_before_anything_is_built():
    with pytest.raises(SizeError, match="nearest are 508 x 508 and 524 x 524"):
        trace(PAPER, (512, 512))


def test_the_order_of_inputs_is_that_of_the_call():
    crop, join = (trace(PAPER, (572, 572))[f"skip.0.{name}"] for name in ("crop.0", "join"))
    assert crop.inputs == ("encoder.0.relu2", "up.0.upconv")
    assert crop.in_shapes == ((64, 568, 568), (64, 392, 392))
    assert join.inputs == ("up.0.upconv", "skip.0.crop.0")


def test_two_threads_trace_at_once():
    """Different networks, each beside the other, come out as alone."""
    configs = [c for c in sweep() if 2 <= c.depth <= 3][:12]
    alone = [trace(config, smallest_size(config)) for config in configs]
    model = build_model(PRESETS["classroom"])
    expected = trace_model(model, (1, 32, 32))
    found: dict[int, list[Trace]] = {}
    start = threading.Barrier(3)

    def work(number: int) -> None:
        start.wait()
        found[number] = [trace(config, smallest_size(config)) for config in configs]
        found[number].append(trace_model(model, (1, 32, 32)))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[number] for number in range(3)] == [[*alone, expected]] * 3
