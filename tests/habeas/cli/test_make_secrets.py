"""`habeas make-secrets` gives every installation secrets of its own, once."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from habeas.cli import app
from habeas.vault.master_file import FileMasterKeys


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("state", "keys", "master"):
        (tmp_path / name).mkdir(mode=0o700)
    return tmp_path


def make(folder: Path) -> str:
    result = CliRunner().invoke(app, ["make-secrets", "--folder", str(folder), "state", "keys"])
    assert result.exit_code == 0
    return result.output


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_each_installation_and_server_has_its_own(folder: Path) -> None:
    """No two passwords are the same, none is printed, and the master key is one that the vault takes."""
    said = make(folder)
    passwords = {(folder / name / "password").read_text() for name in ("state", "keys")}
    assert len(passwords) == 2
    assert not [each for each in passwords if len(each) < 40 or each in said]
    assert len(FileMasterKeys(folder / "master" / "master.key").ids()) == 1


def test_the_second_time_nothing_changes(folder: Path) -> None:
    """It runs at every start."""
    make(folder)
    before = everything(folder)
    assert make(folder) == ""
    assert everything(folder) == before


def test_a_password_of_ones_own_is_kept(folder: Path) -> None:
    """And written as PostgreSQL's clients want it, whatever is in it."""
    (folder / "state" / "password").write_text("long enough: a\\b, surely\n")
    said = make(folder)
    assert "WARNING" not in said
    assert (folder / "state" / "pgpass").read_text() == "*:*:*:*:long enough\\: a\\\\b, surely\n"
    assert (folder / "state" / "pgpass").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("password", ["postgres", "Password", "short", ""])
def test_a_password_that_can_be_guessed_is_warned_of(folder: Path, password: str) -> None:
    """It is in use, and somebody should know."""
    (folder / "keys" / "password").write_text(password)
    assert "WARNING: the password of keys can be guessed" in make(folder)
