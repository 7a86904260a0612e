"""From a choice on Compare to the first frame that shows the new pair, and whether the times on the page are right.

    python benchmarks/compare.py               both
    python benchmarks/compare.py --times       the times alone, without a browser

Redraw: a U-Net++ of depth 5 beside a U-Net of depth 5, in headless Chromium on this machine. A or B is changed in its
list to another network and back; everything was drawn before, so what is measured is the way there and back, the
page's script and the browser. The option is chosen in the page; a MutationObserver and the end of the frame that
follows it stop the clock. Bar: 120 ms in the median.

Times: how many times as long B takes as A, once as the page measures it and once as `benchmarks/infer.py` does, in
another order and with other weights. Bar: 20 % apart at most. Exit code 1 where a bar is missed.
"""

import argparse
import shutil
import statistics
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).parents[1]))

import torch

from benchmarks.drag import ARGUMENTS, ROOT, served
from benchmarks.frames import timed
from benchmarks.turns import in_turns, ratio
from ui.turns import THREADS
from unet_core.config import PRESETS, UNetConfig
from unet_core.inference import logits_of
from unet_core.models import build_model
from unet_core.pairing import Pair
from unet_core.pairing.clock import measure

BAR, APART = 120, 0.20  # milliseconds; share
DEEP = {"depth": "5", "padding": "same", "base": "16", "norm": "batch"}
CHOOSE = timed("name", """
  const svg = find('.aligned svg[data-version]');
  const option = [...document.querySelectorAll('[role=option]')].find((one) => one.textContent.includes(name));
  const begun = performance.now();
  const observer = new MutationObserver(() => {
    observer.disconnect();
    afterFrame(() => resolve(performance.now() - begun));
  });
  observer.observe(svg, { attributes: true, attributeFilter: ['data-version'] });
  option.click();
  setTimeout(() => resolve(null), 20000);
""")


def choose(page: Any, which: str, name: str) -> float:
    """Milliseconds from the choice of the option whose text has `name` to the frame that shows it."""
    page.locator(f".st-key-compare_{which} input").click()
    page.wait_for_selector("[role=option]")
    taken = page.evaluate(CHOOSE, name)
    if taken is None:
        raise TimeoutError(f"{name} was not drawn")
    page.wait_for_timeout(400)  # the rest of the page's answer, as a hand would leave it
    return float(taken)


def redraw(page: Any, port: int, which: str, rounds: int) -> list[float]:
    """Of every change that leads to the two deep networks."""
    own = {**DEEP, "net": "unet++"} if which == "b" else DEEP
    other = {"net": "unet++", **DEEP} if which == "a" else DEEP
    word = ",".join(f"{name}:{value}" for name, value in other.items())
    query = {**own, which: "build", {"a": "b", "b": "a"}[which]: word, "part": "challenge", "lang": "en"}
    page.goto(f"http://127.0.0.1:{port}/compare?{urlencode(query)}")
    page.wait_for_selector("svg .box")
    page.wait_for_timeout(2000)
    times = []
    for _ in range(rounds + 1):
        choose(page, which, "Classroom U-Net++")
        times.append(choose(page, which, "From Build"))
    return times[1:]


def redraws(rounds: int) -> bool:
    """Whether the bar is missed."""
    from playwright.sync_api import sync_playwright

    missed = False
    with sync_playwright() as playwright, served(ROOT / "app.py", ROOT) as port:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        for which in ("b", "a"):
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.set_default_timeout(120_000)
            times = sorted(redraw(page, port, which, rounds))
            middle = statistics.median(times)
            missed |= middle > BAR
            print(f"{which.upper()} changed, U-Net++ beside U-Net, depth 5: median {middle:6.1f} ms   90th percentile "
                  f"{times[int(0.9 * (len(times) - 1))]:6.1f} ms   n = {len(times)}   bar {BAR} ms"
                  f"{'   MISSED' if middle > BAR else ''}", flush=True)  # fmt: skip
            page.close()
        browser.close()
    return missed


def as_infer(a: UNetConfig, b: UNetConfig, side: int, rounds: int) -> float:
    """B's time in A's, as benchmarks/infer.py measures: trained weights or not, they take as long."""
    models = {"b": build_model(b).eval(), "a": build_model(a).eval()}
    images = {name: torch.randn(1, model.config.in_channels, side, side) for name, model in models.items()}
    works = {name: lambda name=name: logits_of(models[name], images[name]) for name in models}
    return ratio(in_turns(works, rounds), "b", "a")


def times(pairs: Sequence[tuple[UNetConfig, UNetConfig]], rounds: int) -> bool:
    """Whether the bar is missed."""
    torch.set_num_threads(THREADS)
    missed = False
    for a, b in pairs:
        shown, other = measure(Pair(a, b), rounds).ratio, as_infer(a, b, Pair(a, b).sizes[0][0], rounds)
        apart = abs(shown / other - 1)
        missed |= apart > APART
        print(f"{a.architecture} {a.base_channels} against {b.architecture} {b.base_channels}, depth {b.depth}: B "
              f"takes {shown:.2f} times as long on the page, {other:.2f} as infer.py measures, {apart:.0%} apart"
              f"{'   MISSED' if apart > APART else ''}", flush=True)  # fmt: skip
    return missed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", action="store_true", help="without a browser")
    parser.add_argument("--rounds", type=int, default=15, help="measurements of each; their medians are shown")
    options = parser.parse_args()
    a, b = PRESETS["classroom"], PRESETS["classroom++"]
    missed = times([(a, b), (a, replace(b, base_channels=12)), (replace(a, depth=2), b)], options.rounds)
    if not options.times:
        missed |= redraws(options.rounds)
    sys.exit(missed)


if __name__ == "__main__":
    main()
