"""The models that ship: how each is made, from nothing, and how every figure on its card is computed.

Every choice was made on validation images. Test images are opened when a model is finished, once per model, and each
opening leaves a line in `evaluations.jsonl`.
"""

from unet_core.data.samples import ASSETS
from unet_core.models import new_model
from unet_core.zoo.evaluate import TOLERANCE, data_of, recompute
from unet_core.zoo.finish import about_training, finish
from unet_core.zoo.recipe import Recipe, pairs
from unet_core.zoo.recipes import RECIPES, miniature

MODELS = ASSETS / "models"

__all__ = ["MODELS", "RECIPES", "TOLERANCE", "Recipe", "about_training", "data_of", "finish", "miniature", "new_model",
           "pairs", "recompute"]  # fmt: skip
