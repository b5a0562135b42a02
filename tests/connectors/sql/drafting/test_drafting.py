"""A draft loads, fits the database it was drawn from, and has what a person would have looked for."""
# ruff: noqa: RUF001 (Turkish has a dotless i)

import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date
from importlib import resources
from pathlib import Path

import pytest

from connectors.sql import SqlConnector, SqlMap, load_map
from connectors.sql.drafting import draft
from habeas.errors import NotFoundError
from habeas.sample.databases import load_databases

CORPUS = os.environ.get("HABEAS_CORPUS", "")
TODAY = date(2026, 11, 22)


@pytest.fixture
def drafted(tmp_path: Path) -> Callable[..., tuple[SqlMap, str]]:
    """Drafts a map of a database, checks it against that database, and gives it with its text."""

    def make(url: str, **options: tuple[str, ...]) -> tuple[SqlMap, str]:
        text = draft(url, today=TODAY, **options)
        path = tmp_path / "draft.yaml"
        path.write_text(text, "utf-8")
        loaded = load_map(path)
        connector = SqlConnector(url, loaded, system="drafted")
        problems = [each.what for each in connector.check()]
        connector.close()
        assert problems == []
        return loaded, text

    return make


@pytest.fixture
def sqlite(tmp_path: Path) -> Callable[[str], str]:
    """Makes a database from a script."""

    def make(script: str) -> str:
        path = tmp_path / "drafted.db"
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(script)
        return f"sqlite:///{path}"

    return make


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's databases."""
    folder = tmp_path_factory.mktemp("samples")
    for name in ("crm", "billing"):
        (folder / f"{name}.db").touch()
    load_databases(f"sqlite:///{folder}/crm.db", f"sqlite:///{folder}/billing.db", people=50, seed=1, today=TODAY)
    return folder


@pytest.mark.parametrize("system", ["crm", "billing"])
def test_the_samples_are_drafted_nearly_as_they_were_mapped_by_hand(samples, drafted, system):
    """Every table, every identifier, every join and secret; at most a few columns of the categories are left open."""
    by_hand = load_map(Path(str(resources.files("connectors"))) / system / "map.yaml")
    found, text = drafted(f"sqlite:///{samples}/{system}.db")
    assert by_hand.tables.keys() <= found.tables.keys()
    for name, table in by_hand.tables.items():
        proposed = found.tables[name]
        assert proposed.key == table.key
        assert set(table.recognised_by) <= set(proposed.recognised_by)
        assert proposed.through == table.through
        assert table.secret <= proposed.secret
    mapped = {(name, column) for name, table in by_hand.tables.items() for column in table.fields}
    proposed_columns = {(name, column) for name, table in found.tables.items() for column in table.fields}
    assert len(mapped & proposed_columns) >= 0.6 * len(mapped)
    assert "@" not in text


@pytest.mark.skipif(not CORPUS, reason="needs HABEAS_CORPUS")
def test_chinook_is_drafted_with_its_people_and_all_that_hangs_on_them(drafted):
    """Customers and employees, invoices and their lines; nobody's music. Whom an employee serves is not theirs."""
    found, text = drafted(f"sqlite:///{CORPUS}/crm-chinook/Chinook_Sqlite.sqlite")
    assert {name: table.through.table if table.through else None for name, table in found.tables.items()} == {
        "Customer": None,
        "Employee": None,
        "Invoice": "Customer",
        "InvoiceLine": "Invoice",
    }
    assert dict(found.tables["Customer"].identifiers) == {
        "email": ("Email",),
        "phone": ("Phone", "Fax"),
        "name": ("FirstName", "LastName"),
    }
    assert found.tables["Employee"].fields["BirthDate"] == "identity"
    assert "Album, Artist" in text
    assert "@" not in text


@pytest.mark.parametrize(
    ("columns", "identifiers"),
    [
        ("epost TEXT, mobilnummer TEXT, fornamn TEXT, efternamn TEXT",
         {"email": ("epost",), "name": ("fornamn", "efternamn")}),
        ("EPostaAdresi TEXT, cep_tel TEXT, ad TEXT, soyadı TEXT, musteri_no TEXT",
         {"email": ("EPostaAdresi",), "phone": ("cep_tel",), "name": ("ad", "soyadı"), "customer_number": ("musteri_no",)}),
        ("E_Mail TEXT, Telefon TEXT, Vorname TEXT, Nachname TEXT, Kundennummer TEXT, USt_IdNr TEXT",
         {"email": ("E_Mail",), "phone": ("Telefon",), "name": ("Vorname", "Nachname"),
          "customer_number": ("Kundennummer",), "vat_number": ("USt_IdNr",)}),
        ("emailAddress TEXT, phoneNumber TEXT, firstName TEXT, lastName TEXT, eori TEXT",
         {"email": ("emailAddress",), "phone": ("phoneNumber",), "name": ("firstName", "lastName"), "eori": ("eori",)}),
    ],
    ids=["swedish", "turkish", "german", "english"],
)  # fmt: skip
def test_columns_are_known_in_four_languages(sqlite, drafted, columns, identifiers):
    """By their names alone, in an empty table."""
    found, _ = drafted(sqlite(f"CREATE TABLE t (id INTEGER PRIMARY KEY, {columns})"))
    assert identifiers.items() <= dict(found.tables["t"].identifiers).items()


