"""Bring the catalogues up to date: `python -m ui.locales.update` finds every template in the code, merges it into the
.po files and compiles them to .mo. A translator edits the .po in between. Needs babel (requirements-test.txt).
"""

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[2]
LOCALES = Path(__file__).parent
# The functions whose first argument is a template (of `page` the second too); errors are found by their names.
KEYWORDS: dict[str, tuple[int, ...]] = {"t": (1,), "translated": (1,), "Message": (1,), "mark": (1,), "page": (1, 2)}


def sources() -> list[Path]:
    return [ROOT / "app.py", *sorted(path for part in ("pages", "ui", "unet_core") for path in (ROOT / part).rglob("*.py"))]


def templates() -> Iterator[tuple[str, str, int]]:
    """(template, file, line) of every text that a visitor can see."""
    texts = {path: path.read_text("utf-8") for path in sources()}
    errors = {name for text in texts.values() for name in re.findall(r"^class (\w+Error)\(", text, re.MULTILINE)}
    keywords = {**KEYWORDS, **dict.fromkeys(errors, (1,))}
    for path, text in texts.items():
        for line, message, _, _ in extract("python", io.BytesIO(text.encode("utf-8")), keywords):
            for template in (message,) if isinstance(message, str) else message:
                if template:
                    yield template, path.relative_to(ROOT).as_posix(), line


def merged(old: Catalog) -> Catalog:
    """The translations of `old` for the templates that the code has now."""
    new = Catalog(locale=old.locale, project="U-Net Explorer", charset="utf-8", fuzzy=False)
    for template, path, _ in templates():
        known = old.get(template)
        new.add(template, known.string if known else "", locations=[(path, None)])
    return new


def load(language: str) -> Catalog:
    path = LOCALES / language / "LC_MESSAGES" / "app.po"
    return read_po(io.BytesIO(path.read_bytes()), locale=language) if path.exists() else Catalog(locale=language)


def as_po(catalogue: Catalog) -> bytes:
    buffer = io.BytesIO()
    write_po(buffer, catalogue, sort_output=True, omit_header=False, width=120, include_lineno=False)
    # a date would change the file at every run
    return b"".join(line for line in buffer.getvalue().splitlines(True) if not re.match(rb'^"(POT|PO)-[A-Za-z-]+Date', line))


def as_mo(po: bytes, language: str) -> bytes:
    buffer = io.BytesIO()
    write_mo(buffer, read_po(io.BytesIO(po), locale=language))
    return buffer.getvalue()


def main() -> int:
    for folder in sorted(path.parent for path in LOCALES.glob("*/LC_MESSAGES")):
        po = as_po(merged(load(folder.name)))
        (folder / "LC_MESSAGES" / "app.po").write_bytes(po)
        (folder / "LC_MESSAGES" / "app.mo").write_bytes(as_mo(po, folder.name))
        missing = [message.id for message in read_po(io.BytesIO(po)) if message.id and not message.string]
        print(f"{folder.name}: {len(missing)} templates without a translation")
    return 0


if __name__ == "__main__":
    sys.exit(main())
