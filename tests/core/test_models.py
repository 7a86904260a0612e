"""The networks against published numbers, and what must reach what: crops, skips, heads and the gradient."""

import copy
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from tests.core.sweep import FACTS, meta_model, name_of, sweep
from unet_core.blocks import Crop
from unet_core.config import PRESETS, ConfigError, UNetConfig
from unet_core.models import UNet, build_model, mean_of_heads
from unet_core.sizes import output_side, smallest_legal

PAPER = PRESETS["unet-2015"]
NESTED = UNetConfig(architecture="unet++", classes=1, base_channels=32, padding="same")
SUPERVISED = PRESETS["unet++-2018"]
SMALL = UNetConfig(architecture="unet++", base_channels=4, depth=3, padding="same", norm="batch", deep_supervision=True)


def parameters(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


# --- numbers from outside ---


def test_the_paper_net_has_its_parameters_and_23_convolutions():
    model = meta_model(PAPER)
    convolutions = [module for module in model.modules() if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d))]
    assert parameters(model) == FACTS["unet_original"]["params"] == 31_030_658
    assert len(convolutions) == FACTS["unet_original"]["conv_layers_incl_upconv"] == 23
    assert sum(layer.bias.numel() for layer in convolutions) == FACTS["unet_original"]["biases"]
    assert sum(layer.weight.numel() for layer in convolutions) == FACTS["unet_original"]["weights"]


@pytest.mark.parametrize("inputs_classes", FACTS["unet_original"]["params_by_channels_classes"])
def test_parameters_by_channels_and_classes(inputs_classes):
    channels, classes = map(int, inputs_classes.split("_"))
    expected = FACTS["unet_original"]["params_by_channels_classes"][inputs_classes]
    assert parameters(meta_model(replace(PAPER, in_channels=channels, classes=classes))) == expected


def test_parameters_of_the_other_samples():
    samples = FACTS["param_samples_unet_1ch_2cls_upconv_nonorm"]
    assert parameters(meta_model(replace(PAPER, base_channels=32))) == samples["base32_d4_k3"]
    assert parameters(meta_model(replace(PAPER, kernel_size=5))) == samples["base64_d4_k5"]
    baselines = FACTS["unet_baselines_in_unetpp_repo"]
    plain = replace(NESTED, architecture="unet")
    assert parameters(meta_model(plain)) == baselines["unet_base32_1_1"]
    assert parameters(meta_model(replace(plain, base_channels=35))) == baselines["wide_unet_base35_1_1"]


def test_a_public_u_net_with_batch_norm_has_our_parameters_but_for_the_biases_it_leaves_out():
    public = FACTS["implementations"]["milesial_3_2"]
    model = meta_model(UNetConfig(in_channels=3, padding="same", norm="batch"))
    blocks = [module for name, module in model.named_modules() if name.rpartition(".")[2] in ("conv1", "conv2")]
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    assert parameters(model) - sum(layer.bias.numel() for layer in blocks) == public["params"]
    assert sum(b.numel() for b in model.buffers()) == public["bn_buffers"]
    assert len(norms) == len(blocks) == 18


def test_parameters_of_u_net_plus_plus_and_its_relatives():
    official = FACTS["unetpp_official"]
    assert parameters(meta_model(NESTED)) == official["params"]
    assert parameters(meta_model(SUPERVISED)) == official["params_ds"]
    assert parameters(meta_model(replace(NESTED, in_channels=3))) == official["params_3ch"]
    assert parameters(meta_model(replace(SUPERVISED, in_channels=3))) == official["params_3ch_ds"]
    assert parameters(meta_model(replace(NESTED, architecture="unet+"))) == 8_728_257
    four_heads = meta_model(replace(SUPERVISED, architecture="unet-e"))
    assert parameters(four_heads) == 8_728_356
    assert len(four_heads.head) == 4


def test_blocks_of_u_net_plus_plus():
    official, model = FACTS["unetpp_official"], meta_model(NESTED)
    nodes = {"X" + key[1:].replace("_", ","): block for key, block in model.decoder.items()}
    assert {name: block.conv1.in_channels for name, block in nodes.items()} == official["concat_in_channels"]
    nodes |= {f"X{level},0": block for level, block in enumerate(model.encoder)}
    assert {name: parameters(block) for name, block in nodes.items()} == official["block_params"]
    for key, up in model.up.items():
        assert parameters(up) == official["up_params_by_level"][key[1]]


