"""People are recognised however their identifiers are written, and nobody else for them."""
# ruff: noqa: RUF001 (names and numbers are written in many ways)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sql.recognition import Sought, name_key, name_keys
from habeas.domain.records import Match, Record
from habeas.domain.subjects import IdentifierKind, Subject, identifier

PEOPLE_MAP = """
tables:
  people:
    title: People
    key: [id]
    identifiers: {email: email, phone: phone, vat_number: vat, customer_number: number, name: name}
    categories: {contact: [email, phone, vat, number, name]}
"""
PEOPLE = """
CREATE TABLE people (id INTEGER PRIMARY KEY, email VARCHAR(99), phone VARCHAR(99), vat VARCHAR(99),
    number INTEGER, name VARCHAR(99))
"""


def _found(target, column: str, written: str, sought: Subject) -> list[tuple[str, Match]]:
    target.run(PEOPLE)
    value = written.replace("'", "''")
    target.run(f"INSERT INTO people (id, {column}) VALUES (1, '{value}'), (2, NULL), (3, '')".replace("''),", "'),"))
    return [
        (each.what.key, each.what.match)
        for each in target.connect(PEOPLE_MAP).find([sought])
        if isinstance(each.what, Record)
    ]


@pytest.mark.parametrize(
    ("kind", "column", "written", "sought"),
    [
        (IdentifierKind.EMAIL, "email", " Anna.BERG@Example.ORG ", "anna.berg@example.org"),
        (IdentifierKind.EMAIL, "email", "ÅSA@example.org", "åsa@example.org"),
        (IdentifierKind.PHONE, "phone", "0161 496 0123", "+441614960123"),
        (IdentifierKind.PHONE, "phone", "+44 (0)161 / 496-0123", "+441614960123"),
        (IdentifierKind.PHONE, "phone", "0044.161.496.0123", "+441614960123"),
        (IdentifierKind.PHONE, "phone", "+46 8-123 456", "+468123456"),
        (IdentifierKind.PHONE, "phone", "0161\u00a0496\u20110123", "0161 496 0123"),
        (IdentifierKind.VAT_NUMBER, "vat", "gb 123-4567.89", "GB123456789"),
    ],
)
def test_an_identifier_is_found_however_it_is_written(target, kind, column, written, sought) -> None:
    """Case, spaces and separators don't matter."""
    assert _found(target, column, written, Subject("t", (identifier(kind, sought),))) == [("1", Match.STRONG)]


@pytest.mark.parametrize(
    ("written", "sought"),
    [
        ("Åsa Öberg", "Asa Oberg"),
        ("asa oberg", "Åsa Öberg"),
        ("Öberg, Åsa", "Åsa Öberg"),
        ("Åsa  Öberg", "A\u030asa O\u0308berg"),
        ("IŞIK Yıldız", "Isik Yildiz"),
        ("Anna-Maria O'Neill", "Anna Maria O’Neill"),
        ("Jörg Strauß", "Jorg Strauss"),
        ("Jörg Strauss", "Jorg Strauß"),
    ],
)
def test_a_name_is_found_however_it_is_written(target, written, sought) -> None:
    """Case, accents, hyphens and the order of the parts don't matter; the match is weak all the same."""
    assert _found(target, "name", written, Subject("t", (identifier(IdentifierKind.NAME, sought),))) == [
        ("1", Match.WEAK)
    ]


@pytest.mark.parametrize(
    ("kind", "column", "written", "sought"),
    [
        (IdentifierKind.EMAIL, "email", "anna.berg@example.org.uk", "anna.berg@example.org"),
        (IdentifierKind.EMAIL, "email", "annaxberg@example.org", "anna_berg@example.org"),
        (IdentifierKind.PHONE, "phone", "020 496 0123", "+441614960123"),
        (IdentifierKind.PHONE, "phone", "+46 161 496 0123", "+441614960123"),
        (IdentifierKind.PHONE, "phone", "call me: 4960123", "+441614960123"),
        (IdentifierKind.VAT_NUMBER, "vat", "GB1234567890", "GB123456789"),
        (IdentifierKind.NAME, "name", "Anna Bergman", "Anna Berg"),
    ],
)
def test_another_ones_identifier_is_not(target, kind, column, written, sought) -> None:
    """An identifier that begins or ends like another is another."""
    assert _found(target, column, written, Subject("t", (identifier(kind, sought),))) == []


def test_a_number_in_a_column_of_numbers_is_found(target) -> None:
    """A customer number may be kept as an integer; one with letters is then nobody's."""
    target.run(PEOPLE)
    target.run("INSERT INTO people (id, number) VALUES (1, 1001)")
    connector = target.connect(PEOPLE_MAP)
    number = identifier(IdentifierKind.CUSTOMER_NUMBER, "1001")
    lettered = identifier(IdentifierKind.CUSTOMER_NUMBER, "C-1001")
    assert len(list(connector.find([Subject("t", (number,))]))) == 1
    assert list(connector.find([Subject("t", (lettered,))])) == []


LATIN = st.characters(max_codepoint=0x17F, categories=["L"]) | st.sampled_from(" -'")


@given(st.text(LATIN, max_size=30))
def test_any_name_can_be_sought(name: str) -> None:
    """No spelling breaks a search, and a name always has its own key."""
    keys = name_keys(name)
    assert name_key(*name.split()) in keys
    sought = Sought([Subject("t", (identifier(IdentifierKind.NAME, "x" + name),))], region="GB")
    assert list(sought.owners(IdentifierKind.NAME, ("x" + name,))) == ["t"]


@given(st.text(max_size=40))
def test_any_content_of_a_column_is_read(content: str) -> None:
    """A remark in a column of phone numbers or e-mail addresses is nobody's, and no failure."""
    sought = Sought([Subject("t", (identifier(IdentifierKind.PHONE, "+441614960123"),))], region="GB")
    for kind in IdentifierKind:
        assert list(sought.owners(kind, (content,))) in ([], ["t"])
