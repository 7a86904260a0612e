"""A large image by seamless tiles: the same mask as in one piece, to rounding.

The stride of the tiles is a multiple of 2**depth, else a tile's poolings would fall between those of the whole image.
Tiles are cut from the image with a halo of the receptive field. The image's edges stay edges of tiles: with same
padding the network itself puts zeros there, and only there; for valid networks the border is mirrored, as `segment`
does it.
"""

from unet_core.tiles.grid import Span, best_stride, spans
from unet_core.tiles.halo import Halo, TileError, halo, tileable
from unet_core.tiles.mosaic import Mosaic, Tile, mosaic, segment_tiled

__all__ = [
    "Halo", "Mosaic", "Span", "Tile", "TileError", "best_stride", "halo", "mosaic", "segment_tiled", "spans",
    "tileable",
]  # fmt: skip
