"""From the slider's `input` event to the first frame that shows the new network, in headless Chromium on this machine.

    python benchmarks/drag.py              one visitor: cached networks, new ones, and an empty component for the ratio
    python benchmarks/drag.py --visitors   thirty visitors who drag at once, spoken to over their sockets

One visitor: the event is sent in the page; a MutationObserver and the end of the frame that follows it stop the clock.
The empty component does what the sliders do, one message there and back, with nothing to trace and nothing to draw.
"""

import argparse
import asyncio
import json
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.frames import timed

ROOT = Path(__file__).parents[1]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync"]  # fmt: skip
EMPTY = '''
import streamlit as st
EMPTY = st.components.v2.component("empty", html="<input type=range id=slider><svg><g></g></svg>", js="""
export default function (component) {
  const root = component.parentElement;
  const input = root.querySelector("input");
  root.querySelector("svg").dataset.version = component.data;
  input.oninput = () => component.setStateValue("move", Number(input.value));
}
""")
@st.fragment
def live():
    EMPTY(key="e", data=str(st.session_state.get("e", {}).get("move")), on_move_change=lambda: None)
live()
'''
STEP = timed("[slider, index]", """
  const input = find(slider);
  const svg = find('svg[data-version]');
  const begun = performance.now();
  const observer = new MutationObserver(() => {
    observer.disconnect();
    afterFrame(() => resolve(performance.now() - begun));
  });
  observer.observe(svg, { attributes: true, attributeFilter: ['data-version'] });
  input.value = index;
  input.dispatchEvent(new Event('input', { bubbles: true }));
  setTimeout(() => resolve(null), 5000);
""")


@contextmanager
def served(script: Path, folder: Path) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port),
               "--server.address", "127.0.0.1", "--server.headless", "true"]  # fmt: skip
    server = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2).close()
                break
            except OSError:
                time.sleep(0.2)
        yield port
    finally:
        server.terminate()
        server.wait(20)


def steps(page: object, slider: str, indices: list[int]) -> list[float]:
    """Milliseconds of each step; the first is a warm-up."""
    times = []
    for index in indices:
        taken = page.evaluate(STEP, [slider, index])  # type: ignore[attr-defined]
        if taken is not None:
            times.append(taken)
        page.wait_for_timeout(60)  # type: ignore[attr-defined]
    return times[1:]


def report(name: str, times: list[float], base: float | None = None) -> float:
    times = sorted(times)
    median, late = statistics.median(times), times[min(len(times) - 1, int(0.95 * len(times)))]
    ratio = f"  {median / base:4.1f} x the empty component" if base else ""
    print(f"{name:34s} median {median:6.1f} ms   95th percentile {late:6.1f} ms   n = {len(times)}{ratio}")
    return median


def one_visitor() -> None:
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        script = Path(folder) / "empty.py"
        script.write_text(EMPTY)
        shutil.copytree(ROOT / ".streamlit", Path(folder) / ".streamlit")
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        with served(script, Path(folder)) as port:
            page.goto(f"http://127.0.0.1:{port}")
            page.wait_for_selector("svg[data-version]", state="attached")
            base = report("an empty component", steps(page, "#slider", [i % 90 for i in range(1, 60)]))
        with served(ROOT / "app.py", ROOT) as port:
            page.goto(f"http://127.0.0.1:{port}/build?padding=same&norm=batch&size=256x256")
            page.wait_for_selector("svg .box")
            page.wait_for_timeout(2000)
            there_and_back = [0, 1, 2, 3, 4, 5, 4, 3, 2, 1]
            steps(page, "#slider-depth", there_and_back)
            report("cached networks (depth slider)", steps(page, "#slider-depth", there_and_back * 6), base)
            page.evaluate(STEP, ["#slider-depth", 3])
            page.wait_for_timeout(500)
            last = int(page.locator("#slider-size").get_attribute("max"))
            fresh = [index for index in range(last + 1) if index != 15]
            random.Random(0).shuffle(fresh)
            report("new networks (size slider)", steps(page, "#slider-size", fresh), base)
        browser.close()


# --- thirty visitors, without thirty browsers ---


async def visitor(port: int, number: int, seconds: float, counts: list[float], waits: list[float]) -> None:
    """Open Build over a socket as the browser does, then drag: send the next step when the answer is back."""
    import websockets
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    async with websockets.connect(f"ws://127.0.0.1:{port}/_stcore/stream", max_size=None) as channel:
        opening = BackMsg()
        opening.rerun_script.query_string = f"base={4 * (1 + number % 8)}&padding=same&size=256x256"
        opening.rerun_script.page_name = "build"
        await channel.send(opening.SerializeToString())
        sliders = fragment = None
        while True:
            message = ForwardMsg.FromString(await channel.recv())
            element = message.delta.new_element.bidi_component
            if element.component_name == "unet_sliders":
                sliders, fragment = element.id, message.delta.fragment_id
            if message.WhichOneof("type") == "script_finished" and sliders:
                break
        begun, step = time.perf_counter(), 0
        while time.perf_counter() - begun < seconds:
            step += 1
            move = {"id": "depth", "value": 1 + step % 5, "seq": step, "final": False}
            drag = BackMsg()
            drag.rerun_script.fragment_id = fragment
            state = drag.rerun_script.widget_states.widgets.add()
            state.id, state.json_value = sliders, json.dumps({"move": move})
            sent = time.perf_counter()
            await channel.send(drag.SerializeToString())
            while True:
                message = ForwardMsg.FromString(await channel.recv())
                element = message.delta.new_element.bidi_component
                if element.component_name == "unet_diagram":
                    assert re.search(rb'"version":"depth=%d ' % (1 + step % 5), element.bytes), "an old drawing"
                    waits.append(time.perf_counter() - sent)
                if message.WhichOneof("type") == "script_finished":
                    break
        counts.append(step / (time.perf_counter() - begun))


async def crowd(port: int, visitors: int, seconds: float) -> None:
    counts: list[float] = []
    waits: list[float] = []
    await asyncio.gather(*(visitor(port, number, seconds, counts, waits) for number in range(visitors)))
    late = sorted(waits)[int(0.95 * len(waits))]
    print(
        f"{visitors} visitors dragging: each sees {min(counts):.1f} to {max(counts):.1f} updates a second; an update "
        f"takes {1e3 * statistics.median(waits):.0f} ms in the median, {1e3 * late:.0f} ms at the 95th percentile"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visitors", action="store_true")
    if parser.parse_args().visitors:
        with served(ROOT / "app.py", ROOT) as port:
            for visitors in (1, 10, 30):
                asyncio.run(crowd(port, visitors, 10))
    else:
        one_visitor()


if __name__ == "__main__":
    main()
