"""Strong identifiers in text: one pass for any number of people.

Hyperscan finds candidates in three views of the folded text: as it is (addresses, numbers), without spaces, dots and
hyphens (EORI, VAT numbers), and digits only (phones). Each candidate is then verified where it stands.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import phonenumbers

from connectors.customs_files.folding import fold, folded_places, gently
from connectors.customs_files.passages import MARKS, Passage
from connectors.customs_files.people import Wanted, spellings
from connectors.customs_files.roles import Role
from connectors.customs_files.views import View
from habeas.domain.subjects import IdentifierKind, Subject

_SEPARATOR = "\x1e"
_CHUNK_CHARS = 1 << 20
_WORD = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789") | frozenset(range(128, 256))
_DIGITS = frozenset(b"0123456789")
_IN_PHONES = frozenset(b" .-\t\r\n/()+")
_COMPACT_DROPS = b" .-\t\r\n"
_DIGITS_DROPS = bytes(set(range(256)) - set(b"0123456789\x1e"))
_TAIL_DIGITS = 9
_SHORTEST = 5  # characters below which a number means anything outside of its own field
_LABEL = re.compile(
    rb"(?:customer|client|account|acct|member|kund|konto|musteri|hesap|cust|ref|id|no|nr|num|number|nummer)[a-z]*[\s.:#=-]*"
    rb"(?:(?:no|nr|id|number|nummer|ref)[\s.:#=-]*)?$"
)
_GB_EORI = re.compile(r"(?:GB|XI)(\d{9})000")
_GB_VAT = re.compile(r"(?:GB|XI)(\d{9})")


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
                        compact += (_Needle(wanted, form.lower().encode()) for form in _tax_forms(each.value))
                        bare = re.sub(r"^[A-Z]{2}", "", each.value).lower().encode()
                        self._in_fields.setdefault(bare, []).append(wanted)
                    case IdentifierKind.PHONE:
                        digits += self._phone(wanted)
                    case _:
                        pass  # names are not literals; an address without @ is none
        self._views = [
            (_Needles(as_is), b"", _verify_as_is),
            (_Needles(compact), _COMPACT_DROPS, _verify_compact),
            (_Needles(digits), _DIGITS_DROPS, _verify_phone),
        ]
        self._field_values = View((each.translate(None, _COMPACT_DROPS) for each in self._in_fields), once=True)

    def _account(self, wanted: Wanted) -> list[_Needle]:
        """Short numbers are looked for in fields that hold such numbers only: everywhere else they mean anything."""
        literal = fold(wanted.value)
        self._in_fields.setdefault(literal, []).append(wanted)
        return [_Needle(wanted, literal)] if len(literal) >= _SHORTEST else []

    def _phone(self, wanted: Wanted) -> list[_Needle]:
        national = _national(wanted.value)
        return [_Needle(wanted, national[-_TAIL_DIGITS:].encode())] if len(national) >= _SHORTEST else []

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

    def may_hold(self, folded: bytes) -> bool:
        """False only if there is no hit in a text of which this is the folded form."""
        for needles, drops, _ in self._views:
            view = needles.first_look
            if view and view.scan(folded.translate(None, drops) if drops else folded):
                return True
        values = self._field_values
        return bool(values) and bool(values.scan(folded.translate(None, _COMPACT_DROPS)))

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
        self.first_look = View(self.by_literal, once=True)


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


def _at(text: bytes, index: int) -> int:
    return text[index] if 0 <= index < len(text) else 0


def _verify_as_is(text: bytes, start: int, stop: int, wanted: Wanted) -> tuple[int, int, bool] | None:
    """A whole address or number, not a piece of a longer one."""
    before, after = _at(text, start - 1), _at(text, stop)
    if before in _WORD or after in _WORD:
        return None
    if wanted.kind is IdentifierKind.EMAIL:
        joined = before in b"._+-" and _at(text, start - 2) in _WORD
        goes_on = after in b".-" and _at(text, stop + 1) in _WORD
        return None if joined or goes_on or after == ord("@") else (start, stop, True)
    if (before in b"-/." and _at(text, start - 2) in _WORD) or (after in b"-/." and _at(text, stop + 1) in _WORD):
        return None
    if (after == ord(",") and _at(text, stop + 1) in _DIGITS) or (
        before == ord(",") and _at(text, start - 2) in _DIGITS
    ):
        return None
    telling = not wanted.value.isdigit() or _LABEL.search(text[max(start - 40, 0) : start]) is not None
    return start, stop, telling


def _verify_compact(text: bytes, start: int, stop: int, wanted: Wanted) -> tuple[int, int, bool] | None:
    del wanted
    if _at(text, start - 1) in _WORD or _at(text, stop) in _WORD:
        return None
    if _at(text, stop) in b".-" and _at(text, stop + 1) in _DIGITS:
        return None
    return start, stop, True


def _verify_phone(text: bytes, start: int, stop: int, wanted: Wanted) -> tuple[int, int, bool] | None:
    """The last nine digits stand close together, and what is before them is a way to dial the same number."""
    if _at(text, stop) in _DIGITS or re.search(rb"[^0-9]{4}", text[start:stop]):
        return None
    if not set(text[start:stop]) <= _IN_PHONES | _DIGITS:
        return None
    national = _national(wanted.value)
    country = wanted.value[1 : -len(national)]
    head = national[:-_TAIL_DIGITS]
    for prefix in sorted(
        {f"{sign}{zero}{head}" for sign in ("", country, f"00{country}", f"011{country}") for zero in ("", "0")},
        key=len,
        reverse=True,
    ):
        at = _back(text, start, prefix.encode())
        bare = prefix == head
        if at is None or _at(text, at - 1) in (_WORD if bare else _DIGITS):
            continue
        near = re.search(rb"[0-9][ .\-/()]{0,2}$", text[max(at - 4, 0) : at])
        if near and bare:
            continue
        while _at(text, at - 1) in b"+(":
            at -= 1
        return at, stop, not bare
    return None


def _back(text: bytes, at: int, prefix: bytes) -> int | None:
    """Where the digits of the prefix begin that stand before a place, separators between; None if they don't."""
    for digit in reversed(prefix):
        gap = 0
        while _at(text, at - 1) in _IN_PHONES and gap < 4:
            at, gap = at - 1, gap + 1
        if _at(text, at - 1) != digit:
            return None
        at -= 1
    return at


def _national(phone: str) -> str:
    try:
        return phonenumbers.national_significant_number(phonenumbers.parse(phone))
    except phonenumbers.NumberParseException:
        return ""


def _tax_forms(value: str) -> set[str]:
    """The number, and what it embeds or is embedded in: a British sole trader's EORI is their VAT number and 000."""
    if not re.fullmatch(r"[A-Z]{2}[A-Z0-9]{3,15}", value):
        return set()
    forms = {value}
    eori, vat = _GB_EORI.fullmatch(value), _GB_VAT.fullmatch(value)
    if vat:
        forms |= {f"{country}{vat[1]}000" for country in ("GB", "XI")}
    if eori:
        forms.add(f"{value[:2]}{eori[1]}")
    return forms
