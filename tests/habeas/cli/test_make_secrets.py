"""`habeas make-secrets` gives every installation secrets of its own, once."""

import subprocess
from pathlib import Path

import paramiko
import pytest
from typer.testing import CliRunner

from habeas.cli import app
from habeas.errors import ConfigurationError
from habeas.vault.master_file import FileMasterKeys

COMMAND = ["make-secrets", "--ssh", "sftp", "state", "keys"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("state", "keys", "sftp", "sftp-server", "master"):
        (tmp_path / name).mkdir(mode=0o700)
    return tmp_path


def make(folder: Path) -> str:
    result = CliRunner().invoke(app, [*COMMAND, "--folder", str(folder)])
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


def test_a_server_of_files_and_its_client_know_each_other(folder: Path) -> None:
    """Each by the other's public key: none has to be trusted at first sight, and no private one leaves its folder."""
    make(folder)
    client, server = folder / "sftp", folder / "sftp-server"
    assert {path.name for path in client.iterdir()} == {"key", "known_hosts"}
    assert {path.name for path in server.iterdir()} == {"host_key", "authorized_keys"}
    known = paramiko.HostKeys(str(client / "known_hosts"))
    assert known.check("sftp", paramiko.Ed25519Key.from_private_key_file(str(server / "host_key")))
    own = paramiko.Ed25519Key.from_private_key_file(str(client / "key"))
    assert (server / "authorized_keys").read_text() == f"restrict {own.get_name()} {own.get_base64()}\n"
    assert (client / "key").stat().st_mode & 0o777 == 0o600


def test_a_key_of_ones_own_is_kept(folder: Path) -> None:
    """The server lets that one in from then on, and the old one no longer."""
    make(folder)
    before = (folder / "sftp-server" / "authorized_keys").read_text()
    command = ["ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-C", "", "-f", str(folder / "own")]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True)
    (folder / "own").replace(folder / "sftp" / "key")
    assert make(folder) == ""
    after = (folder / "sftp-server" / "authorized_keys").read_text()
    assert after != before
    assert after.split()[1:] == (folder / "own.pub").read_text().split()[:2]


def test_a_key_that_cannot_be_used_is_told(folder: Path) -> None:
    """With its place; nothing of it is printed."""
    (folder / "sftp" / "key").write_text("not a key")
    result = CliRunner().invoke(app, [*COMMAND, "--folder", str(folder)])
    assert isinstance(result.exception, ConfigurationError)
    assert str(result.exception).startswith(str(folder / "sftp" / "key"))
    assert "not a key" not in str(result.exception)
