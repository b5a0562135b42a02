"""Others, numbers and secrets are masked in what is disclosed, and the person's own data is not."""

from types import SimpleNamespace

import pytest

from habeas.domain.masking import Masker
from habeas.domain.outcomes import Decision, Disclose, Reason, Review, Withhold
from habeas.domain.plans import PlannedRecord, from_lines, to_lines
from habeas.domain.records import Field, Masked, Match, Record, Redaction
from habeas.domain.subjects import IdentifierKind, Subject, identifier

ADA = Subject(
    "ada",
    (
        identifier(IdentifierKind.EMAIL, "ada@example.org"),
        identifier(IdentifierKind.PHONE, "0161 496 0123"),
        identifier(IdentifierKind.NAME, "Ada Sample"),
    ),
)


def masked(fields: dict[str, object], *, category: str = "profile", passage: str | None = None) -> SimpleNamespace:
    """The values as they are disclosed to Ada, and the redactions."""
    found = tuple(Field(name, value, category) for name, value in fields.items())  # type: ignore[arg-type]  # scalars
    record = Record("notes", "1", Match.STRONG, (), found, passage=passage)
    after = Masker(ADA).mask(PlannedRecord(record, (Decision(Disclose()),))).record
    return SimpleNamespace(
        values={each.name: each.value for each in after.fields}, notes=after.redactions, passage=after.passage
    )


TEXTS = [
    ("Bob (bob@example.com) rang", "[…] ([…]) rang"),
    ("cc ada@example.org, bob@example.com", "cc ada@example.org, […]"),
    ("From: Bob Other <bob@example.com>. Bob Other agreed.", "From: […] <[…]>. […] agreed."),
    ('"Other, Bob" <bob@example.com>', '"[…]" <[…]>'),
    ("id <A1@mx.example> for <bob@example.com>", "id <[…]> for <[…]>"),
    ("Sammy Maystone smaystone4@example.com Bill To: Maystone", "[…] […] Bill To: […]"),
    ("Ask Bob Sample <bob@example.com>", "[…] <[…]>"),
    ("Sales: sales@example.com", "Sales: […]"),
    ("Ada Sample <ada@work.example>", "Ada Sample <[…]>"),
    ("ADA@Example.org and ada+news@example.org", "ADA@Example.org and ada+news@example.org"),
    ("see https://x.example/?to=bob%40example.com", "see https://x.example/?to=[…]"),
    ("ring +46 8 123 456 78 today", "ring […] today"),
    ("ring 0161 496 0123 or 0161 496 0124", "ring 0161 496 0123 or […]"),
    ("Tel: 01614960124", "Tel: […]"),
    ("mobil 070-174 06 05", "mobil […]"),
    ("card 4111 1111 1111 1111 declined", "card […]1111 declined"),
    ("to GB82 WEST 1234 5698 7654 32 today", "to […]5432 today"),
    ("sort code 12-34-56, account 12345678", "sort code […]3456, account […]5678"),
    ("the password is Tr0ub4dor&3", "the password is […]"),
]


@pytest.mark.parametrize(("text", "shown"), TEXTS)
def test_texts_are_masked(text: str, shown: str) -> None:
    """law C15: others' rights are not harmed; a number is known by its last digits; a secret is gone."""
    assert masked({"text": text}).values == {"text": shown}
    assert masked({}, passage=text).passage == shown


@pytest.mark.parametrize(
    "text",
    [
        "Called about a quotation on 2026-03-02 at 10:22:33.",
        "MRN 24GB0123456789ABC1, EORI GB123456789000",
        "Invoice 01632960123, 1,250.00 GBP, tariff 0902 10 00 00",
        "IP 192.0.2.1, version 0.10.2, part 00-4711-0815",
        "order 0012345678 of 01.02.2026 - 03.02.2026",
        "Weight 0123.456 kg; EAN 4006381333931",
        "The password is wrong. Pinned to the top.",
    ],
)
def test_what_is_nobodys_stays(text: str) -> None:
    """Dates, declarations, invoices, addresses of machines."""
    assert masked({"text": text}).values == {"text": text}


def test_a_field_that_is_an_address_is_the_persons_own() -> None:
    """What the system holds as their second address stays, there and in the texts beside it."""
    fields = {
        "second_email": "ada@home.example",
        "mobile": "07700 900123",
        "text": "I am ada@home.example, +44 7700 900123",
    }
    assert masked(dict(fields)).values == fields


def test_numbers_of_cards_and_accounts_keep_their_last_four() -> None:
    """law A12: also national ones, which their fields' names tell; who holds the account is no number."""
    fields = {"iban": "GB82WEST12345698765432", "sort_code": "12-34-56", "account_number": 12345678,
              "card_number": "4111111111111112", "account_holder": "Ada Sample", "limit": 10000000}  # fmt: skip
    shown = masked(dict(fields), category="financial")
    assert shown.values == fields | {
        "iban": "[…]5432", "sort_code": "[…]3456", "account_number": "[…]5678", "card_number": "[…]1112"
    }  # fmt: skip
    assert {each.text for each in shown.notes} == {"[…]5432", "[…]3456", "[…]5678", "[…]1112"}


def test_a_customers_number_stays_whole() -> None:
    """It is no bank account, whatever it is called."""
    fields = {"account_number": "12345678", "customer_number": 4111111111111112}
    assert masked(dict(fields), category="transaction").values == fields


def test_a_secret_is_nowhere_not_even_in_the_log() -> None:
    """law A12: also where the system did not say that it is one."""
    shown = masked({"password_hash": "$2b$12$abc", "text": "api_key=abcdef123456"})
    assert shown.values == {"password_hash": "[…]", "text": "api_key=[…]"}
    assert shown.notes == (Redaction("password_hash", Masked.SECRET), Redaction("text", Masked.SECRET))


def test_the_log_tells_what_stood_where() -> None:
    """For whoever reviews it; a plan carries it, and gives it back."""
    found = Record("notes", "1", Match.STRONG, (), (Field("text", "bob@example.com rang +46 8 123 456 78", "profile"),))
    planned = Masker(ADA).mask(PlannedRecord(found, (Decision(Disclose()),)))
    assert planned.record.redactions == (
        Redaction("text", Masked.EMAIL, "bob@example.com"),
        Redaction("text", Masked.PHONE, "+46 8 123 456 78"),
    )
    (read,) = from_lines(to_lines([planned]))
    assert isinstance(read, PlannedRecord)
    assert (read, read.record.redactions) == (planned, planned.record.redactions)
    assert planned.without_values().record.redactions == ()


def test_only_what_is_disclosed_is_masked() -> None:
    """A reviewer sees a doubtful record as it is; a field that is withheld stays as it was found."""
    text = Field("text", "bob@example.com rang", "profile")
    record = Record("notes", "1", Match.WEAK, (), (text, Field("other", "bob@example.com is out", "profile")))
    doubtful = PlannedRecord(record, (Decision(Review(Reason.WEAK_MATCH)),))
    assert Masker(ADA).mask(doubtful) == doubtful
    decisions = (Decision(Disclose(), ("text",)), Decision(Withhold(Reason.OTHERS_RIGHTS), ("other",)))
    fields = Masker(ADA).mask(PlannedRecord(record, decisions)).record.fields
    assert [each.value for each in fields] == ["[…] rang", "bob@example.com is out"]
