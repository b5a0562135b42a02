"""Whether a candidate is an identifier, or a piece of a longer one."""

import re

import phonenumbers

from connectors.customs_files.people import Wanted
from habeas.domain.subjects import IdentifierKind

TAIL_DIGITS = 9
_WORD = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789") | frozenset(range(128, 256))
_DIGITS = frozenset(b"0123456789")
_IN_PHONES = frozenset(b" .-\t\r\n/()+")
_LABEL = re.compile(
    rb"(?<![a-z])(?:customer|client|account|acct|member|kund|konto|musteri|hesap|cust|ref|id|no|nr|num|number|nummer)[a-z]*[\s.:#=-]*"
    rb"(?:(?:no|nr|id|number|nummer|ref)[\s.:#=-]*)?$"
)
_GB_EORI = re.compile(r"(?:GB|XI)(\d{9})000")
_GB_VAT = re.compile(r"(?:GB|XI)(\d{9})")


def _at(text: bytes, index: int) -> int:
    return text[index] if 0 <= index < len(text) else 0


def whole_value(text: bytes, start: int, stop: int, wanted: Wanted) -> tuple[int, int, bool] | None:
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


def whole_tax_number(text: bytes, start: int, stop: int, wanted: Wanted) -> tuple[int, int, bool] | None:
    """An EORI or VAT number with nothing that would make it another one."""
    del wanted
    if _at(text, start - 1) in _WORD or _at(text, stop) in _WORD:
        return None
    if _at(text, stop) in b".-" and _at(text, stop + 1) in _DIGITS:
        return None
    return start, stop, True


def whole_phone(text: bytes, start: int, stop: int, wanted: Wanted) -> tuple[int, int, bool] | None:
    """The last nine digits stand close together, and what is before them is a way to dial the same number."""
    if _at(text, stop) in _DIGITS or re.search(rb"[^0-9]{4}", text[start:stop]):
        return None
    if not set(text[start:stop]) <= _IN_PHONES | _DIGITS:
        return None
    national = national_digits(wanted.value)
    country = wanted.value[1 : -len(national)]
    head = national[:-TAIL_DIGITS]
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


def national_digits(phone: str) -> str:
    """The digits of an E.164 number without its country code, none if it is no number."""
    try:
        return phonenumbers.national_significant_number(phonenumbers.parse(phone))
    except phonenumbers.NumberParseException:
        return ""


def tax_number_forms(value: str) -> set[str]:
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
