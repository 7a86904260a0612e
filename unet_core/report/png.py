"""A report as PNG for slides: the text in English, drawn with the font that Pillow brings; no other is there for sure.

That font has no Chinese and few signs. The whole text in the visitor's language lies in the file as "Description",
where programs for pictures show it.
"""

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from unet_core.messages import Message
from unet_core.report.sheet import GAP, Report, wrapped

SIGNS = {"×": "x", "−": "-", "–": "-", "µ": "u", "μ": "u", "²": "^2", "\u00a0": " "}  # as plain text writes them
DRAWN = {*map(chr, range(0x20, 0x7F)), *"±°’"}  # what the font has


def report_png(report: Report, translate: Callable[[Message], str] = str) -> bytes:
    """The report in English; `translate` is for the text that lies in the file unseen."""
    height = len(report.picture)
    size = report.text_height
    font, large = ImageFont.load_default(size), ImageFont.load_default(round(1.4 * size))
    lines = [part for line in report.lines
             for part in (*wrapped(_plain(str(line)), report.width - 2 * GAP, font.getlength), "")]  # fmt: skip
    steps = [round(1.4 * size) if line else round(0.5 * size) for line in lines]
    sheet = Image.new("RGB", (report.width, GAP + height + 3 * size + sum(steps) + GAP), "white")
    sheet.paste(Image.fromarray(np.ascontiguousarray(report.picture)), (GAP, GAP))
    pen, y = ImageDraw.Draw(sheet), GAP + height + size
    pen.text((GAP, y), _plain(str(report.title)), "black", large)
    y += 2 * size
    for line, step in zip(lines, steps, strict=True):
        pen.text((GAP, y), line, "black", font)
        y += step
    text = PngInfo()
    text.add_itxt("Description", "\n".join(translate(line) for line in (report.title, *report.lines)))
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG", pnginfo=text)
    return buffer.getvalue()


def _plain(text: str) -> str:
    """The text in letters that the font has; "?" for what can't be written in them."""
    spelled = "".join(SIGNS.get(letter, letter) for letter in text)
    return "".join(letter if letter in DRAWN else "?" for letter in spelled)