@pytest.mark.parametrize(("level", "count"), [(1, 100_961), (2, 511_105), (3, 2_204_961), (4, 9_041_601)])
def test_a_pruned_u_net_plus_plus_has_the_published_parameters(level, count):
    assert FACTS["unetpp_official"]["pruned_params"][f"L{level}"] == count
    assert parameters(meta_model(replace(NESTED, depth=level))) == count


# --- what comes out ---


def test_deep_supervision_gives_a_logit_map_per_head():
    image = torch.empty((2, 1, 16, 24), device="meta")
    assert [tuple(head.shape) for head in meta_model(SMALL)(image)] == [(2, 2, 16, 24)] * 3
    assert isinstance(meta_model(replace(SMALL, deep_supervision=False))(image), Tensor)


def test_a_depth_of_one_with_deep_supervision_gives_a_tuple_of_one():
    logits = meta_model(replace(SMALL, depth=1))(torch.empty((1, 1, 4, 4), device="meta"))
    assert isinstance(logits, tuple) and len(logits) == 1


@pytest.mark.parametrize("architecture", ["unet++", "unet+", "unet-e"])
def test_heads_of_a_valid_nested_net_differ_in_size_and_their_mean_is_the_smallest(architecture):
    config = UNetConfig(architecture=architecture, deep_supervision=True)
    logits = meta_model(config)(torch.empty((1, 1, 572, 572), device="meta"))
    expected = list(FACTS["unetpp_valid_572_base64_heads"].values())
    assert [head.shape[-1] for head in logits] == expected == [556, 532, 484, 388]
    assert tuple(mean_of_heads(logits).shape) == (1, 2, 388, 388)


def test_the_mean_of_heads_keeps_every_pixel_in_its_place():
    """A map of coordinates, cropped around its centre, is still the same map."""
    rows = torch.arange(20.0).view(1, 1, 20, 1).expand(1, 1, 20, 20)
    large, small = rows, rows[..., 4:16, 5:15]
    assert torch.equal(mean_of_heads((large, small)), small)
    assert torch.equal(mean_of_heads((small + 1, large - 1)), small)
    assert mean_of_heads(small) is small


@pytest.mark.parametrize("side", [10, 11, 12, 13])
def test_a_crop_is_centred(side):
    rows = torch.arange(float(side)).view(1, 1, side, 1).expand(1, 1, side, 14)
    cut = Crop()(rows, torch.empty(1, 3, side - 4, 10))
    assert cut[0, 0, :, 0].tolist() == list(range(2, side - 2))
    assert tuple(cut.shape) == (1, 1, side - 4, 10)


