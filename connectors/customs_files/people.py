"""The people looked for: the literal forms of their identifiers, and their names."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from connectors.customs_files.folding import fold
from habeas.domain.subjects import IdentifierKind, Subject

_TITLES = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "miss",
        "mx",
        "dr",
        "prof",
        "sir",
        "dame",
        "lord",
        "lady",
        "herr",
        "frau",
        "hr",
        "fr",
        "bay",
        "bayan",
        "sayin",
        "mme",
        "m",
        "mlle",
        "dhr",
        "mevr",
        "sig",
        "jr",
        "sr",
    ]
)
_TOKEN = re.compile(rb"[A-Za-z0-9\x80-\xff]+(?:'[A-Za-z0-9\x80-\xff]+)*")
_WORD = re.compile(r"[^\W_]+(?:['\u2019.-][^\W_]+)*")
_MISREAD_AS_1252 = ("utf-8", "cp1254", "cp1250", "iso8859-2", "cp850", "cp437", "mac-roman")
_WRITTEN_KEPT_MAX = 10_000  # few: a file writes somebody's name the same way in all rows
CUT_AT_CHARACTERS = 18  # HMRC's reports cut the names of consignees and consignors


@dataclass(frozen=True, slots=True)
class Wanted:
    """One identifier of one of the people looked for."""

    subject: int
    kind: IdentifierKind
    value: str


def spellings(value: str) -> Iterator[str]:
    """The value, and as it reads where its bytes were taken for Windows-1252."""
    yield value
    if not value.isascii():
        for form in {value, value.upper()}:
            for codec in _MISREAD_AS_1252:
                try:
                    yield form.encode(codec).decode("utf-8", "habeas-windows-1252")
                    yield form.encode(codec).decode("cp1252")
                except UnicodeError:
                    continue


def name_words(text: str) -> tuple[bytes, ...]:
    """A name's words, folded, without titles and commas."""
    found = [each.replace(b"'", b"") for each in _TOKEN.findall(fold(text))]
    return tuple(each for each in found if each.decode("utf-8", "surrogatepass") not in _TITLES)


class Names:
    """The names of the people looked for, in every order that files write them."""

    def __init__(self, subjects: Sequence[Subject]) -> None:
        self._by_word: dict[bytes, set[tuple[int, tuple[bytes, ...], bool]]] = {}
        self._cut: dict[bytes, set[int]] = {}
        self._words: dict[int, set[bytes]] = {}
        self._written: dict[tuple[str, int], str] = {}
        for number, subject in enumerate(subjects):
            for name in subject.values(IdentifierKind.NAME):
                for spelling in dict.fromkeys(spellings(name)):
                    if spelling == name or _keeps_its_letters(spelling):
                        self._add(number, name_words(spelling), whole=spelling != name)

    def _add(self, number: int, parts: tuple[bytes, ...], *, whole: bool) -> None:
        if not parts or len(b"".join(parts)) < 2:
            return
        self._words.setdefault(number, set()).update(parts)
        for word in parts:
            self._by_word.setdefault(word, set()).add((number, parts, whole))
        orders = {
            b" ".join(parts),
            b" ".join((*parts[-1:], *parts[:-1])),
            b", ".join((parts[-1], b" ".join(parts[:-1]))),
        }
        for written in orders:
            if len(written) > CUT_AT_CHARACTERS:
                self._cut.setdefault(b" ".join(_TOKEN.findall(written[:CUT_AT_CHARACTERS])), set()).add(number)

    def __bool__(self) -> bool:
        return bool(self._by_word)

    def needed(self) -> set[frozenset[bytes]]:
        """Sets of words, all of one of which a text holds that holds a name; words as they are without apostrophes."""
        whole = {frozenset({parts[0], parts[-1]}) for each in self._by_word.values() for _, parts, _ in each}
        return whole | {frozenset(cut.split()) for cut in self._cut}

    def matching(self, text: str) -> set[int]:
        """The people whose name the text is, or holds; also a name cut off at 18 characters."""
        found = _TOKEN.findall(fold(text)) if self._by_word else []
        if not found:
            return set()
        matches: set[int] = set()
        candidates = {each for word in found for each in self._by_word.get(word.replace(b"'", b""), ())}
        if candidates:
            there = name_words(text)
            matches = {number for number, parts, whole in candidates if _holds(there, parts, whole=whole)}
        if CUT_AT_CHARACTERS - 3 <= len(text.strip()) <= CUT_AT_CHARACTERS:
            matches |= self._cut.get(b" ".join(found), set())
        return matches

    def as_written(self, text: str, number: int) -> str:
        """The name of one of them as a text has it that matches it, without the other words of the text."""
        written = self._written.get((text, number))
        if written is None:
            own = self._words.get(number, set())
            words = [each for each in _WORD.findall(text) if (parts := set(name_words(each))) and parts <= own]
            name = " ".join(dict.fromkeys(words))
            written = name if number in self.matching(name) else text.strip()
            if len(self._written) < _WRITTEN_KEPT_MAX:
                self._written[text, number] = written
        return written


def _keeps_its_letters(misread: str) -> bool:
    """True unless a letter reads as punctuation (a Macintosh's Ö as …): what is left may be another name."""
    return "Ã" in misread or all(each.isalnum() or each in " '-." for each in misread)


def _holds(there: tuple[bytes, ...], parts: tuple[bytes, ...], *, whole: bool) -> bool:
    """True if the words of a name stand together, first name first or last; middle names may lack, or be initials.

    A misread name must be there as a `whole`: its words are chance.
    """
    if len(parts) == 1:
        return there == parts
    if whole:
        return any(there[at : at + len(parts)] == parts for at in range(len(there) - len(parts) + 1))
    for words in (there, tuple(each for each in there if len(each) > 1 or each in parts)):
        for wanted in _forms(parts):
            span = len(wanted)
            if any(words[at : at + span] == wanted for at in range(len(words) - span + 1)):
                return True
    return {parts[0], parts[-1]} <= set(there) and len(there) <= 4 and len(parts) == 2


def _forms(parts: tuple[bytes, ...]) -> Iterator[tuple[bytes, ...]]:
    for wanted in (parts, (parts[0], parts[-1])) if len(parts) > 2 else (parts,):
        for turn in range(len(wanted)):
            yield wanted[turn:] + wanted[:turn]
