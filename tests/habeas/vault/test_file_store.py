"""The file store keeps whole files only, on the local disk and on any fsspec file system."""

import os
import time
import uuid
from pathlib import Path

import fsspec
import pytest

from habeas.errors import ConfigurationError, RetriableError
from habeas.vault.errors import ArtefactLostError
from habeas.vault.files import FileStore
from habeas.vault.keys import KeyStore
from habeas.vault.vault import INLINE_BYTES_MAX, Vault

LARGE = b"x" * (INLINE_BYTES_MAX + 1)


@pytest.fixture(params=["path", "file url", "memory"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    match request.param:
        case "path":
            return FileStore(tmp_path / "a folder")
        case "file url":
            return FileStore(f"file://{tmp_path}/folder")
        case _:
            return FileStore(f"memory://vault-{uuid.uuid4().hex}")


def test_sealed_things_lie_in_any_file_system(files: FileStore, keys: KeyStore) -> None:
    """They are written, read, discarded and then told as lost, wherever they lie."""
    vault = Vault(keys=keys, files=files)
    vault.create_keys(["a"])
    artefact = vault.seal("a", LARGE, system="crm", schema="s")
    assert artefact.place is not None
    assert vault.unseal(artefact) == LARGE
    vault.discard(artefact)
    vault.discard(artefact)
    with pytest.raises(ArtefactLostError, match=artefact.place):
        vault.unseal(artefact)


def test_after_an_exception_there_is_no_file(files: FileStore) -> None:
    """What was written before it is gone, under any name."""
    name = str(uuid.uuid4())

    def write_and_fail() -> None:
        with files.writing(name) as file:
            file.write(LARGE)
            raise KeyError

    with pytest.raises(KeyError):
        write_and_fail()
    with pytest.raises(ArtefactLostError), files.reading(f"{name[:2]}/{name}.sealed"):
        pass


def test_a_file_has_its_name_only_when_whole(tmp_path: Path) -> None:
    """While it is written it is not there; then it is, and only its owner can read it."""
    name = str(uuid.uuid4())
    files = FileStore(tmp_path / "sealed")
    path = tmp_path / "sealed" / name[:2] / f"{name}.sealed"
    with files.writing(name) as file:
        file.write(LARGE)
        assert not path.exists()
    assert path.read_bytes() == LARGE
    for each in (path, path.parent, path.parent.parent):
        assert each.stat().st_mode & 0o077 == 0


def test_what_killed_processes_left_is_swept(tmp_path: Path) -> None:
    """Half-written files go after a day; younger ones may still be written, whole ones stay."""
    files = FileStore(tmp_path)
    whole = str(uuid.uuid4())
    with files.writing(whole) as file:
        file.write(b"whole")
    young, stale = (tmp_path / whole[:2] / f"{uuid.uuid4()}.sealed.part" for _ in range(2))
    for path in (young, stale):
        path.write_bytes(b"half")
    yesterday = time.time() - 2 * 86_400
    os.utime(stale, (yesterday, yesterday))
    os.utime(tmp_path / whole[:2] / f"{whole}.sealed", (yesterday, yesterday))
    assert files.sweep() == 1
    assert young.exists()
    assert not stale.exists()
    with files.reading(f"{whole[:2]}/{whole}.sealed") as file:
        assert file.read(100) == b"whole"


def test_the_folder_may_move(tmp_path: Path, keys: KeyStore) -> None:
    """Places are relative: a vault restored elsewhere is read there."""
    vault = Vault(keys=keys, files=FileStore(tmp_path / "here"))
    vault.create_keys(["a"])
    artefact = vault.seal("a", LARGE, system="crm", schema="s")
    (tmp_path / "here").rename(tmp_path / "there")
    assert Vault(keys=keys, files=FileStore(tmp_path / "there")).unseal(artefact) == LARGE


def test_a_full_disk_is_told_as_passing(keys: KeyStore) -> None:
    """Running out of space is an error that a later attempt may not meet, and names no content."""
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    system = fsspec.filesystem("memory")

    class Full(type(system)):  # type: ignore[misc] - a class known only at run time
        def _open(self, path: str, mode: str = "rb", **_: object) -> object:
            return Path("/dev/full").open(mode) if "w" in mode else super()._open(path, mode)

    fsspec.register_implementation("full", Full, clobber=True)
    vault = Vault(keys=keys, files=FileStore("full://vault"))
    vault.create_keys(["a"])
    with pytest.raises(RetriableError, match="OSError"):
        vault.seal("a", LARGE, system="crm", schema="s")


def test_an_unknown_address_is_told(tmp_path: Path) -> None:
    """A file system that there is not, or a folder that can't be made, is a mistake in the configuration."""
    with pytest.raises(ConfigurationError, match="file store"):
        FileStore("nosuch://bucket")
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="file store"):
        FileStore(tmp_path / "file" / "folder")
