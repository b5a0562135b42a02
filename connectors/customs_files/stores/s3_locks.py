"""Lock files in a bucket."""

from connectors.customs_files.stores import s3_objects
from connectors.customs_files.stores.s3_bucket import CHANGED, GONE, UNKNOWN, Bucket, RefusedError
from habeas.errors import PermanentError

_SIGN_BYTES_MAX = 200


class S3Locks:
    """See `leases.LockFiles`. The server must know conditional writes (AWS since 2024, MinIO, Ceph …)."""

    def __init__(self, bucket: Bucket, prefix: str) -> None:
        self._bucket = bucket
        self._prefix = prefix

    def create(self, name: str, sign: bytes) -> bool:
        try:
            self._bucket.call("put_object", Key=self._prefix + name, Body=sign, IfNoneMatch="*")
        except RefusedError as error:
            if error.code in CHANGED:
                return False
            if error.code in UNKNOWN:
                raise PermanentError("the S3 server has no conditional writes, by which workers take turns") from None
            raise s3_objects.unwritable(error, "locked") from None
        return True

    def look(self, name: str) -> bytes | None:
        found = self._found(name)
        return found[1] if found is not None else None

    def overwrite(self, name: str, sign: bytes, expected: bytes) -> bool:
        found = self._found(name)
        if found is None or found[1] != expected:
            return False
        etag, _, version = found
        try:
            put = self._bucket.call("put_object", Key=self._prefix + name, Body=sign, IfMatch=etag)
        except RefusedError as error:
            if error.code in CHANGED | GONE:
                return False
            raise s3_objects.unwritable(error, "locked") from None
        if version and version != put.get("VersionId", ""):
            s3_objects.remove_quietly(self._bucket, self._prefix + name, version)
        return True

    def remove(self, name: str, expected: bytes) -> None:
        found = self._found(name)
        if found is None or found[1] != expected:
            return
        key, version = self._prefix + name, found[2]
        if not version or not s3_objects.remove_quietly(self._bucket, key, version):
            self._bucket.call("delete_object", Key=key)

    def _found(self, name: str) -> tuple[str, bytes, str] | None:
        try:
            answer, data = self._bucket.read(_SIGN_BYTES_MAX, Key=self._prefix + name)
        except RefusedError as error:
            if error.code in GONE:
                return None
            raise s3_objects.unwritable(error, "locked") from None
        return answer["ETag"], data, answer.get("VersionId", "")
