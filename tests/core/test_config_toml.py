"""`.streamlit/config.toml` as the installed Streamlit reads it: no setting unknown, and colours that can be read."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
FILE = ROOT / ".streamlit" / "config.toml"
READABLE = 4.5  # WCAG AA for text

ASK_STREAMLIT = """
import json
from streamlit import config
options = config.get_config_options(force_reparse=True)
print(json.dumps({name: (config.get_option(name), option.where_defined) for name, option in options.items()}))
"""


@pytest.fixture(scope="module")
def loaded() -> dict[str, list[Any]]:
    """Every option of the installed Streamlit: its value and where that was set."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("STREAMLIT_")}
    command = [sys.executable, "-c", ASK_STREAMLIT]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    options: dict[str, list[Any]] = json.loads(done.stdout)
    return options


def written(table: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """{"theme.dark.textColor": "#EDEBE8", ...}, the file flattened."""
    flat: dict[str, Any] = {}
    for key, value in table.items():
        flat |= written(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return flat


SETTINGS = written(tomllib.loads(FILE.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", SETTINGS)
def test_streamlit_knows_and_takes_every_setting(name: str, loaded: dict[str, list[Any]]) -> None:
    assert name in loaded, f"this Streamlit has no option {name}"
    value, where = loaded[name]
    assert value == SETTINGS[name] and Path(where) == FILE


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("global.minCachedMessageSize", 1e12),  # hidden, too: a slider moved quickly may end the page if it disappears
        ("runner.postScriptGC", False),  # hidden in Streamlit: a rerun takes 190 ms more if it disappears
        ("browser.gatherUsageStats", False),
        ("server.headless", True),
        ("server.fileWatcherType", "none"),  # else a step of a slider takes a third longer
        ("server.address", "127.0.0.1"),
        ("client.showSidebarNavigation", False),
    ],
)
def test_what_the_app_rests_on_is_set(name: str, value: object, loaded: dict[str, list[Any]]) -> None:
    assert loaded[name][0] == value


# --- colours ---


def channels(colour: str) -> list[int]:
    return [int(colour[start : start + 2], 16) for start in (1, 3, 5)]


def mix(over: str, under: str, share: float) -> str:
    """`over` drawn on `under` with this opacity."""
    pairs = zip(channels(over), channels(under), strict=True)
    return "#" + "".join(f"{round(share * a + (1 - share) * b):02x}" for a, b in pairs)


def luminance(colour: str) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in channels(colour))]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def theme(name: str) -> dict[str, str]:
    return {key.split(".")[-1]: value for key, value in SETTINGS.items() if key.startswith(f"theme.{name}.")}


SIDEBAR = {"light": "#F8F8F7", "dark": "#21201D"}  # Streamlit's own, while ours keeps its two backgrounds


def test_contrast_is_the_one_wcag_defines() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_captions_can_be_read(name: str) -> None:
    colours = theme(name)
    for ground in (colours["backgroundColor"], colours["secondaryBackgroundColor"], SIDEBAR[name]):
        assert contrast(mix(colours["textColor"], ground, 0.6), ground) >= READABLE
    inline = mix(colours["codeTextColor"], colours["codeBackgroundColor"], 0.6)
    assert contrast(inline, colours["codeBackgroundColor"]) >= READABLE


@pytest.mark.parametrize("name", ["light", "dark"])
def test_the_primary_colour_can_be_read_as_text_and_on_its_own_tint(name: str) -> None:
    colours = theme(name)
    for ground in (colours["backgroundColor"], SIDEBAR[name]):
        for under in (ground, mix(colours["primaryColor"], ground, 0.1)):
            assert contrast(colours["primaryColor"], under) >= READABLE


def test_the_text_of_a_primary_button_can_be_read() -> None:
    assert contrast("#ffffff", theme("light")["primaryColor"]) >= READABLE
    # On dark the page gives it the light theme's text: white has 2.3:1 there.
    assert contrast(theme("light")["textColor"], theme("dark")["primaryColor"]) >= READABLE


@pytest.mark.parametrize("token", ["#1C83E1", "#09AB3B", "#21C354", "#ED6F13", "#808495"])
def test_coloured_code_can_be_read_on_dark(token: str) -> None:
    assert contrast(token, theme("dark")["codeBackgroundColor"]) >= READABLE
