"""Destroying a request's key makes all that was sealed for it unreadable, in every backup too.

The backups here are real copies: of the artefacts as the state database has them, of the vault's directory and, where
it says so, of the key store's files.
"""

import pickle
import random
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select

from habeas.errors import ConfigurationError
from habeas.vault.artefacts import Artefact
from habeas.vault.errors import KeyDestroyedError, SealBrokenError
from habeas.vault.files import FileStore
from habeas.vault.key_database import request_keys
from habeas.vault.keys import KeyStore
from habeas.vault.master_file import FileMasterKeys
from habeas.vault.rotation import rotate
from habeas.vault.vault import INLINE_BYTES_MAX, Vault

SECRETS = [b"Canary Fjellrevsdottir", b"Canary Fjellrevsdottir " * (INLINE_BYTES_MAX // 10)]


@contextmanager
def opened(premises: Any) -> Iterator[Vault]:
    """The vault as a new process finds it."""
    keys = KeyStore(premises.keys_url, master=FileMasterKeys(premises.master))
    try:
        yield Vault(keys=keys, files=FileStore(premises.sealed_files))
    finally:
        keys.close()


def seal_all(premises: Any, request_id: str) -> list[Artefact]:
    with opened(premises) as vault:
        vault.create_keys([request_id])
        return [vault.seal(request_id, secret, system="crm", schema="habeas.found.v1") for secret in SECRETS]


def back_up(premises: Any, artefacts: Sequence[Artefact], target: Path) -> None:
    """State and vault, as an operator's nightly backup would have them."""
    target.mkdir()
    (target / "state").write_bytes(pickle.dumps(artefacts))
    shutil.copytree(premises.sealed_files, target / "sealed")


def restore(premises: Any, source: Path) -> list[Artefact]:
    shutil.rmtree(premises.sealed_files)
    shutil.copytree(source / "sealed", premises.sealed_files)
    artefacts: list[Artefact] = pickle.loads((source / "state").read_bytes())
    return artefacts


def wrapped_keys(premises: Any) -> dict[str, bytes]:
    engine = create_engine(premises.keys_url)
    with engine.connect() as connection:
        rows = connection.execute(select(request_keys.c.request_id, request_keys.c.wrapped)).all()
    engine.dispose()
    return {row.request_id: row.wrapped for row in rows}


def files_of(directory: Path) -> bytes:
    return b"|".join(path.read_bytes() for path in sorted(directory.rglob("*")) if path.is_file())


def test_a_restored_backup_can_not_be_read(everywhere: Any, tmp_path: Path) -> None:
    """A backup of the state and the vault reads back while the key is there, and never again once it is destroyed.

    law C-backups.
    """
    request_id, bystander = str(uuid.uuid4()), str(uuid.uuid4())
    artefacts = seal_all(everywhere, request_id)
    others = seal_all(everywhere, bystander)
    back_up(everywhere, artefacts + others, tmp_path / "backup")

    with opened(everywhere) as vault:
        assert [vault.unseal(each) for each in restore(everywhere, tmp_path / "backup")] == SECRETS * 2
        vault.destroy_key(request_id)
        for each in artefacts:
            vault.discard(each)

    restored = restore(everywhere, tmp_path / "backup")
    assert restored == artefacts + others
    with opened(everywhere) as vault:
        for each in restored[:2]:
            with pytest.raises(KeyDestroyedError, match=request_id):
                vault.unseal(each)
            with pytest.raises(KeyDestroyedError), vault.opening(each):
                pass
        with pytest.raises(KeyDestroyedError):
            vault.unlocked([each.request_id for each in restored])
        assert [vault.unseal(each) for each in restored[2:]] == SECRETS


def test_no_key_opens_what_a_destroyed_one_sealed(everywhere: Any) -> None:
    """Made again, renamed or taken from another request: no key that is left opens it."""
    request_id, other = str(uuid.uuid4()), str(uuid.uuid4())
    artefacts = seal_all(everywhere, request_id)
    with opened(everywhere) as vault:
        vault.create_keys([other])
        vault.destroy_key(request_id)
        vault.create_keys([request_id])
        for each in artefacts:
            with pytest.raises(KeyDestroyedError):
                vault.unseal(each)
            object.__setattr__(each, "request_id", other)
            with pytest.raises(SealBrokenError):
                vault.unseal(each)


def test_destruction_is_lasting(everywhere: Any) -> None:
    """A late redelivery can't give the request a new key to seal more under, and destroying twice is harmless."""
    request_id = str(uuid.uuid4())
    with opened(everywhere) as vault:
        vault.destroy_key(request_id)  # before anything was sealed, as when the log is replayed out of order
        vault.destroy_key(request_id)
        vault.create_keys([request_id])
        with pytest.raises(KeyDestroyedError, match=request_id):
            vault.seal(request_id, b"late", system="crm", schema="s")


def test_every_process_notices_at_once(everywhere: Any) -> None:
    """A vault that has used the key before does not open anything with it after another one has destroyed it."""
    request_id = str(uuid.uuid4())
    artefacts = seal_all(everywhere, request_id)
    with opened(everywhere) as here, opened(everywhere) as there:
        assert here.unseal(artefacts[0]) == SECRETS[0]
        there.destroy_key(request_id)
        with pytest.raises(KeyDestroyedError):
            here.unseal(artefacts[0])


def test_no_backup_of_state_and_vault_holds_a_key(premises: Any) -> None:
    """The wrapped keys are in the key store's files only, and there in no clear form."""
    request_id = str(uuid.uuid4())
    seal_all(premises, request_id)
    wrapped = wrapped_keys(premises)[request_id]
    assert wrapped in files_of(premises.key_files)
    assert wrapped not in files_of(premises.sealed_files)
    master = FileMasterKeys(premises.master).newest()
    key = master.unwrap(wrapped, request_id=request_id)
    for directory in (premises.key_files, premises.sealed_files):
        assert key not in files_of(directory)
        assert master.secret not in files_of(directory)


def test_sqlite_keeps_no_copy_of_a_destroyed_key(premises: Any) -> None:
    """Among thousands of keys made and destroyed in turn, not one destroyed is left in any file of the key store."""
    dice = random.Random(7)
    destroyed: list[str] = []
    seen: dict[str, bytes] = {}
    with opened(premises) as vault:
        for _ in range(12):
            vault.create_keys([str(uuid.UUID(int=dice.getrandbits(128))) for _ in range(300)])
            seen |= {name: wrapped for name, wrapped in wrapped_keys(premises).items() if any(wrapped)}
            for request_id in dice.sample(sorted(set(seen) - set(destroyed)), 25):
                vault.destroy_key(request_id)
                destroyed.append(request_id)
        left = files_of(premises.key_files)  # while the store is open, with its write-ahead log
    for files in (left, files_of(premises.key_files)):
        assert [name for name in destroyed if seen[name] in files] == []
        assert all(seen[name] in files for name in set(seen) - set(destroyed))


def test_rotation_closes_old_backups_of_the_key_store_too(premises: Any, tmp_path: Path) -> None:
    """A key destroyed after a backup of the key store comes back with it, until the master key was rotated."""
    request_id = str(uuid.uuid4())
    artefacts = seal_all(premises, request_id)
    back_up(premises, artefacts, tmp_path / "backup")
    shutil.copytree(premises.key_files, tmp_path / "keys of yesterday")
    old_master = FileMasterKeys(premises.master).newest()

    def restore_keys() -> None:
        shutil.rmtree(premises.key_files)
        shutil.copytree(tmp_path / "keys of yesterday", premises.key_files)

    with opened(premises) as vault:
        vault.destroy_key(request_id)
    shutil.copytree(premises.key_files, tmp_path / "keys of today")
    restore_keys()
    with opened(premises) as vault:  # this is why backups of the key store are short-lived
        assert vault.unseal(artefacts[0]) == SECRETS[0]
    shutil.rmtree(premises.key_files)
    shutil.copytree(tmp_path / "keys of today", premises.key_files)

    master = FileMasterKeys(premises.master)
    keys = KeyStore(premises.keys_url, master=master)
    rotate(keys, master)
    keys.close()
    restore_keys()
    with pytest.raises(ConfigurationError, match=old_master.id), opened(premises):
        pass
    assert old_master.text.encode() not in files_of(premises.master.parent)
