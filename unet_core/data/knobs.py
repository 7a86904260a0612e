"""Every choice of the generator of nuclei, with its range."""

from dataclasses import dataclass, fields

from unet_core.ranges import check_range

Range = tuple[float, float]


@dataclass(frozen=True)
class Knobs:
    """Every choice of the generator. A pair is a range from which each image draws, evenly unless said otherwise.

    Lengths are in pixels; brightness is relative to a typical nucleus of the image. Raises RangeError.
    """

    height: int = 256
    width: int = 256
    radius: Range = (5.0, 20.0)  # shortest and longest semi-axis; an image's typical one is drawn evenly in the log
    radius_spread: Range = (0.08, 0.28)  # of the sizes within one image, standard deviation of the log
    elongation: Range = (1.0, 1.9)  # long over short axis; short ones are more frequent
    roughness: Range = (0.0, 0.10)  # how far an outline strays from its ellipse, as a share of the radius
    coverage: Range = (0.02, 0.40)  # share of the image under nuclei
    empty: float = 0.02  # probability of an image without any
    clumping: Range = (0.0, 0.85)  # probability that a nucleus lies against an earlier one
    overlap: float = 0.12  # largest share of a nucleus that may lie under others
    brightness_spread: Range = (0.02, 0.60)  # standard deviation of the log; small values make equally bright clumps
    mitotic: float = 0.04  # probability that a nucleus is in mitosis: small, irregular, bright
    mitotic_size: Range = (0.50, 0.75)
    mitotic_roughness: Range = (0.12, 0.25)
    mitotic_gain: Range = (1.8, 4.5)
    texture: Range = (0.03, 0.30)  # standard deviation of the chromatin's brightness
    texture_scale: Range = (0.8, 4.0)
    nucleoli: tuple[int, int] = (0, 4)  # dark spots in each nucleus
    nucleolus_depth: Range = (0.1, 0.5)
    dome: Range = (0.0, 0.5)  # how much dimmer a thin edge is than the middle
    blur: Range = (0.5, 2.5)  # sigma of the point spread
    haze: Range = (0.0, 0.30)  # share of the light that comes from out of focus
    haze_scale: Range = (6.0, 25.0)
    background: Range = (0.01, 0.35)  # evenly in the log
    unevenness: Range = (0.0, 0.6)  # of the background, as a share of it
    vignette: Range = (0.0, 0.35)  # light lost in the corners
    debris: tuple[int, int] = (0, 5)  # bright specks that are no nuclei
    photons: Range = (15.0, 600.0)  # of a typical nucleus, per pixel; evenly in the log
    read_noise: Range = (0.5, 5.0)  # standard deviation, in photons
    exposure: Range = (0.06, 0.70)  # grey value of a typical nucleus where white is 1; evenly in the log
    offset: Range = (0.0, 0.06)  # grey value of black
    bits: int = 8

    def __post_init__(self) -> None:
        for field in fields(self):
            check_range(field.name, getattr(self, field.name), *LIMITS[field.name], isinstance(field.default, tuple))


LIMITS: dict[str, tuple[float, float]] = {
    "height": (16, 2048), "width": (16, 2048), "radius": (2, 100), "radius_spread": (0, 1), "elongation": (1, 4),
    "roughness": (0, 0.4), "coverage": (0, 0.6), "empty": (0, 1), "clumping": (0, 1), "overlap": (0, 0.9),
    "brightness_spread": (0, 2), "mitotic": (0, 1), "mitotic_size": (0.2, 1), "mitotic_roughness": (0, 0.4),
    "mitotic_gain": (1, 20), "texture": (0, 1), "texture_scale": (0.3, 20), "nucleoli": (0, 20),
    "nucleolus_depth": (0, 1), "dome": (0, 1), "blur": (0, 10), "haze": (0, 1), "haze_scale": (1, 200),
    "background": (1e-4, 5), "unevenness": (0, 1), "vignette": (0, 0.9), "debris": (0, 100), "photons": (1, 1e6),
    "read_noise": (0, 1000), "exposure": (0.001, 1), "offset": (0, 0.5), "bits": (4, 16),
}  # fmt: skip


DEFAULTS = Knobs()
