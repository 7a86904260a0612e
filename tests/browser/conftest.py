"""A real Chromium against the real app. Every test also fails on a console error and on a request that leaves."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

ROOT = Path(__file__).parents[2]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync"]  # fmt: skip
OUR_FOLDER = Path(__file__).parent
QUIET = 250  # milliseconds without anything happening, after which a page counts as at rest
REST = (OUR_FOLDER / "rest.js").read_text(encoding="utf-8")
MESSAGES = {
    "rerun": BackMsg.DESCRIPTOR.fields_by_name["rerun_script"].number,
    "finished": ForwardMsg.DESCRIPTOR.fields_by_name["script_finished"].number,
    "early": ForwardMsg.FINISHED_EARLY_FOR_RERUN,
}
expect.set_options(timeout=30_000)  # a busy machine is slow, not wrong


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if OUR_FOLDER in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """The address of a freshly started app."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)],
        cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{url}/_stcore/health")
        yield url
    finally:
        server.terminate()
        server.wait(20)


def _wait_for(url: str) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError("the app did not start")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        if os.environ.get("UNET_BROWSER_TESTS") == "required":
            pytest.fail("browser tests are obligatory here and there is no chromium")
        pytest.skip("no chromium on this machine; install it to run the browser tests")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield started
        started.close()


Open = Callable[..., Page]


class Tabs:
    """Pages of one browser context that are lent to one test after the other.

    A fresh context fetches and compiles all of Streamlit's scripts again, at three times the processor time of a
    page that has seen them. What a test could leave behind is cleared between two loans.
    """

    def __init__(self, browser: Browser, address: str) -> None:
        self.address = address
        self.complaints: list[str] = []
        self.context = browser.new_context(locale="en-GB", accept_downloads=True)
        self.context.add_init_script(f"({REST})({json.dumps(MESSAGES)})")
        self.lent: list[Page] = []
        self.free: list[Page] = []

    def lend(self, dark: bool, size: tuple[int, int]) -> Page:
        page = self.free.pop() if self.free else self._new()
        self.lent.append(page)
        page.bring_to_front()  # one frame a second is drawn behind another page, and a mouse's every move waits for one
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.emulate_media(color_scheme="dark" if dark else "light", media="null", reduced_motion="null")
        return page

    def _new(self) -> Page:
        page = self.context.new_page()
        page.set_default_timeout(60_000)  # as above
        page.on("console", lambda message: _note(self.complaints, message))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: _note_request(self.complaints, request.url, self.address))
        return page

    def take_back(self) -> None:
        while self.lent:
            page = self.lent.pop()
            page.mouse.up()
            if page.url.startswith(self.address):
                page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
            page.goto("about:blank")  # ends the visit: no message of it reaches the next test
            page.mouse.move(0, 0)
            self.free.append(page)
        self.context.clear_cookies()


@pytest.fixture(scope="session")
def tabs(browser: Browser, address: str) -> Iterator[Tabs]:
    lender = Tabs(browser, address)
    yield lender
    lender.context.close()


@pytest.fixture
def open_page(tabs: Tabs) -> Iterator[Open]:
    """open_page("build?depth=2", dark=False, size=(1440, 900)): a page whose script has run to its end."""

    def open_it(
        path: str = "", dark: bool = False, size: tuple[int, int] = (1440, 900), ready: str = "svg .box"
    ) -> Page:
        page = tabs.lend(dark, size)
        page.goto(f"{tabs.address}/{path}")
        page.wait_for_selector('[data-test-script-state="notRunning"]')
        page.wait_for_selector(ready)
        return page

    tabs.complaints.clear()
    yield open_it
    tabs.take_back()
    assert tabs.complaints == []


def settled(page: Page) -> None:
    """Wait until the server has answered what was just done and the page has drawn it, on a busy machine too."""
    page.evaluate("unetRest.touch()")  # what was just done may not have begun yet
    page.wait_for_function("quiet => unetRest.over(quiet)", arg=QUIET, polling=50, timeout=60_000)


def messages(page: Page) -> int:
    """How many messages this page has sent to the server."""
    return int(page.evaluate("unetRest.sent"))


def _note(complaints: list[str], message: object) -> None:
    # A deep link makes Streamlit ask once for its health below the page's own path, a 404 of its own
    if message.type == "error" and "/_stcore/" not in message.location.get("url", ""):  # type: ignore[attr-defined]
        complaints.append(message.text)  # type: ignore[attr-defined]


def _note_request(complaints: list[str], url: str, address: str) -> None:
    inside = url.startswith((address, address.replace("http", "ws"))) or re.match(r"data:|blob:", url)
    if not inside:
        complaints.append(f"a request left the machine: {url}")
