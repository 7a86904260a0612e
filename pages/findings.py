"""Findings: what did we measure? A study's networks with every run and every interval, and the article checked."""

import streamlit as st

from ui import findings_claims, findings_view, frame
from ui.findings_results import all_results
from ui.language import plain
from ui.state import t

bench = frame.page("Findings", "What did we measure?")
results, damaged = all_results()
for error in damaged:
    st.error(plain(t(error)))

studies, article = st.tabs((t("The studies"), t("The article checked")), key="findings_tabs", on_change="rerun")
if studies.open:
    with studies:
        findings_view.show(results, bench.language)
if article.open:
    with article:
        findings_claims.show(results)
