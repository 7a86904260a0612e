"""Train: where the values of a network come from, watched while it learns."""

from ui import frame, jobs, train_tabs

bench = frame.page("Train", "Where do the values come from?", runs=True)
jobs.begin()
train_tabs.show(bench)
