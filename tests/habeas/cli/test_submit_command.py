"""What an operator may say of how an identity was checked."""

from typing import get_args

import pytest
from typer.testing import CliRunner

from habeas.cli import app
from habeas.cli.persons import OperatorsCheck
from habeas.domain.requests import IdentityCheck


@pytest.mark.parametrize(
    "words", [["submit", "access", "--email", "a@example.org"], ["identity", "1234", "--received"]]
)
def test_nobody_can_say_that_a_link_was_followed(tmp_path, monkeypatch, words) -> None:
    """A click on a sealed link proves who clicked; somebody's word for it would not."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    assert CliRunner().invoke(app, ["init"]).exit_code == 0
    told = CliRunner().invoke(app, [*words, "--identity-check", "link"])
    assert told.exit_code == 2
    assert "'link' is not one of" in told.output


def test_every_other_check_can_be_said() -> None:
    """Those that somebody makes."""
    assert {*get_args(OperatorsCheck), IdentityCheck.LINK} == set(IdentityCheck)
