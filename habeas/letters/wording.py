"""The phrases, dates and numbers of one language."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import yaml

from habeas.errors import ConfigurationError
from habeas.letters.templates import FALLBACK_LANGUAGE, Templates

Phrases = Mapping[str, Any]
_SUM = re.compile(r"(?P<whole>\d{1,12})(?:\.(?P<cents>\d{2}))? (?P<currency>[A-Z]{3})")


class Wording:
    """wording.yaml of one language; the user's file may replace single entries of ours.

    An entry is found by its path, as `say("notes.left_over", n=3)`. One that depends on a number has the forms
    `one` and `other`.
    """

    def __init__(self, language: str, phrases: Phrases) -> None:
        self.language = language
        self.phrases = phrases

    @classmethod
    def load(cls, templates: Templates, language: str) -> "Wording":
        """Raises ConfigurationError if a file can't be read."""
        phrases: Phrases = {}
        name = f"{language}/wording.yaml"
        for text in templates.read_all(name):
            try:
                phrases = _merged(phrases, yaml.safe_load(text))
            except (yaml.YAMLError, AttributeError):
                raise ConfigurationError(f"templates: {name} is not valid YAML with one entry a phrase") from None
        return cls(language, phrases)

    def say(self, path: str, /, n: int | None = None, **values: str) -> str:
        """The phrase with its values filled in; `n` is written as the language writes numbers.

        Raises ConfigurationError naming the entry that is missing or asks for an unknown value.
        """
        phrase = self._entry(path)
        if isinstance(phrase, Mapping):
            phrase = phrase["one" if n == 1 else "other"]
        if n is not None:
            values["n"] = self.number(n)
        try:
            return str(phrase).format_map(values)
        except (KeyError, ValueError, IndexError, AttributeError):
            raise ConfigurationError(f"templates: {self.language}/wording.yaml: {path} has a wrong {{value}}") from None

    def knows(self, path: str) -> bool:
        """True if there is such an entry."""
        found: Any = self.phrases
        for step in path.split("."):
            if not isinstance(found, Mapping) or step not in found:
                return False
            found = found[step]
        return True

    def number(self, n: int) -> str:
        """The number with the language's thousands separator; Swedish and Turkish habits differ from English."""
        return f"{n:,}".replace(",", str(self._entry("thousands")))

    def amount(self, text: str) -> str:
        """A sum written as "1250.00 GBP" as the language writes sums; anything else as it stands."""
        found = _SUM.fullmatch(text.strip())
        if found is None:
            return text
        number = self.number(int(found["whole"]))
        if found["cents"]:
            number += f"{self._entry('decimal')}{found['cents']}"
        return self.say("amount", number=number, currency=found["currency"])

    def date(self, day: date) -> str:
        """The date in words."""
        return str(self._entry("date")).format(day=day.day, month=self._entry("months")[day.month - 1], year=day.year)

    def own(self, texts: Mapping[Any, str]) -> str:
        """Of a text that the register has in several languages the one in this language, else English, else any."""
        for language in (self.language, FALLBACK_LANGUAGE):
            if language in texts:
                return texts[language]
        return next(iter(texts.values()), "")

    def _entry(self, path: str) -> Any:
        found: Any = self.phrases
        for step in path.split("."):
            if not isinstance(found, Mapping) or step not in found:
                raise ConfigurationError(f"templates: {self.language}/wording.yaml: {path} is missing")
            found = found[step]
        return found


def _merged(under: Phrases, over: Phrases) -> Phrases:
    """`over` laid upon `under`, entry by entry at every depth."""
    merged = dict(under)
    for name, entry in over.items():
        below = merged.get(name)
        both = isinstance(entry, Mapping) and isinstance(below, Mapping)
        merged[name] = _merged(below, entry) if both else entry  # type: ignore[arg-type]  # both are mappings here
    return merged
