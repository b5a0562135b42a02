"""Rotation loses no key, whatever interrupts it and whoever works meanwhile."""

import hashlib
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select

from habeas.errors import ConfigurationError, UserError
from habeas.vault.errors import KeyDestroyedError, MasterKeyMissingError, SealBrokenError
from habeas.vault.key_database import request_keys
from habeas.vault.keys import KeyStore
from habeas.vault.master import EnvironmentMasterKeys
from habeas.vault.master_file import FileMasterKeys
from habeas.vault.rotation import Rotation, rotate
from habeas.vault.wrapping import MasterKey

IDS = [f"request-{number}" for number in range(25)]

KILLED = """
import os, signal, sys
from habeas.vault.keys import KeyStore
from habeas.vault.master_file import FileMasterKeys
keys = KeyStore(sys.argv[1], master=FileMasterKeys(sys.argv[2]))
batches = keys.rewrap(keys.begin_rotation(), batch_keys=10)
next(batches)
os.kill(os.getpid(), signal.SIGKILL)
"""

WORKER = """
import hashlib, select, sys
from habeas.vault.keys import KeyStore
from habeas.vault.master_file import FileMasterKeys
keys = KeyStore(sys.argv[1], master=FileMasterKeys(sys.argv[2]))
made = []
while not select.select([sys.stdin], [], [], 0)[0]:
    made.append(f"{sys.argv[3]}-{len(made)}")
    keys.create(made[-1:])
    print(made[-1], hashlib.sha256(keys.unwrap(made[-50:])[made[-1]]).hexdigest(), flush=True)
keys.close()
"""


def store(premises: Any) -> KeyStore:
    return KeyStore(premises.keys_url, master=FileMasterKeys(premises.master))


@pytest.fixture
def before(everywhere: Any) -> dict[str, bytes]:
    """The keys that have to be there all the time."""
    keys = store(everywhere)
    keys.create(IDS)
    made = dict(keys.unwrap(IDS))
    keys.close()
    return made


def rotated(premises: Any, **options: int) -> Rotation:
    master = FileMasterKeys(premises.master)
    keys = KeyStore(premises.keys_url, master=master)
    try:
        return rotate(keys, master, **options)
    finally:
        keys.close()


def check(premises: Any, expected: dict[str, bytes]) -> None:
    """All keys are there, under the one master key that is left."""
    assert len(FileMasterKeys(premises.master).ids()) == 1
    keys = store(premises)
    assert keys.unwrap(list(expected)) == expected
    keys.close()


@pytest.mark.parametrize("batch_keys", [1, 10, 25, 1_000])
def test_all_keys_stay_and_the_master_changes(everywhere: Any, before: dict[str, bytes], batch_keys: int) -> None:
    """Every key is wrapped anew, whatever the batches, and the old master key is gone from the file."""
    old = FileMasterKeys(everywhere.master).newest()
    result = rotated(everywhere, batch_keys=batch_keys)
    assert result == Rotation(keys_rewrapped=len(IDS), masters_removed=1, masters_left=0)
    assert FileMasterKeys(everywhere.master).newest() != old
    check(everywhere, before)


def test_a_killed_rotation_is_finished_by_the_next(everywhere: Any, before: dict[str, bytes]) -> None:
    """Killed amid its batches, it leaves everything readable, and rotating again finishes the work."""
    done = subprocess.run(
        [sys.executable, "-c", KILLED, everywhere.keys_url, str(everywhere.master)], check=False, timeout=60
    )
    assert done.returncode == -9
    assert len(FileMasterKeys(everywhere.master).ids()) == 2
    keys = store(everywhere)
    assert keys.unwrap(IDS) == before
    keys.create(["meanwhile"])
    expected = before | keys.unwrap(["meanwhile"])
    keys.close()
    assert rotated(everywhere).masters_removed == 2
    check(everywhere, expected)


