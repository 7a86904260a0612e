"""UNetConfig: every bad value is refused with its name, every good one survives the way through text."""

import json
from dataclasses import FrozenInstanceError, asdict, fields, replace
from fractions import Fraction
from math import inf, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.sweep import name_of, sweep
from unet_core.config import CHOICES, LIMITS, PRESETS, QUERY_NAMES, ConfigError, UNetConfig

HUGE = 10**5000  # more digits than Python prints
JUNK = ["", "x" * 10**6, "4", nan, inf, -inf, {1: [2]}, object, b"4", 1j, -1, HUGE]
BAD = [(field.name, value) for field in fields(UNetConfig) for value in JUNK]
WHOLE = [name for name in LIMITS if name not in ("growth", "dropout")]


def refusal(**choice) -> str:
    with pytest.raises(ValueError) as caught:
        UNetConfig(**choice)
    assert isinstance(caught.value, ConfigError)
    assert str(caught.value.message) == str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(("field", "value"), BAD, ids=lambda part: str(part)[:20] if part is not HUGE else "huge")
def test_junk_is_refused_in_one_short_sentence_that_names_the_field(field, value):
    sentence = refusal(**{field: value})
    assert sentence.startswith(field)
    assert len(sentence) < 400
    assert "\n" not in sentence


@pytest.mark.parametrize("field", CHOICES)
@pytest.mark.parametrize("value", ["UNET", "unet ", True, 0, np.array(["unet"]), np.array(["unet", "same"]), {"unet"}])
def test_a_choice_must_be_one_of_the_words(field, value):
    sentence = refusal(**{field: value})
    assert sentence.startswith(f"{field} must be one of {', '.join(CHOICES[field])}, got ")


@pytest.mark.parametrize("field", LIMITS)
def test_a_number_outside_its_limits_is_refused_and_the_limits_are_legal(field):
    low, high = LIMITS[field]
    base = UNetConfig(padding="same")
    for value in (low - 1, high + 1, high * 1000, low - 0.001, high + 0.001):
        sentence = refusal(**{field: value})
        assert sentence.startswith(f"{field} must be ")
        assert f"{low}..{high}" in sentence
        assert sentence.endswith(f"got {value}")
    for value in (low, high):
        assert getattr(replace(base, **{field: value}), field) == value


@pytest.mark.parametrize("field", WHOLE)
@pytest.mark.parametrize("value", [True, False, 4.0, 2.5, "3", np.int64(3), np.float64(3), Fraction(3), (3,)])
def test_a_whole_number_must_be_a_plain_int(field, value):
    assert refusal(**{field: value}).startswith(f"{field} must be ")


@pytest.mark.parametrize("field", ["growth", "dropout"])
@pytest.mark.parametrize("value", [True, False, nan, inf, -inf, "0.5", Fraction(1, 2), np.int64(1)])
def test_a_fraction_must_be_a_plain_number(field, value):
    assert refusal(**{field: value}).startswith(f"{field} must be ")


@pytest.mark.parametrize("value", [1, 0, "true", "1", None, np.True_])
def test_deep_supervision_is_true_or_false_and_nothing_like_it(value):
    assert refusal(architecture="unet++", padding="same", deep_supervision=value).startswith("deep_supervision must be")


@pytest.mark.parametrize(
    "value", [(4,), (-1,), (0, 1, 9), 0, "0.1", (True,), (0.0,), ("0",), (np.int64(1),), [[0]], (HUGE,), {0: 1}]
)
def test_skip_levels_must_be_levels_of_this_depth(value):
    assert refusal(skip_levels=value).startswith("skip_levels must be levels in 0..3, got ")


def test_skip_levels_are_ascending_and_unique_and_all_of_them_is_the_default():
    assert UNetConfig(skip_levels=[2, 0, 2]).skip_levels == (0, 2)
    assert UNetConfig(skip_levels={0, 1, 2, 3}) == UNetConfig()
    assert UNetConfig(skip_levels=()).connected_levels == ()
    assert UNetConfig().connected_levels == (0, 1, 2, 3)


def test_a_u_net_has_no_deep_supervision():
    assert refusal(deep_supervision=True).startswith("deep_supervision needs unet++, unet+ or unet-e")


@pytest.mark.parametrize("architecture", ["unet++", "unet+", "unet-e"])
@pytest.mark.parametrize(("kernel", "convs", "lost"), [(2, 1, 1), (4, 1, 3), (2, 3, 3), (4, 3, 9), (6, 1, 5)])
def test_a_nested_net_with_an_odd_loss_per_block_is_refused_with_the_reason(architecture, kernel, convs, lost):
    choice = {"architecture": architecture, "kernel_size": kernel, "convs_per_block": convs, "deep_supervision": True}
    sentence = refusal(**choice)
    for part in (architecture, f"got {lost} = {convs} x ({kernel} - 1)", "crop", "odd kernel or same padding"):
        assert part in sentence
    assert UNetConfig(**choice, padding="same").loss_per_block == 0
    assert UNetConfig(**{**choice, "convs_per_block": 2}).loss_per_block % 2 == 0


def test_heads_that_nodes_need_are_asked_for():
    assert "needs deep_supervision" in refusal(architecture="unet-e")
    assert "needs deep_supervision" in refusal(architecture="unet++", skip_levels=(1, 2))
    assert "needs deep_supervision" in refusal(architecture="unet+", skip_levels=())
    assert UNetConfig(architecture="unet-e", depth=1)  # one head is all there are
    assert UNetConfig(architecture="unet+", skip_levels=(0,))


