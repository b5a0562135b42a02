"""What a field says about a person, told from its name (law.md E, and the names that files go by elsewhere)."""

import re
from enum import StrEnum
from functools import lru_cache

from connectors.customs_files.vocabulary import (
    ADDRESS_WORDS,
    ATTACHED_WORDS,
    BEFORE_NAME_WORDS,
    NAME_PART_WORDS,
    PARTY_WORDS,
    THING_WORDS,
)


class Role(StrEnum):
    """What a field holds; the value is the data category of the privacy notices, after a colon what it is."""

    NAME = "identity:name"
    NAME_PART = "identity:name part"
    JOB = "identity:job"
    USER_NAME = "identity:user name"
    BIRTH = "identity:birth"
    IDENTITY_NUMBER = "identity:number"
    ADDRESS = "contact:address"
    EMAIL = "contact:email"
    PHONE = "contact:phone"
    CONTACT = "contact:any"
    TAX_NUMBER = "transaction:tax number"
    ACCOUNT = "transaction:account"
    BANK = "financial:bank"
    STATEMENT = "transaction:statement"  # kept as long as what it is about
    SECRET = "profile:secret"  # noqa: S105 - the name of a kind of field

    @property
    def category(self) -> str:
        """The category of data."""
        return self.value.partition(":")[0]

    @property
    def tells_a_person(self) -> bool:
        """True if a group of fields with such a field is about a person, whatever the group is called."""
        return self in _TELLING


_TELLING = {
    Role.NAME,
    Role.NAME_PART,
    Role.USER_NAME,
    Role.BIRTH,
    Role.IDENTITY_NUMBER,
    Role.EMAIL,
    Role.PHONE,
    Role.TAX_NUMBER,
}

# Fields by the words in their names: one of these sets of words, and none of those words.
_BY_WORDS: tuple[tuple[Role, tuple[set[str], ...], set[str]], ...] = (
    (Role.SECRET, ({"password"}, {"passwd"}, {"pwd"}, {"secret"}, {"cvv"}, {"passphrase"}), set()),
    (
        Role.TAX_NUMBER,
        ({"eori"}, {"vat"}, {"tin"}, {"turn"}, {"ust"}, {"tax", "id"}, {"tax", "number"}, {"codice", "fiscale"}),
        {"amount", "rate", "value", "code", "paid", "type", "total"},
    ),
    (
        Role.BANK,
        ({"iban"}, {"bic"}, {"ibanid"}, {"card", "number"}, {"cc", "number"}, {"ccnumber"}, {"sort", "code"},
         {"account", "holder"}, {"bank", "account"}),
        set(),
    ),
    (
        Role.ACCOUNT,
        tuple({what, number} for what in ("account", "customer", "client", "member", "kund", "konto")
              for number in ("no", "number", "id", "nr", "ref")),
        set(),
    ),
    (Role.IDENTITY_NUMBER, ({"ssn"}, {"passport"}, {"personnummer"}, {"national", "id"}, {"nationality", "id"}), set()),
    (
        Role.EMAIL,
        ({"email"}, {"emails"}, {"emailaddress"}, {"epost"}, {"eposta"}, {"electronic", "mail"}),
        {"type", "id", "count", "template"},
    ),
    (
        Role.PHONE,
        ({"phone"}, {"phones"}, {"telephone"}, {"tel"}, {"mobile"}, {"fax"}, {"telefax"}, {"telefon"}, {"telefono"},
         {"cellphone"}),
        {"code", "type", "country", "count"},
    ),
    (Role.BIRTH, ({"birthday"}, {"birthdate"}, {"dob"}, {"birth"}), set()),
    (Role.USER_NAME, ({"username"}, {"login"}, {"user", "name"}), {"date", "count", "time", "at"}),
    (Role.JOB, ({"occupation"}, {"jobtitle"}, {"job", "title"}), set()),
    (Role.ADDRESS, tuple({word} for word in ADDRESS_WORDS), {"ip", "mac", "web", "tax"}),
)  # fmt: skip
_NAME_PARTS = frozenset(
    {"nome", "cognome", "surname", "givenname", "familyname", "firstname", "lastname", "forename", "middlename"}
)
_FULL_NAMES = frozenset({"fullname", "personname", "contactperson", "denominazione", "contactname", "signedby"})
_NAMES_OF_THINGS = frozenset({"product", "file", "item", "template", "goods", "user"})
_ADDRESS_ALONE = {("line",), ("line", "one"), ("line", "two"), ("line", "three"), ("house", "number"), ("cap",)}
_ENS_PARTY = re.compile(r"(?:TRA|NOTPAR|PRTNOT)[A-Z]*\d+|PERLODSUMDEC|TRAREP")
_WORD = re.compile(r"[A-Z]?[a-zà-öø-ÿ]+|[A-Z]+(?![a-zà-öø-ÿ])|[À-ÖØ-Þ][a-zà-öø-ÿ]*")
_ENS = (
    (re.compile(r"(?:Nam)[A-Z]+\d+$"), Role.NAME),
    (re.compile(r"TIN[A-Z]+\d+$"), Role.TAX_NUMBER),
    (re.compile(r"(?:StrAndNum|PosCod|PostCod|Cit|City)[A-Z]+\d+$"), Role.ADDRESS),
)


