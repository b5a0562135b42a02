"""Master keys in a file of ours, one on each line, the newest last."""

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from habeas.errors import ConfigurationError
from habeas.vault.errors import MasterKeyMissingError
from habeas.vault.wrapping import MasterKey

_HEADER = """\
# Habeas master keys, the newest last. Without them nothing that is sealed can ever be read again, and with them and
# the key store everything can: keep a copy, but never where the backups of the key store are.
"""
_BYTES_MAX = 65_536


class FileMasterKeys:
    """The master keys of one key store, in a file that its owner alone may read.

    One file belongs to one key store: rotating that store removes from the file what only another would need.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Raises ConfigurationError if the file is missing, malformed or open to others."""
        self._path = Path(path)
        self._keys = self._read()

    @classmethod
    def init(cls, path: str | os.PathLike[str]) -> Self:
        """Make the file with a new key. Raises ConfigurationError if there is one already."""
        path = Path(path)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_new(path, [MasterKey.new()])
            _sync_directory(path)
        except FileExistsError:
            raise ConfigurationError(f"{path} is there already; it is never overwritten") from None
        except OSError as error:
            raise ConfigurationError(f"{path} can't be written: {error.strerror}") from error
        return cls(path)

    def ids(self) -> Sequence[str]:
        return tuple(self._keys)

    def newest(self) -> MasterKey:
        return list(self._keys.values())[-1]

    def get(self, master_id: str) -> MasterKey:
        if master_id not in self._keys:
            self._keys = self._read()  # another process may have rotated
        try:
            return self._keys[master_id]
        except KeyError:
            raise MasterKeyMissingError(
                f"keys are wrapped under master key {master_id}, which is not in {self._path}"
            ) from None

    def renew(self) -> MasterKey:
        key = MasterKey.new()
        self._replace([*self._read().values(), key])
        return key

    def keep_only(self, master_id: str) -> None:
        """The old file's blocks are overwritten too, as far as the disk underneath lets anybody do that."""
        present = self._read()
        if list(present) == [master_id]:
            self._keys = present
            return
        path = self._path.resolve()
        try:
            with path.open("r+b") as old:
                self._replace([present[master_id]])
                old.write(bytes(os.fstat(old.fileno()).st_size))
                old.flush()
                os.fsync(old.fileno())
        except OSError as error:
            raise ConfigurationError(f"{self._path} can't be written: {error.strerror}") from error

    def _replace(self, keys: list[MasterKey]) -> None:
        path = self._path.resolve()  # a mounted secret is a symbolic link
        part = path.with_name(path.name + ".part")
        try:
            part.unlink(missing_ok=True)  # of a process that was killed; who rotates holds the key store's lock
            _write_new(part, keys)
            part.replace(path)
            _sync_directory(path)
        except OSError as error:
            raise ConfigurationError(f"{self._path} can't be written: {error.strerror}") from error
        self._keys = self._read()

    def _read(self) -> dict[str, MasterKey]:
        try:
            raw = self._read_bytes()
            if raw.startswith(b"\0"):  # it was replaced and overwritten while we had it open
                raw = self._read_bytes()
        except FileNotFoundError:
            raise ConfigurationError(f"there is no master key file {self._path}; `habeas init` makes one") from None
        except OSError as error:
            raise ConfigurationError(f"{self._path} can't be read: {error.strerror}") from error
        return self._parse(raw)

    def _read_bytes(self) -> bytes:
        with self._path.open("rb") as file:
            _refuse_if_open_to_others(self._path, os.fstat(file.fileno()))
            return file.read(_BYTES_MAX)

    def _parse(self, raw: bytes) -> dict[str, MasterKey]:
        keys = {}
        for number, line in enumerate(raw.decode("ascii", errors="replace").splitlines(), start=1):
            if not line.strip() or line.startswith("#"):
                continue
            source = f"{self._path}, line {number},"
            named, _, text = line.strip().partition(" ")
            key = MasterKey.of_text(text, source=source)
            if key.id != named:
                raise ConfigurationError(f"{source} was changed: the key is not the one of its id")
            keys[key.id] = key
        if not keys:
            raise ConfigurationError(f"{self._path} holds no master key")
        return keys


def _refuse_if_open_to_others(path: Path, found: os.stat_result) -> None:
    """As PostgreSQL has it for its keys: the owner alone, but a file of root's may be shared with a group."""
    shared_by_root = found.st_uid == 0 and os.geteuid() != 0
    if stat.S_IMODE(found.st_mode) & (0o027 if shared_by_root else 0o077):
        raise ConfigurationError(f"{path} can be read by others: chmod 600 {path}")


def _write_new(path: Path, keys: list[MasterKey]) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:  # noqa: PTH123 - a mode from the start
        file.write(_HEADER + "".join(f"{key.id} {key.text}\n" for key in keys))
        file.flush()
        os.fsync(file.fileno())


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
