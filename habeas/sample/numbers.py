"""Phone, VAT and EORI numbers that belong to nobody, and the ways people write phone numbers."""

from collections.abc import Iterable
from random import Random

import phonenumbers

# Set aside for fiction by Ofcom and by the Swedish PTS: prefix, and how many digits follow.
_BRITISH = tuple(
    (f"+44{prefix}", 3)
    for prefix in (
        "1614960", "7700900", "2079460", "1632960", "1134960", "1144960", "1154960", "1164960", "1174960", "1184960",
        "1214960", "1314960", "1414960", "1514960", "1914980", "8081570",
    )
)  # fmt: skip
_SWEDISH = (("+467017406", 2), ("+463139006", 2), ("+464062804", 2), ("+468465004", 2))
_TURKISH = (("+90599", 4),)  # Turkey has none, so one of its unassigned prefixes; the last three digits are noughts


class PhoneBook:
    """Gives out numbers, each once, until those of a country are used up; then Britain's, then none."""

    def __init__(self, dice: Random) -> None:
        self._left = {
            "GB": _numbers(_BRITISH, dice),
            "SE": _numbers(_SWEDISH, dice),
            "TR": [f"{number}000" for number in _numbers(_TURKISH, dice)],
        }

    def number(self, country: str) -> str | None:
        """A number in E.164."""
        left = self._left[country] or self._left["GB"]
        return left.pop() if left else None


def _numbers(ranges: Iterable[tuple[str, int]], dice: Random) -> list[str]:
    numbers = [f"{prefix}{line:0{digits}d}" for prefix, digits in ranges for line in range(10**digits)]
    dice.shuffle(numbers)
    return numbers


def spellings(number: str) -> tuple[str, ...]:
    """The ways in which a British system holds the number; only a British one is ever without its country code."""
    parsed = phonenumbers.parse(number)
    international = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    code, _, rest = international.partition(" ")
    ways = (
        international,
        number,
        f"{code} (0){rest}",
        international.replace(" ", ".").replace("-", "."),
        f"00{code[1:]} {rest}",
    )
    if code != "+44":
        return ways
    national = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    return (*ways, national, national.replace(" ", "-"), national.replace(" ", ""))


def traders_numbers(number: int, country: str) -> tuple[str, str]:
    """A sole trader's EORI and VAT number. The EORI embeds the VAT number, so both lead to the person.

    Their check digits are wrong on purpose: nobody can have been given them.
    """
    digits = f"{2_000_000 + number:07d}"
    vat = f"{digits}{(_check_digits(digits) + 13) % 97:02d}"
    if country == "SE":
        return f"SE{vat}0", f"SE{vat}001"
    return f"GB{vat}000", f"GB{vat}"


def _check_digits(digits: str) -> int:
    """HMRC's: 97 less the weighted sum, modulo 97."""
    total = sum(int(digit) * weight for digit, weight in zip(digits, range(8, 1, -1), strict=True))
    return 97 - total % 97
