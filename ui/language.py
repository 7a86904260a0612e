"""English and Chinese: gettext catalogues over the templates that core and pages write in English."""

import gettext
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from unet_core.messages import ExplainedError, Message

LANGUAGES = {"en": "English", "zh": "中文"}
LOCALES = Path(__file__).parent / "locales"


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    if language == "en":  # English is what the templates are written in
        return gettext.NullTranslations()
    return gettext.translation("app", LOCALES, [language])


def translated(text: str | Message | ExplainedError, language: str, /, **values: object) -> str:
    """`text` in `language`, its values filled in; a value that is a Message is translated too."""
    if isinstance(text, ExplainedError):
        text = text.message
    message = text if isinstance(text, Message) else Message(text, values)
    filled = {
        name: translated(value, language) if isinstance(value, Message) else raised(value)
        for name, value in message.values.items()
    }
    if not message.template:  # gettext answers an empty text with the header of its catalogue
        return ""
    return _catalogue(language).gettext(message.template).format(**filled)


def raised(value: object) -> object:
    """The name U-Net^e as the article prints it; whatever else stays as it is."""
    return value.replace("U-Net^e", "U-Netᵉ") if isinstance(value, str) else value


def plain(text: str) -> str:
    """`text` so that Markdown shows it letter by letter: a visitor's words may make no link, and no picture that the
    browser would fetch from elsewhere."""
    # Markdown makes links of bare addresses even where every letter is escaped: an invisible joiner breaks them up
    broken = re.sub(r"(:(?=//)|www(?=\.)|@)", "\\1\u2060", text, flags=re.IGNORECASE)
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", broken)


def joined(sentences: Iterable[str]) -> str:
    """Sentences in one paragraph; after a Chinese full stop there is no space."""
    return re.sub(r"(?<=[。？！]) ", "", " ".join(sentences))


def mark(text: str) -> str:
    """A template that is kept in a table and translated where it is shown; the catalogue finds it by this call."""
    return text
