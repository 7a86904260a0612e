"""How much longer others wait while one visitor segments 4,096 x 4,096 pixels: `python benchmarks/fair.py`.

Two browsers at one app. In turns, stretches without and with the large image being segmented; in both the second
visitor drags Build's depth slider, and every step is timed from the `input` event to the frame that shows the answer.
Each stretch takes another image, so that no answer is kept. Exit code 1 where the median grows by more than 1.5.
"""

import argparse
import io
import shutil
import statistics
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
from PIL import Image

from benchmarks.drag import ARGUMENTS, ROOT, STEP, served
from unet_core.data import nuclei
from unet_core.data.knobs import Knobs

BAR, SIDE = 1.5, 4096
DEPTHS = [0, 1, 2, 3, 4, 3, 2, 1]  # places of the slider
BUSY = "[data-test-script-state=running]"


def large_image(number: int) -> bytes:
    """A field of synthetic nuclei, 4,096 x 4,096, as PNG; another one for each number."""
    tile = (nuclei.generate(77, number, Knobs(height=512, width=512)).image[..., 0] * 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(np.tile(tile, (SIDE // 512, SIDE // 512))).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def stretch(page: Any, going_on: Any, least: int) -> list[float]:
    """Milliseconds of each step, as long as `going_on` says so, and at least so many."""
    times: list[float] = []
    while len(times) < least or going_on():
        taken = page.evaluate(STEP, ["#slider-depth", DEPTHS[len(times) % len(DEPTHS)]])
        if taken is None:
            raise TimeoutError("the drawing did not follow the slider within 5 s")
        times.append(taken)
        page.wait_for_timeout(60)
        if len(times) >= 400:
            break
    return times


def begin(page: Any, number: int) -> None:
    """Upload a new large image and say what it is."""
    file = {"name": f"large-{number}.png", "mimeType": "image/png", "buffer": large_image(number)}
    page.locator("input[type=file]").first.set_input_files(file)
    page.get_by_text("Say first what the image shows").wait_for(timeout=60_000)
    page.get_by_role("radio", name="Cells or nuclei").click()
    page.get_by_text("tiles").first.wait_for(timeout=60_000)


def main() -> None:
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="stretches of each kind")
    rounds = parser.parse_args().rounds
    quiet, loaded = list[float](), list[float]()
    with sync_playwright() as playwright, served(ROOT / "app.py", ROOT) as port:
        pages = []
        for address in ("segment", "build?padding=same&norm=batch&size=256x256"):
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
            pages.append(browser.new_page(viewport={"width": 1440, "height": 900}))
            pages[-1].goto(f"http://127.0.0.1:{port}/{address}")
            pages[-1].wait_for_selector("[data-test-script-state=notRunning]", timeout=60_000)
        first, second = pages
        second.wait_for_selector("svg .box")
        stretch(second, lambda: False, 16)  # every network is traced once
        for number in range(rounds):
            quiet += stretch(second, lambda: False, 60)
            begin(first, number)
            loaded += stretch(second, lambda: first.locator(BUSY).count() > 0, 20)
            first.wait_for_selector("[data-test-script-state=notRunning]", timeout=600_000)
            second.wait_for_timeout(3000)
            print(f"round {number + 1}: {len(loaded)} steps beside the large image", flush=True)
    alone, beside = statistics.median(quiet), statistics.median(loaded)
    print(f"a step of the second visitor, median: {alone:.1f} ms alone, {beside:.1f} ms beside {SIDE} x {SIDE} pixels")
    print(f"{beside / alone:.2f} times (bar {BAR}), n = {len(quiet)} and {len(loaded)}")
    sys.exit(beside / alone > BAR)


if __name__ == "__main__":
    main()
