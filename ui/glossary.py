"""The words of the field, each in one sentence."""

import streamlit as st

from ui.language import mark
from ui.state import t

GLOSSARY = [
    (
        mark("Segmentation"),
        mark(
            "Giving every pixel of an image a class; the result is a mask as large as the image, or a little smaller."
        ),
    ),
    (
        mark("Classification"),
        mark("One answer for the whole image: what is in it."),
    ),
    (
        mark("Detection"),
        mark("A box around every object, with a class for each box."),
    ),
    (
        mark("Feature map"),
        mark("What one layer computes: an image with many channels, each answering to its own pattern."),
    ),
    (
        mark("Channel"),
        mark(
            "One of the pictures that a feature map is made of; the number of channels is also called the "
            "number of filters."
        ),
    ),
    (
        mark("Convolution"),
        mark(
            "Every output pixel is a weighted sum of a small window of all input channels; the same weights "
            "are used everywhere."
        ),
    ),
    (
        mark("Kernel"),
        mark(
            "The weights of a convolution: a small window of them, often 3 × 3, for each pair of an input and an "
            "output channel."
        ),
    ),
    (
        mark("ReLU"),
        mark("Negative values become zero; the rest stays as it is."),
    ),
    (
        mark("Padding"),
        mark(
            "Zeros around the image. With same padding a convolution keeps the size; with valid padding there"
            " are none, and a 3 × 3 convolution takes one pixel off every side."
        ),
    ),
    (
        mark("Pooling"),
        mark("Keeps the largest of every 2 × 2 pixels, so that height and width halve."),
    ),
    (
        mark("Encoder"),
        mark("The left side of the U: it sees ever more of the image, ever more coarsely."),
    ),
    (
        mark("Bottleneck"),
        mark("The lowest block of the U: the coarsest image, and as a rule the most channels."),
    ),
    (
        mark("Decoder"),
        mark("The right side of the U: it brings the image back to its size."),
    ),
    (
        mark("Up-convolution"),
        mark("Spreads every pixel over 2 × 2 pixels with trained weights; also called transposed convolution."),
    ),
    (
        mark("Skip connection"),
        mark("Hands a feature map of the encoder straight to the decoder at the same level."),
    ),
    (
        mark("Logit and probability"),
        mark("The last layer gives each class a number, the logit; sigmoid or softmax turns it into a probability."),
    ),
    (
        mark("Batch norm"),
        mark(
            "Shifts and scales each channel to mean 0 and variance 1 over the images of a training step, then by two "
            "trained numbers; afterwards it uses the averages it kept."
        ),
    ),
    (
        mark("Deep supervision"),
        mark("In U-Net++: a head at every depth, all trained together, so that the net can be cut short."),
    ),
    (
        mark("Multiply-add"),
        mark("One multiplication and one addition: the unit in which the work of a network is counted."),
    ),
    (
        mark("Dice"),
        mark("How well two masks agree: twice the shared area over the sum of both areas, from 0 to 1."),
    ),
    (
        mark("IoU"),
        mark("Intersection over union: the area that two masks share over the area that either covers, from 0 to 1."),
    ),
    (
        mark("Boundary F-score"),
        mark(
            "How well two outlines agree: which part of each lies within 2 pixels of the other, both parts taken "
            "together, from 0 to 1."
        ),
    ),
    (
        mark("F1 of objects"),
        mark(
            "How well objects are found: one counts as found where mask and truth share more than half of the area "
            "that they cover together; too few and too many objects both cost. From 0 to 1."
        ),
    ),
    (
        mark("Otsu's method"),
        mark(
            "No network: the one brightness that best parts an image into dark and bright pixels, found by counting, "
            "without any training."
        ),
    ),
    (
        mark("Watershed"),
        mark("Tells touching objects apart: each grows from its middle until it meets its neighbours."),
    ),
    (
        mark("Receptive field"),
        mark("All pixels of the image that can change one value of a feature map or of the mask."),
    ),
    (
        mark("Pruning"),
        mark("Cutting a U-Net++ off at an earlier head: all that this head does not read is left out."),
    ),
    (
        mark("Seed"),
        mark(
            "The number that decides all that is chance in a training: the first weights, the order of the images. "
            "Another seed is another training of the same network."
        ),
    ),
    (
        mark("95 % interval"),
        mark(
            "Where a difference may well lie, given how much trainings differ by chance. Where it holds 0, no "
            "difference was found; with few trainings that does not mean that there is none."
        ),
    ),
]


def words(*terms: str) -> None:
    """These words, folded up below what uses them; without any, all of them."""
    with st.expander(t("The words of the field")):
        for term, meaning in GLOSSARY:
            if not terms or term in terms:
                st.write(t("**{term}**: {meaning}", term=t(term), meaning=t(meaning)))
