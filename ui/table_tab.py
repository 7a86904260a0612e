"""The tab Table of Build: every layer, linked with the drawing both ways, and torchinfo's view of the same network."""

from ui import torchinfo_view
from ui.figure import show_table
from ui.state import Workbench, select


def show(bench: Workbench) -> None:
    show_table(bench.config, bench.size, bench.selected, bench.language, key="build_table", on_pick=select)
    torchinfo_view.torchinfo_summary(bench.config, bench.size)
