"""In short: what B costs beside A, and what the studies have found, once no question is open that this would answer."""

import streamlit as st

from ui import compare_predict
from ui.compare_cost import costs
from ui.findings_results import all_results
from ui.language import joined, plain
from ui.state import Workbench, t
from unet_core.messages import Message
from unet_core.pairing import Pair
from unet_core.pairing.evidence import NOTHING, evidence
from unet_core.pairing.table import in_short


def show(pair: Pair, bench: Workbench) -> None:
    """The answer to the title of the page, as far as there is one; nothing for a network beside itself."""
    if pair.same or compare_predict.waiting(pair, bench):
        return
    said = [in_short(pair.a.base_channels, pair.b.base_channels, *costs(pair))]
    found = evidence(pair, all_results()[0])
    if len(found) > 2 and found[0] is NOTHING:  # what it rests on is said under Quality and in the report
        told = joined(t(sentence) for sentence in found[2:])
        said += [NOTHING, Message("The nearest study, of smaller networks: {found}", {"found": told})]
    else:
        said += found
    with st.container(border=True, key="compare_verdict"):
        st.markdown("\n".join([f"**{t('In short')}**", "", *(f"- {plain(t(sentence))}" for sentence in said)]))
