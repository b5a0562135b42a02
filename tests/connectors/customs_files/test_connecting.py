"""The options say where the files lie; what is wrong in them is told, and no secret is."""

from pathlib import Path

import pytest

from connectors.customs_files.connect import connect
from connectors.customs_files.stores.local import LocalStore
from connectors.customs_files.stores.other import OtherStore
from connectors.customs_files.stores.s3 import S3Store
from connectors.customs_files.stores.sftp import SftpStore
from habeas.errors import ConfigurationError


def store_of(folder: Path, **options: object):
    return connect(options, system="files", folder=folder)._store


@pytest.mark.parametrize("root", ["clients", "{folder}/clients", "file://{folder}/cli%65nts"])
def test_a_folder_is_a_path_or_a_url(tmp_path: Path, root: str) -> None:
    """A path is relative to habeas.toml."""
    (tmp_path / "clients" / "a").mkdir(parents=True)
    store = store_of(tmp_path, root=root.format(folder=tmp_path))
    assert isinstance(store, LocalStore)
    assert store.folders("") == ["a"]


def test_an_sftp_server(tmp_path: Path) -> None:
    """User and port stand in the address, secrets in files."""
    (tmp_path / "password").write_text("swordfish\n")
    url = "sftp://some%40body@files.example.org:2222/srv/cli%20ents"
    store = store_of(tmp_path, root=url, key_file="key", password_file="password", known_hosts="known")
    assert isinstance(store, SftpStore)
    server = store._session._server
    assert (server.host, server.port, server.user) == ("files.example.org", 2222, "some@body")
    assert (server.key_file, server.known_hosts) == (tmp_path / "key", tmp_path / "known")
    assert server.password == "swordfish"
    assert "swordfish" not in repr(server)
    assert store._folder == b"/srv/cli ents"


def test_a_bucket(tmp_path: Path, monkeypatch) -> None:
    """The key may be in the environment, as containers have it."""
    monkeypatch.setenv("S3_SECRET", "swordfish")
    options = {"endpoint_url": "http://127.0.0.1:9000", "access_key_id": "us", "secret_key_env": "S3_SECRET"}
    store = store_of(tmp_path, root="s3://bucket/some/clients/", **options)
    assert isinstance(store, S3Store)
    account = store._bucket._account
    assert (account.bucket, account.endpoint_url, account.secret_key) == (
        "bucket",
        "http://127.0.0.1:9000",
        "swordfish",
    )
    assert "swordfish" not in repr(account)
    assert store._prefix == "some/clients/"


def test_anything_else_that_fsspec_reaches(tmp_path: Path) -> None:
    """Its locks are a folder here."""
    assert isinstance(store_of(tmp_path, root="memory://clients", locks="locks"), OtherStore)


WRONG = {
    "no root": ({}, "root"),
    "unknown option": ({"root": "clients", "mode": 1}, "mode"),
    "option of another kind": ({"root": "clients", "key_file": "key"}, "key_file"),
    "password in the address": ({"root": "sftp://a:swordfish@b/c"}, "password_file"),
    "no folder": ({"root": "sftp://host"}, "root"),
    "two passwords": ({"root": "sftp://h/c", "password_file": "p", "password_env": "P"}, "give one of them"),
    "password file missing": ({"root": "sftp://h/c", "password_file": "p"}, "FileNotFoundError"),
    "password variable empty": ({"root": "sftp://h/c", "password_env": "HABEAS_NO_SUCH"}, "is empty"),
    "no bucket": ({"root": "s3:///clients"}, "s3://bucket"),
    "half a key pair": ({"root": "s3://b/c", "access_key_id": "a"}, "belong together"),
    "no locks": ({"root": "memory://clients"}, "locks"),
    "no way there": ({"root": "swordfish://x", "locks": "l"}, "fsspec knows no way"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_told_in_one_line(tmp_path: Path, case: str) -> None:
    """With the entry of habeas.toml, and without a secret."""
    options, said = WRONG[case]
    with pytest.raises(ConfigurationError) as raised:
        store_of(tmp_path, **options)
    message = str(raised.value)
    assert said in message
    assert message.startswith("habeas.toml: systems.files.options")
    assert "\n" not in message
    assert "a:swordfish" not in message
