"""Strong identifiers in text: one pass for any number of people.

Hyperscan finds candidates in three views of the folded text: as it is (addresses, numbers), without spaces, dots and
hyphens (EORI, VAT numbers), and digits only (phones). Each candidate is then verified where it stands.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from connectors.customs_files.folding import fold, folded_places, gently
from connectors.customs_files.passages import MARKS, Passage
from connectors.customs_files.people import Wanted, spellings
from connectors.customs_files.roles import Role
from connectors.customs_files.verifying import (
    TAIL_DIGITS,
    national_digits,
    tax_number_forms,
    whole_phone,
    whole_tax_number,
    whole_value,
)
from connectors.customs_files.views import View
from habeas.domain.subjects import IdentifierKind, Subject

_SEPARATOR = "\x1e"
_CHUNK_CHARS = 1 << 20
_COMPACT_DROPS = b" .-\t\r\n"
_DIGITS_DROPS = bytes(set(range(256)) - set(b"0123456789\x1e"))
_SHORTEST = 5  # characters below which a number means anything outside of its own field
# Fields in which a bare number is what it looks like.
_SURE_IN = {
    IdentifierKind.PHONE: {Role.PHONE, Role.CONTACT},
    IdentifierKind.CUSTOMER_NUMBER: {Role.ACCOUNT},
    IdentifierKind.ACCOUNT_NUMBER: {Role.ACCOUNT},
}


@dataclass(frozen=True, slots=True)
class Hit:
    """An identifier found: the passage by its number in what was searched, and the place in its text."""

    passage: int
    start: int
    stop: int
    wanted: Wanted
    sure: bool  # not sure: equal only without its accents, or a bare number that may be something else


@dataclass(frozen=True, slots=True)
class _Needle:
    wanted: Wanted
    literal: bytes


class Literals:
    """The strong identifiers of the people looked for."""

    def __init__(self, subjects: Sequence[Subject]) -> None:
        as_is: list[_Needle] = []
        compact: list[_Needle] = []
        digits: list[_Needle] = []
        self._in_fields: dict[bytes, list[Wanted]] = {}
        for number, subject in enumerate(subjects):
            for each in subject.identifiers:
                wanted = Wanted(number, each.kind, each.value)
                if each.value in MARKS or not fold(each.value).strip():
                    continue
                match each.kind:
                    case IdentifierKind.EMAIL if re.fullmatch(r"[^@\s]+@[^@\s]+", each.value):
                        as_is += (_Needle(wanted, fold(form)) for form in spellings(each.value))
                    case IdentifierKind.CUSTOMER_NUMBER | IdentifierKind.ACCOUNT_NUMBER:
                        as_is += self._account(wanted)
                    case IdentifierKind.EORI | IdentifierKind.VAT_NUMBER:
                        compact += (_Needle(wanted, form.lower().encode()) for form in tax_number_forms(each.value))
                        bare = re.sub(r"^[A-Z]{2}", "", each.value).lower().encode()
                        self._in_fields.setdefault(bare, []).append(wanted)
                    case IdentifierKind.PHONE:
                        digits += self._phone(wanted)
                    case _:
                        pass  # names are not literals; an address without @ is none
        self._views = [
            (_Needles(as_is), b"", whole_value),
            (_Needles(compact), _COMPACT_DROPS, whole_tax_number),
            (_Needles(digits), _DIGITS_DROPS, whole_phone),
        ]

    def _account(self, wanted: Wanted) -> list[_Needle]:
        """Short numbers are looked for in fields that hold such numbers only: everywhere else they mean anything."""
        literal = fold(wanted.value)
        self._in_fields.setdefault(literal, []).append(wanted)
        return [_Needle(wanted, literal)] if len(literal) >= _SHORTEST else []

    def _phone(self, wanted: Wanted) -> list[_Needle]:
        national = national_digits(wanted.value)
        return [_Needle(wanted, national[-TAIL_DIGITS:].encode())] if len(national) >= _SHORTEST else []

    def hits(self, passages: Sequence[Passage]) -> Iterator[Hit]:
        """Every identifier in the passages."""
        for number, passage in enumerate(passages):
            if passage.role in {Role.TAX_NUMBER, Role.ACCOUNT} and self._in_fields:
                yield from self._in_field(number, passage)
        if any(needles.view for needles, _, _ in self._views):
            for start, stop in _chunks(passages):
                chunk = _Chunk(passages, start, stop)
                for needles, drops, verify in self._views:
                    if needles.view:
                        yield from chunk.hits(needles, drops, verify)

    @property
    def forms(self) -> set[bytes]:
        """What a text holds one of, folded, if it holds a hit; other characters may stand between."""
        return set(self._in_fields).union(*(needles.by_literal for needles, _, _ in self._views))

    def _in_field(self, number: int, passage: Passage) -> Iterator[Hit]:
        value = fold(passage.text).translate(None, _COMPACT_DROPS)
        for form in {value, fold(passage.text).strip()}:
            for wanted in self._in_fields.get(form, ()):
                yield Hit(number, 0, len(passage.text), wanted, sure=True)


class _Needles:
    """What is looked for in one view of the text."""

    def __init__(self, needles: Sequence[_Needle]) -> None:
        self.by_literal: dict[bytes, list[_Needle]] = {}
        for needle in needles:
            self.by_literal.setdefault(needle.literal, []).append(needle)
        self.view = View(self.by_literal)


_Verify = Callable[[bytes, int, int, Wanted], tuple[int, int, bool] | None]


class _Chunk:
    """A run of passages, folded as one text."""

    def __init__(self, passages: Sequence[Passage], first: int, last: int) -> None:
        self.passages = passages
        self.first = first
        texts = [each.text for each in passages[first:last]]
        joined = _SEPARATOR.join(texts)
        self.folded = fold(joined)
        lengths = (
            [len(each) for each in texts]
            if len(self.folded) == len(joined) and joined.isascii()
            else [len(fold(each)) for each in texts]
        )
        self.starts = [0, *accumulate(length + 1 for length in lengths)]

    def hits(self, needles: _Needles, drops: bytes, verify: _Verify) -> Iterator[Hit]:
        folded = self.folded
        found = needles.view.scan(folded.translate(None, drops) if drops else folded)
        if not found:
            return
        kept = _Kept(folded, drops)
        for start, stop, literal in found:
            for needle in needles.by_literal[literal]:
                verified = verify(folded, kept.place(start), kept.place(stop - 1) + 1, needle.wanted)
                if verified is not None:
                    yield self._hit(verified, needle.wanted)

    def _hit(self, verified: tuple[int, int, bool], wanted: Wanted) -> Hit:
        start, stop, sure = verified
        number = bisect_right(self.starts, start) - 1
        passage = self.passages[self.first + number]
        places = folded_places(passage.text)
        begin, end = start - self.starts[number], stop - self.starts[number]
        if places is not None:
            begin, end = bisect_right(places, begin) - 1, bisect_right(places, end - 1)
        if wanted.kind is IdentifierKind.EMAIL:
            sure = gently(passage.text[begin:end]) == gently(wanted.value)
        elif passage.role in _SURE_IN.get(wanted.kind, ()):
            sure = True
        return Hit(self.first + number, begin, end, wanted, sure)


class _Kept:
    """Where the bytes of a view stand in the text that it was made from."""

    _BLOCK_BYTES = 1024

    def __init__(self, text: bytes, drops: bytes) -> None:
        self._text = text
        self._drops = drops
        blocks = (text[at : at + self._BLOCK_BYTES] for at in range(0, len(text), self._BLOCK_BYTES)) if drops else ()
        self._before = [0, *accumulate(len(block.translate(None, drops)) for block in blocks)]

    def place(self, index: int) -> int:
        if not self._drops:
            return index
        block = bisect_right(self._before, index) - 1
        left = index - self._before[block]
        at = block * self._BLOCK_BYTES
        while True:
            if self._text[at] not in self._drops:
                if left == 0:
                    return at
                left -= 1
            at += 1


def _chunks(passages: Sequence[Passage]) -> Iterator[tuple[int, int]]:
    first, size = 0, 0
    for number, passage in enumerate(passages):
        size += len(passage.text) + 1
        if size >= _CHUNK_CHARS:
            yield first, number + 1
            first, size = number + 1, 0
    if first < len(passages):
        yield first, len(passages)
