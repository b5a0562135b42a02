"""The sample's CRM and billing database hold the people in the proportions that the demo and the benchmarks need."""

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

import habeas.sample
from connectors.sql import SqlConnector
from connectors.sql.map import load_map
from habeas.domain.correcting import correct
from habeas.domain.outcomes import Annotate
from habeas.domain.records import Record
from habeas.domain.requests import Right
from habeas.domain.subjects import IdentifierKind, Subject, identifier
from habeas.domain.wishes import Wish
from habeas.sample.databases import load_databases
from habeas.sample.people import EVERYWHERE, Person, Relation

TODAY = date(2026, 1, 15)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Person]]:
    folder = tmp_path_factory.mktemp("databases")
    people = load_databases(
        f"sqlite:///{folder}/crm.db", f"sqlite:///{folder}/billing.db", people=500, seed=4, today=TODAY
    )
    return folder, list(people)


def ask(path: Path, query: str, *values: object) -> list[tuple]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query, values).fetchall()


def test_everybody_who_was_a_customer_is_in_the_crm(loaded: tuple[Path, list[Person]]) -> None:
    """Customers and former customers are all there, with the date on which it ended."""
    folder, people = loaded
    rows = dict(ask(folder / "crm.db", "select id, ended_on from customers where relation = 'customer'"))
    expected = {each.number: each.ended_on for each in people if each.relation is not Relation.PROSPECT}
    assert rows == {number: ended.isoformat() if ended else None for number, ended in expected.items()}


def test_there_are_five_invoices_for_each_person(loaded: tuple[Path, list[Person]]) -> None:
    """10,000 people make some 50,000 invoices, which is what the benchmarks count on."""
    folder, people = loaded
    [(invoices,)] = ask(folder / "billing.db", "select count(*) from invoices")
    assert 4.5 < invoices / len(people) < 5.8


def test_invoices_lie_within_the_time_as_a_customer(loaded: tuple[Path, list[Person]]) -> None:
    """Nobody was billed before they came or after they left."""
    folder, people = loaded
    by_account = {f"A{500_000 + each.number}": each for each in people}
    for account, issued_on in ask(folder / "billing.db", "select account_number, issued_on from invoices"):
        person = by_account[account]
        assert person.started_on is not None
        assert person.started_on <= date.fromisoformat(issued_on) <= (person.ended_on or TODAY)


def test_the_people_to_try_have_several_records(loaded: tuple[Path, list[Person]]) -> None:
    """Those who are everywhere have activities, logins and at least four invoices."""
    folder, _ = loaded
    for number in EVERYWHERE:
        for table in ("activities", "logins"):
            [(many,)] = ask(folder / "crm.db", f"select count(*) from {table} where customer_id = ?", number)
            assert many >= 3
        [(many,)] = ask(
            folder / "billing.db", "select count(*) from invoices where account_number = ?", f"A{500_000 + number}"
        )
        assert many >= 4


@pytest.mark.postgres
def test_postgresql_holds_the_same_rows(loaded: tuple[Path, list[Person]], postgres_url: str) -> None:
    """The benchmarks fill PostgreSQL with what the demo has in SQLite."""
    folder, _ = loaded
    load_databases(postgres_url, postgres_url, people=500, seed=4, today=TODAY)
    engine = sa.create_engine(postgres_url)
    with engine.connect() as connection:
        for table, file in (
            ("customers", "crm.db"),
            ("logins", "crm.db"),
            ("invoices", "billing.db"),
            ("payments", "billing.db"),
        ):
            there = connection.scalar(sa.text(f"SELECT count(*) FROM {table}"))
            assert [(there,)] == ask(folder / file, f"SELECT count(*) FROM {table}")
        amount = connection.scalar(sa.text("SELECT sum(amount) FROM invoices"))
        ended = connection.scalar(sa.text("SELECT max(ended_on) FROM customers"))
    engine.dispose()
    assert ask(folder / "billing.db", "SELECT round(sum(amount), 2) FROM invoices") == [(float(amount),)]
    assert ask(folder / "crm.db", "SELECT max(ended_on) FROM customers") == [(ended.isoformat(),)]


def test_a_statement_has_its_place_in_every_record_of_the_crm(loaded: tuple[Path, list[Person]]) -> None:
    """The demo's users see it kept; nothing of it waits for a person to write it down."""
    folder, people = loaded
    person = people[min(EVERYWHERE) - 1]
    wish = Wish(Right.RECTIFICATION, statement="I left in May.", request="r1")
    subject = Subject("t", (identifier(IdentifierKind.EMAIL, person.email),))
    crm = Path(habeas.sample.__path__[0]).parents[1] / "connectors" / "crm" / "map.yaml"
    with closing(SqlConnector(f"sqlite:///{folder}/crm.db", load_map(crm), system="crm")) as connector:
        found = [each.what for each in connector.find([subject]) if isinstance(each.what, Record)]
    decided = [each for record in found for each in correct(record, wish, TODAY)]
    assert {each.collection for each in found} == {"customers", "activities", "logins"}
    assert len(decided) == len(found)
    assert {type(each.outcome) for each in decided} == {Annotate}
