"""Networks that a visitor brings along: what fits is taken, everything else gets one sentence."""

import io
import json
import pickle
import zipfile
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save

from tests.core.test_checkpoint import TINY, card_of, model_of
from unet_core.checkpoint import Card, card_text, packed
from unet_core.messages import ExplainedError
from unet_core.own_network import checked, digest_of, from_files, name_of
from unet_core.segment import segment
from unet_core.zoo.passport import BROUGHT, TRAINED, passport

WEIGHTS, CARD = "weights.safetensors", "card.json"


def files(**changes: Any) -> list[tuple[str, bytes]]:
    """What Train gives to take away; `changes` are of the card, after its digest was taken."""
    weights, card = packed(model_of(), card_of())
    return [(WEIGHTS, weights), (CARD, json.dumps({**json.loads(card_text(card)), **changes}).encode())]


def zipped(given: list[tuple[str, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number, (name, content) in enumerate(given):
            archive.writestr(f"network-{number}/{name}", content)
    return buffer.getvalue()


def taken(given: list[tuple[str, bytes]]) -> Card:
    weights, card = from_files(given)
    checked(weights, card)
    return card


def test_what_was_taken_away_can_be_brought_back_and_answers_the_same() -> None:
    weights, card = from_files(list(reversed(files())))
    image = np.random.default_rng(1).random((40, 56, 1), np.float32)
    found = segment(checked(weights, card), card, image)
    assert np.array_equal(found.probability, segment(model_of(), card_of(), image).probability)
    assert name_of(card, digest_of(weights, card)) == f"tiny-{digest_of(weights, card)[:6]}"


OTHER = packed(model_of(replace(TINY, base_channels=3)), card_of())[0]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ([], "choose two files together, weights.safetensors and the card.json that was downloaded with it"),
        (files()[:1], "there were 1"),
        ([*files(), (CARD, b"{}")], "there were 3"),
        ([(WEIGHTS, pickle.dumps({"a": 1})), files()[1]], "weights.safetensors is no safetensors file, or a damaged"),
        ([("a.zip", zipped(files() * 2))], "choose a ZIP with one weights.safetensors of at most 64 MB and one"),
        ([("a.zip", zipped([("big/card.json", bytes(2**20 + 1))]))], "choose a ZIP with one weights.safetensors"),
        ([("a.zip", zipped([("a.txt", b"")]))], "there were 0"),
        ([("a.zip", b"PK")], "this is no ZIP that can be read"),
        ([("model.PTH", files()[0][1]), files()[1]], "model.PTH is of a kind that can run code"),
        ([(WEIGHTS, OTHER), files()[1]], "weights.safetensors does not fit the card's network: "),
        ([(WEIGHTS, save({"a": np.zeros(1, np.float32)})), files()[1]], "does not fit the card's network: "),
        ([(WEIGHTS, packed(model_of(seed=1), card_of())[0]), files()[1]], "their digests differ"),
        ([files()[0], (CARD, b"\xff")], "card.json is no JSON that can be read"),
        ([files()[0], (CARD, b"[" * 100_000)], "card.json is no JSON that can be read"),
        ([files()[0], (CARD, b"[]")], "card.json must hold one JSON object"),
        ([files()[0], (CARD, b" " * (2**20 + 1))], "card.json is larger than 1 MB"),
        (files(object_diameter=0), "object_diameter holds 0, which can't be"),
        (files(object_diameter=float("nan")), "object_diameter holds nan, which can't be"),
        (files(normalisation={"name": "magic"}), "a normalisation that is not known here"),
        (files(normalisation={"name": "percentile", "low": 1, "high": 999, "clip": [-1, 4]}), "normalisation"),
        (files(normalisation={"name": "percentile", "low": "a", "high": 9, "clip": [-1, 4]}), "normalisation"),
        (files(normalisation={"name": "percentile", "low": 1, "high": 9, "clip": ["x", "y"]}), "normalisation"),
        (files(metrics={"median": {"test": {"dice": "<b>"}}}), "something else than figures"),
        (files(config={"depth": 99}), "depth must be"),
        (files(classes=["one"]), "the card names 1 classes"),
    ],
    ids=range(25),
)  # fmt: skip
def test_whatever_does_not_fit_gets_one_sentence(given: list[tuple[str, bytes]], sentence: str) -> None:
    with pytest.raises(ExplainedError) as caught:
        taken(given)
    assert sentence in str(caught.value)


def test_one_zip_with_both_will_do() -> None:
    assert taken([("run.zip", zipped([("curves.csv", b"1"), *files()]))]).name == "tiny"


def test_weights_that_are_too_large_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unet_core.own_network.MOST_WEIGHTS", 1000)
    with pytest.raises(ExplainedError, match="and at most 0 MB are taken"):
        taken(files())


@pytest.mark.parametrize(
    ("name", "plain"), [("My Net!", "my-net"), ("../../etc", "etc"), ("鹅", "network"), ("a" * 90, "a" * 24)]
)
def test_a_name_is_fit_for_a_file(name: str, plain: str) -> None:
    assert name_of(replace(card_of(), name=name), "1f0c2dffff") == f"{plain}-1f0c2d"


# --- passports ---

MEASURED = {"seeds": {"1": {}}, "median": {"validation": {"dice": 0.75}}}


def told(origin: str, **changes: Any) -> list[str]:
    card = replace(card_of(), training={"date": "2026-11-27T10:00:00"}, **changes)
    return [str(line) for line in passport(card, origin=origin).sentences]


def test_the_passport_of_one_that_was_trained_here_says_so_and_when() -> None:
    first, _, last = told(TRAINED)
    assert first.startswith("Mask by tiny, trained here on 2026-11-27: U-Net of depth 1, ")
    assert "not the network you built" not in first and last == "How good it is nobody has measured."
    assert told(TRAINED, metrics=MEASURED)[2] == (
        "On the images by which its training was steered it reaches a Dice of 0.750 (one training, so how far another "
        "would differ is not known)."
    )


def test_figures_that_were_brought_along_are_a_claim() -> None:
    first, _, last = told(BROUGHT, metrics=MEASURED)
    assert first.startswith("Mask by tiny, which you brought along: ")
    assert last == "Its card says that it reaches a Dice of 0.750, which nobody has checked here."
    assert told(BROUGHT)[2] == "How good it is nobody has measured."
