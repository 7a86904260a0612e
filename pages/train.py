"""Train: where the values of a network come from, watched while it learns."""

from ui import frame, train_tabs

bench = frame.page("Train", "Where do the values come from?")
train_tabs.show(bench)
