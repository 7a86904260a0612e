"""Compare: is U-Net++ worth it? Two networks in one drawing, and what the one costs and brings beside the other."""

from ui import (
    compare_clock,
    compare_controls,
    compare_drawing,
    compare_predict,
    compare_tabs,
    compare_verdict,
    frame,
    glossary,
)
from ui.compare_state import pair_of

bench = frame.page("Compare", "Is U-Net++ worth it?")
compare_controls.show(bench)
pair = pair_of(bench)
compare_controls.differences(pair)
compare_clock.matching(bench)
compare_drawing.show(pair, bench.language)
compare_predict.show(pair, bench)
compare_verdict.show(pair, bench)
compare_tabs.show(pair, bench)
glossary.words("Skip connection", "Channel", "Multiply-add", "Receptive field", "Deep supervision", "Pruning", "Dice",
               "Seed", "95 % interval")  # fmt: skip
