"""Work beside the page, when the server ends in the middle of it."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
BUSY = """
import time, torch
from ui.side_work import SideWork

class Busy(SideWork):
    def work(self):
        image, convolution = torch.randn(1, 32, 256, 256), torch.nn.Conv2d(32, 32, 3, padding=1)
        while True:
            with torch.inference_mode():
                convolution(image)
            self.between()

work = Busy(lambda: True)
work.begin()
time.sleep(0.5)
print(work.running)
"""


def test_python_ends_in_peace_while_a_network_computes() -> None:
    ended = subprocess.run([sys.executable, "-c", BUSY], cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert (ended.returncode, ended.stdout) == (0, "True\n"), ended.stderr[-300:]
