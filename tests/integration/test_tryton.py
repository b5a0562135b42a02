"""Tryton on PostgreSQL: what its own erasure of a party leaves behind is found; by a map what may go is erased."""

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest

from connectors.sql import SqlConnector, load_map
from habeas.domain.records import Leftover
from habeas.domain.requests import Right
from habeas.domain.subjects import IdentifierKind, Subject, identifier
from habeas.testing.services import ServiceUnavailableError
from habeas.testing.services.tryton import Tryton, tryton_company

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(900)]  # the first run installs Tryton and makes a company

DATA = Path(__file__).with_name("data")
ADA = Subject(
    "ada",
    (
        identifier(IdentifierKind.EMAIL, "ada@example.org"),
        identifier(IdentifierKind.PHONE, "+44 161 496 0123"),
        identifier(IdentifierKind.VAT_NUMBER, "SE556677889901"),
    ),
)


@pytest.fixture(scope="module")
def company(postgres_server: str) -> Iterator[Tryton]:
    """One in which Ada is a party with addresses, a number, an opportunity, two invoices and notes; to be copied."""
    try:
        with tryton_company(postgres_server, DATA / "tryton_steps.py") as company:
            company.run("people")
            with psycopg.connect(company.url) as connection:
                connection.execute("CREATE TABLE habeas_restricted (party INTEGER PRIMARY KEY, since TIMESTAMPTZ)")
            yield company
    except ServiceUnavailableError as error:
        if os.environ.get("HABEAS_REQUIRE_SERVICES") == "1":
            raise
        pytest.skip(str(error))


@pytest.fixture
def tryton(company: Tryton) -> Iterator[tuple[Tryton, SqlConnector]]:
    """The company and what looks into it."""
    with company.copied() as copy:
        connector = SqlConnector(copy.url, load_map(DATA / "tryton-map.yaml"), system="tryton")
        yield copy, connector
        connector.close()


def test_the_copies_that_trytons_own_erasure_leaves_are_found(tryton):
    """Compact forms, notes, opportunities and their history, invoices and what is booked of them."""
    company, connector = tryton
    company.run("erase")
    assert sorted(connector.sweep([ADA]), key=str) == [
        Leftover("ada", "account_invoice.comment", 2),
        Leftover("ada", "account_invoice.description", 2),
        Leftover("ada", "account_invoice.reference", 2),
        Leftover("ada", "account_invoice_line.description", 2),
        Leftover("ada", "account_invoice_line.note", 2),
        Leftover("ada", "account_move_line.description", 1),
        Leftover("ada", "ir_note.message", 3),
        Leftover("ada", "party_contact_mechanism.value_compact", 3),
        Leftover("ada", "party_identifier.code_compact", 1),
        Leftover("ada", "sale_opportunity.comment", 1),
        Leftover("ada", "sale_opportunity.description", 1),
        Leftover("ada", "sale_opportunity__history.comment", 3),
        Leftover("ada", "sale_opportunity__history.description", 3),
    ]


def test_by_the_map_what_may_go_is_erased_and_the_invoices_stay(tryton, new_pipeline):
    """By tax law until a day, with what is booked of them; what they refer to is emptied, since a foreign key holds it.

    Notes refer to nothing by a foreign key, and her other addresses, which the request does not name, speak of hers:
    both are told. The invoices are out of use from then on, by the mark of the party.
    """
    company, connector = tryton
    ada, *others = rows(company, "SELECT party, description FROM account_invoice ORDER BY description")
    pipeline = new_pipeline({"tryton": connector})
    erasure = pipeline.submit(Right.ERASURE, "ada@example.org")
    pipeline.run()
    done = pipeline.case(erasure).completions["tryton"]
    assert done.left_over == 0
    fates = {(line.collection, line.outcome): (line.reason, line.until) for line in done.summary}
    for invoiced in ("account_invoice", "account_invoice_line", "account_move", "account_move_line"):
        assert fates.pop((invoiced, "retain")) == ("art-17-3-b", date(2031, 12, 31))
    for referred_to in ("party_address", "party_identifier"):
        assert fates.pop((referred_to, "retain")) == ("referenced", None)
        assert done.effects[referred_to] == {"retained_by_reference": 1}
    assert {collection for collection, outcome in fates if outcome == "review"} == {
        "ir_note.message",
        "party_contact_mechanism.comment",
        "party_contact_mechanism.value",
        "party_contact_mechanism.value_compact",
    }
    assert {collection for collection, outcome in fates if outcome == "erase"} == {
        "party_contact_mechanism",
        "party_party",
        "sale_opportunity",
        "sale_opportunity__history",
    }
    assert rows(company, "SELECT party FROM habeas_restricted") == [ada[:1]]
    assert rows(company, "SELECT party, description FROM account_invoice ORDER BY description") == [ada, *others]
    assert ("Advice to ada@example.org",) in rows(company, "SELECT description FROM account_invoice_line")
    assert rows(company, f"SELECT name FROM party_party WHERE id = {ada[0]}") == [(None,)]
    assert rows(company, f"SELECT city, party_name FROM party_address WHERE party = {ada[0]}") == [(None, None)]


def rows(company: Tryton, query: str) -> list[tuple[Any, ...]]:
    """What is in Tryton's database."""
    with psycopg.connect(company.url) as connection:
        return connection.execute(query.encode()).fetchall()
