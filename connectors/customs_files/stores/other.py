"""A store on anything else that fsspec reaches, with what every file system of fsspec can do and no more.

A file is read again right before it is replaced, and compared; whoever else writes to it in the moment between is
overwritten. New content is written beside the file and moved to its place, which some systems do at once and others by
copying. Only the workers of one machine keep out of each other's way.
"""

import hashlib
import io
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from connectors.customs_files.locks import bucket_of, locked
from connectors.customs_files.stores import spooled
from connectors.customs_files.stores.other_system import OtherSystem, translated
from connectors.customs_files.stores.store import (
    OWN_FOLDER,
    TEMPORARY_PREFIX,
    TEMPORARY_SUFFIX,
    Content,
    Entry,
    GoneError,
    Holding,
    Source,
    Stamp,
    TooLargeError,
    UnavailableError,
    is_temporary,
    next_line,
    one_by_one,
)
from habeas.errors import PermanentError, RetriableError, SystemDownError
from habeas.ports import Problem

_CHANGED = "a file was changed by somebody else in the same moment"


class OtherStore:
    """See `store.Store`. A stamp is a digest of the content."""

    writers = 1
    stamped = False

    def __init__(self, url: str, options: Mapping[str, Any], locks: Path) -> None:
        """Raises ValueError, ImportError if there is no way to such an address."""
        self._system = OtherSystem(url, options)
        self._lock_folder = locks

    def require(self) -> None:
        with translated():
            there = self._system.fs.isdir(self._system.at(""))
        if not there:
            raise SystemDownError("the folder of the file store is not there")

    def walk(self) -> Iterator[Entry]:
        waiting = [""]
        while waiting:
            folders = []
            for path, kind in self._system.listed(waiting.pop()):
                if path == OWN_FOLDER or is_temporary(path.rpartition("/")[2]):
                    continue
                if kind == "directory":
                    folders.append(path)
                else:
                    yield Entry(path, None if kind == "file" else "not a file")
            waiting += reversed(folders)

    def heads(self, paths: Sequence[str], bytes_max: int) -> Iterator[bytes]:
        for path in paths:
            try:
                yield self._system.fs.cat_file(self._system.at(path), start=0, end=bytes_max)
            except OSError:
                yield b""  # `read` says why

    def read(self, path: str, bytes_max: int, version: str = "") -> Content:
        del version  # not told by fsspec
        data = self._system.beginning(path, bytes_max + 1)
        if len(data) > bytes_max:
            raise TooLargeError(bytes_max)
        return Content(data, (len(data), hashlib.sha256(data).digest()))

    @contextmanager
    def opened(self, path: str, bytes_max: int, version: str = "") -> Iterator[Source]:
        del version  # not told by fsspec
        with spooled.copy() as copy:
            stamp = self._system.copied(path, copy, bytes_max)
            yield spooled.SpooledSource(copy, stamp)

    def reads(self, files: Sequence[tuple[str, str]], bytes_max: int) -> Iterator[Content | UnavailableError]:
        return one_by_one(self, files, bytes_max)

    def exists(self, path: str) -> bool:
        with translated():
            return bool(self._system.fs.exists(self._system.at(path)))

    def locked(self, path: str) -> AbstractContextManager[Holding]:
        return locked(self._lock_folder, path)

    def replace(self, path: str, data: bytes, *, expected: Stamp, task: str) -> None:
        self._replace(path, io.BytesIO(data), expected, task)

    def rewrite(self, path: str, write: Callable[[BinaryIO], None], *, expected: Stamp, task: str) -> None:
        with spooled.copy() as copy:
            write(copy)
            copy.seek(0)
            self._replace(path, copy, expected, task)

    def _replace(self, path: str, data: BinaryIO, expected: Stamp, task: str) -> None:
        folder, _, _ = path.rpartition("/")
        name = f"{TEMPORARY_PREFIX}{bucket_of(path)}-{task}{TEMPORARY_SUFFIX}"
        new = self._system.at(f"{folder}/{name}" if folder else name)
        with translated(), self._system.fs.open(new, "wb") as stream:
            shutil.copyfileobj(data, stream, spooled.PIECE_BYTES)
        try:
            self._ensure_unchanged(path, expected)
            with translated():
                self._system.fs.mv(new, self._system.at(path))
        finally:
            if self._system.fs.exists(new):
                self._system.fs.rm_file(new)

    def remove(self, path: str, *, expected: Stamp) -> None:
        self._ensure_unchanged(path, expected)
        with translated():
            self._system.fs.rm_file(self._system.at(path))

    def remove_version(self, path: str, version: str) -> bool:
        del path, version
        raise PermanentError("old versions are not reached here")

    def remove_debris(self, path: str) -> None:
        start = f"{TEMPORARY_PREFIX}{bucket_of(path)}-"
        for left, _ in self._system.listed(path.rpartition("/")[0]):
            name = left.rpartition("/")[2]
            if name.startswith(start) and is_temporary(name):
                self._system.fs.rm_file(self._system.at(left))

    def move(self, source: str, target: str) -> None:
        with translated():
            self._system.fs.makedirs(self._system.at(target).rpartition("/")[0], exist_ok=True)
            self._system.fs.mv(self._system.at(source), self._system.at(target))

    def half_moved(self, source: str, target: str) -> bool:
        with translated():
            if not self._system.fs.exists(self._system.at(source)) or not self._system.fs.exists(
                self._system.at(target)
            ):
                return False
            return bool(
                self._system.fs.cat_file(self._system.at(source)) == self._system.fs.cat_file(self._system.at(target))
            )

    def mode(self, path: str) -> int | None:
        del path
        return None

    def protect(self, path: str, mode: int | None) -> None:
        """Rights are not told by fsspec."""

    def prepare(self) -> None:
        self.require()
        self._lock_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with translated():
            self._system.fs.makedirs(self._system.at(OWN_FOLDER), exist_ok=True)

    def folders(self, folder: str) -> Sequence[str]:
        return [path.rpartition("/")[2] for path, kind in self._system.listed(folder) if kind == "directory"]

    def get(self, path: str, bytes_max: int | None = None) -> bytes | None:
        try:
            return self.read(path, bytes_max if bytes_max is not None else 2**40).data
        except GoneError:
            return None

    def put(self, path: str, data: bytes) -> None:
        place = self._system.at(path)
        with translated():
            self._system.fs.makedirs(place.rpartition("/")[0], exist_ok=True)
            self._system.fs.pipe_file(f"{place}.new", data)
            self._system.fs.mv(f"{place}.new", place)

    def drop(self, folder: str, name: str) -> None:
        with translated():
            if self._system.fs.exists(self._system.at(f"{folder}/{name}")):
                self._system.fs.rm_file(self._system.at(f"{folder}/{name}"))
            self._system.fs.rmdir(self._system.at(folder))

    def append(self, path: str, line: bytes) -> None:
        """Each line is a file: not every system can append."""
        self.put(next_line(path), line)

    def lines(self, path: str) -> list[bytes]:
        return [self.get(each) or b"" for each, kind in self._system.listed(path) if kind == "file"]

    def check(self) -> Sequence[Problem]:
        try:
            self.require()
        except (SystemDownError, RetriableError, PermanentError) as error:
            return [Problem(str(error), "correct root and storage_options, or see to the server")]
        return []

    def close(self) -> None:
        self._system.close()

    def _ensure_unchanged(self, path: str, expected: Stamp) -> None:
        try:
            same = self._system.copied(path, None, int(str(expected[0])))
        except UnavailableError:
            raise RetriableError(_CHANGED) from None
        if same != expected:
            raise RetriableError(_CHANGED)
