"""What the tabs of Segment are about."""

from dataclasses import dataclass

from ui.viewer import Told
from unet_core.images import LoadedImage


@dataclass(frozen=True, eq=False)
class Seen:
    """The image, the network that looks at it, the marked diameter in pixels, and what the viewer told."""

    image: LoadedImage
    name: str
    marked: float | None
    told: Told
    language: str