def test_columns_that_say_nothing_are_known_by_their_values_which_are_never_shown(sqlite, drafted):
    """E-mail, VAT number, IBAN, card, IP address; dates of long ago are asked about."""
    url = sqlite("""CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT, c TEXT, d TEXT, e TEXT, f DATE, g TEXT);
        INSERT INTO t (a, b, c, d, e, f, g) VALUES
        ('ada@example.org', 'SE556677889901', 'GB33BUKB20201555555555', '4111 1111 1111 1111', '192.0.2.1', '1961-04-12', 'x'),
        ('bo@example.org', 'DE123456789', 'DE75512108001245126199', '5500 0000 0000 0004', '2001:db8::1', '1999-12-31', 'y'),
        ('cy@example.org', 'GB123456789', 'SE7280000810340009783242', '340000000000009', '192.0.2.7', '2001-01-01', 'z')""")
    found, text = drafted(url)
    assert dict(found.tables["t"].identifiers) == {"email": ("a",), "vat_number": ("b",)}
    assert found.tables["t"].fields == {
        "a": "contact", "b": "identity", "c": "financial", "d": "financial", "e": "technical", "f": "identity",
    }  # fmt: skip
    assert found.tables["t"].secret == {"d"}
    assert found.tables["t"].ignored == {"g"}
    assert not [each for each in ("ada", "SE5566", "BUKB", "4111", "192.0", "1961") if each in text]


def test_addresses_within_json_are_proposed_by_their_paths_and_never_shown(sqlite, drafted):
    """One person's path, and that of a list of several, whose rows nobody's erasure may delete."""
    one = [json.dumps({"id": at, "contact": {"e.mail": f"ada{at}@example.org"}}) for at in range(4)]
    many = [
        json.dumps([{"who": {"mail": f"bo{at}@example.org"}}, {"cy@example.org": "x@example.org"}]) for at in range(4)
    ]
    rows = ", ".join(f"('{a}', '{b}')" for a, b in zip(one, many, strict=True))
    found, text = drafted(
        sqlite(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, a JSON); CREATE TABLE u (id INTEGER PRIMARY KEY, b TEXT);"
            f"CREATE TABLE w (a, b); INSERT INTO w VALUES {rows};"
            "INSERT INTO t (a) SELECT a FROM w; INSERT INTO u (b) SELECT b FROM w; DROP TABLE w"
        )
    )
    assert dict(found.tables["t"].identifiers) == {"email": ('a.contact."e.mail"',)}
    assert found.tables["t"].erase == "delete"
    assert dict(found.tables["u"].identifiers) == {"email": ("b[*].who.mail",)}
    assert found.tables["u"].erase == "columns"
    assert "@" not in text


def test_addresses_in_a_table_of_their_own_lead_to_the_people_and_from_there_on(sqlite, drafted):
    """The person is found through the address; so is what hangs on the person, and the places that they refer to."""
    found, text = drafted(
        sqlite("""
        CREATE TABLE party (id INTEGER PRIMARY KEY, name TEXT NOT NULL, "order" TEXT, deleted_at TEXT);
        CREATE TABLE mechanism (id INTEGER PRIMARY KEY, party INTEGER REFERENCES party, kind TEXT, contact TEXT UNIQUE NOT NULL);
        CREATE TABLE place (id INTEGER PRIMARY KEY, street TEXT, city TEXT);
        CREATE TABLE lives (party INTEGER REFERENCES party, place INTEGER REFERENCES place, PRIMARY KEY (party, place));
        CREATE TABLE bill (id INTEGER PRIMARY KEY, party INTEGER REFERENCES party, seller_id INTEGER REFERENCES party, total NUMERIC);
        CREATE TABLE line (bill INTEGER REFERENCES bill, row INTEGER, description TEXT, PRIMARY KEY (bill, row));
        CREATE TABLE tag (id INTEGER PRIMARY KEY, label TEXT)""")
    )
    ways = {name: found.chain(name) for name in found.tables}
    assert ways["party"] == ("party", "mechanism")
    assert ways["line"] == ("line", "bill", "party", "mechanism")
    assert ways["place"] == ("place", "lives", "party", "mechanism")
    assert dict(found.tables["bill"].through.columns) == {"party": "id"}
    assert dict(found.tables["mechanism"].identifiers) == {"email": ("contact",), "phone": ("contact",)}
    assert found.tables["party"].erase == "columns"
    assert found.tables["mechanism"].replacements == {"contact": "erased-{key}"}
    assert "tag" not in found.tables
    assert "#   tag" in text


def test_a_part_of_a_database_can_be_drafted(sqlite, drafted):
    """By table names; those that are not there are named, and so is a database without anybody in it."""
    url = sqlite(
        "CREATE TABLE a (id INTEGER PRIMARY KEY, email TEXT); CREATE TABLE b (id INTEGER PRIMARY KEY, email TEXT)"
    )
    found, _ = drafted(url, tables=("b",))
    assert set(found.tables) == {"b"}
    with pytest.raises(NotFoundError, match="no table c, d"):
        draft(url, tables=("c", "b", "d"), today=TODAY)
    with pytest.raises(NotFoundError, match="none of 1 tables"):
        draft(sqlite("DROP TABLE a; DROP TABLE b; CREATE TABLE c (id INTEGER PRIMARY KEY, label TEXT)"), today=TODAY)


def test_other_schemas_are_drafted_when_named(target_postgres, drafted):
    """Their tables have the schema in their names; joins lead across."""
    target_postgres.run("""CREATE SCHEMA app; CREATE TYPE app.mood AS ENUM ('fine', 'low');
        CREATE TABLE app.person (id SERIAL PRIMARY KEY, email TEXT UNIQUE NOT NULL, gender app.mood NOT NULL, notes TEXT NOT NULL);
        CREATE TABLE app.visit (id SERIAL PRIMARY KEY, person_id INTEGER REFERENCES app.person, ip INET)""")
    found, _ = drafted(target_postgres.url, schemas=("app",))
    assert found.tables["app.visit"].through.table == "app.person"
    assert found.tables["app.visit"].fields == {"ip": "technical"}
    assert found.tables["app.person"].replacements["gender"] == "fine"
