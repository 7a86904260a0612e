"""Walk: an image travels through a trained network, in ten cards and then step by step."""

import streamlit as st

from ui import frame, models, passports, walk_view

bench = frame.page("Walk", "What happens to an image?")
models.model_or_stop()
walk = walk_view.chosen(bench)

walk_view.show_drawing(walk, bench.language)
walk_view.show_player(walk, bench.language)
if walk.pictured:
    st.caption(passports.short(models.FIRST))
