"""`habeas connectors draft` prints or writes a map, and tells in one line what is wrong."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from connectors.sql import load_map


@pytest.fixture
def database(tmp_path: Path) -> str:
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("CREATE TABLE customer (id INTEGER PRIMARY KEY, email TEXT)")
    return f"sqlite:///{path}"


def run(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "habeas", "connectors", "draft", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_draft_is_printed_or_written_and_never_over_another_file(database: str, tmp_path: Path) -> None:
    """What is printed is what is written; no settings are needed."""
    printed = run(database)
    assert printed.returncode == 0
    output = tmp_path / "map.yaml"
    assert run(database, "--output", str(output)).returncode == 0
    assert output.read_text("utf-8") == printed.stdout
    assert dict(load_map(output).tables["customer"].identifiers) == {"email": ("email",)}
    again = run(database, "--output", str(output))
    assert again.returncode == 3
    assert "exists already" in again.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["{database}", "--tables", "absent"], 4, "there is no table absent"),
        (["mysql://u:hunter2@h/d"], 3, "only postgresql:// and sqlite:///"),
        (["sqlite:////nowhere/at/all.db"], 1, "the database answered SQLITE_CANTOPEN"),
        (["postgresql://u:hunter2@127.0.0.1:1/d"], 1, "the database does not answer"),
    ],
)
def test_what_is_wrong_is_told_by_exit_code_and_without_the_password(
    database: str, words: list[str], code: int, said: str
) -> None:
    """One line."""
    result = run(*(word.format(database=database) for word in words))
    assert result.returncode == code
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    assert "hunter2" not in result.stderr
