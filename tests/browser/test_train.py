"""Train in a real browser: a run with pause, reload, stop and download; a killed one; a cancelled one; a race; and axe
on every tab, before a run and after it."""

import os
import signal
import sys
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, settled
from tests.browser.test_every_page import violations

READY = ".st-key-train_start button"
LONG = 120_000  # milliseconds: a busy machine is slow, not wrong


def choose(page: Page, name: str, number: int) -> None:
    page.locator(f".st-key-train_{name} input").click()
    page.get_by_role("option").nth(number).click()


def accessible(page: Page) -> bool:
    """By axe, in both themes; the whole page in the window, for it judges nothing else."""
    page.set_viewport_size({"width": 1440, "height": 2000})
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        settled(page)
        assert violations(page) == []
    return True


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("tab", "ready"), [("train", READY), ("race", ".st-key-race_start button"), ("runs", ".stExpander")]
)
def test_axe_finds_nothing_on_any_tab(open_page: Open, tab: str, ready: str, language: str) -> None:
    assert accessible(open_page(f"train?lang={language}&tab={tab}", ready=ready))


def test_a_run_is_paused_found_again_stopped_and_taken_away(open_page: Open) -> None:
    page = open_page("train?lang=en&tab=train&base=4&depth=1&padding=same&norm=batch", ready=READY, size=(1440, 1600))
    page.set_default_timeout(LONG)
    choose(page, "network", 1)  # the tiny one of this address
    expect(page.get_by_text("parameters; a step takes")).to_contain_text("1,796 parameters", timeout=LONG)
    page.locator(READY).click()
    page.wait_for_selector(".learning .row[data-id='0'] canvas")
    expect(page.locator(READY)).to_be_disabled()
    ink, paper = page.locator(f"{READY} p").evaluate(
        "it => [getComputedStyle(it).color, getComputedStyle(it.closest('.stApp')).backgroundColor]"
    )
    assert ink != paper, "what can't be pressed can be read"
    page.locator(".st-key-train_pause button").click()
    expect(page.locator(".st-key-train_go_on button")).to_be_visible(timeout=LONG)
    assert "run=" in page.url
    page.reload()  # whoever comes back finds it
    page.wait_for_selector(".learning .row[data-id='0'] canvas")
    page.locator(".st-key-train_go_on button").click()
    expect(page.locator(".st-key-train_pause button")).to_be_visible(timeout=LONG)
    page.locator(".st-key-train_stop").get_by_role("button").first.click()
    expect(page.get_by_role("button", name="Take away")).to_be_visible(timeout=LONG)
    scrub = page.locator(".learning .scrub")
    scrub.focus()
    scrub.press("Home")  # back to before the first step
    expect(page.locator(".learning .row[data-id='0'] .words span")).to_contain_text("step 0 ")
    page.get_by_role("button", name="Take away").click()
    with page.expect_download() as download:
        page.locator(".st-key-train_run-zip button, .st-key-train_run\\.zip button").first.click()
    with zipfile.ZipFile(download.value.path()) as files:
        assert {"curves.csv", "run.json", "network-1/weights.safetensors"} <= set(files.namelist())
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="My runs").click()
    door = page.locator(".st-key-runs_compare_0 button")
    expect(door).to_be_visible(timeout=LONG)  # by its key: what the tab before showed stays for a moment beside it
    expect(page.get_by_role("button", name="Open in Compare")).to_have_count(1, timeout=LONG)
    assert accessible(page)
    door.click()
    expect(page.get_by_role("heading", name="Compare")).to_be_visible(timeout=LONG)


def worker_of(address: str) -> int:
    """The process in which the app at this address trains: a child of the server that listens on its port."""
    port = address.rpartition(":")[2]
    words, parents = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words[folder.name] = (folder / "cmdline").read_bytes().decode().split("\0")
            parents[folder.name] = (folder / "stat").read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue  # it has ended meanwhile
    return next(int(pid) for pid, said in words.items()
                if "unet_core.jobs.worker" in said and port in words.get(parents[pid], ()))  # fmt: skip


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_a_killed_worker_is_told_and_replaced(open_page: Open, address: str) -> None:
    page = open_page("train?lang=en&tab=train&base=4&depth=1&padding=same&norm=batch", ready=READY)
    page.set_default_timeout(LONG)
    choose(page, "network", 1)
    choose(page, "seconds", 6)  # 300: it ends because of the Stop, or too late for this test
    page.locator(READY).click()
    page.wait_for_selector(".learning .row[data-id='0'] canvas")
    os.kill(worker_of(address), signal.SIGKILL)
    expect(page.get_by_text("The process that did the work was killed")).to_be_visible(timeout=LONG)
    page.locator(".st-key-train_stop").get_by_role("button").first.click(timeout=LONG)  # at its successor, ready or not
    expect(page.get_by_role("button", name="Take away")).to_be_visible(timeout=LONG)


def test_a_race_is_run_and_another_is_cancelled(open_page: Open) -> None:
    page = open_page("train?lang=en&tab=race&base=2&depth=1&padding=same&norm=batch", ready=".st-key-race_start button")
    page.set_default_timeout(LONG)
    choose(page, "race", 1)  # with and without skips
    choose(page, "network", 1)
    choose(page, "seconds", 0)
    expect(page.get_by_text("2 networks, 5 s of training each")).to_be_visible(timeout=LONG)
    page.locator(".st-key-race_start button").click()
    expect(page.get_by_text("One run with one seed decides little")).to_be_visible(timeout=LONG)
    expect(page.locator(".learning .row")).to_have_count(3)  # the truth and two networks
    page.locator(".st-key-race_start button").click()
    page.locator(".st-key-race_cancel").get_by_role("button").first.click()
    expect(page.get_by_text("cancelled")).to_be_visible(timeout=LONG)
    expect(page.locator(".st-key-race_start button")).to_be_enabled(timeout=LONG)
