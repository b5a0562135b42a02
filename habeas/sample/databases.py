"""Fills the CRM and the billing database of a sample, in SQLite or PostgreSQL."""

from collections.abc import Mapping, Sequence
from datetime import date
from importlib import resources

import sqlalchemy as sa

from habeas.sample.accounts import billing_rows
from habeas.sample.clients import draw_clients
from habeas.sample.customers import Row, crm_rows
from habeas.sample.dice import dice
from habeas.sample.people import Person, draw_people
from habeas.sample.truth import Sightings

CLIENTS_PER_HUNDRED_PEOPLE = 5
_TYPES: Mapping[str, sa.DateTime | sa.Date | sa.Boolean] = {
    "happened_at": sa.DateTime(),
    "customer_since": sa.Date(),
    "ended_on": sa.Date(),
    "issued_on": sa.Date(),
    "paid_on": sa.Date(),
    "marketing_opt_in": sa.Boolean(),
}
_ROWS_AT_ONCE = 5_000


def load_databases(crm_url: str, billing_url: str, *, people: int, seed: int, today: date) -> Sequence[Person]:
    """Create both databases' tables and fill them with so many people; the databases must be empty.

    10,000 people make about 9,600 customers and 50,000 invoices.
    """
    clients = draw_clients(max(1, people * CLIENTS_PER_HUNDRED_PEOPLE // 100), dice(seed, "clients"))
    drawn = draw_people(people, clients, dice(seed, "people"), today)
    fill_databases(crm_url, billing_url, drawn, seed=seed, today=today, sightings=Sightings())
    return drawn


def fill_databases(
    crm_url: str, billing_url: str, people: Sequence[Person], *, seed: int, today: date, sightings: Sightings
) -> None:
    """The same with people already drawn, noting who is where; a database that was filled before stays as it is."""
    _fill(crm_url, "crm", crm_rows(people, dice(seed, "crm"), today, sightings))
    _fill(billing_url, "billing", billing_rows(people, dice(seed, "billing"), today, sightings))


def _fill(url: str, connector: str, rows: Mapping[str, Sequence[Row]]) -> None:
    schema = resources.files(f"connectors.{connector}").joinpath("schema.sql").read_text("utf-8")
    engine = sa.create_engine(url)
    try:
        with engine.begin() as connection:
            if sa.inspect(connection).has_table(next(iter(rows))):
                return
            for statement in _statements(schema):
                connection.exec_driver_sql(statement)
            for table, content in rows.items():
                _insert(connection, table, content)
    finally:
        engine.dispose()


def _insert(connection: sa.Connection, table: str, rows: Sequence[Row]) -> None:
    if not rows:
        return
    columns = [sa.column(name, _TYPES.get(name)) for name in rows[0]]
    insert = sa.insert(sa.table(table, *columns))
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        connection.execute(insert, rows[start : start + _ROWS_AT_ONCE])


def _statements(schema: str) -> list[str]:
    """One by one, since SQLite's driver takes no more at once; no statement of ours has a semicolon inside."""
    without_comments = "\n".join(line for line in schema.splitlines() if not line.startswith("--"))
    return [statement for statement in without_comments.split(";") if statement.strip()]
