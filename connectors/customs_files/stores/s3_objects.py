"""Objects of a bucket: new content for one with all that is known of it, and what becomes of old versions."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, BinaryIO
from urllib.parse import urlencode

from connectors.customs_files.stores.s3_bucket import CHANGED, DENIED, GONE, UNKNOWN, Bucket, RefusedError
from connectors.customs_files.stores.store import GoneError
from habeas.errors import PermanentError, RetriableError

# What an object is known by beside its content, by the names that HeadObject and PutObject share.
_KEPT = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "Expires",
    "Metadata",
    "ServerSideEncryption",
    "SSEKMSKeyId",
    "BucketKeyEnabled",
    "StorageClass",
    "WebsiteRedirectLocation",
)
_IN_THE_SAME_MOMENT = "a file was changed by somebody else in the same moment"


def replace(bucket: Bucket, key: str, data: bytes | BinaryIO, *, etag: str, version: str) -> None:
    """Put new content in an object's place if it still is the one of that ETag, and remove the version that it was."""
    head = _unchanged(bucket, key, etag)
    like = {name: head[name] for name in _KEPT if head.get(name)} | _lock_of(head) | _tags_of(bucket, key, head)
    put = _put_if(bucket, key, data, like, etag)
    if version and version != put.get("VersionId", ""):
        remove_version(bucket, key, version)


def remove(bucket: Bucket, key: str, *, etag: str, version: str) -> None:
    """Remove an object if it still is the one of that ETag, and the version that it was."""
    _unchanged(bucket, key, etag)
    try:
        bucket.call("delete_object", Key=key)
    except RefusedError as error:
        raise unwritable(error, "removed") from None
    if version:
        remove_version(bucket, key, version)


def remove_version(bucket: Bucket, key: str, version: str) -> bool:
    """Remove one version for good; False if the server keeps it. Raises GoneError."""
    try:
        bucket.call("head_object", Key=key, VersionId=version)
        bucket.call("delete_object", Key=key, VersionId=version)
    except RefusedError as error:
        if error.code in GONE:
            raise GoneError from None
        if error.code in DENIED or "Lock" in error.code or error.code == "InvalidRequest":
            return False
        raise unwritable(error, "removed") from None
    return True


def move(bucket: Bucket, source: str, target: str) -> None:
    """Copy an object with all that is known of it, and remove it where it was; safe to repeat."""
    try:
        head = bucket.call("head_object", Key=source)
        if not same(bucket, source, target):
            bucket.call(
                "copy_object",
                Key=target,
                CopySource={"Bucket": bucket.name, "Key": source},
                CopySourceIfMatch=head["ETag"],
                MetadataDirective="COPY",
                TaggingDirective="COPY",
                **{
                    name: head[name]
                    for name in ("ServerSideEncryption", "SSEKMSKeyId", "StorageClass")
                    if head.get(name)
                },
                **_lock_of(head),
            )
    except RefusedError as error:
        raise unwritable(error, "moved") from None
    remove(bucket, source, etag=head["ETag"], version=head.get("VersionId", ""))


def same(bucket: Bucket, first: str, second: str) -> bool:
    """True if both are there and hold the same."""
    heads = [_head(bucket, key) for key in (first, second)]
    if heads[0] is None or heads[1] is None or heads[0]["ContentLength"] != heads[1]["ContentLength"]:
        return False
    if heads[0]["ETag"] == heads[1]["ETag"]:
        return True
    size = heads[0]["ContentLength"]
    return bucket.read(size, Key=first)[1] == bucket.read(size, Key=second)[1]


def put_own(bucket: Bucket, key: str, data: bytes) -> None:
    """Write a file of ours and leave no old version of it."""
    before = _head(bucket, key)
    put = bucket.call("put_object", Key=key, Body=data)
    if before is not None and before.get("VersionId", "") not in {"", put.get("VersionId", "")}:
        remove_quietly(bucket, key, before["VersionId"])


def remove_own(bucket: Bucket, key: str) -> None:
    """Remove a file of ours, and the version that it was."""
    before = _head(bucket, key)
    if before is not None and before.get("VersionId") and remove_quietly(bucket, key, before["VersionId"]):
        before = _head(bucket, key)
    if before is not None:
        bucket.call("delete_object", Key=key)


def remove_quietly(bucket: Bucket, key: str, version: str) -> bool:
    """Remove one version, if the server lets it go; True if it is gone."""
    try:
        return remove_version(bucket, key, version)
    except GoneError:
        return True


def _head(bucket: Bucket, key: str) -> Mapping[str, Any] | None:
    try:
        return bucket.call("head_object", Key=key)
    except RefusedError as error:
        if error.code in GONE:
            return None
        raise


def _lock_of(head: Mapping[str, Any]) -> dict[str, object]:
    """The lock that still holds: new content is to be kept as long as the old."""
    lock: dict[str, object] = {}
    until = head.get("ObjectLockRetainUntilDate")
    if head.get("ObjectLockMode") and until is not None and until > datetime.now(UTC):
        lock |= {"ObjectLockMode": head["ObjectLockMode"], "ObjectLockRetainUntilDate": until}
    if head.get("ObjectLockLegalHoldStatus") == "ON":
        lock["ObjectLockLegalHoldStatus"] = "ON"
    return lock


def _tags_of(bucket: Bucket, key: str, head: Mapping[str, Any]) -> dict[str, object]:
    try:
        tags = bucket.call("get_object_tagging", Key=key).get("TagSet", ())
    except RefusedError as error:
        if error.code in DENIED and head.get("TagCount"):
            raise PermanentError("a file's tags would be lost: give Habeas the right to read them") from None
        if error.code in DENIED | UNKNOWN:
            return {}
        raise unwritable(error, "written") from None
    return {"Tagging": urlencode([(each["Key"], each["Value"]) for each in tags])} if tags else {}


def unwritable(error: RefusedError, what: str) -> PermanentError | RetriableError:
    """Why an object can't be changed."""
    if error.code in DENIED:
        return PermanentError(f"a file of the store may not be {what}")
    return RetriableError(f"a file could not be {what} ({error.code})")


def _unchanged(bucket: Bucket, key: str, etag: str) -> Mapping[str, Any]:
    """What is known of the object. Raises RetriableError if it is another by now."""
    try:
        head = bucket.call("head_object", Key=key)
    except RefusedError as error:
        if error.code in GONE:
            raise RetriableError(_IN_THE_SAME_MOMENT) from None
        raise unwritable(error, "written") from None
    if head["ETag"] != etag:
        raise RetriableError(_IN_THE_SAME_MOMENT)
    return head


def _put_if(
    bucket: Bucket, key: str, data: bytes | BinaryIO, like: Mapping[str, object], etag: str
) -> Mapping[str, Any]:
    """Put it if the server finds the same ETag in that very moment; a server that can't has been asked just before."""
    try:
        try:
            return bucket.call("put_object", Key=key, Body=data, IfMatch=etag, **like)
        except RefusedError as error:
            if error.code not in UNKNOWN:
                raise
            return bucket.call("put_object", Key=key, Body=data, **like)
    except RefusedError as error:
        if error.code in CHANGED | GONE:
            raise RetriableError(_IN_THE_SAME_MOMENT) from None
        raise unwritable(error, "written") from None
