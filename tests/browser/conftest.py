"""A real Chromium against the real app. Every test also fails on a console error and on a request that leaves."""

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

ROOT = Path(__file__).parents[2]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync"]  # fmt: skip
OUR_FOLDER = Path(__file__).parent
expect.set_options(timeout=15_000)  # a busy machine is slow, not wrong


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if OUR_FOLDER in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))  # one server, one browser


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


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[Open]:
    """open_page("build?depth=2", dark=False, size=(1440, 900)): a page whose script has run to its end."""
    complaints: list[str] = []
    contexts = []

    def open_it(
        path: str = "", dark: bool = False, size: tuple[int, int] = (1440, 900), ready: str = "svg .box"
    ) -> Page:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if dark else "light", locale="en-GB",
            accept_downloads=True,
        )  # fmt: skip
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda message: _note(complaints, message))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: _note_request(complaints, request.url, address))
        page.goto(f"{address}/{path}")
        page.wait_for_selector('[data-test-script-state="notRunning"]')
        page.wait_for_selector(ready)
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert complaints == []


def settled(page: Page) -> None:
    """Wait until the server has answered what was just done, on a busy machine too."""
    for _ in range(2):
        page.wait_for_timeout(500)
        page.wait_for_selector('[data-test-script-state="notRunning"]')


def _note(complaints: list[str], message: object) -> None:
    # A deep link makes Streamlit ask once for its health below the page's own path, a 404 of its own
    if message.type == "error" and "/_stcore/" not in message.location.get("url", ""):  # type: ignore[attr-defined]
        complaints.append(message.text)  # type: ignore[attr-defined]


def _note_request(complaints: list[str], url: str, address: str) -> None:
    inside = url.startswith((address, address.replace("http", "ws"))) or re.match(r"data:|blob:", url)
    if not inside:
        complaints.append(f"a request left the machine: {url}")
