"""From a click on a block of the drawing to the first frame that shows its card, in headless Chromium on this machine.

    python benchmarks/click.py

Cold: the first click on each block after the app has started. Cached: the same blocks again, in another order. Joins
are listed by themselves: a first click there traces the other ways to join as well. The click is sent in the page; a
MutationObserver and the end of the frame that follows it stop the clock.
"""

import random
import shutil
import statistics
import tempfile
from pathlib import Path
from typing import Any

from drag import ARGUMENTS, EMPTY, ROOT, served, steps
from frames import timed

NETWORKS = {
    "U-Net, 2015": "build",
    "U-Net++, depth 4": "build?net=unet%2B%2B&base=32&padding=same&size=256x256",
    "U-Net++, depth 6": "build?net=unet%2B%2B&depth=6&padding=same&size=512x512",
}
CLICK = timed("row", """
  const card = find('.block-card');
  const begun = performance.now();
  const observer = new MutationObserver(() => {
    if (card.dataset.selected !== row || card.hidden) return;
    observer.disconnect();
    afterFrame(() => resolve(performance.now() - begun));
  });
  observer.observe(card, { attributes: true, subtree: true, childList: true });
  find(SELECTOR).dispatchEvent(new MouseEvent('click', { bubbles: true }));
  setTimeout(() => resolve(null), 5000);
""")
BOX = CLICK.replace("SELECTOR", '`.boxes .box[data-id="${row}"]`')
OPERATION = CLICK.replace("SELECTOR", '`.block-card .operations li[data-id="${row}"] button`')


def clicks(page: Any, rows: list[str], how: str) -> list[float]:
    """Milliseconds of each click."""
    times = []
    for row in rows:
        taken = page.evaluate(how, row)
        if taken is None:
            raise TimeoutError(f"no card of {row}")
        times.append(taken)
        page.wait_for_timeout(250)  # the rest of the page's answer, as a hand would leave it
    return times


def joins(page: Any, blocks: list[str], other: str) -> list[float]:
    """Milliseconds of a click on the join inside the card of every block that has one."""
    times = []
    for block in blocks:
        clicks(page, [other, block], BOX)  # a second click on what is selected would let go of it
        found = page.locator(".block-card .operations li").evaluate_all("all => all.map((li) => li.dataset.id)")
        times += clicks(page, [row for row in found if row.endswith(".join")], OPERATION)
    return times


def report(name: str, times: list[float], base: float | None = None) -> float:
    times = sorted(times)
    median, late = statistics.median(times), times[min(len(times) - 1, int(0.9 * len(times)))]
    ratio = f"{median / base:18.1f}" if base else ""
    print(f"{name:32s} {median:6.1f} {late:17.1f} {len(times):5d}{ratio}", flush=True)
    return median


def empty(browser: Any) -> float:
    """The median of one message there and back with nothing to compute and nothing to draw."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "empty.py"
        script.write_text(EMPTY)
        shutil.copytree(ROOT / ".streamlit", Path(folder) / ".streamlit")
        page = browser.new_page()
        with served(script, Path(folder)) as port:
            page.goto(f"http://127.0.0.1:{port}")
            page.wait_for_selector("svg[data-version]", state="attached")
            base = report("an empty component", steps(page, "#slider", [i % 90 for i in range(1, 60)]))
        page.close()
    return base


def main() -> None:
    from playwright.sync_api import sync_playwright

    print(f"{'click -> card, ms':32s} median   90th percentile     n  x the empty component")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        base = empty(browser)
        for name, address in NETWORKS.items():
            with served(ROOT / "app.py", ROOT) as port:
                page = browser.new_page(viewport={"width": 1440, "height": 900})
                page.goto(f"http://127.0.0.1:{port}/{address}")
                page.wait_for_selector("svg .box")
                page.wait_for_selector(".block-card", state="attached")
                page.wait_for_timeout(2000)
                blocks = page.locator(".boxes .box").evaluate_all("boxes => boxes.map((box) => box.dataset.id)")
                plain = [block for block in blocks[1:] if not block.startswith("skip.")]
                random.Random(0).shuffle(plain)
                page.evaluate(BOX, plain.pop())  # warms up what every click needs
                page.wait_for_timeout(500)
                report(f"{name}: cold", clicks(page, plain, BOX), base)
                again = [blocks[0], *random.Random(1).sample(plain, len(plain))]
                report(f"{name}: cached", clicks(page, again, BOX), base)
                decoders = [block for block in plain if block.startswith("decoder.")]
                report(f"{name}: a join, cold", joins(page, decoders, blocks[0]), base)
                page.close()
        browser.close()


if __name__ == "__main__":
    main()