@pytest.mark.parametrize(("base", "growth", "level"), [(12, 2, 0), (4, 2, 0), (8, 1.5, 1), (16, 1.25, 1)])
def test_group_norm_needs_channels_in_groups_of_eight(base, growth, level):
    sentence = refusal(norm="group", base_channels=base, growth=growth)
    assert f"at level {level}" in sentence
    assert "multiple of 8" in sentence
    assert "max_channels" not in refusal(norm="group", base_channels=8, max_channels=20)


def test_channels_grow_per_level_up_to_the_maximum():
    assert [UNetConfig().channels(level) for level in range(5)] == [64, 128, 256, 512, 1024]
    assert [UNetConfig(max_channels=200).channels(level) for level in range(5)] == [64, 128, 200, 200, 200]
    assert [UNetConfig(growth=1.5, base_channels=3).channels(level) for level in range(5)] == [3, 4, 7, 10, 15]
    assert [UNetConfig(growth=1).channels(level) for level in range(5)] == [64] * 5


@pytest.mark.parametrize("config", sweep(), ids=name_of)
def test_a_config_survives_dict_json_and_query(config):
    assert UNetConfig.from_dict(config.to_dict()) == config
    assert UNetConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config
    assert UNetConfig.from_query(config.to_query()) == config
    assert hash(UNetConfig.from_query(config.to_query())) == hash(config)


def test_the_presets_are_what_the_lessons_say():
    assert set(PRESETS) == {"unet-2015", "unet-2015-bn", "unet++-2018", "classroom", "classroom++"}
    assert PRESETS["unet-2015"] == UNetConfig()
    assert PRESETS["unet-2015"].to_query() == ""
    assert replace(PRESETS["unet-2015-bn"], norm="none") == PRESETS["unet-2015"]
    nested = PRESETS["unet++-2018"]
    assert [nested.channels(level) for level in range(nested.depth + 1)] == [32, 64, 128, 256, 512]
    assert (nested.padding, nested.deep_supervision) == ("same", True)


def test_the_two_classroom_nets_differ_in_architecture_only():
    plain, nested = asdict(PRESETS["classroom"]), asdict(PRESETS["classroom++"])
    assert [name for name in plain if plain[name] != nested[name]] == ["architecture"]
    assert (plain["base_channels"], plain["depth"], plain["padding"], plain["norm"]) == (16, 3, "same", "batch")


def test_every_field_has_a_name_of_its_own_in_an_address():
    assert set(QUERY_NAMES) == {field.name for field in fields(UNetConfig)}
    assert len(set(QUERY_NAMES.values())) == len(QUERY_NAMES)


def test_a_config_is_frozen_and_a_key():
    config = UNetConfig(growth=2.0)
    with pytest.raises(FrozenInstanceError):
        config.depth = 3
    assert {config: 1}[UNetConfig(growth=2)] == 1


def test_an_unknown_field_is_refused_and_a_missing_one_takes_its_default():
    assert UNetConfig.from_dict({}) == UNetConfig()
    for name in ("levels", 3, "y" * 10**6):
        with pytest.raises(ConfigError, match="there is no field") as caught:
            UNetConfig.from_dict({name: 1})
        assert "base_channels" in str(caught.value)
        assert len(str(caught.value)) < 400


def test_an_address_keeps_words_that_are_not_ours_to_itself():
    assert UNetConfig.from_query("lang=zh&depth=3&size=188") == UNetConfig(depth=3)
    assert UNetConfig.from_query("skips=none&depth=2") == UNetConfig(depth=2, skip_levels=())


@pytest.mark.parametrize(
    "query",
    ["depth=", "depth=two", "depth=3.0", "depth=9", "depth=1e1", f"depth={'1' * 10**5}", "ds=yes", "ds=1", "net=UNet",
     "skips=", "skips=0..1", "skips=7", "growth=nan", "growth=inf", "dropout=-0.1", "net=unet-e", "max=none",
     "depth=%00", "depth=%FF", "padding=%E4%B8%AD"],
)  # fmt: skip
def test_a_junk_address_is_refused(query):
    with pytest.raises(ConfigError):
        UNetConfig.from_query(query)


NUMBERS = st.integers().map(str) | st.floats().map(str) | st.integers(-2, 10).map(str)
WORDS = st.sampled_from([word for words in CHOICES.values() for word in words] + ["none", "0.1", "1", "0", ""])


@settings(derandomize=True, database=None, max_examples=400, deadline=None)
@given(
    st.dictionaries(st.sampled_from(list(QUERY_NAMES.values())), NUMBERS | WORDS | st.text(max_size=50), max_size=6)
    | st.text(max_size=80)
)
def test_an_address_makes_a_config_or_a_config_error_and_nothing_else(query):
    try:
        config = UNetConfig.from_query(query)
    except ConfigError:
        return
    assert UNetConfig.from_query(config.to_query()) == config


JSON = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10) | st.lists(st.integers(-2, 7))


@settings(derandomize=True, database=None, max_examples=400, deadline=None)
@given(st.dictionaries(st.sampled_from(list(QUERY_NAMES)) | st.text(max_size=5), JSON | WORDS | st.lists(JSON)))
def test_a_dict_makes_a_config_or_a_config_error_and_nothing_else(data):
    try:
        config = UNetConfig.from_dict(data)
    except ConfigError:
        return
    assert UNetConfig.from_dict(config.to_dict()) == config
