"""Sentences made in the core: a template and its values, so that the screen can translate them.

The core knows no language. `str()` of a message is English; `ui` looks the template up in a catalogue and
formats the same values into the translation. A value may itself be a message.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Message:
    """One sentence: a `str.format` template with named fields, and the values that go into it."""

    template: str
    values: Mapping[str, object] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        return self.template.format(**self.values)


class Signed(float):
    """A number that is written with the sign − and not with a hyphen; what is rounded to zero has no such sign."""

    def __format__(self, spec: str) -> str:
        text = super().__format__(spec)
        if not float(text.replace(",", "")):
            text = text.replace("-", "+" if "+" in spec else "")
        return text.replace("-", "−")


class ExplainedError(ValueError):
    """A refusal with a reason a student understands. `message` is what the screen translates and shows."""

    def __init__(self, template: str, **values: object) -> None:
        self.message = Message(template, values)
        super().__init__(str(self.message))
