"""Compare: is U-Net++ worth it? Two networks in one drawing, and what the one costs and brings beside the other."""

from ui import compare_tabs, frame
from ui.compare_state import pair_of

bench = frame.page("Compare", "Is U-Net++ worth it?")
pair = pair_of(bench)
compare_tabs.show(pair, bench)
