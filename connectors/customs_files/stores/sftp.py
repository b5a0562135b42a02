"""A store on an SFTP server."""

import errno
import io
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import BinaryIO, TypeVar

from connectors.customs_files.locks import bucket_of
from connectors.customs_files.stores import sftp_files, sftp_reading, spooled
from connectors.customs_files.stores.leases import Times, leased
from connectors.customs_files.stores.sftp_client import Client, StatusError
from connectors.customs_files.stores.sftp_listing import at, status_of, walk
from connectors.customs_files.stores.sftp_locks import SftpLocks
from connectors.customs_files.stores.sftp_reading import FILES_AT_ONCE
from connectors.customs_files.stores.sftp_session import Server, Session, UnreachableError
from connectors.customs_files.stores.store import (
    OWN_FOLDER,
    TEMPORARY_PREFIX,
    TEMPORARY_SUFFIX,
    Content,
    Entry,
    Holding,
    Source,
    Stamp,
    UnavailableError,
)
from habeas.errors import PermanentError, RetriableError, SystemDownError
from habeas.ports import Problem

_TIMES = Times()
T = TypeVar("T")


class SftpStore:
    """See `store.Store`. Names are bytes on the server; those that are not UTF-8 are told with escapes."""

    writers = 1
    stamped = False

    def __init__(self, server: Server, folder: str, *, times: Times = _TIMES) -> None:
        """`folder` is absolute."""
        self._folder = os.fsencode(folder.rstrip("/") or "/")
        self._session = Session(server)
        self._locks = SftpLocks(self._session, self._at(f"{OWN_FOLDER}/locks"))
        self._times = times

    def require(self) -> None:
        with self._session.client() as client:
            self._require(client)

    def walk(self) -> Iterator[Entry]:
        return walk(self._session, self._folder)

    def heads(self, paths: Sequence[str], bytes_max: int) -> Iterator[bytes]:
        for some in _together(paths):
            with self._session.client() as client:
                heads = sftp_reading.read_heads(client, [self._at(path) for path in some], bytes_max)
            yield from heads

    def reads(self, files: Sequence[tuple[str, str]], bytes_max: int) -> Iterator[Content | UnavailableError]:
        for some in _together(files):
            with self._session.client() as client:  # not while a file is with the caller
                groups = sftp_reading.groups(client, [self._at(path) for path, _ in some])
            for group in groups:
                with self._session.client() as client:
                    contents = sftp_reading.read_group(client, group, bytes_max)
                while contents:
                    yield contents.popleft()

    def read(self, path: str, bytes_max: int, version: str = "") -> Content:
        del version  # an SFTP server keeps none
        with self._session.client() as client:
            return sftp_reading.read_file(client, self._at(path), bytes_max)

    @contextmanager
    def opened(self, path: str, bytes_max: int, version: str = "") -> Iterator[Source]:
        del version  # an SFTP server keeps none
        with spooled.copy() as copy:
            with self._session.client() as client:
                stamp = sftp_reading.copy_file(client, self._at(path), copy, bytes_max)
            yield spooled.SpooledSource(copy, stamp)

    def exists(self, path: str) -> bool:
        with self._session.client() as client:
            return status_of(client, self._at(path)) is not None

    def locked(self, path: str) -> AbstractContextManager[Holding]:
        return leased(self._locks, bucket_of(path), self._times)

    def replace(self, path: str, data: bytes, *, expected: Stamp, task: str) -> None:
        self._replace(path, io.BytesIO(data), expected, task)

    def _replace(self, path: str, data: BinaryIO, expected: Stamp, task: str) -> None:
        temporary = f"{TEMPORARY_PREFIX}{bucket_of(path)}-{task}{TEMPORARY_SUFFIX}".encode()
        with self._changing(path, "written") as client:
            sftp_files.replace_file(client, self._at(path), data, expected=expected, temporary=temporary)

    def rewrite(self, path: str, write: Callable[[BinaryIO], None], *, expected: Stamp, task: str) -> None:
        with spooled.copy() as new:
            write(new)
            new.seek(0)
            self._replace(path, new, expected, task)

    def remove(self, path: str, *, expected: Stamp) -> None:
        with self._changing(path, "removed") as client:
            size = client.lstat(self._at(path)).st_size or 0
            sftp_files.ensure_unchanged(client, self._at(path), expected, size)
            client.remove(self._at(path))

    def remove_version(self, path: str, version: str) -> bool:
        del path, version
        raise PermanentError("an SFTP server keeps no old versions")

    def remove_debris(self, path: str) -> None:
        folder = path.rpartition("/")[0]
        start = f"{TEMPORARY_PREFIX}{bucket_of(path)}-".encode()
        with self._session.client() as client:
            try:
                names = [name for name, _ in client.entries(self._at(folder))]
            except StatusError:
                return  # `read` says why
            for name in names:
                if name.startswith(start) and name.endswith(TEMPORARY_SUFFIX.encode()):
                    sftp_files.remove(client, self._at(folder) + b"/" + name)

    def move(self, source: str, target: str) -> None:
        with self._changing(source, "moved") as client:
            _make_folders(client, self._at(target).rpartition(b"/")[0])
            self._ensure_within(client, target)
            if status_of(client, self._at(target)) is not None:
                raise RetriableError("a file could not be moved: another has taken its place")
            client.posix_rename(self._at(source), self._at(target))

    def half_moved(self, source: str, target: str) -> bool:
        del source, target  # a rename is never half done
        return False

    def mode(self, path: str) -> int | None:
        with self._changing(path, "moved") as client:
            return stat.S_IMODE(client.lstat(self._at(path)).st_mode or 0)

    def protect(self, path: str, mode: int | None) -> None:
        if mode is not None:
            with self._changing(path, "moved") as client:
                client.chmod(self._at(path), mode)

    def prepare(self) -> None:
        with self._session.client() as client:
            self._require(client)
            try:
                for name in ("applied", "locks", "restricted"):
                    _make_folders(client, self._at(f"{OWN_FOLDER}/{name}"))
            except StatusError as error:
                raise sftp_files.unwritable(error, "written") from None

    def folders(self, folder: str) -> Sequence[str]:
        with self._session.client() as client:
            try:
                entries = list(client.entries(self._at(folder)))
            except StatusError as error:
                if error.errno in {errno.ENOENT, errno.EACCES}:
                    return []
                raise
        return sorted(os.fsdecode(name) for name, status in entries if stat.S_ISDIR(status.st_mode or 0))

    def get(self, path: str, bytes_max: int | None = None) -> bytes | None:
        with self._session.client() as client:
            try:
                status = client.stat(self._at(path))
                if bytes_max is not None and (status.st_size or 0) > bytes_max:
                    raise UnavailableError(f"larger than {bytes_max} bytes")
                with client.open(self._at(path), "rb") as file:
                    return file.read()
            except StatusError as error:
                if error.errno == errno.ENOENT:
                    return None
                raise

    def put(self, path: str, data: bytes) -> None:
        place = self._at(path)
        new = place + b".new"
        with self._own() as client:
            _make_folders(client, place.rpartition(b"/")[0])
            sftp_files.remove(client, new)
            sftp_files.write_new(client, new, io.BytesIO(data))
            client.posix_rename(new, place)

    def drop(self, folder: str, name: str) -> None:
        with self._own() as client:
            for left in {name.encode(), *(each for each, _ in client.entries(self._at(folder)))}:
                sftp_files.remove(client, self._at(folder) + b"/" + left)
            client.rmdir(self._at(folder))

    def append(self, path: str, line: bytes) -> None:
        with self._own() as client, client.open(self._at(path), "ab") as file:
            file.write(b"\n" + line + b"\n")  # the line feed before it closes a line that a crash has cut off
            file.flush()
            client.sync(file)

    def lines(self, path: str) -> list[bytes]:
        return (self.get(path) or b"").split(b"\n")

    def check(self) -> Sequence[Problem]:
        try:
            with self._session.client() as client:
                self._require(client)
                next(client.entries(self._folder), None)
                own = client.stat(self._folder)
        except UnreachableError as error:
            return [Problem(str(error), error.remedy)]
        except SystemDownError as error:
            return [Problem(str(error), "correct the store's root, or make the folder")]
        except (StatusError, RetriableError):
            return [Problem("the folder on the SFTP server can't be read", "give our user there the right to read it")]
        if not (own.st_mode or 0) & 0o222:
            return [Problem("the folder on the SFTP server can't be written", "give our user there the right to write")]
        return []

    def close(self) -> None:
        self._session.close()

    def _at(self, path: str) -> bytes:
        return at(self._folder, path)

    def _require(self, client: Client) -> None:
        status = status_of(client, self._folder, follow=True)
        if status is None or not stat.S_ISDIR(status.st_mode or 0):
            raise SystemDownError("the folder on the SFTP server is not there")

    @contextmanager
    def _changing(self, path: str, what: str) -> Iterator[Client]:
        with self._session.client() as client:
            try:
                self._ensure_within(client, path)
                yield client
            except StatusError as error:
                raise sftp_files.unwritable(error, what) from None

    @contextmanager
    def _own(self) -> Iterator[Client]:
        with self._session.client() as client:
            try:
                yield client
            except StatusError as error:
                raise sftp_files.unwritable(error, "written") from None

    def _ensure_within(self, client: Client, path: str) -> None:
        """A link that has taken a folder's place since must not lead a change out of the store."""
        folder = path.rpartition("/")[0]
        real = (client.normalize(self._folder) or "").rstrip("/")
        if os.fsencode(client.normalize(self._at(folder)) or "") != os.fsencode(f"{real}/{folder}".rstrip("/")):
            raise PermanentError("a folder of the store has become a link")


def _make_folders(client: Client, path: bytes) -> None:
    """Make a folder and those above it, for nobody else to read."""
    if status_of(client, path) is not None:
        return
    _make_folders(client, path.rpartition(b"/")[0])
    try:
        client.mkdir(path, 0o700)
    except StatusError:
        if status_of(client, path) is None:  # somebody else may have been faster
            raise


def _together(files: Sequence[T]) -> Iterator[Sequence[T]]:
    return (files[start : start + FILES_AT_ONCE] for start in range(0, len(files), FILES_AT_ONCE))
