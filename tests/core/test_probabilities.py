"""One rule for every net: what is foreground, and which class a pixel has."""

import numpy as np
import torch

from unet_core.probabilities import class_map, foreground, foreground_of, probabilities


def test_foreground_is_one_minus_background() -> None:
    logits = torch.randn(2, 3, 4, 5)
    assert torch.allclose(foreground(logits), logits.softmax(1)[:, 1:].sum(1), atol=1e-6)
    assert torch.allclose(foreground(logits[:, :1]), torch.sigmoid(logits[:, 0]))
    for some in (logits, logits[:, :1]):
        for found, expected in zip(probabilities(some).numpy(), foreground(some).numpy(), strict=True):
            assert np.array_equal(foreground_of(found), expected)


def test_the_classes_together_are_the_mask_at_any_threshold() -> None:
    found = np.array([[[0.4, 0.6, 0.5]], [[0.25, 0.3, 0.2]], [[0.35, 0.1, 0.3]]], np.float32)  # (classes, 1, 3)
    assert class_map(found).tolist() == [[2, 0, 2]]  # the first though background is the likeliest single class
    assert class_map(found, 0.3).tolist() == [[2, 1, 2]] and class_map(found, 0.7).tolist() == [[0, 0, 0]]
    assert class_map(found[1:2], 0.25).tolist() == [[1, 1, 0]]  # a sigmoid net's one map
