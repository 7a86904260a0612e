"""The tab Fully connected: a convolution beside a layer that connects everything with everything."""

import streamlit as st

from ui.components import component, packed
from ui.kernel_links import INPUTS, drawing, line_count
from ui.language import translated
from unet_core.kernel.dense import KERNEL, Counts, counts, dense_links, local_links

USUAL = (256, 256)
UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


def show(size: tuple[int, int], language: str, *, key: str) -> None:
    """Drawings and counts, for 256 x 256 pixels and for the image in use."""
    component("kernel_links")(key=key, data=_payload(size, language))


@st.cache_resource(max_entries=32, show_spinner=False)
def _payload(size: tuple[int, int], language: str) -> bytes:
    def t(template: str, **values: object) -> str:
        return translated(template, language, **values)

    local, dense = local_links(INPUTS), dense_links(INPUTS)
    found = [counts(each) for each in dict.fromkeys((USUAL, size))]
    return packed({
        "language": language, "title": t("The same idea, but shared and local"),
        "text": t("Both layers make every output a weighted sum of inputs. A fully connected layer has a weight of its "
                  "own for every pair. A convolution looks at neighbours only and uses the same few weights "
                  "everywhere: a larger image needs no more of them, and a nucleus is found wherever it lies. Lines of "
                  "one look are one and the same weight."),
        "drawings": [
            drawing("local", [local], t("Convolution: {lines} connections share {weights} weights",
                                        lines=line_count(local), weights=int(local.max())), "weight"),
            drawing("dense", [dense], t("Fully connected: {lines} connections have {weights} weights",
                                        lines=line_count(dense), weights=int(dense.max())), "own"),
        ],
        "columns": [t("Layer, from one channel to {channels}", channels=found[0].channels), t("Parameters"),
                    t("Multiplications"), t("Weights in float32")],
        "rows": [row for each in found for row in _rows(each, language)],
    })  # fmt: skip


def _rows(found: Counts, language: str) -> list[list[str]]:
    height, width = found.size
    inputs, outputs = height * width, height * width * found.channels
    return [
        [translated("Convolution, {height} × {width} pixels", language, height=height, width=width),
         f"{KERNEL} × {KERNEL} × 1 × {found.channels} + {found.channels} = {found.convolution:,}",
         f"{found.convolution_macs:,}", memory(found.convolution_bytes)],
        [translated("Fully connected, {height} × {width} pixels", language, height=height, width=width),
         f"{inputs:,} × {outputs:,} + {outputs:,} = {found.dense:,}", f"{found.dense_macs:,}",
         memory(found.dense_bytes)],
    ]  # fmt: skip


def memory(amount: int) -> str:
    """In the unit that leaves one to three digits before the point."""
    power = min((len(str(amount)) - 1) // 3, len(UNITS) - 1)
    return f"{amount / 1000**power:.{min(power, 1)}f} {UNITS[power]}"
