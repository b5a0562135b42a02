"""A person's strong identifiers as they stand in any text: within sentences, lists, JSON, search words, addresses.

`Traces.pattern` is a quick look that PostgreSQL can take (its regular expressions know the same words); `Traces.owners`
has the last word. An address that is only a part of a longer one is another address.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import phonenumbers

from habeas.domain.subjects import Identifier, IdentifierKind, Subject

NUMBER_MIN = 6
"""Customer and account numbers that are shorter stand in too many texts to mean anybody."""

_BETWEEN_DIGITS = r"[^\w+]{0,3}"
_BETWEEN_LETTERS = r"[\s.-]?"


@dataclass(frozen=True, slots=True)
class Trace:
    """One of them in a text, and whose it is."""

    start: int
    end: int
    token: str
    kind: IdentifierKind


class Traces:
    """What is looked for on behalf of some people; empty if none of their identifiers could be known in a text."""

    def __init__(self, subjects: Sequence[Subject]) -> None:
        self._exact: list[tuple[str, IdentifierKind, re.Pattern[str]]] = []
        self._literals: set[str] = set()
        patterns: dict[str, None] = {}
        spread: dict[str, None] = {}
        for subject in subjects:
            for each in subject.identifiers:
                if (way := _WAYS.get(each.kind)) is None or not (found := way(each)):
                    continue
                quick, exact, literals = found
                patterns[quick] = None
                self._literals |= literals
                if not literals:
                    spread[quick] = None
                self._exact.append((subject.token, each.kind, re.compile(exact, re.IGNORECASE)))
        self.pattern = "|".join(patterns)
        self._spread = re.compile("|".join(spread), re.IGNORECASE) if spread else None

    def __bool__(self) -> bool:
        return bool(self._exact)

    def owners(self, text: str) -> frozenset[str]:
        """The tokens of those whose identifiers are in it."""
        if not self._suspect(text):
            return frozenset()
        return frozenset(token for token, _, exact in self._exact if exact.search(text))

    def in_text(self, text: str) -> list[Trace]:
        """Each place in which one stands."""
        if not self._suspect(text):
            return []
        return [
            Trace(hit.start() + _bracketed(hit[0]), hit.end(), token, kind)
            for token, kind, exact in self._exact
            for hit in exact.finditer(text)
        ]

    @property
    def literals(self) -> frozenset[str] | None:
        """Texts in small letters of which one is in every text that is meant; None if they can't be told."""
        return None if self._spread else frozenset(self._literals)

    def _suspect(self, text: str) -> bool:
        lower = text.lower()
        if any(each in lower for each in self._literals):
            return True
        return self._spread is not None and self._spread.search(text) is not None


def _bracketed(text: str) -> int:
    """1 if it begins with a bracket that is closed only after it, and so is not part of a number."""
    return int(text.startswith("(") and ")" not in text)


_Way = tuple[str, str, frozenset[str]]
"""The quick pattern, the exact one, and texts in small letters of which one is in every match; none where they vary."""


def _email(each: Identifier) -> _Way:
    local, _, domain = each.value.rpartition("@")
    body = f"{re.escape(local)}(?:@|%40){re.escape(domain)}"
    exact = rf"(?:(?<![\w.+-])|(?<=%[0-9a-f][0-9a-f])){body}(?![\w-]|\.\w)"
    return body, exact, frozenset({f"{local}@{domain}".lower(), f"{local}%40{domain}".lower()})


def _phone(each: Identifier) -> _Way:
    """With the country code or without, however its digits are grouped."""
    parsed = phonenumbers.parse(each.value, None)  # in normal form it begins with the country code
    body = _spaced(phonenumbers.national_significant_number(parsed), _BETWEEN_DIGITS)
    abroad = rf"(?:\+|00)?{parsed.country_code}{_BETWEEN_DIGITS}(?:\(?0\)?{_BETWEEN_DIGITS})?"
    return body, rf"(?<!\d)(?:{abroad}|\(?0)?{body}(?!\d)", frozenset()


def _registered(each: Identifier) -> _Way:
    body = _spaced(each.value, _BETWEEN_LETTERS)
    return body, rf"(?<!\w){body}(?!\w)", frozenset()


def _number(each: Identifier) -> _Way | None:
    if len(each.value) < NUMBER_MIN:
        return None
    body = re.escape(each.value)
    return body, rf"(?<![\w-]){body}(?![\w-])", frozenset({each.value.lower()})


def _spaced(characters: Iterable[str], between: str) -> str:
    return between.join(re.escape(each) for each in characters)


_WAYS: dict[IdentifierKind, Callable[[Identifier], _Way | None]] = {
    IdentifierKind.EMAIL: _email,
    IdentifierKind.PHONE: _phone,
    IdentifierKind.EORI: _registered,
    IdentifierKind.VAT_NUMBER: _registered,
    IdentifierKind.CUSTOMER_NUMBER: _number,
    IdentifierKind.ACCOUNT_NUMBER: _number,
}
"""Names are in no list: they prove nothing, and stand in the texts of others."""
