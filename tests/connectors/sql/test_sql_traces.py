"""An identifier is known in any text, and not where it is a part of another one."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sql.traces import Traces
from habeas.domain.subjects import IdentifierKind, Subject, identifier


def traces(kind, value):
    return Traces([Subject("p", (identifier(kind, value),))])


@pytest.mark.parametrize(
    ("kind", "value", "texts"),
    [
        (
            IdentifierKind.EMAIL,
            "ada@example.org",
            ["ada@example.org", "Dear ADA@Example.ORG.", "<mailto:ada@example.org>", '{"e":"ada@example.org"}', "a,ada@example.org;b",
             "?to=ada%40example.org&x", "?to=%20ada@example.org", "'ada@example.org':3"],
        ),
        (
            IdentifierKind.PHONE,
            "+44 161 496 0123",
            ["+441614960123", "0161 496 0123", "(0161) 496-0123", "tel:+44-161-496-0123", "0044 (0)161 4960123", "call 1614960123 now"],
        ),
        (IdentifierKind.VAT_NUMBER, "SE556677889901", ["VAT SE 556677 889901.", "se556677889901", "SE-5566-7788-9901"]),
        (IdentifierKind.EORI, "GB123456789000", ["GB123456789000", "(gb 123 456 789 000)"]),
        (IdentifierKind.CUSTOMER_NUMBER, "C-10042", ["about C-10042, again", "c-10042"]),
    ],
)  # fmt: skip
def test_it_is_known_however_it_is_written(kind, value, texts):
    """In sentences, JSON, addresses, search words; digits in any groups."""
    found = traces(kind, value)
    assert [text for text in texts if not found.owners(text)] == []
    assert [text for text in texts if not re.search(found.pattern, text, re.IGNORECASE)] == []


@pytest.mark.parametrize(
    ("kind", "value", "texts"),
    [
        (IdentifierKind.EMAIL, "ada@example.org", ["grada@example.org", "x.ada@example.org", "ada@example.org.uk", "ada@example.orgs", "ada@example,org"]),
        (IdentifierKind.PHONE, "+44 161 496 0123", ["91614960123", "16149601234", "161 496 0 124", "161, page 496, 0123", ""]),
        (IdentifierKind.VAT_NUMBER, "SE556677889901", ["SE5566778899012", "XSE556677889901", "556677889901"]),
        (IdentifierKind.CUSTOMER_NUMBER, "C-10042", ["AC-10042", "C-100421", "C-10042-7", "C10042"]),
        (IdentifierKind.CUSTOMER_NUMBER, "10042", ["10042"]),
        (IdentifierKind.NAME, "Ada Example", ["Ada Example"]),
    ],
)  # fmt: skip
def test_a_part_of_something_else_is_nobody(kind, value, texts):
    """Nor are names, and numbers too short to mean anybody."""
    assert [text for text in texts if traces(kind, value).owners(text)] == []


@given(st.lists(st.integers(0, 999), min_size=1, max_size=30, unique=True), st.integers(0, 999))
def test_each_of_many_people_is_told_apart(numbers, other):
    """A text with somebody's address is theirs alone."""
    people = [Subject(str(n), (identifier(IdentifierKind.EMAIL, f"p{n}@example.org"),)) for n in numbers]
    found = Traces(people)
    assert found.owners(f"to P{other}@EXAMPLE.org today") == ({str(other)} if other in numbers else set())
