"""What of a record that is disclosed is masked: others in texts, card and bank numbers, secrets (Articles 15(4), 32).

A field that holds an address or a number and nothing else is taken for what the system says it is, the person's own;
one within a text is masked unless the person is known by it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import phonenumbers

from habeas.domain.names_in_text import name_words, names_of
from habeas.domain.outcomes import Disclose
from habeas.domain.payment_numbers import accounts, cards, ibans, is_account_field, is_card, last_four
from habeas.domain.plans import PlannedRecord
from habeas.domain.records import Field, Masked, Record, Redaction, Scalar
from habeas.domain.secrets_in_text import is_secret_name, may_hold_secrets, secrets_in
from habeas.domain.subjects import IdentifierKind, Subject

MASK = "[…]"

_EMAIL = re.compile(r"[\w.!#$'*+^`{|}~-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?<![\w.,/-])(?:\+|00|\(?0)[\d(][\d ().\-/\u00a0]{5,18}\d(?![\w]|[.,:/-]\d)")
_PHONE_WORD = re.compile(
    r"\b(?:tel|ph|phone|telephone|telefon|mob|mobile|mobil|cell|cep|gsm|fax|call|ring|whatsapp)\b\W*\Z", re.IGNORECASE
)
_TARIFF_CODE = re.compile(r"\d{4}[ .]\d{2}[ .]\d{2}(?:[ .]\d{2})?")
# Without any of these nothing is looked for: most values are short and hold none.
_NUMBER = re.compile(r"\d[\d ()./\u00a0-]{4,}\d|[A-Za-z]{2}\d{2}[A-Za-z\d -]{11}")
# Values that are one thing: a word too short for what has check digits, a time, a phone number, an address.
_ALONE = re.compile(
    rf"[^\s@%]{{0,11}}|[^\W\d]+(?: [^\W\d]+)?|\d{{4}}-\d\d-\d\d(?:[T ][\d:.+Z-]*)?"
    rf"|\s*(?:{_PHONE.pattern}|{_EMAIL.pattern})\s*"
)
_REGIONS = ("GB", "SE", "TR")
_FINANCIAL = "financial"


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    stop: int
    what: Masked


class Masker:
    """Masks what one person is given; everything they are known by stays."""

    def __init__(self, subject: Subject) -> None:
        self._emails = frozenset(map(_email, subject.values(IdentifierKind.EMAIL)))
        self._phones = frozenset(subject.values(IdentifierKind.PHONE))
        self._names = tuple(
            frozenset(re.findall(r"\w+", name.casefold())) for name in subject.values(IdentifierKind.NAME)
        )

    def mask(self, planned: PlannedRecord) -> PlannedRecord:
        """The same with everything masked in what is to be disclosed of it, and each redaction noted."""
        shown = [each.fields for each in planned.decisions if isinstance(each.outcome, Disclose)]
        if not shown:
            return planned
        names = None if () in shown else {name for fields in shown for name in fields}
        record = planned.record
        notes: list[Redaction] = []
        fields = tuple(
            [
                self._field(each, record, notes) if names is None or each.name in names else each
                for each in record.fields
            ]
        )
        passage = record.passage
        if passage is not None:
            passage = self._text("", passage, record, notes)
        if not notes:
            return planned
        masked = replace(record, fields=fields, passage=passage, redactions=(*record.redactions, *notes))
        return replace(planned, record=masked)

    def _field(self, field: Field, record: Record, notes: list[Redaction]) -> Field:
        value = field.value
        if value is None or isinstance(value, bool | float):
            return field
        if is_secret_name(field.name) and value != "":
            notes.append(Redaction(field.name, Masked.SECRET))
            return replace(field, value=MASK)
        text = str(value)
        if field.category == _FINANCIAL and is_account_field(field.name, text):
            masked = f"{MASK}{last_four(text)}"
            what = Masked.CARD if is_card(re.sub(r"\D", "", text)) else Masked.BANK
            notes.append(Redaction(field.name, what, masked))
            return replace(field, value=masked)
        if _ALONE.fullmatch(text):
            return field
        new = self._text(field.name, text, record, notes)
        return field if new == text else replace(field, value=new)

    def _text(self, name: str, text: str, record: Record, notes: list[Redaction]) -> str:
        if "@" not in text and "%40" not in text and not _NUMBER.search(text) and not may_hold_secrets(text):
            return text
        out, at = [], 0
        for span in _apart(self._spans(text, record)):
            stood = text[span.start : span.stop]
            mask = f"{MASK}{last_four(stood)}" if span.what.is_number else MASK
            kept = "" if span.what is Masked.SECRET else mask if span.what.is_number else stood
            notes.append(Redaction(name, span.what, kept))
            out += [text[at : span.start], mask]
            at = span.stop
        return "".join([*out, text[at:]])

    def _spans(self, text: str, record: Record) -> Iterator[_Span]:
        """What is to be masked, what matters most first."""
        if may_hold_secrets(text):
            yield from (_Span(*each, Masked.SECRET) for each in secrets_in(text))
        if "@" in text or "%40" in text:
            yield from self._others_by_email(text, record)
        if _NUMBER.search(text):
            yield from (_Span(*each, Masked.BANK) for each in ibans(text))
            yield from (_Span(*each, Masked.CARD) for each in cards(text))
            yield from (_Span(*each, Masked.BANK) for each in accounts(text))
            yield from self._others_by_phone(text, record)

    def _others_by_email(self, text: str, record: Record) -> Iterator[_Span]:
        own = self._emails | {_email(str(each.value)) for each in record.fields if _is_alone(_EMAIL, each.value)}
        words = name_words(text)
        names: set[str] = set()
        for found in _EMAIL.finditer(text):
            if _email(found.group()) not in own:
                yield _Span(*found.span(), Masked.EMAIL)
                names.update(names_of(text, found, words))
        for name in sorted(names, key=len, reverse=True):
            if not self._is_own_name(name):
                for found in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text):
                    yield _Span(*found.span(), Masked.NAME)

    def _is_own_name(self, name: str) -> bool:
        """True for the person's name, also with less or more to it; one word in common with a longer one is kinship."""
        words = frozenset(re.findall(r"\w+", name.casefold()))
        return any(words <= own or own <= words for own in self._names)

    def _others_by_phone(self, text: str, record: Record) -> Iterator[_Span]:
        own: frozenset[str] | None = None
        for found in _PHONE.finditer(text):
            number = found.group()
            doubtful = (number.isdigit() and not number.startswith("00")) or _TARIFF_CODE.fullmatch(number)
            if doubtful and not _PHONE_WORD.search(text, 0, found.start()):
                continue
            if found.group() == text.strip() or not (forms := _phones(number)):
                continue
            if own is None:
                alone = (_phones(str(each.value)) for each in record.fields if _is_alone(_PHONE, each.value))
                own = self._phones.union(*alone)
            if not forms & own:
                yield _Span(*found.span(), Masked.PHONE)


def _is_alone(shape: re.Pattern[str], value: Scalar) -> bool:
    return isinstance(value, str) and shape.fullmatch(value.strip()) is not None


def _email(text: str) -> str:
    """In normal form, and without what somebody adds to sort their mail by."""
    local, _, domain = text.strip().casefold().replace("%40", "@").partition("@")
    return f"{local.partition('+')[0]}@{domain}"


@lru_cache(maxsize=1024)
def _phones(text: str) -> frozenset[str]:
    """What a number is in full, in each country where it may be one; none if it is no phone number."""
    forms = set()
    for region in _REGIONS:
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            forms.add(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return frozenset(forms)


def _apart(spans: Iterator[_Span]) -> list[_Span]:
    """In order; of those that overlap the one that came first."""
    kept: list[_Span] = []
    for span in spans:
        if all(span.stop <= each.start or each.stop <= span.start for each in kept):
            kept.append(span)
    return sorted(kept, key=lambda each: each.start)
