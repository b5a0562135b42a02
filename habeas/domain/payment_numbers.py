"""Card and bank numbers in text: told from other numbers by their check digits (ISO/IEC 7812, ISO 13616)."""

import re
from collections.abc import Iterator

# Digits in groups, as people write them.
_CARD = re.compile(r"(?<![\w.+-])\d(?:[ -]?\d){13,18}(?![\w-]|[.,]\d)")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}(?!\w)", re.IGNORECASE)
# National numbers, which have no check digits in common: only after a word that says what they are.
_ACCOUNT = re.compile(
    r"\b(?:sort[ -]?code|account(?: (?:no|number|nr))?|acct?(?: no)?|a/c(?: no)?|bankgiro|plusgiro|clearing|kontonummer"
    r"|hesap no)\.?\s*[:#=]?\s*(?P<number>\d{2}-\d{2}-\d{2}|\d[\d -]{4,14}\d)(?![\w-])",
    re.IGNORECASE,
)
_ACCOUNT_NAME = re.compile(r"iban|account|card|sort|routing|clearing|giro|konto|hesap|kart", re.IGNORECASE)
_IBAN_CHARS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28,
    "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18,
    "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22,
    "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20,
    "LU": 20, "LV": 21, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18, "NO": 15,
    "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SE": 24, "SI": 19,
    "SK": 24, "SM": 27, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
}  # fmt: skip
# What the networks issue, by how a number begins and how long it is; other numbers may pass Luhn's check by chance.
_CARDS = tuple(
    (re.compile(begin), frozenset(lengths))
    for begin, lengths in (
        (r"4", (16, 19)),  # Visa
        (r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720", (16,)),  # Mastercard
        (r"3[47]", (15,)),  # American Express
        (r"6011|64[4-9]|65", (16, 19)),  # Discover
        (r"62", (16, 17, 18, 19)),  # UnionPay
        (r"35(?:2[89]|[3-8])", (16,)),  # JCB
        (r"30[0-5]|309|36|38|39", (14,)),  # Diners Club
        (r"5018|5020|5038|5893|6304|6759|676[1-3]", (16, 18, 19)),  # Maestro
        (r"979[0-2]|65(?:00|01)", (16,)),  # Troy
    )
)


def is_card(digits: str) -> bool:
    """True for the digits of a payment card's number."""
    if not any(len(digits) in lengths and begin.match(digits) for begin, lengths in _CARDS):
        return False
    doubled = [int(each) * 2 for each in digits[-2::-2]]
    return (sum(map(int, digits[-1::-2])) + sum(each - 9 * (each > 9) for each in doubled)) % 10 == 0


def is_iban(text: str) -> bool:
    """True for an international bank account number in capitals, without blanks."""
    if _IBAN_CHARS.get(text[:2]) != len(text):
        return False
    return int("".join(str(int(each, 36)) for each in text[4:] + text[:4])) % 97 == 1


def cards(text: str) -> Iterator[tuple[int, int]]:
    """Where card numbers stand."""
    for found in _CARD.finditer(text):
        if is_card(re.sub(r"\D", "", found.group())):
            yield found.span()


def ibans(text: str) -> Iterator[tuple[int, int]]:
    """Where account numbers stand. One may be followed by words in capitals."""
    for found in _IBAN.finditer(text):
        length = _IBAN_CHARS.get(found.group()[:2].upper(), 0)
        ends = [each.end() for each in re.finditer(r"[A-Za-z0-9]", found.group())]
        if 0 < length <= len(ends):
            stop = ends[length - 1]
            alone = not found.group()[stop : stop + 1].isalnum()
            if alone and is_iban(re.sub(r"[ -]", "", found.group()[:stop]).upper()):
                yield found.start(), found.start() + stop


def accounts(text: str) -> Iterator[tuple[int, int]]:
    """Where account numbers and sort codes stand that are said to be such."""
    return (each.span("number") for each in _ACCOUNT.finditer(text))


def is_account_field(name: str, value: str) -> bool:
    """True if a field of financial data holds a number of a card or an account, by its name."""
    return _ACCOUNT_NAME.search(name) is not None and "@" not in value and sum(map(str.isdigit, value)) >= 6


def last_four(text: str) -> str:
    """The last four letters or digits, by which a person knows the number."""
    return re.sub(r"[^A-Za-z0-9]", "", text)[-4:]