@lru_cache(maxsize=8192)
def words(name: str) -> tuple[str, ...]:
    """The words of a field's name, whatever way it is written."""
    joined = name.replace("E-mail", "email").replace("e-mail", "email").replace("E-Mail", "email")
    joined = joined.replace("eMail", "email").replace("eORI", "eori").replace("EORINumber", "eori number")
    return tuple(each.lower() for each in _WORD.findall(joined))


@lru_cache(maxsize=8192)
def role_of(name: str) -> Role | None:
    """What a field of that name holds, wherever it stands; None if its name doesn't tell."""
    for shape, role in _ENS:
        if shape.match(name):
            return role
    parts = words(name)
    have = set(parts)
    for role, told_by, unless in _BY_WORDS:
        if any(each <= have for each in told_by) and not have & unless:
            return role
    return Role.ADDRESS if parts in _ADDRESS_ALONE else _name(parts)


def _name(parts: tuple[str, ...]) -> Role | None:
    joined, last = "".join(parts), parts[-1] if parts else ""
    if joined in _NAME_PARTS or (last in {"name", "names", "initial"} and NAME_PART_WORDS.intersection(parts[:-1])):
        return Role.NAME_PART
    if last in {"surname", "forename"}:
        return Role.NAME_PART
    before = parts[-2] if len(parts) > 1 else ""
    if last == "name" and before in BEFORE_NAME_WORDS and not _NAMES_OF_THINGS.intersection(parts):
        return Role.NAME
    return Role.NAME if joined in _FULL_NAMES else None


@lru_cache(maxsize=8192)
def role_in_party(name: str, parent: str) -> Role | None:
    """What a field holds that stands in a party: there a mere ID or name is a person's."""
    role = role_of(name)
    if role is not None:
        return role
    parts, above = words(name), set(words(parent))
    if name == "id":
        return None  # in JSON, and columns: the record's own number
    match parts:
        case ("name" | "nam",):
            return Role.NAME
        case ("id",) | ("identification", "number") | ("company", "id"):
            return Role.CONTACT if "communication" in above else Role.TAX_NUMBER
        case ("uri", "id") | ("uriid",) | ("endpoint", "id"):
            return Role.CONTACT
        case ("complete", "number") | ("number",) if above & {"telephone", "fax", "phone"}:
            return Role.PHONE
        case ("title",) | ("job",):
            return Role.JOB
        case _:
            return None


@lru_cache(maxsize=8192)
def party_word(name: str) -> str:
    """The party that a flat field's name speaks of ("consignee" of "Consignee Name"), empty if none."""
    for part in words(name):
        if part in PARTY_WORDS and part not in {"person", "holder", "party"}:
            return part
    return ""


@lru_cache(maxsize=8192)
def is_party(name: str) -> bool:
    """True if an element or object of that name is a party: `Declarant`, `BuyerTradeParty`, `TRACONCO1`."""
    parts = words(name)
    if not parts:
        return False
    if parts[-1] in PARTY_WORDS or parts[-1].removesuffix("s") in PARTY_WORDS:
        return True
    return parts[:2] in {("holder", "of"), ("trader", "at")} or _ENS_PARTY.fullmatch(name) is not None


@lru_cache(maxsize=8192)
def is_attached(name: str) -> bool:
    """True if an element or object of that name is a part of the party it stands in."""
    parts = words(name)
    return bool(parts) and (parts[-1] in ATTACHED_WORDS or "contact" in parts or "communication" in parts)


@lru_cache(maxsize=8192)
def is_person(name: str) -> bool:
    """True if an element of that name is about a natural person even outside a party."""
    parts = words(name)
    return bool(parts) and ("contact" in parts or parts[-1] == "person")


@lru_cache(maxsize=8192)
def is_thing(name: str) -> bool:
    """True if what stands in such an element is about goods or papers, not people."""
    joined = "".join(words(name))
    return any(joined.endswith(each) for each in THING_WORDS)
