"""The suppression list over HTTP, for programs that import addresses.

`POST /suppressed` with `{"addresses": ["…"]}` and `Authorization: Bearer TOKEN` gives `{"suppressed": {"…": {"reason":
…, "since": …}}}` with those that are on the list. Nothing that is asked is logged.
"""

import hmac
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from producers.suppression import SuppressionList

BYTES_MAX = 1_000_000
ADDRESSES_MAX = 10_000
_TIMEOUT_S = 10.0


class _RefusedError(Exception):
    def __init__(self, status: HTTPStatus, why: str) -> None:
        super().__init__(why)
        self.status = status


@contextmanager
def serve_checks(people: SuppressionList, host: str, port: int, token: str) -> Iterator[ThreadingHTTPServer]:
    """A server that is bound and ready to serve."""

    class Handler(_Handler):
        timeout = _TIMEOUT_S

        def authorised(self) -> bool:
            given = self.headers.get("Authorization", "")
            return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())

        def check(self, addresses: list[str]) -> Mapping[str, Any]:
            listed = people.check(addresses)
            return {each: {"reason": it.reason, "since": it.since.isoformat()} for each, it in listed.items()}

    with ThreadingHTTPServer((host, port), Handler) as server:
        server.daemon_threads = True
        yield server


class _Handler(BaseHTTPRequestHandler):
    server_version = "Habeas"
    sys_version = ""

    def authorised(self) -> bool:
        raise NotImplementedError

    def check(self, addresses: list[str]) -> Mapping[str, Any]:
        raise NotImplementedError

    def do_POST(self) -> None:
        """Answer one question."""
        try:
            self._answer(HTTPStatus.OK, {"suppressed": self.check(self._asked())})
        except _RefusedError as refused:
            self._answer(refused.status, {"error": str(refused)})

    def log_message(self, *_: object) -> None:
        """Say nothing: a path or an error may quote what was asked."""

    def _asked(self) -> list[str]:
        if not self.authorised():
            raise _RefusedError(HTTPStatus.UNAUTHORIZED, "send the token as 'Authorization: Bearer …'")
        if self.path != "/suppressed":
            raise _RefusedError(HTTPStatus.NOT_FOUND, "there is only /suppressed")
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > BYTES_MAX:
            raise _RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"at most {BYTES_MAX} bytes, with their length")
        try:
            addresses = json.loads(self.rfile.read(int(length)))["addresses"]
        except (ValueError, KeyError, TypeError):
            raise _RefusedError(HTTPStatus.BAD_REQUEST, 'send {"addresses": ["…"]}') from None
        if not isinstance(addresses, list) or not all(isinstance(each, str) for each in addresses):
            raise _RefusedError(HTTPStatus.BAD_REQUEST, "addresses is a list of texts")
        if len(addresses) > ADDRESSES_MAX:
            raise _RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"at most {ADDRESSES_MAX} addresses at once")
        return addresses

    def _answer(self, status: HTTPStatus, body: Mapping[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)
