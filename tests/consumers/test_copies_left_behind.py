"""What an erasure left behind where the map knows of nobody is told to the operator, on the log and in the letter."""

import sqlite3
from contextlib import closing
from zipfile import ZipFile

import pytest

from connectors.sql import SqlConnector, load_map
from consumers.delivery.folder import answer_folder
from habeas.cli.showing import print_systems
from habeas.domain.cases import CaseState
from habeas.domain.requests import Right
from habeas.errors import RetriableError
from habeas.testing.pipeline import Pipeline

ADA, BO = "ada@example.org", "bo@example.org"
SCHEMA = """
CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT, note TEXT);
CREATE TABLE people_history (id INTEGER PRIMARY KEY, old TEXT);
CREATE TABLE secret_log (t TEXT);
CREATE TABLE invoices (id INTEGER PRIMARY KEY, person INTEGER, text TEXT, sent TEXT, ceased TEXT);
INSERT INTO invoices VALUES (7, 1, 'for ada@example.org', 'x', NULL), (8, 2, 'x', 'ada@example.org', NULL);
INSERT INTO people VALUES (1, 'ada@example.org', 'x'), (2, 'bo@example.org', 'x'), (3, 'ada@example.org', 'y');
INSERT INTO people_history VALUES (1, '{"email": "ada@example.org"}'), (2, 'ADA@example.org'), (3, 'bo@example.org');
"""
MAP = """
sweep: {except: [secret_log]}
tables:
  people:
    title: Person
    key: [id]
    identifiers: {email: email}
    categories: {contact: [email], profile: [note]}
    restrict: {side_table: secret_log, columns: {t: id}}
  invoices:
    title: Invoice
    key: [id]
    through: {table: people, columns: {person: id}}
    relation: customer
    anchors: {customer_ceased: ceased}
    categories: {transaction: [text, sent]}
    restrict: {side_table: secret_log, columns: {t: id}}
"""


@pytest.fixture
def crm(tmp_path):
    path, sql_map = tmp_path / "crm.db", tmp_path / "map.yaml"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(SCHEMA)
    sql_map.write_text(MAP, "utf-8")
    connector = SqlConnector(f"sqlite:///{path}", load_map(sql_map), system="crm")
    yield connector
    connector.close()


def copies(pipeline: Pipeline, request_id: str) -> list[tuple[str, str, int]]:
    summary = pipeline.case(request_id).completions["crm"].summary
    return [(line.collection, line.outcome, line.records) for line in summary if line.reason == "unmapped-copy"]


def test_an_erasure_tells_of_the_copies_that_it_could_not_know_of(new_pipeline, crm, capsys):
    """By table and column, for review; and of what was not looked through.

    The invoice that is kept is none, though nothing leads to it any more; somebody else's, with her address in it, is one.
    """
    pipeline = new_pipeline({"crm": crm})
    erasure = pipeline.submit(Right.ERASURE, ADA)
    pipeline.run()
    case = pipeline.case(erasure)
    assert case.state is CaseState.DELIVERED
    assert copies(pipeline, erasure) == [("people_history.old", "review", 2), ("invoices.sent", "review", 1)]
    assert case.completions["crm"].unswept == {"secret_log": "left out by the map"}
    assert case.completions["crm"].left_over == 0
    capsys.readouterr()
    print_systems(case, titles={})
    shown = capsys.readouterr().out
    assert "people_history.old" in shown
    assert "secret_log, left out by the map" in shown
    answers = pipeline.settings.path(pipeline.settings.delivery.folder)
    with ZipFile(answer_folder(answers, request_id=erasure, right=Right.ERASURE) / "answer.zip") as package:
        page = package.read("index.html").decode()
    assert "People history.old" in page
    assert "one of us looks at it" in page
    assert "1 place could not be searched (left out on purpose)" in page


def test_people_erased_together_are_told_apart_and_swept_in_one_pass(new_pipeline, crm):
    """The database is looked through once for all of a batch."""
    passes = []
    sweep = crm.sweep
    crm.sweep = lambda subjects, kept: passes.append(len(subjects)) or sweep(subjects, kept)
    pipeline = new_pipeline({"crm": crm})
    ada, bo = pipeline.submit(Right.ERASURE, ADA), pipeline.submit(Right.ERASURE, BO)
    pipeline.run()
    assert copies(pipeline, ada)[0] == ("people_history.old", "review", 2)
    assert copies(pipeline, bo) == [("people_history.old", "review", 1)]
    assert passes == [2]


def test_what_is_not_erased_is_not_looked_for(new_pipeline, crm):
    """Access and restriction leave everything where it is."""
    pipeline = new_pipeline({"crm": crm})
    access = pipeline.submit(Right.ACCESS, ADA)
    pipeline.run()
    assert copies(pipeline, access) == []
    assert pipeline.case(access).completions["crm"].unswept is None


def test_a_sweep_that_fails_is_tried_again_and_nothing_is_erased_twice(new_pipeline, crm):
    """What was erased before the fault is told by the attempt that came through."""
    faults = [RetriableError("later")]
    sweep = crm.sweep

    def failing_once(subjects, kept):
        if faults:
            raise faults.pop()
        return sweep(subjects, kept)

    crm.sweep = failing_once
    pipeline = new_pipeline({"crm": crm})
    erasure = pipeline.submit(Right.ERASURE, ADA)
    pipeline.run_until(lambda: pipeline.case(erasure).state is CaseState.DELIVERED, step_s=5)
    assert pipeline.case(erasure).completions["crm"].effects["people"] == {"erased": 2}
    assert copies(pipeline, erasure)[0] == ("people_history.old", "review", 2)
