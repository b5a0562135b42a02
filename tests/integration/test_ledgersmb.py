"""People in LedgerSMB's own schema, by its map: 164 tables, 251 foreign keys that forbid, cascade and lead everywhere."""

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from connectors.sql import SqlConnector, load_map
from connectors.sql.drafting import draft
from habeas.domain.requests import Right
from habeas.testing.pipeline import Pipeline
from habeas.testing.services import ServiceUnavailableError
from habeas.testing.services.ledgersmb import load

DATA = Path(__file__).with_name("data")
ADA, BO = "ada@example.org", "bo@example.org"
pytestmark = [pytest.mark.postgres, pytest.mark.timeout(400)]  # the first run fetches the package


class Ledger:
    """The database with its people, and the connector to it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.connector = SqlConnector(url, load_map(DATA / "ledgersmb-map.yaml"), system="ledger")

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(query.encode()).fetchall()


@pytest.fixture(scope="module")
def template(postgres_server: str) -> Iterator[str]:
    """The name of a database with the schema and its people, to be copied."""
    name = f"habeas_ledger_{uuid4().hex}"
    url = f"{postgres_server.rpartition('/')[0]}/{name}"
    with psycopg.connect(postgres_server, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            load(url)
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute((DATA / "ledgersmb-people.sql").read_bytes())
            yield name
        except ServiceUnavailableError as error:
            if os.environ.get("HABEAS_REQUIRE_SERVICES") == "1":
                raise
            pytest.skip(str(error))
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def ledger(postgres_server: str, template: str) -> Iterator[Ledger]:
    name = f"habeas_ledger_{uuid4().hex}"
    copied = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
    with psycopg.connect(postgres_server, autocommit=True) as server:
        server.execute(copied)
        ledger = Ledger(f"{postgres_server.rpartition('/')[0]}/{name}")
        yield ledger
        ledger.connector.close()
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def fates(pipeline: Pipeline, request_id: str) -> dict[str, set[str]]:
    """What was decided, by collection."""
    found: dict[str, set[str]] = {}
    for line in pipeline.case(request_id).completions["ledger"].summary:
        found.setdefault(line.collection, set()).add(line.outcome)
    return found


def test_the_map_fits_the_schema(ledger):
    """Every column of every table that it names."""
    assert len(ledger.rows("SELECT 1 FROM pg_tables WHERE schemaname = 'public'")) == 164 + 2
    assert ledger.connector.check() == []


def test_a_draft_of_the_whole_schema_fits_it_and_leads_to_the_same_people(ledger, tmp_path):
    """Each table of the edited map is in it, found through the addresses."""
    path = tmp_path / "draft.yaml"
    path.write_text(draft(ledger.url, today=date(2026, 11, 22)), "utf-8")
    drafted = load_map(path)
    connector = SqlConnector(ledger.url, drafted, system="drafted")
    assert connector.check() == []
    connector.close()
    by_hand = load_map(DATA / "ledgersmb-map.yaml")
    assert by_hand.tables.keys() - drafted.tables.keys() <= {"entity_to_location"}
    assert drafted.chain("person") == ("person", "entity", "entity_to_contact")
    assert ADA not in path.read_text("utf-8").lower()


def test_a_contact_is_erased_everywhere_and_the_copy_in_a_posting_is_told(ledger, new_pipeline):
    """Nothing of him is left but in the text that no map knows of, and nobody else is touched."""
    pipeline = new_pipeline({"ledger": ledger.connector})
    erasure = pipeline.submit(Right.ERASURE, BO)
    pipeline.run()
    done = pipeline.case(erasure).completions["ledger"]
    assert done.left_over == 0
    told = fates(pipeline, erasure)
    assert told.pop("gl.description") == {"review"}
    assert told.keys() == {"entity", "entity_note", "entity_to_contact", "entity_to_location", "location", "person"}
    assert set.union(*told.values()) == {"erase"}
    assert ledger.rows("SELECT name FROM entity WHERE id = 101") == [(None,)]
    assert ledger.rows("SELECT id FROM person ORDER BY id") == [(99,), (100,), (102,)]
    assert ledger.rows("SELECT id FROM location") == [(100,)]
    assert ledger.rows("SELECT contact FROM entity_to_contact WHERE contact_class_id = 12 ORDER BY 1") == [
        ("Ada@Example.org",),
        ("other.ada@example.org",),
    ]


def test_a_customer_is_erased_but_for_what_tax_law_and_foreign_keys_keep(ledger, new_pipeline):
    """The account, its addresses and the invoice are kept and out of use; the rest is gone, and no copy is left."""
    pipeline = new_pipeline({"ledger": ledger.connector})
    erasure = pipeline.submit(Right.ERASURE, ADA)
    pipeline.run()
    done = pipeline.case(erasure).completions["ledger"]
    told = fates(pipeline, erasure)
    assert done.left_over == 0
    assert {name for name, outcomes in told.items() if "review" in outcomes} == set()
    assert told["ar"] == told["oe"] == {"retain", "erase"}
    assert "retain" in told["entity_credit_account"]
    assert told["eca_to_contact"] == {"retain"}
    assert done.effects["person"]["retained_by_reference"] == 1
    assert ledger.rows("SELECT first_name, last_name, birthdate, personal_id FROM person WHERE id = 100") == [
        ("erased", "erased", None, None)
    ]
    assert ledger.rows("SELECT invnumber, amount, notes, on_hold FROM ar") == [("INV-1", 120, None, True)]
    assert ledger.rows("SELECT credit_id FROM habeas_restricted_credit") == [(100,)]
    assert ledger.rows("SELECT contact FROM eca_to_contact") == [("ada@example.org",)]
    assert (
        ledger.rows("SELECT id FROM users WHERE id = 100")
        == ledger.rows("SELECT id FROM entity_note WHERE ref_key = 100")
        == []
    )
    assert ledger.rows("SELECT name FROM entity WHERE id = 102") == [("Ada Example",)]


def test_a_customer_is_restricted_in_every_table(ledger, new_pipeline):
    """By the mark that invoices have, and by the tables added for it."""
    pipeline = new_pipeline({"ledger": ledger.connector})
    restriction = pipeline.submit(Right.RESTRICTION, ADA)
    pipeline.run()
    assert pipeline.case(restriction).completions["ledger"].left_over == 0
    assert ledger.rows("SELECT on_hold FROM ar") == [(True,)]
    assert ledger.rows("SELECT entity_id FROM habeas_restricted_entity") == [(100,)]
    assert ledger.rows("SELECT credit_id FROM habeas_restricted_credit") == [(100,)]
    assert ledger.rows("SELECT count(*) FROM entity_note") == [(2,)]