def test_the_crops_of_the_paper():
    sides = {}
    model = build_model(replace(PAPER, base_channels=1, growth=1)).to("meta")
    for level, skip in enumerate(model.skip):
        skip.crop[0].register_forward_hook(
            lambda _, inputs, output, level=level: sides.update({level: (inputs[0].shape[-1] - output.shape[-1]) // 2})
        )
    model(torch.empty((1, 1, 572, 572), device="meta"))
    assert {f"dec{level}": cut for level, cut in sides.items()} == FACTS["unet_original"]["skip_crop_px_per_side"]
    assert [sides[level] for level in range(4)] == [88, 40, 16, 4]


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_a_skip_carries_the_encoder_to_where_it_belongs(padding):
    """With everything below switched off, the output is a function of the skip alone, and in place."""
    config = UNetConfig(base_channels=1, depth=1, kernel_size=1, convs_per_block=1, classes=1, padding=padding)
    model = build_model(config).eval()
    with torch.no_grad():
        for p in model.parameters():
            p.fill_(1.0 if p.dim() > 1 else 0.0)
        model.up[0].upconv.weight.zero_()
        image = torch.rand(1, 1, 6, 8)
        assert torch.equal(model(image), image)
        model.decoder[0].conv1.weight[:, 1] = 0.0  # the skip is the second of what is stacked
        assert torch.equal(model(image), torch.zeros_like(image))


def test_no_skips_means_that_the_encoder_reaches_the_decoder_through_the_bottleneck_only():
    model = build_model(UNetConfig(base_channels=2, depth=2, padding="same", skip_levels=())).eval()
    with torch.no_grad():
        for up in model.up:
            up.upconv.weight.zero_()
        assert torch.equal(model(torch.randn(1, 1, 8, 8)), model(torch.randn(1, 1, 8, 8)))


@pytest.mark.parametrize("architecture", ["unet", "unet++", "unet+", "unet-e"])
def test_shared_nodes_mean_the_same_in_every_architecture(architecture):
    """What a node reads along its level, by the published wiring."""
    model = meta_model(UNetConfig(architecture=architecture, base_channels=4, padding="same",
                                  deep_supervision=architecture != "unet"))  # fmt: skip
    if isinstance(model, UNet):
        assert [block.conv1.in_channels // 4 for block in model.decoder] == [2, 4, 8, 16]
        return
    for key, block in model.decoder.items():
        level, step = int(key[1]), int(key[3])
        maps = 1 + {"unet++": step, "unet+": 1, "unet-e": 1}[architecture]
        assert block.conv1.in_channels == maps * 4 * 2**level
        expected = {"unet++": list(range(step)), "unet+": [step - 1], "unet-e": [0]}[architecture]
        assert model.sources(level, step) == expected


@pytest.mark.parametrize("preset", PRESETS)
def test_a_batch_and_a_size_that_is_not_square_go_through(preset):
    config = replace(PRESETS[preset], base_channels=2)
    side = smallest_legal(config)
    logits = mean_of_heads(meta_model(config)(torch.empty((3, 1, side, side + 32), device="meta")))
    assert tuple(logits.shape) == (3, config.classes, output_side(config, side), output_side(config, side + 32))


# --- training reaches everything ---


def without_gradient(model: nn.Module, config: UNetConfig) -> list[str]:
    side = smallest_legal(config)
    logits = model(torch.rand(2, config.in_channels, side, side + 2**config.depth) + 0.1)
    sum(head.square().sum() for head in (logits if isinstance(logits, tuple) else (logits,))).backward()
    return [name for name, p in model.named_parameters() if p.grad is None]


TRAINED = [c for c in sweep() if c.depth <= 3 and c.kernel_size <= 3][::2]


@pytest.mark.parametrize("config", TRAINED, ids=name_of)
def test_the_gradient_reaches_every_parameter(config):
    torch.manual_seed(0)
    assert without_gradient(build_model(config), config) == []


ORPHANS = [
    ({"architecture": "unet-e"}, {"X0_1", "X0_2", "X1_1"}),
    ({"architecture": "unet++", "skip_levels": (1, 2)}, {"X0_1", "X0_2"}),
    ({"architecture": "unet+", "skip_levels": ()}, {"X0_1", "X0_2", "X1_1"}),
]


@pytest.mark.parametrize(("choice", "nodes"), ORPHANS)
def test_what_is_refused_for_want_of_heads_would_leave_nodes_untrained(choice, nodes):
    """The reason for the refusal: the same net with its last head only."""
    with pytest.raises(ConfigError, match="never get a gradient"):
        replace(SMALL, deep_supervision=False, **choice)
    config = replace(SMALL, **choice)
    model = build_model(config)
    for name in ("L1", "L2"):
        del model.head[name]
    orphans = without_gradient(model, config)
    assert {name.split(".")[1] for name in orphans} == nodes
    assert without_gradient(build_model(config), config) == []


def test_dropout_stands_after_the_two_deepest_blocks_of_the_encoder():
    plain = meta_model(UNetConfig(dropout=0.5))
    nested = meta_model(replace(SMALL, dropout=0.5))
    places = [[name for name, m in model.named_modules() if isinstance(m, nn.Dropout)] for model in (plain, nested)]
    assert places == [["encoder.3.dropout", "bottleneck.dropout"], ["encoder.2.dropout", "encoder.3.dropout"]]


def test_an_image_may_be_given_by_name():
    assert tuple(meta_model(PAPER)(image=torch.empty((1, 1, 188, 188), device="meta")).shape) == (1, 2, 4, 4)


def test_a_model_can_be_copied_and_saved():
    model = build_model(SMALL).eval()
    image = torch.rand(1, 1, 16, 16)
    again = copy.deepcopy(model)
    again.load_state_dict(model.state_dict())
    with torch.no_grad():
        assert all(torch.equal(a, b) for a, b in zip(model(image), again(image), strict=True))
