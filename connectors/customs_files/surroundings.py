"""The words around where somebody is mentioned in free text, and whose names among them are known from the file."""

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from connectors.customs_files.passages import Passage
from connectors.customs_files.people import Names, name_words
from connectors.customs_files.reading import Reading
from connectors.customs_files.roles import Role
from habeas.domain.records import Masked, Redaction

AROUND = 60
"""Characters on either side of a mention."""
MASK = "[…]"
CHARS_MAX = 4_000
NAMES_MAX = 20_000

_WORD = re.compile(r"[^\W_]+(?:['\u2019.-][^\W_]+)*")
_NO_PERSON = frozenset(
    b"ltd limited plc llp inc llc corp co company gmbh ag kg ab as sa sas sarl srl spa bv nv oy aps sti".split()
)
_BETWEEN = " … "


class Neighbours:
    """Names of people in a file, by their first words: the parties and the senders and receivers of mails."""

    def __init__(self, reading: Reading, names: Names) -> None:
        self._names = names
        self._by_word: dict[bytes, dict[tuple[bytes, ...], AbstractSet[int]]] = {}
        count = 0
        for layer in reading.layers:
            for passage in layer.document.passages:
                if passage.role is Role.NAME and count < NAMES_MAX:
                    count += self._add(passage.text)

    def _add(self, text: str) -> bool:
        words = name_words(text)
        if not 2 <= len(words) <= 4 or _NO_PERSON.intersection(words):
            return False
        named = frozenset(self._names.matching(text)) if self._names else frozenset()
        for order in {words, (*words[-1:], *words[:-1])}:
            self._by_word.setdefault(order[0], {})[order] = named
        return True

    def others_in(self, text: str, subject: int) -> Iterator[tuple[int, int]]:
        """Where names stand that are not the subject's."""
        if not self._by_word:
            return
        places = [(each.start(), each.end(), name_words(each.group())) for each in _WORD.finditer(text)]
        at = 0
        while at < len(places):
            length = self._length(places[at : at + 5], subject)
            if length:
                yield places[at][0], places[at + length - 1][1]
            at += max(length, 1)

    def _length(self, places: Sequence[tuple[int, int, tuple[bytes, ...]]], subject: int) -> int:
        """Of how many words a name is that begins here, 0 if none does."""
        words = tuple(word for _, _, each in places for word in (each or (b"",)))
        if len(words) != len(places):
            return 0
        found = self._by_word.get(words[0], {}) if words else {}
        return max(
            (len(name) for name, whose in found.items() if words[: len(name)] == name and subject not in whose),
            default=0,
        )


def surroundings(passage: Passage, mentions: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """What is shown of a text: from word to word around each mention, not beyond an empty line."""
    text, shown = passage.text, list[tuple[int, int]]()
    for start, stop in sorted(mentions):
        begin = _back(text, start)
        end = _on(text, stop)
        if shown and begin <= shown[-1][1]:
            shown[-1] = (shown[-1][0], max(shown[-1][1], end))
        else:
            shown.append((begin, end))
    return shown


def told(
    parts: Sequence[tuple[Passage, Sequence[tuple[int, int]]]], neighbours: Neighbours, subject: int
) -> tuple[str | None, list[Redaction]]:
    """The text around somebody's mentions with the names of others masked; None if there is none besides them."""
    texts: list[str] = []
    notes: list[Redaction] = []
    room, more = CHARS_MAX, False
    for passage, mentions in parts:
        for begin, end in surroundings(passage, mentions):
            more = more or _says_more(passage.text, begin, end, mentions)
            if room > 0:
                piece, masked = _masked(passage.text[begin:end], neighbours, subject)
                texts.append(" ".join(piece.split()))
                notes += masked
                room -= len(piece)
    return (_BETWEEN.join(texts), notes) if more else (None, [])


def _says_more(text: str, begin: int, end: int, mentions: Sequence[tuple[int, int]]) -> bool:
    """True if there is a word besides the mentions."""
    at = begin
    for start, stop in sorted(each for each in mentions if begin <= each[0] < end):
        if _WORD.search(text, at, start):
            return True
        at = stop
    return _WORD.search(text, at, end) is not None


def _masked(text: str, neighbours: Neighbours, subject: int) -> tuple[str, list[Redaction]]:
    out, at, notes = list[str](), 0, list[Redaction]()
    for start, stop in neighbours.others_in(text, subject):
        notes.append(Redaction("", Masked.NAME, " ".join(text[start:stop].split())))
        out += [text[at:start], MASK]
        at = stop
    return "".join([*out, text[at:]]), notes


def _back(text: str, start: int) -> int:
    from_ = max(0, start - AROUND)
    empty = [each.end() for each in re.finditer(r"\n[ \t\r]*\n", text[from_:start])]
    if empty:
        return from_ + empty[-1]
    blank = re.compile(r"\s").search(text, from_, start) if from_ else None
    return blank.end() if blank else from_ if not from_ else start


def _on(text: str, stop: int) -> int:
    until = min(len(text), stop + AROUND)
    empty = re.compile(r"\n[ \t\r]*\n").search(text, stop, until)
    if empty:
        return empty.start()
    if until == len(text):
        return until
    blanks = [each.start() for each in re.finditer(r"\s", text[stop:until])]
    return stop + blanks[-1] if blanks else stop
