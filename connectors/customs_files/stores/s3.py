"""A store in a bucket of an S3 server: below a prefix, with the old versions that the bucket keeps."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from typing import Any, BinaryIO

from connectors.customs_files.locks import bucket_of
from connectors.customs_files.stores import s3_objects, spooled
from connectors.customs_files.stores.leases import Times, leased
from connectors.customs_files.stores.s3_bucket import DENIED, GONE, UNKNOWN, Account, Bucket, RefusedError
from connectors.customs_files.stores.s3_locks import S3Locks
from connectors.customs_files.stores.store import (
    OWN_FOLDER,
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
from habeas.errors import HabeasError, SystemDownError
from habeas.ports import Problem

_AT_ONCE = 16
_BATCH = 1_000
_PUT_BYTES_MAX = 5 * 1024**3  # what S3 takes in one piece, and so replaces at once
_TIMES = Times()
_UNLISTED = "old versions, if the bucket keeps any: they may not be listed"


class S3Store:
    """See `store.Store`. A stamp is the object's ETag and version; rights are the bucket's matter, not the file's."""

    writers = 8
    stamped = True

    def __init__(self, account: Account, prefix: str = "", *, times: Times = _TIMES) -> None:
        self._bucket = Bucket(account)
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._locks = S3Locks(self._bucket, self._key(f"{OWN_FOLDER}/locks/"))
        self._times = times

    def require(self) -> None:
        try:
            self._bucket.call("head_bucket")
        except RefusedError as error:
            raise SystemDownError(f"the bucket is not there, or closed to us ({error.code})") from None

    def walk(self) -> Iterator[Entry]:
        if not self._has_versions():
            for page in self._pages("list_objects_v2"):
                yield from self._entries(page.get("Contents", ()))
            return
        try:
            for page in self._bucket.pages("list_object_versions", Prefix=self._prefix):
                yield from self._entries(page.get("Versions", ()))
        except RefusedError as error:
            if error.code not in DENIED:
                raise s3_objects.unwritable(error, "listed") from None
            yield Entry(".", _UNLISTED)
            for page in self._pages("list_objects_v2"):
                yield from self._entries(page.get("Contents", ()))

    def heads(self, paths: Sequence[str], bytes_max: int) -> Iterator[bytes]:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for at in range(0, len(paths), _BATCH):
                yield from pool.map(lambda path: self._head(path, bytes_max), paths[at : at + _BATCH])

    def read(self, path: str, bytes_max: int, version: str = "") -> Content:
        with _available():
            answer, data = self._bucket.read(bytes_max + 1, Key=self._key(path), **_which(version))
        if len(data) > bytes_max:
            raise TooLargeError(bytes_max)
        return Content(data, (answer["ETag"], answer.get("VersionId", "")))

    @contextmanager
    def opened(self, path: str, bytes_max: int, version: str = "") -> Iterator[Source]:
        with spooled.copy() as copy:
            with _available():
                head = self._bucket.call("head_object", Key=self._key(path), **_which(version))
                if head["ContentLength"] > min(bytes_max, _PUT_BYTES_MAX):
                    raise TooLargeError(min(bytes_max, _PUT_BYTES_MAX))
                answer = self._bucket.copy(copy, Key=self._key(path), **_which(version))
            yield spooled.SpooledSource(copy, (answer["ETag"], answer.get("VersionId", "")))

    def reads(self, files: Sequence[tuple[str, str]], bytes_max: int) -> Iterator[Content | UnavailableError]:
        return one_by_one(self, files, bytes_max)

    def exists(self, path: str) -> bool:
        try:
            self._bucket.call("head_object", Key=self._key(path))
        except RefusedError as error:
            if error.code in GONE:
                return False
            raise s3_objects.unwritable(error, "looked at") from None
        return True

    def locked(self, path: str) -> AbstractContextManager[Holding]:
        return leased(self._locks, bucket_of(path), self._times)

    def replace(self, path: str, data: bytes, *, expected: Stamp, task: str) -> None:
        del task  # there is no temporary file
        etag, version = map(str, expected)
        s3_objects.replace(self._bucket, self._key(path), data, etag=etag, version=version)

    def rewrite(self, path: str, write: Callable[[BinaryIO], None], *, expected: Stamp, task: str) -> None:
        del task  # there is no temporary file
        etag, version = map(str, expected)
        with spooled.copy() as new:
            write(new)
            s3_objects.replace(self._bucket, self._key(path), new, etag=etag, version=version)

    def remove(self, path: str, *, expected: Stamp) -> None:
        etag, version = map(str, expected)
        s3_objects.remove(self._bucket, self._key(path), etag=etag, version=version)

    def remove_version(self, path: str, version: str) -> bool:
        return s3_objects.remove_version(self._bucket, self._key(path), version)

    def remove_debris(self, path: str) -> None:
        """An interrupted change leaves nothing beside the file."""

    def move(self, source: str, target: str) -> None:
        s3_objects.move(self._bucket, self._key(source), self._key(target))

    def half_moved(self, source: str, target: str) -> bool:
        with _allowed("looked at"):
            return s3_objects.same(self._bucket, self._key(source), self._key(target))

    def mode(self, path: str) -> int | None:
        del path
        return None

    def protect(self, path: str, mode: int | None) -> None:
        """Rights are the bucket's matter."""

    def prepare(self) -> None:
        self.require()

    def folders(self, folder: str) -> Sequence[str]:
        prefix = self._key(f"{folder}/" if folder else "")
        pages = self._pages("list_objects_v2", prefix=prefix, Delimiter="/")
        found = [each["Prefix"][len(prefix) : -1] for page in pages for each in page.get("CommonPrefixes", ())]
        return sorted(name for name in found if name)

    def get(self, path: str, bytes_max: int | None = None) -> bytes | None:
        try:
            data = self._bucket.read(None if bytes_max is None else bytes_max + 1, Key=self._key(path))[1]
        except RefusedError as error:
            if error.code in GONE:
                return None
            raise s3_objects.unwritable(error, "read") from None
        if bytes_max is not None and len(data) > bytes_max:
            raise UnavailableError(f"larger than {bytes_max} bytes")
        return data

    def put(self, path: str, data: bytes) -> None:
        with _allowed("written"):
            s3_objects.put_own(self._bucket, self._key(path), data)

    def drop(self, folder: str, name: str) -> None:
        with _allowed("removed"):
            s3_objects.remove_own(self._bucket, self._key(f"{folder}/{name}"))

    def append(self, path: str, line: bytes) -> None:
        """Each line is an object: S3 can't append."""
        with _allowed("written"):
            self._bucket.call("put_object", Key=self._key(next_line(path)), Body=line)

    def lines(self, path: str) -> list[bytes]:
        keys = [
            each["Key"]
            for page in self._pages("list_objects_v2", prefix=self._key(f"{path}/"))
            for each in page.get("Contents", ())
        ]
        with _allowed("read"):
            return [self._bucket.read(None, Key=key)[1] for key in keys]

    def check(self) -> Sequence[Problem]:
        try:
            self.require()
            self._bucket.call("list_objects_v2", Prefix=self._prefix, MaxKeys=1)
        except RefusedError as error:
            return [Problem(f"the bucket may not be listed ({error.code})", "give Habeas s3:ListBucket")]
        except HabeasError as error:
            return [Problem(str(error), "correct root, endpoint_url, region and the key pair, or see to the server")]
        return []

    def close(self) -> None:
        self._bucket.close()

    def _key(self, path: str) -> str:
        return self._prefix + path

    def _has_versions(self) -> bool:
        """True if the bucket keeps old versions, or did; also if that may not be asked."""
        try:
            return self._bucket.call("get_bucket_versioning").get("Status") in {"Enabled", "Suspended"}
        except RefusedError as error:
            return error.code not in UNKNOWN

    def _pages(self, method: str, prefix: str | None = None, **more: object) -> Iterator[Mapping[str, Any]]:
        with _allowed("listed"):
            yield from self._bucket.pages(method, Prefix=self._prefix if prefix is None else prefix, **more)

    def _entries(self, listed: Sequence[Mapping[str, Any]]) -> Iterator[Entry]:
        for each in listed:
            path = each["Key"][len(self._prefix) :]
            version = "" if each.get("IsLatest", True) else str(each["VersionId"])
            if not path or (path.endswith("/") and not each["Size"]) or is_temporary(path.rpartition("/")[2]):
                continue
            if path.startswith(f"{OWN_FOLDER}/") and not (version and path.endswith("/content")):
                continue
            yield Entry(path, version=version, stamp=(each["ETag"], str(each.get("VersionId", ""))))

    def _head(self, path: str, bytes_max: int) -> bytes:
        try:
            return self._bucket.read(bytes_max, Key=self._key(path), Range=f"bytes=0-{bytes_max - 1}")[1]
        except RefusedError:
            return b""  # empty, or `read` says why


def _which(version: str) -> dict[str, str]:
    return {"VersionId": version} if version else {}


@contextmanager
def _available() -> Iterator[None]:
    """Why an object can't be read, in words. Raises UnavailableError, GoneError."""
    try:
        yield
    except RefusedError as error:
        if error.code in GONE:
            raise GoneError from None
        if error.code == "InvalidObjectState":
            raise UnavailableError("in an archive of the S3 server: to be restored there first") from None
        raise UnavailableError("not readable" if error.code in DENIED else f"not readable ({error.code})") from None


@contextmanager
def _allowed(what: str) -> Iterator[None]:
    try:
        yield
    except RefusedError as error:
        raise s3_objects.unwritable(error, what) from None
