"""`habeas suppressed`: a list is checked before it is imported."""

import csv
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from connectors.mailing_list.embedded import create_database
from connectors.mailing_list.embedded_suppressions import suppression_hash
from habeas.cli import app


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(app, ["init"]).exit_code == 0

    def run(*words: str) -> Result:
        return CliRunner().invoke(app, ["suppressed", *words])

    assert run("ada@example.org", "+441614960123", "--add").exit_code == 0
    return run


def test_addresses_are_told_one_by_one(run):
    asked = run("Ada@Example.org", "bo@example.org", "--json")
    assert asked.exit_code == 5
    told = json.loads(asked.output)
    assert told["bo@example.org"] is None
    assert told["Ada@Example.org"]["reason"] == "asked-for"
    assert run("bo@example.org").exit_code == 0


def test_a_file_is_cleaned_before_it_is_imported(run, tmp_path):
    """law C-suppression: the rows of others are as they were, the header too; what is on the list is not printed."""
    rows = [
        ["name", "mail", "phone"],
        ["Ada", "ADA@example.org", ""],
        ["Bo; B", "bo@example.org", "0161 496 0999"],
        ["Cy", "", "0161 496 0123"],
    ]
    with (tmp_path / "list.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    checked = run("--file", "list.csv", "--keep", "clean.csv")
    assert checked.exit_code == 5
    assert "4 rows, 2 of them" in checked.output
    assert "Rows 2, 4." in checked.output
    assert "ADA@" not in checked.output
    with (tmp_path / "clean.csv").open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file, delimiter=";")) == [rows[0], rows[2]]
    assert run("--file", "clean.csv").exit_code == 0


@pytest.mark.parametrize(
    "words", [(), ("nobody", "--add"), ("--file", "missing.csv"), ("--serve", "8045"), ("--serve", "127.0.0.1:0")]
)
def test_wrong_input_changes_nothing(run, words):
    assert type(run(*words).exception).__name__ == "UserError"


def test_who_wants_to_be_written_to_again_is_let_back_by_the_lists_too(run, tmp_path):
    """A system that can't be told is named: it would go on keeping them away."""
    create_database(tmp_path / "lists.db")
    with closing(sqlite3.connect(tmp_path / "lists.db")) as connection, connection:
        digest = suppression_hash_of(connection, "ada@example.org")
        connection.execute("INSERT INTO suppressions VALUES (?, 'task-1', 1)", (digest,))
    with (tmp_path / "habeas.toml").open("a") as settings:
        for name, path in (("lists", "lists.db"), ("other", "missing.db")):
            settings.write(f'\n[systems.{name}]\nkind = "mailing_list"\ntitle = "L"\noptions.path = "{path}"\n')
    back = run("Ada@Example.org", "--remove", "--reason", "subscribed again")
    assert back.exit_code == 1
    assert "Let back by lists: 1." in back.output
    assert "Not told yet: other" in back.output
    with closing(sqlite3.connect(tmp_path / "lists.db")) as connection:
        assert connection.execute("SELECT count(*) FROM suppressions").fetchone() == (0,)
    assert run("ada@example.org").exit_code == 0


def suppression_hash_of(connection, email):
    connection.row_factory = sqlite3.Row
    return suppression_hash(connection, email)
