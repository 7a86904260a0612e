"""Bring the catalogues up to date: `python -m ui.locales.update` finds every template in the code, merges it into the
.po files and compiles them to .mo. A translator edits the .po in between. Needs babel (requirements-test.txt).
"""

import ast
import io
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[2]
LOCALES = Path(__file__).parent
# The functions whose first argument is a template (of `page` the second too); errors are found by their names.
KEYWORDS: dict[str, tuple[int, ...]] = {"t": (1,), "translated": (1,), "Message": (1,), "mark": (1,), "page": (1, 2)}
COMMENT = "# Every text of U-Net Explorer. Edit the msgstr lines, then run `python -m ui.locales.update`."


class Plain(Catalog):
    """A catalogue whose head holds nothing that changes from run to run or from version to version of babel."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        return [
            ("Project-Id-Version", "U-Net Explorer"), ("Language", self.locale_identifier or ""),
            ("MIME-Version", "1.0"), ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit\n"),
        ]  # fmt: skip


def sources() -> list[Path]:
    folders = (ROOT / name for name in ("pages", "ui", "unet_core"))
    return [ROOT / "app.py", *sorted(path for folder in folders for path in folder.rglob("*.py"))]


def templates() -> Iterator[tuple[str, str]]:
    """(template, file) of every text that a visitor can see, in the order of the code."""
    texts = {path: path.read_text("utf-8") for path in sources()}
    known = keywords(texts.values())
    for path, text in texts.items():
        for argument in arguments(text, known):
            for template in constants(argument):
                yield template, path.relative_to(ROOT).as_posix()


def keywords(texts: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """KEYWORDS, and every class of errors that the sources define."""
    errors = {name for text in texts for name in re.findall(r"^class (\w+Error)\(", text, re.MULTILINE)}
    return {**KEYWORDS, **dict.fromkeys(errors, (1,))}


def arguments(source: str, known: Mapping[str, tuple[int, ...]]) -> list[ast.expr]:
    """What stands where a template belongs. By the syntax tree: babel's own extractor overlooks some calls."""
    found = []
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call):
            name = getattr(call.func, "id", None) or getattr(call.func, "attr", "")
            found += [call.args[place - 1] for place in known.get(name, ()) if place <= len(call.args)]
    return sorted(found, key=lambda argument: (argument.lineno, argument.col_offset))


def constants(argument: ast.expr) -> Iterator[str]:
    """The texts that an argument can be: one, or those of both branches of `a if x else b`."""
    if isinstance(argument, ast.IfExp):
        yield from constants(argument.body)
        yield from constants(argument.orelse)
    elif isinstance(argument, ast.Constant) and isinstance(argument.value, str) and argument.value:
        yield argument.value


def merged(old: Catalog) -> Plain:
    """The translations of `old` for the templates that the code has now."""
    new = Plain(locale=old.locale, header_comment=COMMENT, charset="utf-8", fuzzy=False)
    for template, path in templates():
        known = old.get(template)
        added = new.add(template, known.string if known else "", locations=[(path, None)])
        added.flags.discard("python-format")  # a lone % is no placeholder here
    return new


def load(language: str) -> Catalog:
    path = LOCALES / language / "LC_MESSAGES" / "app.po"
    return read_po(io.BytesIO(path.read_bytes()), locale=language) if path.exists() else Catalog(locale=language)


def as_po(catalogue: Plain) -> bytes:
    buffer = io.BytesIO()
    write_po(buffer, catalogue, sort_output=True, width=120, include_lineno=False)
    return buffer.getvalue()


def as_mo(catalogue: Plain) -> bytes:
    buffer = io.BytesIO()
    write_mo(buffer, catalogue)
    return buffer.getvalue()


def main() -> int:
    for folder in sorted(LOCALES.glob("*/LC_MESSAGES")):
        catalogue = merged(load(folder.parent.name))
        (folder / "app.po").write_bytes(as_po(catalogue))
        (folder / "app.mo").write_bytes(as_mo(catalogue))
        missing = [message.id for message in catalogue if message.id and not message.string]
        print(f"{folder.parent.name}: {len(missing)} templates without a translation", *missing, sep="\n  ")
    return 0


if __name__ == "__main__":
    sys.exit(main())
