"""A report as one SVG file that stands alone: the pictures inside it, real text, no script, nothing fetched."""

import re
from base64 import b64encode
from collections.abc import Callable
from xml.sax.saxutils import escape, quoteattr

from unet_core.diagram.sheet import length_of
from unet_core.images import encode_png
from unet_core.messages import Message
from unet_core.report.sheet import GAP, Report, wrapped

FONT = "'Source Sans 3', 'Source Sans Pro', Arial, 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif"
INK, PAPER = "#10151A", "#FFFFFF"
NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # what a file of XML may not hold


def report_svg(report: Report, translate: Callable[[Message], str] = str, language: str = "en") -> str:
    """The report in the language of `translate`; `language` is its code, which tells a browser what font to take."""
    height, width, _ = report.picture.shape
    size, room = report.text_height, report.width - 2 * GAP
    title = _clean(translate(report.title))
    y, texts = GAP + height + 2.2 * size, []
    texts.append(_line(title, y, round(1.4 * size), "bold"))
    for line in report.lines:
        y += 0.4 * size
        for part in wrapped(_clean(translate(line)), room, lambda text: length_of(text, size)):
            y += 1.4 * size
            texts.append(_line(part, y, size))
    picture = b64encode(encode_png(report.picture)).decode()
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{report.width}" height="{y + size + GAP:.0f}" '
        f'viewBox="0 0 {report.width} {y + size + GAP:.0f}" role="img" lang={quoteattr(language)} '
        f'aria-label={quoteattr(title)} font-family="{FONT}" fill="{INK}">',
        f"<title>{escape(title)}</title>",
        f'<rect width="100%" height="100%" fill="{PAPER}"/>',
        f'<image x="{GAP}" y="{GAP}" width="{width}" height="{height}" href="data:image/png;base64,{picture}"/>',
        *texts,
        "</svg>\n",
    ])  # fmt: skip


def _line(words: str, y: float, size: int, weight: str = "normal") -> str:
    return f'<text x="{GAP}" y="{y:.1f}" font-size="{size}" font-weight="{weight}">{escape(words)}</text>'


def _clean(text: str) -> str:
    return NO_XML.sub("\ufffd", text)
