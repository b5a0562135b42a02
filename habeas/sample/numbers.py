"""Phone, VAT and EORI numbers that belong to nobody, and the ways people write phone numbers."""

from collections.abc import Iterator
from random import Random

import phonenumbers

# Set aside for fiction by Ofcom and by the Swedish PTS; Turkey has none, so one of its unassigned prefixes.
_FICTION = (
    *(("+44", prefix, 1000) for prefix in (
        "1614960", "7700900", "2079460", "1632960", "1134960", "1144960", "1154960", "1164960", "1174960", "1184960",
        "1214960", "1314960", "1414960", "1514960", "1914980", "8081570",
    )),
    ("+46", "7017406", 100), ("+46", "3139006", 100), ("+46", "4062804", 100), ("+46", "8465004", 100),
)  # fmt: skip
_TURKISH = ("+90", "599", 10_000_000)
_TURKISH_DRAWS = 6_000


def phone_numbers(dice: Random) -> Iterator[str]:
    """Distinct numbers in E.164; ends when those set aside for fiction are used up."""
    numbers = [
        f"{country}{prefix}{line:0{len(str(many - 1))}d}" for country, prefix, many in _FICTION for line in range(many)
    ]
    country, prefix, many = _TURKISH
    numbers += [f"{country}{prefix}{line:07d}" for line in dice.sample(range(many), _TURKISH_DRAWS)]
    dice.shuffle(numbers)
    return iter(numbers)


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
