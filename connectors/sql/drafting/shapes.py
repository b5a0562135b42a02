"""What the values of a column look like. The values are looked at and forgotten: only the shape's name goes on."""

import ipaddress
import re
from collections.abc import Sequence
from datetime import date
from enum import StrEnum

SOME = 0.2
"""Of the values in a column: as many make it worth looking people up in."""

_VAT_COUNTRIES = "AT|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|GB|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK|XI"
_PATTERNS = {
    "email": re.compile(r"[^@\s]+@[^@\s]+\.[a-z]{2,}", re.IGNORECASE),
    "vat_number": re.compile(rf"({_VAT_COUNTRIES})[0-9A-Z]{{8,12}}"),
    "phone": re.compile(r"(\+|00|0|\()[\d ()./-]{6,19}"),
    "iban": re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}"),
}
_CARD = re.compile(r"\d{13,19}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_OLDEST_YEAR, _AGE_MIN = 1900, 14
_VALUES_MIN = 3


class Shape(StrEnum):
    """What a value can look like."""

    EMAIL = "email"
    PHONE = "phone"
    VAT_NUMBER = "vat_number"
    IBAN = "iban"
    CARD = "card"
    IP = "ip"
    BIRTH = "birth"


def shapes_of(values: Sequence[object], *, today: date) -> dict[Shape, float]:
    """Each shape that some of the values have, and how many of them do, from 0 to 1; the commonest first."""
    filled = [text for value in values if (text := str(value).strip() if value is not None else "")]
    if len(filled) < _VALUES_MIN:
        return {}
    counts: dict[Shape, int] = {}
    for text in filled:
        if (shape := _shape(text, today)) is not None:
            counts[shape] = counts.get(shape, 0) + 1
    shares = {shape: count / len(filled) for shape, count in counts.items()}
    if shares.get(Shape.BIRTH, 0) < 1:  # dates of all kinds reach back: births are nothing but old
        shares.pop(Shape.BIRTH, None)
    return dict(sorted(((each, share) for each, share in shares.items() if share >= SOME), key=lambda each: -each[1]))


def _shape(text: str, today: date) -> Shape | None:
    compact = text.replace(" ", "")
    if _DATE.match(text):
        return Shape.BIRTH if _OLDEST_YEAR <= int(text[:4]) <= today.year - _AGE_MIN else None
    if _is_ip(text):
        return Shape.IP
    if _CARD.fullmatch(compact.replace("-", "")) and _luhn(compact.replace("-", "")):
        return Shape.CARD
    if _PATTERNS["iban"].fullmatch(compact) and _is_iban(compact):
        return Shape.IBAN
    for name in ("email", "vat_number", "phone"):
        if _PATTERNS[name].fullmatch(compact if name == "vat_number" else text):
            return Shape(name)
    return None


def _is_ip(text: str) -> bool:
    if text.count(".") != 3 and ":" not in text:
        return False
    try:
        ipaddress.ip_interface(text)
    except ValueError:
        return False
    return True


def _luhn(digits: str) -> bool:
    doubled = (int(each) * (1 + place % 2) for place, each in enumerate(reversed(digits)))
    return sum(each // 10 + each % 10 for each in doubled) % 10 == 0


def _is_iban(text: str) -> bool:
    """By its check digits (ISO 13616)."""
    return int("".join(str(int(each, 36)) for each in text[4:] + text[:4])) % 97 == 1
