"""The familiar second view of a network, and why its total differs from ours."""

import streamlit as st
import torch
import torchinfo

from ui.figure import cached_trace
from ui.state import t
from unet_core.config import UNetConfig
from unet_core.models import build_model


def torchinfo_summary(config: UNetConfig, size: tuple[int, int]) -> None:
    """The familiar second view, computed when it is opened, and why two of its figures differ from ours."""
    view = st.expander(t("The same network by torchinfo"), on_change="rerun", key="torchinfo")
    if not view.open:
        return
    with view:
        text, theirs = summary(config, size)
        st.write(
            t(
                "torchinfo counts {theirs:,} multiply-adds, this page {ours:,}. It counts a 2 × 2 up-convolution at "
                "four times its work, and biases and norms too; ours agree with PyTorch's own counter.",
                theirs=theirs,
                ours=cached_trace(config, size).macs,
            )
        )
        st.code(text, language=None)


@st.cache_data(max_entries=32, show_spinner=False)
def summary(config: UNetConfig, size: tuple[int, int]) -> tuple[str, int]:
    """torchinfo's own text for the network, run on the meta device, and its total of multiply-adds."""
    with torch.device("meta"):
        model = build_model(config)
    shown = torchinfo.summary(
        model, (1, config.in_channels, *size), device="meta", verbose=0, depth=4,
        col_names=("output_size", "num_params", "mult_adds"),
    )  # fmt: skip
    return str(shown), int(shown.total_mult_adds)