def test_a_rotation_may_stop_at_any_point(everywhere: Any, before: dict[str, bytes]) -> None:
    """After each of its steps everything is readable, also for a process that begins there."""
    FileMasterKeys(everywhere.master).renew()  # stopped before the key store knew
    keys = store(everywhere)
    assert keys.unwrap(IDS) == before
    new = keys.begin_rotation()
    assert keys.unwrap(IDS) == before
    assert sum(keys.rewrap(new, batch_keys=7)) == len(IDS)
    keys.close()  # stopped before the old master keys were removed
    assert len(FileMasterKeys(everywhere.master).ids()) == 3
    assert rotated(everywhere).masters_removed == 3
    check(everywhere, before)


def test_who_works_meanwhile_notices_nothing(everywhere: Any, before: dict[str, bytes]) -> None:
    """A process that read the master keys before goes on, and wraps nothing under the one that goes."""
    running = store(everywhere)
    rotated(everywhere)
    assert running.unwrap(IDS) == before
    rotated(everywhere)
    running.create(["new"])
    expected = before | running.unwrap(["new"])
    running.close()
    check(everywhere, expected)


def test_rotations_under_load_lose_nothing(everywhere: Any, before: dict[str, bytes]) -> None:
    """Two processes make and use keys all the while the master key changes again and again."""
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, everywhere.keys_url, str(everywhere.master), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("one", "two")
    ]
    lines = []
    for _ in range(8):
        lines += [worker.stdout.readline() for worker in workers if worker.stdout]  # each has made one more
        rotated(everywhere, batch_keys=5)
    for worker in workers:
        with worker:
            assert worker.stdin is not None
            assert worker.stdout is not None
            worker.stdin.close()
            lines += worker.stdout
        assert worker.returncode == 0
    expected = dict(line.split() for line in lines)
    assert len(expected) >= 2 * 8
    keys = store(everywhere)
    assert {name: hashlib.sha256(key).hexdigest() for name, key in keys.unwrap(list(expected)).items()} == expected
    keys.close()
    check(everywhere, before)


class SlowMasterKeys(FileMasterKeys):
    """Lets a whole rotation happen, if it can, between the choice of a master key and its use."""

    def __init__(self, path: Path, rotation: Callable[[], object]) -> None:
        super().__init__(path)
        self.rotation: Callable[[], object] | None = None
        self._armed = rotation

    def arm(self) -> None:
        self.rotation = self._armed

    def get(self, master_id: str) -> MasterKey:
        rotation, self.rotation = self.rotation, None
        if rotation:
            rotation()
        return super().get(master_id)

    def reload(self) -> None:
        self._keys = self._read()


def test_a_key_made_while_a_rotation_begins_is_not_lost(everywhere: Any, before: dict[str, bytes]) -> None:
    """A rotation waits for who is about to wrap a key under the old master key, and then wraps that one anew too."""
    rotation = threading.Thread(target=rotated, args=[everywhere])

    def try_to_overtake() -> None:
        rotation.start()
        rotation.join(timeout=0.5)  # it can't end before the key is made: then this waits in vain, as it should

    master = SlowMasterKeys(everywhere.master, try_to_overtake)
    keys = KeyStore(everywhere.keys_url, master=master)
    master.arm()
    keys.create(["just now"])
    rotation.join()
    expected = before | keys.unwrap(["just now"])
    keys.close()
    check(everywhere, expected)


def test_a_rotation_amid_a_look_at_the_keys_is_no_error(everywhere: Any, before: dict[str, bytes]) -> None:
    """Who read the wrapped keys before a rotation and the master keys after it looks again."""
    master = SlowMasterKeys(everywhere.master, lambda: (rotated(everywhere), master.reload()))
    keys = KeyStore(everywhere.keys_url, master=master)
    master.arm()
    assert keys.unwrap(IDS) == before
    keys.close()


