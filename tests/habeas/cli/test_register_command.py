"""`habeas register` and the registers that `habeas init` offers."""

import json
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from habeas.cli import app
from habeas.cli.register_page import print_register
from habeas.domain.register import load_register


def run(*words: str):
    return CliRunner().invoke(app, [*words])


@pytest.fixture(scope="module")
def trial(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("trial") / "sample"
    assert run("sample", str(folder), "--people", "60", "--files", "30").exit_code == 0
    return folder


def edited(trial: Path, old: str, new: str) -> str:
    """The settings with another register beside the good one."""
    text = (trial / "register.yaml").read_text("utf-8")
    assert old in text
    (trial / "other.yaml").write_text(text.replace(old, new, 1), "utf-8")
    toml = (trial / "habeas.toml").read_text("utf-8")
    (trial / "other.toml").write_text(
        'register_file = "other.yaml"\n' + toml.replace('register_file = "register.yaml"', ""), "utf-8"
    )
    return str(trial / "other.toml")


def test_the_sample_passes_the_check_with_notes(trial):
    """Exit code 0: what is only to be thought about is no problem."""
    checked = run("--config", str(trial / "habeas.toml"), "register", "check", "--json")
    assert checked.exit_code == 0
    assert {each["weight"] for each in json.loads(checked.output)} == {"note"}


def test_a_register_that_does_not_fit_the_systems_is_told_of(trial):
    """Exit code 5 with a table; each row says what to do."""
    config = edited(trial, "    anchor: customer_ceased\n", "    anchor: contract_ended\n")
    (trial / "other.yaml").write_text(
        (trial / "other.yaml").read_text("utf-8").replace("  customer_ceased:\n", "  contract_ended:\n"), "utf-8"
    )
    checked = run("--config", config, "register", "check", "--json")
    assert checked.exit_code == 5
    told = [each for each in json.loads(checked.output) if each["weight"] == "problem"]
    assert [each["about"] for each in told] == ["retention.customer-basics"]
    assert "no system tells 'contract_ended'" in told[0]["what"]
    assert "anchors" in told[0]["remedy"]
    assert run("--config", config, "register", "check").exit_code == 5


def test_all_that_is_wrong_in_the_file_is_listed_by_line(trial):
    config = edited(trial, "bases: [contract]", "bases: []")
    told = json.loads(run("--config", config, "register", "check", "--json").output)
    assert [each["about"].startswith("other.yaml:") for each in told] == [True]
    assert "name at least one" in told[0]["what"]


def test_a_list_in_a_remedy_is_not_taken_for_markup(trial):
    config = edited(trial, "categories: [technical, usage]\n    bases", "categories: technical\n    bases")
    assert "[a, b]" in run("--config", config, "register", "check").output


@pytest.mark.parametrize("width", [80, 120])
def test_the_register_is_shown_without_cutting_anything(trial, width):
    out = Console(width=width, record=True, highlight=False)
    with out.capture() as captured:
        print_register(load_register(trial / "register.yaml"), out)
    lines = captured.get().splitlines()
    assert max(map(len, lines)) <= width
    text = " ".join(captured.get().split())
    for part in (
        "Customs Connect Group Limited",
        "16 July 2018",
        "uk-company-accounts",
        "6 years from the end of the VAT period",
        "Privacy",
        "…",
    ):
        assert (part in text) is (part != "Privacy"), part


def test_show_prints_what_programs_read(trial):
    shown = json.loads(run("--config", str(trial / "habeas.toml"), "register", "show", "--json").output)
    assert next(each["id"] for each in shown["retention"]) == "customer-basics"
    assert shown["notice_version"] == "2018-07-16"


def test_init_offers_both_notices(tmp_path):
    """ccg can be used as it is; 2customs asks for its missing facts, by line."""
    assert run("init", str(tmp_path / "ccg")).exit_code == 0
    assert run("--config", str(tmp_path / "ccg" / "habeas.toml"), "register", "check").exit_code == 0
    assert run("init", str(tmp_path / "two"), "--notice", "2customs").exit_code == 0
    config = str(tmp_path / "two" / "habeas.toml")
    refused = run("--config", config, "register", "show")
    assert "is yours to fill in" in str(refused.exception)
    told = json.loads(run("--config", config, "register", "check", "--json").output)
    assert len(told) == 15
    assert all(each["about"].startswith("register.yaml:") for each in told)
