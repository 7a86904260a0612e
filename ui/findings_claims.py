"""The tab of the article: what is usually said of U-Net, and what our networks show for it or against it."""

from collections.abc import Mapping

import streamlit as st

from ui.language import plain
from ui.state import t
from unet_core.studies import STUDIES
from unet_core.studies.claims import Claim, Verdict, claims
from unet_core.studies.summary import Summary

SIGNS = {Verdict.HOLDS: "✓", Verdict.FAILS: "✗", Verdict.PARTLY: "≈", Verdict.NO_DIFFERENCE: "≈", Verdict.OPEN: "…"}


def show(results: Mapping[str, Summary | None]) -> None:
    """Each claim beside its evidence; comparisons that nobody has measured are counted, not listed."""
    st.markdown(t("On the left what an introduction to U-Net usually says, on the right what our networks show. A "
                  "claim about several cases holds only where all of them support it; one against it is enough. "
                  "{holds} supports the claim, {fails} speaks against it, {same} no difference found.",
                  holds=SIGNS[Verdict.HOLDS], fails=SIGNS[Verdict.FAILS],
                  same=SIGNS[Verdict.NO_DIFFERENCE]))  # fmt: skip
    for claim in claims(STUDIES, results):
        with st.container(border=True, key=f"claim_{claim.name}"):
            said, shown = st.columns([1, 2.2], gap="medium")
            said.markdown(f"**{plain(t(claim.claim))}**")
            said.markdown(f"{SIGNS[claim.verdict]} {plain(t(claim.words))}")
            shown.markdown(_evidence(claim))


def _evidence(claim: Claim) -> str:
    lines = [f"{SIGNS[one.verdict]} {plain(t(one.statement))}" for one in claim.evidence
             if one.verdict is not Verdict.OPEN]  # fmt: skip
    waiting = len(claim.evidence) - len(lines)
    if waiting:
        lines.append(t("{sign} {waiting} of {all} comparisons are not measured yet, or have one pair only.",
                       sign=SIGNS[Verdict.OPEN], waiting=waiting, all=len(claim.evidence)))  # fmt: skip
    return "\n".join(f"- {line}" for line in lines)
