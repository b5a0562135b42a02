"""The key store: one key for each request, agreed on by all processes, in files that only their owner reads."""

import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from habeas.errors import ConfigurationError
from habeas.vault.errors import KeyDestroyedError, MasterKeyMissingError, SealBrokenError
from habeas.vault.keys import KeyStore
from habeas.vault.master import EnvironmentMasterKeys
from habeas.vault.master_file import FileMasterKeys
from habeas.vault.wrapping import MasterKey

RACER = """
import sys
from habeas.vault.keys import KeyStore
from habeas.vault.master_file import FileMasterKeys
url, master, *ids = sys.argv[1:]
print("ready", flush=True)
sys.stdin.readline()
keys = KeyStore(url, master=FileMasterKeys(master))
for start in range(0, len(ids), 10):
    keys.create(ids[start : start + 10])
for request_id, key in keys.unwrap(ids).items():
    print(request_id, __import__("hashlib").sha256(key).hexdigest())
keys.close()
"""


def store(premises: Any) -> KeyStore:
    return KeyStore(premises.keys_url, master=FileMasterKeys(premises.master))


def test_two_processes_that_make_the_same_keys_agree(everywhere: Any) -> None:
    """Two that start at once on an empty store, each in its own order, end with the same keys."""
    ids = [str(uuid.uuid4()) for _ in range(200)]
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, everywhere.keys_url, str(everywhere.master), *order],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for order in (ids, ids[::-1])
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    outputs = []
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    for racer in racers:
        output, _ = racer.communicate(timeout=60)
        assert racer.returncode == 0
        outputs.append(sorted(output.split("\n")))
    assert outputs[0] == outputs[1]
    assert len(outputs[0]) == len(ids) + 1


def test_making_keys_again_changes_none(everywhere: Any) -> None:
    """Making keys is idempotent, also for a batch that is part new, part there, part double."""
    keys = store(everywhere)
    keys.create(["a", "b"])
    before = keys.unwrap(["a", "b"])
    keys.create(["b", "c", "c", "a"])
    keys.create([])
    after = keys.unwrap(["a", "b", "c"])
    keys.close()
    assert {name: after[name] for name in before} == before
    assert len({*after.values()}) == 3
    assert {len(key) for key in after.values()} == {32}


def test_a_request_without_a_key_is_told(everywhere: Any) -> None:
    """The one that has none is named, whoever else has one."""
    keys = store(everywhere)
    keys.create(["a"])
    with pytest.raises(KeyDestroyedError, match="request nobody has no key"):
        keys.unwrap(["a", "nobody"])
    keys.close()


def test_a_batch_may_be_larger_than_a_query(keys: KeyStore) -> None:
    """More ids than the database takes in one query are no problem."""
    ids = [f"request-{number}" for number in range(40_000)]
    keys.create(ids)
    assert set(keys.unwrap(ids)) == set(ids)


def test_other_master_keys_do_not_open_the_store(everywhere: Any, tmp_path: Path) -> None:
    """Starting with the wrong master keys fails at once and says which one is missing."""
    store(everywhere).close()
    right = FileMasterKeys(everywhere.master).newest()
    with pytest.raises(MasterKeyMissingError, match=f"{right.id}, which is not in .*other.keys"):
        KeyStore(everywhere.keys_url, master=FileMasterKeys.init(tmp_path / "other.keys"))
    with pytest.raises(MasterKeyMissingError, match=f"{right.id}, which is in neither HABEAS_MASTER_KEY"):
        KeyStore(everywhere.keys_url, master=EnvironmentMasterKeys(MasterKey.new()))
    by_environment = KeyStore(everywhere.keys_url, master=EnvironmentMasterKeys(right))
    by_environment.create(["a"])
    by_environment.close()


def test_wrapped_keys_can_not_be_swapped(everywhere: Any) -> None:
    """A wrapped key written into another request's row does not unwrap."""
    keys = store(everywhere)
    keys.create(["a", "b"])
    engine = create_engine(everywhere.keys_url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE vault_request_key SET wrapped = (SELECT wrapped FROM vault_request_key WHERE request_id = 'a')"
                " WHERE request_id = 'b'"
            )
        )
    engine.dispose()
    with pytest.raises(SealBrokenError, match="request b"):
        keys.unwrap(["b"])
    keys.unwrap(["a"])
    keys.close()


def test_only_the_owner_reads_the_files(keys: KeyStore, premises: Any) -> None:
    """The key store's files and the master key's are closed to others from the start, whatever the umask."""
    keys.create(["a"])
    for path in [*premises.key_files.iterdir(), premises.master]:
        assert path.stat().st_mode & 0o077 == 0


def test_a_file_that_is_no_database_is_told(premises: Any) -> None:
    """Something else where the key store should be is a mistake in the configuration."""
    premises.key_files.mkdir()
    (premises.key_files / "keys.db").write_bytes(b"no database at all" * 500)
    with pytest.raises(ConfigurationError, match="key store can't be opened"):
        store(premises)


@pytest.mark.parametrize(
    ("url", "complaint"),
    [("sqlite://", "has to be a file"), ("nonsense", "ArgumentError"), ("oracle+none://x", "NoSuchModuleError")],
)
def test_a_wrong_address_is_told(premises: Any, url: str, complaint: str) -> None:
    """An address that leads nowhere, or to memory, is a mistake in the configuration."""
    with pytest.raises(ConfigurationError, match=complaint):
        KeyStore(url, master=FileMasterKeys(premises.master))