def test_a_destroyed_key_stays_destroyed(everywhere: Any, before: dict[str, bytes]) -> None:
    """One that is destroyed in the middle of a rotation does not come back by it."""
    keys = store(everywhere)
    new = keys.begin_rotation()
    batches = keys.rewrap(new, batch_keys=10)
    next(batches)
    gone = [IDS[0], IDS[-1]]  # one done already, one still to come
    for request_id in gone:
        keys.destroy(request_id)
    assert sum(batches) == len(IDS) - 11
    keys.end_rotation(new)
    for request_id in gone:
        with pytest.raises(KeyDestroyedError):
            keys.unwrap([request_id])
    keys.close()
    check(everywhere, {name: key for name, key in before.items() if name not in gone})


def test_two_rotations_at_once_lose_nothing(everywhere: Any, before: dict[str, bytes]) -> None:
    """The one that was overtaken gives up without removing a master key that the other needs."""
    one, two = store(everywhere), store(everywhere)
    first = one.begin_rotation()
    second = two.begin_rotation()
    sum(two.rewrap(second, batch_keys=10))
    sum(one.rewrap(first, batch_keys=10))
    with pytest.raises(UserError, match="another rotation"):
        one.end_rotation(first)
    with pytest.raises(UserError, match="rotate again"):
        two.end_rotation(second)
    assert one.unwrap(IDS) == two.unwrap(IDS) == before
    one.close()
    two.close()
    assert rotated(everywhere).masters_removed == 3
    check(everywhere, before)


def test_a_damaged_key_stops_the_rotation(everywhere: Any, before: dict[str, bytes]) -> None:
    """Nothing is forgotten while one can't be wrapped anew; once that request's key is destroyed it goes on."""
    engine = create_engine(everywhere.keys_url)
    with engine.begin() as connection:
        here = request_keys.c.request_id == IDS[3]
        connection.execute(request_keys.update().where(here).values(wrapped=b"\1" * 60))
    engine.dispose()
    with pytest.raises(SealBrokenError, match=IDS[3]):
        rotated(everywhere)
    assert len(FileMasterKeys(everywhere.master).ids()) == 2
    keys = store(everywhere)
    keys.destroy(IDS[3])
    keys.close()
    rotated(everywhere)
    check(everywhere, {name: key for name, key in before.items() if name != IDS[3]})


def test_nothing_of_the_old_wrapping_is_left_in_sqlite(premises: Any) -> None:
    """The files hold no key as it was wrapped before."""
    keys = store(premises)
    keys.create([f"request-{number}" for number in range(3_000)])
    engine = create_engine(premises.keys_url)
    with engine.connect() as connection:
        old = connection.scalars(select(request_keys.c.wrapped)).all()
    engine.dispose()
    rotated(premises)
    files = b"|".join(path.read_bytes() for path in premises.key_files.iterdir())
    keys.close()
    assert not any(wrapped in files for wrapped in old)


def test_a_master_key_in_the_environment_rotates_with_the_previous_beside_it(premises: Any, tmp_path: Path) -> None:
    """The operator passes in the new and the previous one, rotates, and can then take the previous one away."""
    url = f"sqlite:///{tmp_path}/environment/keys.db"
    old, new = MasterKey.new(), MasterKey.new()
    alone = KeyStore(url, master=EnvironmentMasterKeys(old))
    alone.create(IDS)
    before = alone.unwrap(IDS)
    with pytest.raises(ConfigurationError, match="HABEAS_MASTER_KEY_PREVIOUS"):
        rotate(alone, EnvironmentMasterKeys(old))

    both = EnvironmentMasterKeys(new, previous=old)
    keys = KeyStore(url, master=both)
    keys.create(["by who has both"])
    assert alone.unwrap(["by who has both"])  # processes not yet restarted still understand it
    assert rotate(keys, both) == Rotation(keys_rewrapped=len(IDS) + 1, masters_removed=0, masters_left=1)
    with pytest.raises(MasterKeyMissingError, match=new.id):
        alone.create(["too late"])
    alone.close()
    keys.close()

    after = KeyStore(url, master=EnvironmentMasterKeys(new))
    assert after.unwrap(IDS) == before
    after.close()
