"""What a network costs and where: parameters, work and memory per level, what the last change did to them, and why
filters double.
"""

from unet_core.costs.change import Ratios, ratio_text, ratios
from unet_core.costs.doubling import doubling_says, encoder_macs, millions, variants
from unet_core.costs.liveness import Fullest, fullest
from unet_core.costs.memory import ADAMW_COPIES, megabytes, training_bytes, using_bytes
from unet_core.costs.parts import Part, parts

__all__ = ["ADAMW_COPIES", "Fullest", "Part", "Ratios", "doubling_says", "encoder_macs", "fullest", "megabytes",
           "millions", "parts", "ratio_text", "ratios", "training_bytes", "using_bytes", "variants"]  # fmt: skip
