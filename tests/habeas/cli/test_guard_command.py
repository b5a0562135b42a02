"""law C18: `habeas connectors guard` prints what a database administrator runs, and `habeas doctor` says how it stands."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from habeas.cli import app


@pytest.fixture(scope="module")
def trial(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("guard") / "sample"
    assert CliRunner().invoke(app, ["sample", str(folder), "--people", "60", "--files", "30"]).exit_code == 0
    return folder


def run(trial: Path, *words: str):
    return CliRunner().invoke(app, ["--config", str(trial / "habeas.toml"), *words])


def standing(trial: Path) -> dict[str, list[dict[str, object]]]:
    """What the doctor tells of each system's restrictions."""
    checked = run(trial, "doctor", "--json")
    assert checked.exit_code in {0, 5}
    parts = json.loads(checked.output)
    return {
        each["part"].removeprefix("guard of "): each["guards"] for each in parts if each["part"].startswith("guard of ")
    }


def test_the_doctor_warns_until_the_guard_has_been_run(trial):
    """law C18d: system by system, and by name; a warning is no problem that ends with a code."""
    before = standing(trial)
    assert [each["place"] for each in before["crm"] if each["gap"]] == ["customers", "activities", "logins"]
    assert "habeas connectors guard crm" in before["crm"][0]["gap"]["remedy"]
    assert [each["how"] for each in before["mailing_list"]] == ["nothing is delivered"]
    assert [each["gap"] for each in before["customs_files"]] == [None]
    assert run(trial, "topics", "create").exit_code == run(trial, "doctor").exit_code == 0
    script = trial / "guard.sql"
    assert run(trial, "connectors", "guard", "crm", "--output", str(script)).exit_code == 0
    assert script.read_text("utf-8") == run(trial, "connectors", "guard", "crm").output
    with closing(sqlite3.connect(trial / "systems" / "crm.db")) as database:
        database.executescript(script.read_text("utf-8"))
    after = standing(trial)
    assert [each["gap"] for each in after["crm"]] == [None] * 3
    assert [each["gap"] is None for each in after["billing"]] == [False] * 3
    told = " ".join(run(trial, "doctor").output.split())
    assert "marked only" in told
    assert "guarded from changes" in told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["customs_files"], "is no SQL database"),
        (["crm", "--role", "web"], "SQLite knows no roles"),
        (["absent"], "there is no system 'absent'"),
    ],
)
def test_what_can_not_be_guarded_is_told_in_one_line(trial, words, told):
    """By an error that names what to change."""
    refused = run(trial, "connectors", "guard", *words)
    assert refused.exit_code != 0
    assert told in str(refused.exception)
