"""A vault on real files, and key stores on each database there is."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from habeas.vault.files import FileStore
from habeas.vault.keys import KeyStore
from habeas.vault.master_file import FileMasterKeys
from habeas.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class Premises:
    """Where everything of one vault lies."""

    root: Path
    keys_url: str

    @property
    def master(self) -> Path:
        return self.root / "secret" / "master.keys"

    @property
    def key_files(self) -> Path:
        return self.root / "keys"

    @property
    def sealed_files(self) -> Path:
        return self.root / "sealed"


@pytest.fixture
def premises(tmp_path: Path) -> Premises:
    made = Premises(tmp_path, f"sqlite:///{tmp_path}/keys/keys.db")
    FileMasterKeys.init(made.master)
    return made


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def everywhere(request: pytest.FixtureRequest, premises: Premises) -> Premises:
    """The premises on SQLite, then on PostgreSQL."""
    if request.param == "sqlite":
        return premises
    return Premises(premises.root, request.getfixturevalue("postgres_url"))


@pytest.fixture
def keys(premises: Premises) -> Iterator[KeyStore]:
    store = KeyStore(premises.keys_url, master=FileMasterKeys(premises.master))
    yield store
    store.close()


@pytest.fixture
def vault(premises: Premises, keys: KeyStore) -> Vault:
    return Vault(keys=keys, files=FileStore(premises.sealed_files))


@pytest.fixture
def request_id(vault: Vault) -> str:
    made = str(uuid.uuid4())
    vault.create_keys([made])
    return made
