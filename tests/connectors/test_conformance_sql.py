"""The SQL connector keeps every connector's promises, with the maps of both sample systems, on both engines."""
# ruff: noqa: RUF001 (Turkish has a dotless i)

from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime
from importlib import resources
from pathlib import Path

import pytest
import sqlalchemy as sa

from connectors.sql import SqlConnector, SqlMap, load_map
from habeas.domain.subjects import IdentifierKind, Subject, identifier
from habeas.testing.connectors import ConnectorConformance, Populated

FOLDER = Path(str(resources.files("connectors")))

CUSTOMERS = [
    # id, number, first, last, e-mail, phone, relation
    (1, "C-1001", "Åsa", "Yildiz", "Asa.Yildiz@Example.org", "(0161) 496-0123", "customer"),
    (2, "C-1002", "Asa", "YILDIZ", "other.asa@example.org", "+44 161 496 0999", "prospect"),
    (3, "C-1003", "Cy", "Dunn", "cy@example.org", None, "customer"),
]


def person(token: str, name: str, *known: tuple[IdentifierKind, str]) -> Subject:
    """A subject of that name, known by these identifiers."""
    every = (*known, (IdentifierKind.NAME, name))
    return Subject(token, tuple(identifier(kind, value) for kind, value in every))


def fill(url: str, system: str, rows: dict[str, list[dict[str, object]]]) -> None:
    """Create the sample system's schema and put rows into its tables."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        lines = (FOLDER / system / "schema.sql").read_text("utf-8").splitlines()
        for statement in "\n".join(line for line in lines if not line.startswith("--")).split(";"):
            if statement.strip():
                connection.exec_driver_sql(statement)
        for name, content in rows.items():
            columns = [sa.column(column, TYPES.get(column)) for column in content[0]]
            connection.execute(sa.insert(sa.table(name, *columns)), content)
    engine.dispose()


TYPES = {
    "happened_at": sa.DateTime(),
    "marketing_opt_in": sa.Boolean(),
    **dict.fromkeys(("customer_since", "ended_on", "issued_on", "paid_on"), sa.Date()),
}


def crm_rows() -> dict[str, list[dict[str, object]]]:
    """Two people of one name and a third, each with activities and sign-ins."""
    names = ("id", "customer_number", "first_name", "last_name", "email", "phone", "relation")
    more = {
        "street": "Clippers Quay",
        "password_hash": "argon2",
        "interests": "tariffs",
        "marketing_opt_in": True,
        "ended_on": date(2024, 2, 29),
    }
    return {
        "customers": [dict(zip(names, row, strict=True)) | more for row in CUSTOMERS],
        "activities": [
            {
                "id": 10 * row[0] + number,
                "customer_id": row[0],
                "happened_at": datetime(2024, 5, number, 9),  # noqa: DTZ001 - the column has no zone
                "kind": "call",
                "note": f"about {row[2]}",
                "employee_name": "Eve Other",
            }
            for row in CUSTOMERS
            for number in (1, 2, 3)
        ],
        "logins": [
            {"id": row[0], "customer_id": row[0], "happened_at": datetime(2024, 6, 1), "ip": "192.0.2.1"}  # noqa: DTZ001
            for row in CUSTOMERS
        ],
    }


def billing_rows() -> dict[str, list[dict[str, object]]]:
    """An account for each, with invoices and payments."""
    return {
        "accounts": [
            {
                "account_number": f"A-{row[0]}",
                "customer_number": row[1],
                "name": f"{row[2]} {row[3]}",
                "email": row[4],
                "vat_number": f"GB 123 4567 8{row[0]}",
                "iban": "GB33BUKB20201555555555",
            }
            for row in CUSTOMERS
        ],
        "invoices": [
            {
                "invoice_number": f"I-{row[0]}{number}",
                "account_number": f"A-{row[0]}",
                "issued_on": date(2024, 3, number),
                "amount": 120.5,
                "currency": "GBP",
                "contact_name": "Eve Other",
            }
            for row in CUSTOMERS
            for number in (1, 2)
        ],
        "payments": [
            {
                "id": row[0],
                "invoice_number": f"I-{row[0]}1",
                "paid_on": date(2024, 4, 1),
                "amount": 120.5,
                "payer_name": "Eve Other",
            }
            for row in CUSTOMERS
        ],
    }


def crm_population(connector: SqlConnector, broken: SqlConnector) -> Populated:
    """Who is in the customer database."""
    kind = IdentifierKind
    collections = {
        number: frozenset(
            {("customers", str(number)), ("logins", str(number))}
            | {("activities", str(10 * number + each)) for each in (1, 2, 3)}
        )
        for number in (1, 2)
    }
    known = ((kind.EMAIL, "asa.yildiz@example.org"), (kind.PHONE, "+44 161 4960123"))
    return Populated(
        connector,
        person=person("t-1", "Åsa Yıldız", *known),
        records=collections[1],
        namesake=person("t-2", "Asa Yildiz", (kind.CUSTOMER_NUMBER, "C-1002")),
        namesake_records=collections[2],
        bystander=person("t-3", "Cy Dunn", (kind.EMAIL, "cy@example.org")),
        unknown=person("t-4", "Nobody Here", (kind.EMAIL, "yildiz@example.org"), (kind.PHONE, "+441614960124")),
        broken=broken,
        written_as=frozenset({"(0161) 496-0123", "Asa.Yildiz@Example.org"}),
    )


def billing_population(connector: SqlConnector, broken: SqlConnector) -> Populated:
    """Who is in the billing database."""
    kind = IdentifierKind
    collections = {
        number: frozenset(
            {("accounts", f"A-{number}"), ("payments", str(number))}
            | {("invoices", f"I-{number}{each}") for each in (1, 2)}
        )
        for number in (1, 2)
    }
    return Populated(
        connector,
        person=person("t-1", "Yildiz Åsa", (kind.VAT_NUMBER, "gb12345678 1"), (kind.CUSTOMER_NUMBER, "C-1001")),
        records=collections[1],
        namesake=person("t-2", "Asa Yildiz", (kind.EMAIL, "other.asa@example.org")),
        namesake_records=collections[2],
        bystander=person("t-3", "Cy Dunn", (kind.ACCOUNT_NUMBER, "A-3")),
        unknown=person("t-4", "Nobody Here", (kind.VAT_NUMBER, "GB123456789")),
        broken=broken,
        written_as=frozenset({"GB 123 4567 81"}),
    )


SYSTEMS = {"crm": (crm_rows, crm_population), "billing": (billing_rows, billing_population)}


def populate(system: str, url: str, broken_url: str, *, sql_map: SqlMap | None = None) -> Iterator[Populated]:
    """Fill the database and connect to it, and to one that is not there."""
    rows, population = SYSTEMS[system]
    fill(url, system, rows())
    used = sql_map or load_map(FOLDER / system / "map.yaml")
    with (
        closing(SqlConnector(url, used, system=system)) as connector,
        closing(SqlConnector(broken_url, used, system=system)) as broken,
    ):
        yield population(connector, broken)


class OnSqlite(ConnectorConformance):
    system: str

    @pytest.fixture
    def populated(self, tmp_path: Path) -> Iterator[Populated]:
        (tmp_path / "target.db").touch()
        yield from populate(self.system, f"sqlite:///{tmp_path}/target.db", f"sqlite:///{tmp_path}/absent.db")


class OnPostgres(ConnectorConformance):
    system: str

    @pytest.fixture
    def populated(self, postgres_url: str) -> Iterator[Populated]:
        yield from populate(self.system, postgres_url, "postgresql://habeas@127.0.0.1:1/absent")


class TestCrmOnSqlite(OnSqlite):
    system = "crm"


class TestBillingOnSqlite(OnSqlite):
    system = "billing"


@pytest.mark.postgres
class TestCrmOnPostgres(OnPostgres):
    system = "crm"


@pytest.mark.postgres
class TestBillingOnPostgres(OnPostgres):
    system = "billing"


class TestWithoutAnInbox(ConnectorConformance):
    """A target in which no table of ours may be made."""

    @pytest.fixture
    def populated(self, tmp_path: Path) -> Iterator[Populated]:
        (tmp_path / "target.db").touch()
        without = load_map(FOLDER / "crm" / "map.yaml").model_copy(update={"inbox": False})
        urls = (f"sqlite:///{tmp_path}/target.db", f"sqlite:///{tmp_path}/absent.db")
        yield from populate("crm", *urls, sql_map=without)
