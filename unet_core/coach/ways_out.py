"""Three ways to give a network an image whose size does not fit: resize it, pad it, or crop it."""

from dataclasses import dataclass

from unet_core.coach.border import mask_box, percent_text
from unet_core.config import UNetConfig
from unet_core.messages import Message
from unet_core.receptive_field import Box
from unet_core.sizes import closest_legal, nearest_legal

Size = tuple[int, int]


@dataclass(frozen=True)
class Way:
    """`kind` is "resize", "pad" or "crop". The network's input has `size`, (height, width). `image` and `mask` lie in
    its pixels; an image that is cropped reaches beyond it.
    """

    kind: str
    size: Size
    image: Box
    mask: Box

    @property
    def covered(self) -> float:
        """The share of the image that gets a mask, 0..1."""
        height = min(self.mask.bottom, self.image.bottom) - max(self.mask.top, self.image.top)
        width = min(self.mask.right, self.image.right) - max(self.mask.left, self.image.left)
        return max(0, height) * max(0, width) / (self.image.height * self.image.width)

    @property
    def added(self) -> tuple[int, int, int, int]:
        """Pixels between the edges of image and input, above, below, left and right; negative where they are cut."""
        (height, width), image = self.size, self.image
        return image.top, height - image.bottom, image.left, width - image.right


def ways_out(config: UNetConfig, size: Size) -> tuple[Way, ...]:
    """The ways for an image of `size`, (height, width). What is too small can't be cropped."""
    nearest = closest_legal(config, size[0]), closest_legal(config, size[1])
    pairs = [nearest_legal(config, side) for side in size]
    above = pairs[0][1], pairs[1][1]
    ways = [
        Way("resize", nearest, Box(0, 0, *nearest), mask_box(config, nearest)),
        Way("pad", above, _centred(size, above), mask_box(config, above)),
    ]
    if pairs[0][0] is not None and pairs[1][0] is not None:
        below = pairs[0][0], pairs[1][0]
        ways.append(Way("crop", below, _centred(size, below), mask_box(config, below)))
    return tuple(ways)


def _centred(image: Size, size: Size) -> Box:
    top, left = (size[0] - image[0]) // 2, (size[1] - image[1]) // 2
    return Box(top, left, top + image[0], left + image[1])


def way_says(way: Way) -> tuple[Message, ...]:
    """What is done to the image, and what it gets for it."""
    height, width = way.size
    mask = {"height": way.mask.height, "width": way.mask.width, "percent": percent_text(way.covered)}
    return (
        _done(way),
        Message("The input is {height} × {width} px.", {"height": height, "width": width}),
        Message("The mask is {height} × {width} px and covers {percent} % of the image.", mask),
    )


def _done(way: Way) -> Message:
    if way.kind == "resize":
        return Message("Scale the image to the nearest size that fits: nothing is cut off, but every object changes "
                       "size a little.")  # fmt: skip
    pixels = {"pixels": _margins(way)}
    if way.kind == "pad":
        return Message("Mirror the image at its edges: {pixels}. Nothing of it is lost or changed.", pixels)
    return Message("Cut the edges off: {pixels}. What is cut off gets no mask.", pixels)


def _margins(way: Way) -> Message:
    top, bottom, left, right = map(abs, way.added)
    if top == bottom == left == right:
        return Message("{pixels} px on every side", {"pixels": top})
    if top == bottom and left == right:
        return Message("{vertical} px above and below, {horizontal} px left and right",
                       {"vertical": top, "horizontal": left})  # fmt: skip
    return Message("{top} px above, {bottom} px below, {left} px left, {right} px right",
                   {"top": top, "bottom": bottom, "left": left, "right": right})  # fmt: skip
