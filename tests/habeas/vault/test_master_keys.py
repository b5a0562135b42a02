"""Master keys are taken only where they are whole and closed to others; every mistake is told in one line."""

import base64
import os
import stat
from pathlib import Path

import pytest

from habeas.errors import ConfigurationError
from habeas.vault.errors import MasterKeyMissingError
from habeas.vault.master import EnvironmentMasterKeys, open_master_keys
from habeas.vault.master_file import FileMasterKeys
from habeas.vault.wrapping import MasterKey


def test_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    """Even under a lax umask the file and its folder are closed to others from the start."""
    before = os.umask(0)
    try:
        FileMasterKeys.init(tmp_path / "secret" / "master.keys")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "secret" / "master.keys").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o700


def test_a_file_is_never_overwritten(tmp_path: Path) -> None:
    """Making the file a second time would lose everything: it is refused."""
    first = FileMasterKeys.init(tmp_path / "master.keys")
    with pytest.raises(ConfigurationError, match="never overwritten"):
        FileMasterKeys.init(tmp_path / "master.keys")
    assert FileMasterKeys(tmp_path / "master.keys").ids() == first.ids()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_file_that_others_read_is_refused(tmp_path: Path, mode: int) -> None:
    """The message says how to put it right."""
    path = tmp_path / "master.keys"
    FileMasterKeys.init(path)
    path.chmod(mode)
    with pytest.raises(ConfigurationError, match=f"chmod 600 {path}"):
        FileMasterKeys(path)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "holds no master key"),
        ("# only a comment\n", "holds no master key"),
        ("0011223344556677 c2hvcnQ=\n", "line 1, has 5 bytes"),
        ("# c\n0011223344556677 ???\n", "line 2, is not base64"),
        pytest.param(f"0011223344556677 {MasterKey.new().text}\n", "line 1, was changed", id="another key"),
        ("0011223344556677\n", "line 1, has 0 bytes"),
        ("\xff\xfe\n", "not base64|has 0 bytes"),
    ],
)
def test_a_damaged_file_is_told_by_its_line(tmp_path: Path, content: str, complaint: str) -> None:
    """Every kind of damage is named with its line, never with what is in it."""
    path = tmp_path / "master.keys"
    path.touch(0o600)
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(ConfigurationError, match=complaint):
        FileMasterKeys(path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """The message says what makes one."""
    with pytest.raises(ConfigurationError, match="habeas init"):
        FileMasterKeys(tmp_path / "master.keys")
    with pytest.raises(ConfigurationError, match="can't be read"):
        FileMasterKeys(tmp_path)


def test_renewing_keeps_the_old_until_told_otherwise(tmp_path: Path) -> None:
    """The newest comes last; another process sees it; keeping only one forgets the others for good."""
    path = tmp_path / "master.keys"
    one, two = FileMasterKeys.init(path), FileMasterKeys(path)
    old = one.newest()
    new = one.renew()
    assert FileMasterKeys(path).ids() == (old.id, new.id)
    assert two.ids() == (old.id,)
    assert two.get(new.id) == new
    one.keep_only(new.id)
    one.keep_only(new.id)
    assert FileMasterKeys(path).ids() == (new.id,)
    assert old.text not in path.read_text()
    with pytest.raises(MasterKeyMissingError, match=old.id):
        one.get(old.id)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_the_old_files_content_is_overwritten(tmp_path: Path) -> None:
    """Whoever still has the old file open, or finds its blocks, finds no master key there."""
    path = tmp_path / "master.keys"
    keys = FileMasterKeys.init(path)
    new = keys.renew()
    with path.open("rb") as still_open:
        keys.keep_only(new.id)
        assert set(still_open.read()) == {0}


def test_a_link_to_a_mounted_secret_stays_a_link(tmp_path: Path) -> None:
    """Rotating writes where the link leads."""
    FileMasterKeys.init(tmp_path / "mounted" / "master.keys")
    link = tmp_path / "master.keys"
    link.symlink_to(tmp_path / "mounted" / "master.keys")
    new = FileMasterKeys(link).renew()
    assert link.is_symlink()
    assert FileMasterKeys(tmp_path / "mounted" / "master.keys").newest() == new


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    """HABEAS_MASTER_KEY is used where it is set, else the file."""
    FileMasterKeys.init(tmp_path / "master.keys")
    key, previous = MasterKey.new(), MasterKey.new()
    environment = {"HABEAS_MASTER_KEY": key.text, "HABEAS_MASTER_KEY_PREVIOUS": previous.text}
    opened = open_master_keys(tmp_path / "master.keys", environment)
    assert opened.newest() == key
    assert opened.ids() == (previous.id, key.id)
    assert opened.get(previous.id) == previous
    assert isinstance(open_master_keys(tmp_path / "master.keys", {"HABEAS_MASTER_KEY": ""}), FileMasterKeys)


@pytest.mark.parametrize(
    ("environment", "complaint"),
    [
        ({}, "HABEAS_MASTER_KEY is not set"),
        ({"HABEAS_MASTER_KEY": "ä"}, "HABEAS_MASTER_KEY is not base64"),
        ({"HABEAS_MASTER_KEY": base64.b64encode(bytes(31)).decode()}, "HABEAS_MASTER_KEY has 31 bytes"),
        (
            {"HABEAS_MASTER_KEY": MasterKey.new().text, "HABEAS_MASTER_KEY_PREVIOUS": "AAAA"},
            "HABEAS_MASTER_KEY_PREVIOUS has 3 bytes",
        ),
    ],
)
def test_a_wrong_environment_is_told(environment: dict[str, str], complaint: str) -> None:
    """The message names the variable and what it should be."""
    with pytest.raises(ConfigurationError, match=complaint):
        EnvironmentMasterKeys.of(environment)


def test_no_secret_is_shown() -> None:
    """Neither the key nor its text is in what a log line or a traceback would show."""
    key = MasterKey.new()
    for shown in (repr(key), repr(EnvironmentMasterKeys(key)), key.id):
        assert key.text not in shown
        assert key.secret.hex()[:12] not in shown
