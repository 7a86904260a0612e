"""How the pixel that was pointed at gets into the mask: logits, softmax, 1 − P(background), threshold."""

import streamlit as st

from ui.answers import answer_key
from ui.kept import kept
from ui.language import joined, plain
from ui.models import model
from ui.seen import Seen
from ui.state import t
from ui.turns import queued
from unet_core.class_names import class_name
from unet_core.decision import Decision, steps_at
from unet_core.messages import Signed
from unet_core.scale import rescaled
from unet_core.tiles import mosaic


def show(seen: Seen) -> None:
    """The steps as a table and in sentences; before a click, what to do."""
    if seen.told.point is None:
        st.caption(t("Click a pixel of the picture to see, number by number, how it gets into the mask."))
        return
    row, column = seen.told.point
    steps = steps_at(_logits(seen, row, column), model(seen.name)[1].classes, seen.told.threshold / 256)
    with st.container(border=True, key="pixel"):
        st.markdown(f"**{t('Row {row}, column {column}: from logits to mask', row=row, column=column)}**")
        st.markdown(_table(steps))
        st.write(joined(plain(t(sentence)) for sentence in steps.sentences))
        if seen.marked is not None:
            st.caption(t("The network saw the image resized: these are the numbers of the nearest pixel that it saw."))


def _table(steps: Decision) -> str:
    sigmoid = len(steps.logits) == 1
    power = t("e to the minus logit") if sigmoid else t("e to the logit")
    names = map(class_name, steps.classes[1:] if sigmoid else steps.classes)
    lines = [f"| {t('Class')} | {t('Logit')} | {power} | {t('Probability')} |", "|---|---:|---:|---:|"]
    for name, logit, raised, share in zip(names, steps.logits, steps.exponentials, steps.probabilities, strict=True):
        lines.append(f"| {plain(t(name))} | {Signed(logit):.3f} | {Signed(raised):.4g} | {share:.4f} |")
    return "\n".join(lines)


@kept(1, key=lambda seen, row, column: (answer_key(seen.image, seen.name, seen.marked), row, column))
def _logits(seen: Seen, row: int, column: int) -> tuple[float, ...]:
    """One small tile is computed once more: the logits of a whole large image would fill the memory."""
    network, card = model(seen.name)
    pixels = rescaled(seen.image.pixels, seen.marked, card).pixels
    places = ((at + 0.5) * new / old for at, new, old in zip((row, column), pixels.shape, seen.image.pixels.shape,
                                                             strict=False))  # fmt: skip
    y, x = (min(int(place), side - 1) for place, side in zip(places, pixels.shape, strict=False))
    stride = 2**card.config.depth
    return tuple(float(value) for value in queued(lambda: mosaic(network, card, pixels, stride=stride).logits_at(y, x)))
