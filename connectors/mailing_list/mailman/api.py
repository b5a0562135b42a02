"""Mailman's REST API 3.1 over the standard library's HTTP client.

A path or a form may hold an address: neither gets into an error, and nothing here is logged.
"""

import base64
import http.client
import json
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any, TypeVar
from urllib.parse import quote, urlencode, urlsplit

from habeas.errors import PermanentError, RetriableError, SystemDownError

Entry = Mapping[str, Any]
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

REQUESTS_AT_ONCE = 4
"""Mailman answers with two processes unless it is told otherwise: more would wait there."""

PAGE = 100
_PAUSES_S = (0.2, 1.0)
_ANSWER_BYTES_MAX = 128 * 2**20
_CHUNK_BYTES = 2**16
_READINGS_MAX = 5
_TIMEOUT_S = 60.0


def side_by_side(work: Callable[[_Item], Iterable[_Result]], items: Iterable[_Item]) -> list[_Result]:
    """What `work` gives for each item, in the order of the items; after the first error nothing new is begun."""
    pool = ThreadPoolExecutor(REQUESTS_AT_ONCE)
    try:
        return list(chain.from_iterable(pool.map(lambda item: list(work(item)), items)))
    finally:
        pool.shutdown(cancel_futures=True)


class MailmanApi:
    """One Mailman server. Threads may share it: every request has its own connection, as Mailman closes each.

    All methods raise SystemDownError if nobody answers, RetriableError if the answer was late or the server's fault,
    PermanentError if Mailman refuses. Whatever is asked may be asked twice: a fault in passing is tried again.
    """

    def __init__(self, url: str, *, user: str, password: str, timeout_s: float = _TIMEOUT_S) -> None:
        parts = urlsplit(url)
        self.place = f"{parts.scheme}://{parts.netloc}"
        self._host = parts.hostname or ""
        self._port = parts.port
        self._context = ssl.create_default_context() if parts.scheme == "https" else None
        self._prefix = parts.path.rstrip("/").removesuffix("/3.1") + "/3.1/"
        self._timeout_s = timeout_s
        credentials = base64.b64encode(f"{user}:{password}".encode()).decode()
        self._headers = {"Authorization": f"Basic {credentials}", "Accept": "application/json"}

    def get(self, *path: str) -> Entry | None:
        """What is there, None if nothing is."""
        status, answer = self._ask("GET", path)
        return answer if status != http.HTTPStatus.NOT_FOUND else None

    def entries(self, *path: str, by: str = "GET", size: int = PAGE, **asked: str) -> Iterator[Entry]:
        """All entries of a collection, none if there is no such collection; read again if it changed meanwhile.

        With `by="POST"` what is asked stays out of the server's access log.
        """
        for _ in range(_READINGS_MAX):
            read = self._read_all(path, by, size, asked)
            if read is not None:
                yield from read
                return
        raise RetriableError("what Mailman lists changes faster than it can be read")

    def post(self, *path: str, **form: str) -> int:
        """The status: below 400, or 404 or 409."""
        return self._ask("POST", path, form)[0]

    def patch(self, *path: str, **form: str) -> int:
        """The status: below 400, or 404 or 409."""
        return self._ask("PATCH", path, form)[0]

    def delete(self, *path: str, **form: str) -> int:
        """The status: below 400, or 404 or 409."""
        return self._ask("DELETE", path, form)[0]

    def _read_all(self, path: tuple[str, ...], by: str, size: int, asked: Mapping[str, str]) -> list[Entry] | None:
        """None if pages did not fit together."""
        read: dict[str, Entry] = {}
        count = total = 0
        page = 1
        while page == 1 or count < total:
            status, answer = self._ask(by, path, {**asked, "count": str(size), "page": str(page)})
            if status == http.HTTPStatus.NOT_FOUND:
                return []
            if page > 1 and answer["total_size"] != total:
                return None
            total = answer["total_size"]
            entries = answer.get("entries", [])
            if not entries and count < total:
                return None
            count += len(entries)
            read.update((each["http_etag"] + str(each.get("self_link", "")), each) for each in entries)
            page += 1
        return list(read.values()) if len(read) == total else None

    def _ask(self, method: str, path: tuple[str, ...], form: Mapping[str, str] | None = None) -> tuple[int, Entry]:
        for pause_s in _PAUSES_S:
            try:
                return self._ask_once(method, path, form)
            except RetriableError:
                time.sleep(pause_s)
        return self._ask_once(method, path, form)

    def _ask_once(self, method: str, path: tuple[str, ...], form: Mapping[str, str] | None) -> tuple[int, Entry]:
        if any("/" in segment for segment in path):
            raise PermanentError("Mailman's REST API can't name an address with a slash: change it in Mailman by hand")
        target = self._prefix + "/".join(quote(segment, safe="@") for segment in path)
        headers, body = dict(self._headers), None
        if method == "GET" and form:
            target += "?" + urlencode(form)
        elif form:
            body = urlencode(form).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        status, content = self._exchange(method, target, body, headers)
        return self._judged(status, content)

    def _exchange(self, method: str, target: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, bytes]:
        until = time.monotonic() + self._timeout_s
        connection = self._connection()
        try:
            self._connect(connection)
            try:
                connection.request(method, target, body=body, headers=headers)
                response = connection.getresponse()
                content = bytearray()
                while chunk := response.read(_CHUNK_BYTES):
                    content += chunk
                    if len(content) > _ANSWER_BYTES_MAX:
                        raise PermanentError(f"an answer of Mailman is longer than {_ANSWER_BYTES_MAX} bytes")
                    if time.monotonic() > until:
                        raise RetriableError(f"Mailman's answer took longer than {self._timeout_s:.0f} s")
            except (OSError, http.client.HTTPException) as error:
                raise RetriableError(f"Mailman broke off, or was late: {type(error).__name__}") from None
            return response.status, bytes(content)
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        if self._context is None:
            return http.client.HTTPConnection(self._host, self._port, timeout=self._timeout_s)
        return http.client.HTTPSConnection(self._host, self._port, timeout=self._timeout_s, context=self._context)

    def _connect(self, connection: http.client.HTTPConnection) -> None:
        try:
            connection.connect()
        except ssl.SSLCertVerificationError:
            raise PermanentError(
                f"the certificate of {self.place} is not trusted: set SSL_CERT_FILE to the authority that signed it"
            ) from None
        except (OSError, socket.gaierror) as error:
            raise SystemDownError(f"no Mailman answers at {self.place}: {type(error).__name__}") from None

    def _judged(self, status: int, content: bytes) -> tuple[int, Entry]:
        """The answer, or the error that it is."""
        match status:
            case http.HTTPStatus.NOT_FOUND | http.HTTPStatus.CONFLICT:
                return status, {}
            case http.HTTPStatus.UNAUTHORIZED:
                raise PermanentError(
                    f"Mailman at {self.place} refuses the user or the password: they are admin_user and admin_pass "
                    "under [webservice] in mailman.cfg; change options.user, and options.password_file or password_env"
                )
            case http.HTTPStatus.REQUEST_TIMEOUT | http.HTTPStatus.TOO_MANY_REQUESTS:
                raise RetriableError(f"Mailman is busy: status {status}")
        if status >= http.HTTPStatus.INTERNAL_SERVER_ERROR:
            raise RetriableError(f"Mailman failed: status {status}")
        if status >= http.HTTPStatus.MULTIPLE_CHOICES:
            raise PermanentError(f"Mailman refused: status {status}")
        try:
            answer = json.loads(content) if content else {}
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise PermanentError(f"what answers at {self.place} is not Mailman's REST API: change options.url")
        return status, answer
