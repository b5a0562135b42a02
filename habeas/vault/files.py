"""The vault's file store, on the local disk or on any fsspec file system."""

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from habeas.errors import ConfigurationError, RetriableError
from habeas.vault.errors import ArtefactLostError

_PLACE = re.compile(r"[0-9a-f]{2}/[0-9a-f-]{36}\.sealed")
_PART = ".part"


class StoredFile:
    """An open file whose faults are told in Habeas's words."""

    def __init__(self, file: IO[bytes], place: str) -> None:
        self._file = file
        self.place = place

    def read(self, size_bytes: int, /) -> bytes:
        with _translated(self.place):
            return self._file.read(size_bytes)

    def write(self, data: bytes, /) -> None:
        with _translated(self.place):
            self._file.write(data)


class FileStore:
    """Files that are written once and whole.

    On the local disk a file has its name only once it is durable. Elsewhere it is written under its name: nobody
    refers to it before it is complete, and a part of one does not open.
    """

    def __init__(self, url: str | os.PathLike[str], *, options: dict[str, Any] | None = None) -> None:
        """A directory or an fsspec URL, with that file system's options. Raises ConfigurationError."""
        try:
            self._system, self._root = url_to_fs(os.fspath(url), **(options or {}))
            self._local = Path(self._root) if isinstance(self._system, LocalFileSystem) else None
            if self._local:
                self._local.mkdir(mode=0o700, parents=True, exist_ok=True)
        except (ImportError, OSError, ValueError) as error:
            raise ConfigurationError(f"the vault's file store can't be opened ({type(error).__name__})") from error

    @contextmanager
    def writing(self, artefact_id: str) -> Iterator[StoredFile]:
        """A new file; after an exception there is none. Raises RetriableError when the store can't take it."""
        place = f"{artefact_id[:2]}/{artefact_id}.sealed"
        with self._writing_here(place) if self._local else self._writing_there(place) as file:
            yield file

    @contextmanager
    def reading(self, place: str) -> Iterator[StoredFile]:
        """Raises ArtefactLostError if there is no such file, RetriableError when the store can't be read now."""
        path = self._path(place)
        with _translated(place):
            file = open(path, "rb") if self._local else self._system.open(path, "rb")  # noqa: PTH123, SIM115 - closed below
        try:
            yield StoredFile(file, place)
        finally:
            file.close()

    def remove(self, place: str) -> None:
        """Remove the file, if it is there."""
        with _translated(place), suppress(FileNotFoundError):
            self._system.rm_file(self._path(place))

    def sweep(self, *, older_than_s: float = 86_400) -> int:
        """Remove what killed processes left half written on the local disk; how many files."""
        if not self._local:
            return 0
        stale = [part for part in self._local.glob(f"??/*{_PART}") if time.time() - part.stat().st_mtime > older_than_s]
        for part in stale:
            part.unlink(missing_ok=True)
        return len(stale)

    @contextmanager
    def _writing_here(self, place: str) -> Iterator[StoredFile]:
        path = Path(self._path(place))
        part = path.with_name(path.name + _PART)
        with _translated(place):
            if not path.parent.exists():
                path.parent.mkdir(mode=0o700, exist_ok=True)
                _sync(path.parent.parent)
            file = open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")  # noqa: PTH123, SIM115 - closed below
        try:
            yield StoredFile(file, place)
            with _translated(place):
                file.flush()
                os.fsync(file.fileno())
                file.close()
                part.replace(path)
                _sync(path.parent)
        except BaseException:
            with suppress(OSError):  # what could not be written can't be flushed either
                file.close()
            part.unlink(missing_ok=True)
            raise

    @contextmanager
    def _writing_there(self, place: str) -> Iterator[StoredFile]:
        path = self._path(place)
        with _translated(place):
            self._system.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
            file = self._system.open(path, "wb")
        try:
            yield StoredFile(file, place)
            with _translated(place):
                file.close()
        except BaseException:
            with suppress(OSError):  # the first failure is the one to tell
                file.close()
            with suppress(OSError):  # not there at all, or out of reach: nobody refers to it
                self._system.rm_file(path)
            raise

    def _path(self, place: str) -> str:
        if not _PLACE.fullmatch(place):
            raise ArtefactLostError("an artefact's place is not one that the vault gives")
        return f"{self._root}/{place}"


@contextmanager
def _translated(place: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise ArtefactLostError(f"the vault's file store has no {place}") from error
    except OSError as error:
        raise RetriableError(f"the vault's file store failed at {place} ({type(error).__name__})") from error


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
