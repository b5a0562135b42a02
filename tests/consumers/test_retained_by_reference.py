"""A row that a foreign key keeps is told as kept, emptied, with its reason; on the log, to the operator, in the letter."""

import sqlite3
from contextlib import closing
from zipfile import ZipFile

import pytest

from connectors.sql import SqlConnector, load_map
from consumers.connector.tally import as_carried_out
from consumers.delivery.folder import answer_folder
from habeas.cli.showing import print_systems
from habeas.domain.cases import CaseState
from habeas.domain.requests import IdentityCheck, Right
from habeas.domain.subjects import IdentifierKind, identifier
from producers.intake import Submission
from schemas.events import SummaryLine

ADA = "ada@example.org"
SCHEMA = """
CREATE TABLE accounts (number TEXT PRIMARY KEY, email TEXT, note TEXT NOT NULL);
CREATE TABLE ledger (id INTEGER PRIMARY KEY, account TEXT REFERENCES accounts (number) ON DELETE RESTRICT);
INSERT INTO accounts VALUES ('ada-1', 'ada@example.org', 'x'), ('ada-2', 'ada@example.org', 'y');
INSERT INTO ledger VALUES (1, 'ada-1');
"""
MAP = """
sweep: false
tables:
  accounts:
    title: Account
    key: [number]
    identifiers: {email: email, account_number: number}
    categories: {identity: [number], contact: [email], profile: [note]}
"""


@pytest.fixture
def billing(tmp_path):
    path, sql_map = tmp_path / "billing.db", tmp_path / "map.yaml"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(SCHEMA)
    sql_map.write_text(MAP, "utf-8")
    connector = SqlConnector(f"sqlite:///{path}", load_map(sql_map), system="billing")
    yield connector
    connector.close()


def told(case):
    return {(line.outcome, line.reason, line.records) for line in case.completions["billing"].summary}


def test_what_a_reference_keeps_is_told_and_is_no_failure(new_pipeline, billing, capsys):
    """The ledger, of which the map knows nothing, keeps one account; the other is gone."""
    pipeline = new_pipeline({"billing": billing})
    known = (identifier(IdentifierKind.EMAIL, ADA), identifier(IdentifierKind.ACCOUNT_NUMBER, "ada-1"))
    submission = Submission(Right.ERASURE, known, IdentityCheck.LOGIN)
    erasure = pipeline.habeas.intake.submit([submission], actor="tester")[0].request_id
    pipeline.run()
    case = pipeline.case(erasure)
    assert case.state is CaseState.DELIVERED
    assert told(case) == {("erase", "art-17-1", 1), ("retain", "referenced", 1)}
    assert case.completions["billing"].left_over == 0
    assert case.completions["billing"].effects == {"accounts": {"erased": 1, "retained_by_reference": 1}}
    capsys.readouterr()
    print_systems(case, titles={})
    shown = capsys.readouterr().out
    assert "emptied, its row kept" in shown
    assert "other records refer to it" in shown
    answers = pipeline.settings.path(pipeline.settings.delivery.folder)
    with ZipFile(answer_folder(answers, request_id=erasure, right=Right.ERASURE) / "answer.zip") as package:
        page = package.read("index.html").decode()
    assert "Erased as far as possible" in page
    assert "so its row can" in page
    assert "not yet as it should be" not in page


def test_lines_of_other_collections_and_fates_stay_as_they_are():
    """Only what was to be erased can have been kept by a reference, and never more than there was."""
    summary = tuple(
        SummaryLine(collection=collection, outcome=outcome, reason="x", records=2)
        for collection, outcome in (("a", "erase"), ("a", "review"), ("b", "erase"))
    )
    carried = as_carried_out(summary, {"a": {"retained_by_reference": 3}, "c": {"erased": 1}})
    assert [(each.collection, each.outcome, each.records) for each in carried] == [
        ("a", "retain", 2),
        ("a", "review", 2),
        ("b", "erase", 2),
    ]
