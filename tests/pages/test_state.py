"""The workbench and its address: round trips, and a word for everything that makes no sense."""

from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ui.findings_choice import choice
from ui.state import LARGEST_SIDE, Workbench, from_address, to_address
from unet_core.config import PRESETS, QUERY_NAMES, UNetConfig
from unet_core.sizes import check_size


@pytest.mark.parametrize("config", PRESETS.values(), ids=PRESETS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_link_opens_the_same_workbench(config: UNetConfig, language: str) -> None:
    bench = Workbench(config, 572, 604, "encoder.0.relu1", language)
    link = urlencode(to_address(bench))  # what the browser shows
    assert from_address(dict(parse_qsl(link)), None) == (bench, [])


def test_every_field_survives_the_address() -> None:
    config = UNetConfig("unet++", 3, 5, 16, 3, 5, 1, "same", "instance", "bilinear", "add", (0, 2), 1.5, 96, 0.25, True)
    assert from_address(to_address(Workbench(config)), None)[0].config == config


def test_without_an_address_the_browsers_language_decides() -> None:
    assert from_address({}, "zh-CN")[0].language == "zh"
    assert from_address({}, "de")[0].language == "en"
    assert from_address({}, None)[0].language == "en"
    assert from_address({"lang": "en"}, "zh-CN")[0].language == "en"


JUNK = {
    "base": ("many", "base_channels must be 1..256, got 'many'"),
    "kernel": ("three", "kernel_size must be 1..9, got 'three'"),
    "net": ("resnet", "architecture must be one of unet, unet++, unet+, unet-e, got 'resnet'"),
    "skips": ("high", "skip_levels must be levels in 0..3"),
    "ds": ("maybe", "deep_supervision must be true or false"),
    "size": ("0", f"must be 1 to {LARGEST_SIDE} pixels a side"),
    "lang": ("klingon", "there are en, zh"),
    "hide": ("sliders.moon", "no control here: sliders, moon"),
    "lock": ("table", "no control here: table"),
    "at": ("encoder.9.relu1", "a layer that its network does not have: encoder.9.relu1"),
    "colour": ("blue", "parts nobody here knows: colour"),
}


@pytest.mark.parametrize(("name", "value", "word"), [(name, *rest) for name, rest in JUNK.items()], ids=JUNK)
def test_junk_falls_back_with_a_word(name: str, value: str, word: str) -> None:
    bench, complaints = from_address({name: value}, None)
    assert bench == Workbench()
    assert len(complaints) == 1
    assert word in str(complaints[0])


def test_an_impossible_network_in_an_address_becomes_the_nearest() -> None:
    bench, complaints = from_address({"depth": "99"}, None)
    assert bench.config == UNetConfig(depth=6)
    assert "depth must be 1..6, got 99" in str(complaints[0])
    bench, complaints = from_address({"norm": "group", "base": "12", "at": "encoder.0.norm1"}, None)
    assert (bench.config.norm, bench.config.base_channels, bench.selected) == ("group", 16, "encoder.0.norm1")
    bench, complaints = from_address({"size": "8192x8192"}, None)
    assert "the bound here is 256 GB" in str(complaints[0])
    assert 6000 < bench.height < 8192


def test_a_teachers_link_survives_and_only_known_controls_do() -> None:
    bench = Workbench(hidden=frozenset({"more", "costs"}), locked=frozenset({"depth", "padding"}))
    assert to_address(bench)["hide"] == "costs.more"
    assert from_address(to_address(bench), None) == (bench, [])


@given(
    some.dictionaries(
        some.sampled_from([*QUERY_NAMES.values(), "size", "lang", "at", "hide", "lock", "x"]), some.text(max_size=200)
    )
)
def test_no_address_breaks_the_workbench(query: dict[str, str]) -> None:
    bench, complaints = from_address(query, None)
    check_size(bench.config, bench.size)
    assert all(len(str(complaint)) < 600 for complaint in complaints)


@pytest.mark.parametrize("text", ["572", "572x400", "572X400", "1x4096"])
def test_sizes_in_an_address(text: str) -> None:
    bench, complaints = from_address({"size": text}, None)
    assert complaints == []
    assert f"{bench.height}x{bench.width}".startswith(text.lower().split("x")[0])


@pytest.mark.parametrize("text", ["", "x", "1x2x3", "-5", "1e3", "４", str(LARGEST_SIDE + 1), "9" * 5000])
def test_sizes_that_are_none(text: str) -> None:
    bench, complaints = from_address({"size": text}, None)
    assert (bench.height, bench.width) == (572, 572)
    assert len(complaints) == 1


def test_the_size_snaps_to_the_nearest_that_fits_and_remembers_what_was_asked() -> None:
    bench = replace(Workbench(), config=UNetConfig(depth=6))
    assert (bench.snapped, bench.size, bench.height) == (True, (764, 764), 572)
    back = replace(bench, config=UNetConfig())
    assert (back.snapped, back.size) == (False, (572, 572))


def test_the_chosen_finding_is_in_the_address() -> None:
    bench = Workbench(finding=choice("depth", "parameters", "dice"))
    assert to_address(bench)["finding"] == "depth.parameters.dice"
    assert from_address(to_address(bench), None) == (bench, [])
    assert "finding" not in to_address(Workbench())


@pytest.mark.parametrize(
    "word", ["depth", "nonsense.filters.dice", "depth.nonsense.dice", "depth.filters.nonsense", "a.b.c.d"]
)
def test_a_finding_that_is_not_here_is_told(word: str) -> None:
    bench, complaints = from_address({"finding": word}, None)
    assert bench.finding is None
    assert [str(one) for one in complaints] == [f"This link asks for a finding that is not here: {word}."]
