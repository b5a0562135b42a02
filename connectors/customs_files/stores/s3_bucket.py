"""A bucket of an S3 server, as far as a store needs it; the server's errors become ours."""

import hashlib
import logging
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast

import botocore.session  # type: ignore[import-untyped]  # the library has no types
from botocore.config import Config  # type: ignore[import-untyped]  # as above
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]  # as above

from connectors.customs_files.stores.spooled import PIECE_BYTES
from habeas.errors import PermanentError, RetriableError, SystemDownError

GONE = frozenset({"NoSuchKey", "NoSuchVersion", "404", "NotFound", "MethodNotAllowed", "405"})
"""405 is the answer to a look at a delete marker."""
DENIED = frozenset({"AccessDenied", "403", "Forbidden", "AllAccessDisabled"})
CHANGED = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict", "409"})
UNKNOWN = frozenset({"NotImplemented", "501"})
_NO_ENTRY = frozenset({"InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "NoSuchBucket"})
_CONNECT_S_MAX, _ANSWER_S_MAX = 10, 120

logging.getLogger("botocore").setLevel(logging.CRITICAL)  # it logs the names of files


@dataclass(frozen=True, slots=True)
class Account:
    """Where the bucket is, and who we are there.

    Without a key pair or a credentials file, AWS' own places are looked at: environment, ~/.aws, the machine's role.
    """

    bucket: str
    endpoint_url: str | None = None
    region: str | None = None
    access_key_id: str | None = None
    secret_key: str | None = field(default=None, repr=False)
    credentials_file: Path | None = None
    profile: str | None = None
    ca_file: Path | None = None


class RefusedError(Exception):
    """The server answered that it can't; `code` is S3's name of the reason."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Bucket:
    """Calls by the names of botocore's methods, the bucket's name filled in. Threads may share it."""

    def __init__(self, account: Account) -> None:
        self.name = account.bucket
        self._account = account
        self._client: Any = None

    def call(self, method: str, **arguments: object) -> Mapping[str, Any]:
        """One request. Raises RefusedError, RetriableError, SystemDownError."""
        if "Body" in arguments:  # a bucket with locks takes nothing without a digest
            arguments["ContentMD5"] = b64encode(_md5(arguments["Body"])).decode()
        with _translated():
            answer: Mapping[str, Any] = getattr(self._connected(), method)(Bucket=self.name, **arguments)
            return answer

    def pages(self, method: str, **arguments: object) -> Iterator[Mapping[str, Any]]:
        """The pages of a listing. Raises as `call`."""
        with _translated():
            pages = iter(self._connected().get_paginator(method).paginate(Bucket=self.name, **arguments))
        while True:
            with _translated():
                page = next(pages, None)
            if page is None:
                return
            yield page

    def read(self, bytes_max: int | None, **arguments: object) -> tuple[Mapping[str, Any], bytes]:
        """An object's answer and at most so many bytes of it, or all. Raises as `call`."""
        with _translated():
            answer = self._connected().get_object(Bucket=self.name, **arguments)
            with answer["Body"] as body:
                return answer, body.read(bytes_max)

    def copy(self, to: BinaryIO, **arguments: object) -> Mapping[str, Any]:
        """The same with all of an object's bytes put into a file."""
        with _translated():
            answer = self._connected().get_object(Bucket=self.name, **arguments)
            with answer["Body"] as body:
                while piece := body.read(PIECE_BYTES):
                    to.write(piece)
        return cast("Mapping[str, Any]", answer)

    def close(self) -> None:
        """Give back connections."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _connected(self) -> Any:
        if self._client is None:
            account = self._account
            session = botocore.session.Session(profile=account.profile)
            if account.credentials_file is not None:
                session.set_config_variable("credentials_file", str(account.credentials_file))
            config = Config(
                connect_timeout=_CONNECT_S_MAX,
                read_timeout=_ANSWER_S_MAX,
                retries={"mode": "standard", "max_attempts": 3},
                max_pool_connections=32,
                s3={"addressing_style": "path"} if account.endpoint_url else {},
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            )
            self._client = session.create_client(
                "s3",
                region_name=account.region,
                endpoint_url=account.endpoint_url,
                aws_access_key_id=account.access_key_id,
                aws_secret_access_key=account.secret_key,
                verify=str(account.ca_file) if account.ca_file else None,
                config=config,
            )
        return self._client


def _md5(body: object) -> bytes:
    if isinstance(body, bytes):
        return hashlib.md5(body, usedforsecurity=False).digest()
    file = cast("BinaryIO", body)
    file.seek(0)
    digest = hashlib.md5(usedforsecurity=False)
    while piece := file.read(PIECE_BYTES):
        digest.update(piece)
    file.seek(0)
    return digest.digest()


@contextmanager
def _translated() -> Iterator[None]:
    """Errors without the names that the library's own messages hold."""
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        if code in _NO_ENTRY:
            raise SystemDownError(f"the S3 server does not let us in ({code})") from None
        if status >= 500 and code not in UNKNOWN:
            raise SystemDownError(f"the S3 server is out of order ({code})") from None
        if code in {"SlowDown", "RequestTimeout", "Throttling", "TooManyRequests", "RequestTimeTooSkewed"}:
            raise RetriableError(f"the S3 server asks to come again later ({code})") from None
        raise RefusedError(code) from None
    except BotoCoreError as error:
        raise _unreachable(error) from None
    except OSError as error:
        raise RetriableError(f"the connection to the S3 server was lost ({type(error).__name__})") from None


def _unreachable(error: BotoCoreError) -> RetriableError | SystemDownError | PermanentError:
    name = type(error).__name__
    if name in {"ReadTimeoutError", "ConnectionClosedError", "ResponseStreamingError", "IncompleteReadError"}:
        return RetriableError(f"the connection to the S3 server was lost ({name})")
    if name in {"ParamValidationError", "ProfileNotFound", "InvalidConfigError"}:
        return PermanentError(f"the S3 server can't be asked that ({name})")
    return SystemDownError(f"the S3 server can't be reached ({name})")
