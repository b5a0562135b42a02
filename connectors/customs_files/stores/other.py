"""A store on anything else that fsspec reaches, with what every file system of fsspec can do and no more.

A file is read again right before it is replaced, and compared; whoever else writes to it in the moment between is
overwritten. New content is written beside the file and moved to its place, which some systems do at once and others by
copying. Only the workers of one machine keep out of each other's way.
"""

import hashlib
import io
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import fsspec

from connectors.customs_files.locks import bucket_of, locked
from connectors.customs_files.stores import spooled
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
    one_by_one,
)
from habeas.errors import PermanentError, RetriableError, SystemDownError
from habeas.ports import Problem

_PASSING = (TimeoutError, ConnectionError, BlockingIOError, InterruptedError)
_CHANGED = "a file was changed by somebody else in the same moment"


class OtherStore:
    """See `store.Store`. A stamp is a digest of the content."""

    writers = 1

    def __init__(self, url: str, options: Mapping[str, Any], locks: Path) -> None:
        """Raises ValueError, ImportError if there is no way to such an address."""
        fsspec.get_filesystem_class(url.partition("://")[0])  # no connection yet
        self._url = url
        self._options = options
        self._lock_folder = locks
        self._connected: tuple[Any, str] | None = None

    def require(self) -> None:
        fs, root = self._system()
        with _translated():
            there = fs.isdir(root)
        if not there:
            raise SystemDownError("the folder of the file store is not there")

    def walk(self) -> Iterator[Entry]:
        waiting = [""]
        while waiting:
            folders = []
            for path, kind in self._listed(waiting.pop()):
                if path == OWN_FOLDER or is_temporary(path.rpartition("/")[2]):
                    continue
                if kind == "directory":
                    folders.append(path)
                else:
                    yield Entry(path, None if kind == "file" else "not a file")
            waiting += reversed(folders)

    def heads(self, paths: Sequence[str], bytes_max: int) -> Iterator[bytes]:
        fs, _ = self._system()
        for path in paths:
            try:
                yield fs.cat_file(self._at(path), start=0, end=bytes_max)
            except OSError:
                yield b""  # `read` says why

    def read(self, path: str, bytes_max: int, version: str = "") -> Content:
        del version  # not told by fsspec
        fs, _ = self._system()
        try:
            data = fs.cat_file(self._at(path), start=0, end=bytes_max + 1)
        except FileNotFoundError:
            raise GoneError from None
        except _PASSING as error:
            raise RetriableError(f"a file could not be read ({type(error).__name__})") from None
        except OSError as error:
            raise UnavailableError(f"not readable ({type(error).__name__})") from None
        if len(data) > bytes_max:
            raise TooLargeError(bytes_max)
        return Content(data, (len(data), hashlib.sha256(data).digest()))

    @contextmanager
    def opened(self, path: str, bytes_max: int, version: str = "") -> Iterator[Source]:
        del version  # not told by fsspec
        with spooled.copy() as copy:
            stamp = self._copied(path, copy, bytes_max)
            yield spooled.SpooledSource(copy, stamp)

    def _copied(self, path: str, to: BinaryIO | None, bytes_max: int) -> Stamp:
        """The stamp of a file whose bytes are put into another."""
        fs, _ = self._system()
        digest, size = hashlib.sha256(), 0
        try:
            with fs.open(self._at(path), "rb") as stream:
                while piece := stream.read(spooled.PIECE_BYTES):
                    digest.update(piece)
                    size += len(piece)
                    if size > bytes_max:
                        raise TooLargeError(bytes_max)
                    if to is not None:
                        to.write(piece)
        except FileNotFoundError:
            raise GoneError from None
        except _PASSING as error:
            raise RetriableError(f"a file could not be read ({type(error).__name__})") from None
        except OSError as error:
            raise UnavailableError(f"not readable ({type(error).__name__})") from None
        return size, digest.digest()

    def reads(self, files: Sequence[tuple[str, str]], bytes_max: int) -> Iterator[Content | UnavailableError]:
        return one_by_one(self, files, bytes_max)

    def exists(self, path: str) -> bool:
        fs, _ = self._system()
        with _translated():
            return bool(fs.exists(self._at(path)))

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
        fs, _ = self._system()
        folder, _, _ = path.rpartition("/")
        name = f"{TEMPORARY_PREFIX}{bucket_of(path)}-{task}{TEMPORARY_SUFFIX}"
        new = self._at(f"{folder}/{name}" if folder else name)
        with _translated(), fs.open(new, "wb") as stream:
            shutil.copyfileobj(data, stream, spooled.PIECE_BYTES)
        try:
            self._ensure_unchanged(path, expected)
            with _translated():
                fs.mv(new, self._at(path))
        finally:
            if fs.exists(new):
                fs.rm_file(new)

    def remove(self, path: str, *, expected: Stamp) -> None:
        fs, _ = self._system()
        self._ensure_unchanged(path, expected)
        with _translated():
            fs.rm_file(self._at(path))

    def remove_version(self, path: str, version: str) -> bool:
        del path, version
        raise PermanentError("old versions are not reached here")

    def remove_debris(self, path: str) -> None:
        fs, _ = self._system()
        start = f"{TEMPORARY_PREFIX}{bucket_of(path)}-"
        for left, _ in self._listed(path.rpartition("/")[0]):
            name = left.rpartition("/")[2]
            if name.startswith(start) and is_temporary(name):
                fs.rm_file(self._at(left))

    def move(self, source: str, target: str) -> None:
        fs, _ = self._system()
        with _translated():
            fs.makedirs(self._at(target).rpartition("/")[0], exist_ok=True)
            fs.mv(self._at(source), self._at(target))

    def half_moved(self, source: str, target: str) -> bool:
        fs, _ = self._system()
        with _translated():
            if not fs.exists(self._at(source)) or not fs.exists(self._at(target)):
                return False
            return bool(fs.cat_file(self._at(source)) == fs.cat_file(self._at(target)))

    def mode(self, path: str) -> int | None:
        del path
        return None

    def protect(self, path: str, mode: int | None) -> None:
        """Rights are not told by fsspec."""

    def prepare(self) -> None:
        self.require()
        self._lock_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fs, _ = self._system()
        with _translated():
            fs.makedirs(self._at(OWN_FOLDER), exist_ok=True)

    def folders(self, folder: str) -> Sequence[str]:
        return [path.rpartition("/")[2] for path, kind in self._listed(folder) if kind == "directory"]

    def get(self, path: str, bytes_max: int | None = None) -> bytes | None:
        try:
            return self.read(path, bytes_max if bytes_max is not None else 2**40).data
        except GoneError:
            return None

    def put(self, path: str, data: bytes) -> None:
        fs, _ = self._system()
        place = self._at(path)
        with _translated():
            fs.makedirs(place.rpartition("/")[0], exist_ok=True)
            fs.pipe_file(f"{place}.new", data)
            fs.mv(f"{place}.new", place)

    def drop(self, folder: str, name: str) -> None:
        fs, _ = self._system()
        with _translated():
            if fs.exists(self._at(f"{folder}/{name}")):
                fs.rm_file(self._at(f"{folder}/{name}"))
            fs.rmdir(self._at(folder))

    def append(self, path: str, line: bytes) -> None:
        """Each line is a file: not every system can append."""
        self.put(f"{path}/{time.time_ns():020d}-{secrets.token_hex(4)}", line)

    def lines(self, path: str) -> list[bytes]:
        return [self.get(each) or b"" for each, kind in self._listed(path) if kind == "file"]

    def check(self) -> Sequence[Problem]:
        try:
            self.require()
        except (SystemDownError, RetriableError, PermanentError) as error:
            return [Problem(str(error), "correct root and storage_options, or see to the server")]
        return []

    def close(self) -> None:
        self._connected = None

    def _system(self) -> tuple[Any, str]:
        if self._connected is None:
            try:
                fs, root = fsspec.url_to_fs(self._url, **self._options, use_listings_cache=False)
            except (OSError, EOFError) as error:
                raise SystemDownError(f"the file store can't be reached ({type(error).__name__})") from None
            self._connected = fs, root.rstrip("/")
        return self._connected

    def _at(self, path: str) -> str:
        _, root = self._system()
        return f"{root}/{path}" if path else root

    def _listed(self, folder: str) -> list[tuple[str, str]]:
        """What is in a folder with its kind, in order; nothing if it is not there."""
        fs, _ = self._system()
        with _translated():
            try:
                found = fs.ls(self._at(folder), detail=True)
            except (FileNotFoundError, NotADirectoryError):
                return []
        names = sorted((each["name"].rstrip("/").rpartition("/")[2], str(each["type"])) for each in found)
        return [(f"{folder}/{name}" if folder else name, kind) for name, kind in names]

    def _ensure_unchanged(self, path: str, expected: Stamp) -> None:
        try:
            same = self._copied(path, None, int(str(expected[0])))
        except UnavailableError:
            raise RetriableError(_CHANGED) from None
        if same != expected:
            raise RetriableError(_CHANGED)


@contextmanager
def _translated() -> Iterator[None]:
    """Errors without the names that the systems' own messages hold."""
    try:
        yield
    except PermissionError:
        raise PermanentError("the file store does not allow it") from None
    except (OSError, EOFError) as error:
        raise RetriableError(f"the file store failed ({type(error).__name__})") from None
