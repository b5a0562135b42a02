"""The data subject: who a request is about, and by what they are recognised."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers


class IdentifierKind(StrEnum):
    """What a system can know a person by; all but the name tie a record to one person (architecture 6)."""

    EMAIL = "email"
    PHONE = "phone"
    CUSTOMER_NUMBER = "customer_number"
    ACCOUNT_NUMBER = "account_number"
    EORI = "eori"
    VAT_NUMBER = "vat_number"
    NAME = "name"

    @property
    def strong(self) -> bool:
        """True if a match by this alone is enough to act on a record."""
        return self is not IdentifierKind.NAME


@dataclass(frozen=True, slots=True, order=True)
class Identifier:
    """One identifier in normal form; build it with `identifier`."""

    kind: IdentifierKind
    value: str


@dataclass(frozen=True, slots=True)
class Subject:
    """A data subject as connectors see one: a random token and the identifiers proven for this request."""

    token: str
    identifiers: tuple[Identifier, ...]

    def values(self, kind: IdentifierKind) -> tuple[str, ...]:
        """The subject's identifiers of one kind, in normal form."""
        return tuple(each.value for each in self.identifiers if each.kind is kind)


def identifier(kind: IdentifierKind, value: str, *, region: str = "GB") -> Identifier:
    """Bring an identifier into the form in which it is compared.

    `region` (ISO 3166) completes phone numbers without a country code.
    Raises ValueError, without the value in it, when the value can't be of that kind.
    """
    normal = ""
    match kind:
        case IdentifierKind.EMAIL:
            normal = unicodedata.normalize("NFC", value).strip().casefold()
            if not re.fullmatch(r"[^@\s]+@[^@\s]+", normal):
                raise ValueError("an e-mail address looks like name@example.org")
        case IdentifierKind.PHONE:
            normal = _phone(value, region)
        case IdentifierKind.EORI | IdentifierKind.VAT_NUMBER:
            normal = re.sub(r"[\s.\-]", "", value).upper()
            if not re.fullmatch(r"[A-Z]{2}[A-Z0-9]{2,15}", normal):
                raise ValueError(f"an {kind} starts with a country code, as in GB123456789000")
        case IdentifierKind.CUSTOMER_NUMBER | IdentifierKind.ACCOUNT_NUMBER:
            normal = value.strip()
        case IdentifierKind.NAME:
            normal = " ".join(unicodedata.normalize("NFC", value).split())
    if not normal:
        raise ValueError(f"the {kind} is empty")
    return Identifier(kind, normal)


def _phone(value: str, region: str) -> str:
    try:
        parsed = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException:
        raise ValueError("a phone number has a country code and digits, as in +44 161 496 0123") from None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
