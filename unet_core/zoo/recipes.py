"""The models that ship, by name. Every choice was made on validation images; the test images chose nothing.

For pebbles and nuclei: a U-Net, the U-Net++ that differs from it in the wiring only, and a U-Net widened until it has
that U-Net++'s multiply-adds. For pebbles also, at depth 3, what is left without some skips. For live lessons, shapes.
"""

from dataclasses import replace
from functools import partial

from unet_core.augment import Augmentation
from unet_core.config import UNetConfig
from unet_core.data import nuclei, pebbles, shapes
from unet_core.data.knobs import Knobs
from unet_core.settings import Settings
from unet_core.zoo.recipe import Recipe

LICENCE = "The weights were made by this project; for the images see assets/SOURCES.md."
NOT_FOR_NUCLEI = (
    "diagnosis, or any decision about a patient",
    "nuclei that are dark on bright, as in stained tissue seen in transmitted light",
    "nuclei whose radius is far from 5 to 20 pixels; resize the image first",
    "images with hardly a nucleus in them: noise is then brightened and may be taken for one",
)
NOT_FOR_PEBBLES = (
    "any decision that rests on the size of stones: compare with stones measured by hand first",
    "photos from farther away or nearer than those it learned from, where half of the stones measure 10 to 34 pixels "
    "and the largest 172; resize the image first",
    "other light, other rock, wet or overgrown stones: it has seen one outcrop through one camera",
)

_NET = UNetConfig(in_channels=3, classes=3, base_channels=16, depth=4, padding="same", norm="batch")
_PEBBLES = Recipe(
    name="pebbles-unet",
    description="Finds stones in photographs of pebbles, and the boundary between stones that touch.",
    config=_NET,
    load=pebbles.load,
    settings=Settings(
        steps=1500, validate_every=150, learning_rate=2e-3, precision="bfloat16",
        augmentation=Augmentation(rotation=180.0, scale=(0.7, 1.4), elastic=4.0, gamma=0.3, contrast=0.2,
                                  brightness=0.1, noise=0.03),
    ),
    not_for=NOT_FOR_PEBBLES,
    licence=LICENCE,
)  # fmt: skip
_NUCLEI = Recipe(
    name="nuclei-unet-4",
    description="Finds nuclei in fluorescence microscopy, bright on dark, and the boundary between nuclei that touch. "
    "Trained on synthetic images only.",
    config=replace(_NET, in_channels=1),
    load=nuclei.load,
    settings=Settings(
        steps=1000, validate_every=100, learning_rate=3e-3, precision="bfloat16",
        augmentation=Augmentation(gamma=0.3, contrast=0.2, brightness=0.05, noise=0.02),
    ),
    not_for=NOT_FOR_NUCLEI,
    licence=LICENCE,
)  # fmt: skip
WIDE = 25  # filters with which a U-Net of depth 4 comes nearest to the multiply-adds of the U-Net++ of 16


def _nested(recipe: Recipe, name: str) -> Recipe:
    config = replace(recipe.config, architecture="unet++", deep_supervision=True)
    return replace(recipe, name=name, config=config, about={"differs_in": "the wiring only", "from": recipe.name})


def _wide(recipe: Recipe, name: str, nested: str) -> Recipe:
    config = replace(recipe.config, base_channels=WIDE)
    return replace(recipe, name=name, config=config, about={"multiply_adds_of": nested})


def _shallow(name: str, skips: tuple[int, ...] | None) -> Recipe:
    about = {} if skips is None else {"differs_in": "the skips only", "from": "pebbles-unet-3"}
    config = replace(_PEBBLES.config, depth=3, skip_levels=skips)
    return replace(_PEBBLES, name=name, config=config, about=about)


FIRST = Recipe(  # the first model of the app: the pages Walk and Kernel are made for its three levels, and for one
    # channel in and one logit a pixel. How it came to its 8 filters and this training: assets/SOURCES.md
    name="nuclei-unet",
    description="Finds nuclei in fluorescence microscopy, bright on dark. Trained on synthetic images only.",
    config=UNetConfig(classes=1, base_channels=8, depth=3, padding="same", norm="batch"),
    load=nuclei.load,
    settings=_NUCLEI.settings,
    not_for=(*NOT_FOR_NUCLEI[:2], "counting nuclei: those that touch come out as one", *NOT_FOR_NUCLEI[2:]),
    licence="The weights and the synthetic images were made by this project. The real test image is BSD-3-Clause; "
    "see assets/SOURCES.md.",
    classes=("background", "nucleus"),
)
SHAPES = Recipe(
    name="shapes-unet",
    description="Tells circles, squares and triangles apart by their outline; for lessons.",
    config=UNetConfig(in_channels=3, classes=4, base_channels=8, depth=3, padding="same", norm="batch"),
    load=shapes.make,
    settings=Settings(steps=600, crop=64, validate_every=100, learning_rate=1e-2),
    not_for=("anything but the shapes that it was made for",),
    licence=LICENCE,
)
ALL = (
    FIRST,
    _PEBBLES, _nested(_PEBBLES, "pebbles-unet++"), _wide(_PEBBLES, "pebbles-unet-wide", "pebbles-unet++"),
    _NUCLEI, _nested(_NUCLEI, "nuclei-unet++"), _wide(_NUCLEI, "nuclei-unet-wide", "nuclei-unet++"),
    _shallow("pebbles-unet-3", None), _shallow("pebbles-unet-3-no-skips", ()),
    *(_shallow(f"pebbles-unet-3-without-{level}", tuple(other for other in range(3) if other != level))
      for level in range(3)),
    SHAPES,
)  # fmt: skip
RECIPES = {recipe.name: recipe for recipe in ALL}
_SMALL = Knobs(height=64, width=64, coverage=(0.1, 0.4), radius=(4.0, 12.0))


def miniature(recipe: Recipe) -> Recipe:
    """The same road in seconds: a tiny network, tiny nuclei or shapes, and no look at a test image."""
    config = replace(recipe.config, in_channels=3 if recipe is SHAPES else 1, base_channels=4, depth=2,
                     skip_levels=None)  # fmt: skip
    load = partial(shapes.make, 1, 8, 4, 4) if recipe is SHAPES else partial(nuclei.load, (1, 8), (1000, 4), _SMALL)
    settings = replace(recipe.settings, steps=20, batch_size=4, crop=48, validate_every=10)
    return replace(recipe, config=config, load=load, settings=settings, finished=False)
