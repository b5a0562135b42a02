"""What of other people is kept out of a record, and that the person's own data stays in it."""

import pytest

from habeas.domain.masking import Masker
from habeas.domain.outcomes import Decision, Disclose
from habeas.domain.plans import PlannedRecord
from habeas.domain.records import Masked
from habeas.domain.subjects import IdentifierKind, Subject, identifier

CDS = """<?xml version="1.0"?><Declaration><Declarant><Name>Berg Trading Ltd</Name><ID>GB987654321000</ID>
<Contact><Name>{first}</Name><ElectronicMail>{mail}</ElectronicMail></Contact>
<Contact><Name>Bob Other</Name><ElectronicMail>bob@example.com</ElectronicMail></Contact></Declarant></Declaration>"""


def fields(record):
    return {each.name: each.value for each in record.fields}


def test_another_contact_of_the_same_party_is_told_to_be_there_and_not_shown(folder) -> None:
    """law C15: in XML; the party's own fields and the person's stay."""
    folder.put("cds.xml", CDS.format(first="Anna Öberg", mail="anna.oberg@example.org"))
    (record,) = folder.strong()
    assert fields(record) == {
        "Name": "Berg Trading Ltd", "ID": "GB987654321000", "Contact/Name": "Anna Öberg",
        "Contact/ElectronicMail": "anna.oberg@example.org", "Contact/Name (2)": None, "Contact/ElectronicMail (2)": None,
    }  # fmt: skip
    assert {each.name for each in record.fields if each.other_person} == {
        "Contact/Name (2)", "Contact/ElectronicMail (2)"
    }  # fmt: skip
    assert [(each.field, each.what, each.text) for each in record.redactions] == [
        ("Contact/Name (2)", Masked.NAME, "Bob Other"),
        ("Contact/ElectronicMail (2)", Masked.EMAIL, "bob@example.com"),
    ]


def test_another_contact_is_not_erased_either(folder) -> None:
    """An erasure takes what is the person's."""
    path = folder.put("cds.xml", CDS.format(first="Anna Öberg", mail="anna.oberg@example.org"))
    folder.erase()
    text = path.read_text()
    assert "Anna" not in text
    assert "bob@example.com" in text
    assert "Bob Other" in text


@pytest.mark.parametrize("first", ["Anna Öberg", "A. Oeberg"])
def test_what_ties_a_contact_to_the_person_keeps_it_theirs(folder, first) -> None:
    """Their address is enough, whatever name stands beside it."""
    folder.put("cds.xml", CDS.format(first=first, mail="anna.oberg@example.org"))
    (record,) = folder.strong()
    assert fields(record)["Contact/Name"] == first


def test_a_contact_without_a_name_stays_with_the_party(folder) -> None:
    """A sole trader's own phone, which the request did not state."""
    folder.put(
        "cds.xml",
        "<Declaration><Declarant><Name>Anna Öberg</Name><ID>GB123456789000</ID>"
        "<Contact><Telephone>+44 161 496 0999</Telephone></Contact></Declarant></Declaration>",
    )
    (record,) = folder.strong()
    assert fields(record)["Contact/Telephone"] == "+44 161 496 0999"
    assert not record.redactions


def test_a_person_whose_name_and_address_are_apart_is_one(folder) -> None:
    """As invoices in UBL write them; with or without a name in the request."""
    folder.put(
        "ubl.xml",
        "<Invoice><SupplierParty><Contact><ElectronicMail>anna.oberg@example.org</ElectronicMail></Contact>"
        "<Person><FirstName>Annie</FirstName><FamilyName>Oeberg</FamilyName></Person></SupplierParty></Invoice>",
    )
    (record,) = folder.strong()
    assert {"Annie", "Oeberg"} <= set(fields(record).values())


def test_contacts_in_json_are_told_apart(folder) -> None:
    """As in XML."""
    folder.put(
        "party.json",
        '{"exporter": {"name": "Berg Ltd", "contacts": [{"contact": {"name": "Bob Other", "email": "bob@example.com"}},'
        '{"contact": {"name": "Anna Öberg", "email": "anna.oberg@example.org"}}]}}',
    )
    (record,) = folder.strong()
    assert "anna.oberg@example.org" in fields(record).values()
    assert "bob@example.com" not in fields(record).values()


MAIL = """From: Bob Other <bob@example.com>
To: Anna =?utf-8?Q?=C3=96berg?= <anna.oberg@example.org>, Carl Third <carl@example.com>
Subject: The container
Date: Mon, 2 Mar 2026 10:00:00 +0000
Message-ID: <1@example.com>
Content-Type: text/plain; charset=utf-8

Dear Carl,

please ask Anna (anna.oberg@example.org) or Carl Third about it.
Bob Other, +46 8 123 456 78

Nothing of this is about her: Carl Third agrees.
"""


def test_a_mail_shows_the_words_around_a_mention_without_the_others(folder) -> None:
    """law C15: senders, receivers and their numbers are masked; what stands elsewhere in the mail is not shown."""
    folder.put("mail.eml", MAIL)
    subject = Subject("anna", (identifier(IdentifierKind.EMAIL, "anna.oberg@example.org"),
                               identifier(IdentifierKind.NAME, "Anna Öberg")))  # fmt: skip
    (mention,) = [each for each in folder.strong(subject) if each.passage]
    disclosed = Masker(subject).mask(PlannedRecord(mention, (Decision(Disclose()),))).record
    assert disclosed.passage == "please ask Anna (anna.oberg@example.org) or […] about it. […], […]"
    assert [each.text for each in disclosed.redactions] == ["Carl Third", "Bob Other", "+46 8 123 456 78"]
    everything = " ".join(str(value) for each in folder.strong(subject) for value in fields(each).values())
    assert "bob@example.com" not in everything
    assert "carl@example.com" not in everything


def test_the_persons_own_name_and_firms_stay_in_the_words_around(folder) -> None:
    """In whatever order her name is written; a firm is nobody."""
    folder.put(
        "mail.eml",
        MAIL.replace("Carl Third <carl", "Third Carl Ltd <carl").replace(
            "or Carl Third", "or Öberg Anna, Third Carl Ltd"
        ),
    )
    (mention,) = [each for each in folder.strong() if each.passage]
    assert "Öberg Anna, Third Carl Ltd" in (mention.passage or "")


def test_a_text_that_is_the_mention_alone_has_no_words_around(folder) -> None:
    """Nothing is repeated."""
    folder.put("list.txt", "anna.oberg@example.org\n\nbob@example.com\n\n<anna.oberg@example.org>,\n")
    assert [each.passage for each in folder.strong()] == [None, None]


def test_the_words_around_are_few(folder) -> None:
    """Of a long line some words on either side."""
    folder.put("log.txt", "before " * 100 + "anna.oberg@example.org" + " after" * 100 + "\n")
    (record,) = folder.strong()
    assert record.passage is not None
    assert record.passage.startswith("before before")
    assert len(record.passage) < 160


def test_the_words_around_are_never_erased(folder) -> None:
    """They are shown on access; erasing takes the mention out of them."""
    path = folder.put("log.txt", "Call anna.oberg@example.org about the tea.\n")
    folder.erase()
    assert path.read_text() == "Call [erased] about the tea.\n"
    assert folder.strong() == []
