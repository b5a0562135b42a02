"""A store in a local folder."""

import errno
import os
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO

from connectors.customs_files.locks import bucket_of, locked
from connectors.customs_files.stores import local_files, local_ranges
from connectors.customs_files.stores.store import (
    OWN_FOLDER,
    Content,
    Entry,
    Holding,
    Source,
    Stamp,
    TooLargeError,
    UnavailableError,
    one_by_one,
)
from habeas.errors import PermanentError, RetriableError, SystemDownError
from habeas.ports import Problem

_FORBIDDEN = {errno.EXDEV, errno.EACCES, errno.EPERM, errno.EROFS}


class LocalStore:
    """See `store.Store`. The folder must be one file system; its changes are durable when a method returns."""

    writers = 8
    stamped = True

    def __init__(self, root: Path, *, now_ns: Callable[[], int] = time.time_ns) -> None:
        self._root = root
        self._now_ns = now_ns

    def require(self) -> None:
        if not self._root.is_dir():
            raise SystemDownError("the folder of the file store is not there")

    def walk(self) -> Iterator[Entry]:
        return local_files.walk(self._root, self._now_ns())

    def heads(self, paths: Sequence[str], bytes_max: int) -> Iterator[bytes]:
        return (local_files.read_head(self._name_of(path), bytes_max) for path in paths)

    def read(self, path: str, bytes_max: int, version: str = "") -> Content:
        del version  # a folder keeps none
        return local_files.read_file(self._name_of(path), bytes_max)

    def reads(self, files: Sequence[tuple[str, str]], bytes_max: int) -> Iterator[Content | UnavailableError]:
        return one_by_one(self, files, bytes_max)

    def opened(self, path: str, bytes_max: int, version: str = "") -> AbstractContextManager[Source]:
        del version  # a folder keeps none
        return local_ranges.opened(self._root / path, bytes_max)

    def exists(self, path: str) -> bool:
        return (self._root / path).exists()

    def locked(self, path: str) -> AbstractContextManager[Holding]:
        return locked(self._root / OWN_FOLDER / "locks", path)

    def replace(self, path: str, data: bytes, *, expected: Stamp, task: str) -> None:
        local_files.replace_file(self._root / path, data, expected=expected, temporary=f"{bucket_of(path)}-{task}")

    def rewrite(self, path: str, write: Callable[[BinaryIO], None], *, expected: Stamp, task: str) -> None:
        local_files.rewrite_file(self._root / path, write, expected=expected, temporary=f"{bucket_of(path)}-{task}")

    def remove(self, path: str, *, expected: Stamp) -> None:
        local_files.remove_file(self._root / path, expected=expected)

    def remove_version(self, path: str, version: str) -> bool:
        del path, version
        raise PermanentError("a folder keeps no old versions")

    def remove_debris(self, path: str) -> None:
        local_files.remove_debris((self._root / path).parent, bucket_of(path))

    def move(self, source: str, target: str) -> None:
        old, new = self._root / source, self._root / target
        new.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.rename(old, new)  # noqa: PTH104 - refuses to copy where Path.rename does too; said plainly
        except OSError as error:
            if error.errno in _FORBIDDEN:
                name = local_files.error_name(error)
                raise PermanentError(f"a file can't be moved within the store ({name})") from None
            raise RetriableError("a file could not be moved") from None
        local_files.sync_folder(old.parent)
        local_files.sync_folder(new.parent)

    def half_moved(self, source: str, target: str) -> bool:
        del source, target  # a rename is never half done
        return False

    def mode(self, path: str) -> int | None:
        return stat.S_IMODE((self._root / path).stat(follow_symlinks=False).st_mode)

    def protect(self, path: str, mode: int | None) -> None:
        if mode is not None:
            (self._root / path).chmod(mode)

    def prepare(self) -> None:
        self.require()
        try:
            for name in ("applied", "locks", "restricted"):
                (self._root / OWN_FOLDER / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        except PermissionError:
            raise PermanentError("the file store may not be written") from None

    def folders(self, folder: str) -> Sequence[str]:
        place = self._root / folder
        if not place.is_dir():
            return []
        with os.scandir(place) as listing:
            return sorted(each.name for each in listing if each.is_dir(follow_symlinks=False))

    def get(self, path: str, bytes_max: int | None = None) -> bytes | None:
        place = self._root / path
        if not place.is_file():
            return None
        if bytes_max is not None and place.stat().st_size > bytes_max:
            raise TooLargeError(bytes_max)
        return place.read_bytes()

    def put(self, path: str, data: bytes) -> None:
        place = self._root / path
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = place.with_suffix(".new")
        with new.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        new.replace(place)
        local_files.sync_folder(place.parent)
        local_files.sync_folder(place.parent.parent)

    def drop(self, folder: str, name: str) -> None:
        place = self._root / folder
        (place / name).unlink(missing_ok=True)
        place.rmdir()
        local_files.sync_folder(place.parent)

    def append(self, path: str, line: bytes) -> None:
        place = self._root / path
        new = not place.exists()
        with place.open("ab") as stream:
            # the line feed before it closes a line that a crash has cut off
            stream.write(b"\n" + line + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
        if new:
            local_files.sync_folder(place.parent)

    def lines(self, path: str) -> list[bytes]:
        return (self.get(path) or b"").split(b"\n")

    def check(self) -> Sequence[Problem]:
        if not self._root.is_dir():
            return [Problem(f"{self._root} is not a folder", "mount it, or correct the store's root")]
        problems = []
        if not os.access(self._root, os.R_OK | os.X_OK):
            problems.append(Problem(f"{self._root} can't be read", "give Habeas the right to read it"))
        if not os.access(self._root, os.W_OK):
            problems.append(Problem(f"{self._root} can't be written", "give Habeas the right to write to it"))
        return problems

    def close(self) -> None:
        """Nothing is held open between calls."""

    def _name_of(self, path: str) -> str:
        """As a string: a `Path` costs more than to open it."""
        return f"{self._root}/{path}"
