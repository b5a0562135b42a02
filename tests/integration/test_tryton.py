"""What Tryton's own erasure of a party leaves behind is found, column by column; by a map it is erased."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.sql import SqlConnector, load_map
from habeas.domain.records import Leftover
from habeas.domain.requests import Right
from habeas.domain.subjects import IdentifierKind, Subject, identifier
from habeas.testing.services import ServiceUnavailableError
from habeas.testing.services.tryton import Tryton

pytestmark = pytest.mark.timeout(600)  # the first run installs Tryton

DATA = Path(__file__).with_name("data")
ADA = Subject(
    "ada",
    (
        identifier(IdentifierKind.EMAIL, "ada@example.org"),
        identifier(IdentifierKind.PHONE, "+44 161 496 0123"),
        identifier(IdentifierKind.VAT_NUMBER, "SE556677889901"),
    ),
)


@pytest.fixture
def tryton(tmp_path: Path) -> Iterator[tuple[Tryton, SqlConnector]]:
    """A company in which Ada is a party with addresses, a number, an opportunity and notes."""
    try:
        company = Tryton(tmp_path, DATA / "tryton_steps.py")
    except ServiceUnavailableError as error:
        if os.environ.get("HABEAS_REQUIRE_SERVICES") == "1":
            raise
        pytest.skip(str(error))
    company.run("people")
    connector = SqlConnector(f"sqlite:///{company.database}", load_map(DATA / "tryton-map.yaml"), system="tryton")
    yield company, connector
    connector.close()


def test_the_copies_that_trytons_own_erasure_leaves_are_found(tryton):
    """Compact forms, notes, opportunities and their history: seven columns, thirteen rows."""
    company, connector = tryton
    company.run("erase")
    assert sorted(connector.sweep([ADA]), key=str) == [
        Leftover("ada", "ir_note.message", 1),
        Leftover("ada", "party_contact_mechanism.value_compact", 3),
        Leftover("ada", "party_identifier.code_compact", 1),
        Leftover("ada", "sale_opportunity.comment", 1),
        Leftover("ada", "sale_opportunity.description", 1),
        Leftover("ada", "sale_opportunity__history.comment", 3),
        Leftover("ada", "sale_opportunity__history.description", 3),
    ]


def test_by_the_map_they_are_erased_and_what_it_does_not_reach_is_told(tryton, new_pipeline):
    """Notes refer to nothing by a foreign key; her other addresses, which the request does not name, speak of hers."""
    _, connector = tryton
    pipeline = new_pipeline({"tryton": connector})
    erasure = pipeline.submit(Right.ERASURE, "ada@example.org")
    pipeline.run()
    done = pipeline.case(erasure).completions["tryton"]
    assert done.left_over == 0
    told = {line.collection for line in done.summary if line.outcome == "review"}
    assert told == {
        "ir_note.message",
        "party_contact_mechanism.comment",
        "party_contact_mechanism.value",
        "party_contact_mechanism.value_compact",
    }
