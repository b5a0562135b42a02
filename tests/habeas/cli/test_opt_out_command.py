"""`habeas opt-out link`: links for single messages and for a mailing's file."""

import csv
import json
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from habeas.cli import app

URL = "https://privacy.example.org/opt-out"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(app, ["init"]).exit_code == 0
    with Path("habeas.toml").open("a") as settings:
        settings.write(f'\n[opt_out]\nurl = "{URL}"\n')

    def run(*words: str) -> Result:
        return CliRunner().invoke(app, ["opt-out", "link", *words])

    return run


def test_a_link_for_each_address(run):
    made = run("ada@example.org", "+441614960123")
    lines = made.output.split()
    assert made.exit_code == 0
    assert len(lines) == len(set(lines)) == 2
    assert all(each.startswith(f"{URL}/") and "ada" not in each for each in lines)
    assert set(json.loads(run("ada@example.org", "--json").output)) == {"ada@example.org"}


def test_a_mailings_file_gets_a_column_and_stays_private(run):
    rows = [["name", "mail"], ["Ada; A", "ada@example.org"], ["Nobody", ""], ["Bo", "bo@example.org"]]
    with Path("list.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    made = run("--file", "list.csv", "--column", "mail", "--out", "out.csv")
    assert made.exit_code == 0
    assert "3 rows are in out.csv, 2 of them with a link." in made.output
    assert "No address in rows 3." in made.output
    with Path("out.csv").open(newline="", encoding="utf-8") as file:
        written = list(csv.reader(file, delimiter=";"))
    assert [row[:2] for row in written] == rows
    assert [row[2].partition("/opt-out/")[0] for row in written] == [
        "opt_out_link",
        "https://privacy.example.org",
        "",
        "https://privacy.example.org",
    ]
    assert stat.S_IMODE(Path("out.csv").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("nobody",),
        ("ada@example.org", "--purpose", "unheard-of"),
        ("--file", "list.csv"),
        ("--file", "missing.csv", "--out", "out.csv"),
        ("--file", "list.csv", "--out", "list.csv"),
        ("--file", "list.csv", "--column", "phone", "--out", "out.csv"),
    ],
)
def test_wrong_input_is_told_and_nothing_is_written(run, words):
    Path("list.csv").write_text("email\nada@example.org\n")
    assert type(run(*words).exception).__name__ == "UserError"
    assert not Path("out.csv").exists()
    assert Path("list.csv").read_text() == "email\nada@example.org\n"


def test_without_a_place_for_the_page_there_are_no_links(run):
    Path("habeas.toml").write_text(Path("habeas.toml").read_text().replace(f'url = "{URL}"', ""))
    assert type(run("ada@example.org").exception).__name__ == "ConfigurationError"


@pytest.mark.parametrize("url", ["http://privacy.example.org", "privacy", "https://a@b.example", "https://b.example?x"])
def test_a_link_leads_over_https_and_nowhere_odd(run, url):
    Path("habeas.toml").write_text(Path("habeas.toml").read_text().replace(URL, url))
    assert type(run("ada@example.org").exception).__name__ == "ConfigurationError"
