"""A picture to keep or to print: an image, its mask, and below them the passport of the network that made it.

As SVG with real text, in any language, by the fonts of whoever opens it. As PNG in English, because the one font that
is there wherever the app runs has Latin letters alone; the text in the visitor's language then lies in the file.
"""

from unet_core.report.png import report_png
from unet_core.report.sheet import Report, make_report
from unet_core.report.svg import report_svg

__all__ = ["Report", "make_report", "report_png", "report_svg"]
