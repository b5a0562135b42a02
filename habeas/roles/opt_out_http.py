"""The opt-out page over HTTP, to stand behind the company's web server, which ends TLS.

`GET URL/TOKEN` asks, `POST URL/TOKEN` does it: a program that looks through the links of a message changes nothing. A
mail client posts `List-Unsubscribe=One-Click` (RFC 8058), the page's button `confirm=yes`. Whatever else comes is
refused, in the same words for everybody. Nothing of a request is logged, for its path is somebody's link.
"""

import re
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qs

import structlog

from habeas.domain.opting_out import OptOut
from habeas.errors import HabeasError
from habeas.letters.opt_out_page import OptOutPage, Shown
from habeas.observability.logging import where
from producers.opting_out import OptingOut

BODY_BYTES_MAX = 4_096
CONNECTIONS_MAX = 64
REQUEST_S_MAX = 15.0
CLICKS_AT_ONCE = 200
CLICKS_PER_S = 20.0
_ONE_CLICK = re.compile(rb'name="?List-Unsubscribe"?\r?\n(?:[^\r\n]+\r?\n)*\r?\nOne-Click\r?\n', re.IGNORECASE)
"""The part of a multipart form, the other encoding that RFC 8058 allows."""
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Language",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
}

log = structlog.get_logger()


class Allowance:
    """So many at once, and so many a second from then on. Threads may share it."""

    def __init__(self, at_once: int, per_s: float, *, now: Callable[[], float] = time.monotonic) -> None:
        self._most = self._left = float(at_once)
        self._per_s = per_s
        self._now = now
        self._asked_at = now()
        self._lock = threading.Lock()

    def take(self) -> bool:
        """True if one more is allowed."""
        with self._lock:
            now = self._now()
            self._left = min(self._most, self._left + (now - self._asked_at) * self._per_s)
            self._asked_at = now
            if self._left < 1:
                return False
            self._left -= 1
            return True


class OptOutServer(ThreadingHTTPServer):
    """Bound and ready; each `handle_request` takes one connection and answers it in a thread of its own.

    Closing it waits for those that are being answered.
    """

    daemon_threads = False
    request_queue_size = CONNECTIONS_MAX
    timeout = 0.5

    def __init__(
        self, host: str, port: int, *, opting_out: OptingOut, page: OptOutPage, clicks: Allowance | None = None
    ) -> None:
        """Raises OSError if it can't listen there."""
        self.opting_out = opting_out
        self.page = page
        self.clicks = clicks or Allowance(CLICKS_AT_ONCE, CLICKS_PER_S)
        self._free = threading.BoundedSemaphore(CONNECTIONS_MAX)
        super().__init__((host, port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """One more connection, unless there are too many: then it is told to come again."""
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
            return
        request.settimeout(1.0)
        request.sendall(b"HTTP/1.0 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\n\r\n")
        self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer it within the time that it has, however slowly it speaks."""
        late = threading.Timer(REQUEST_S_MAX, _cut_off, [request])
        late.daemon = True
        late.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            late.cancel()
            self._free.release()

    def handle_error(self, *_: object) -> None:
        """Who hangs up early is nobody's concern, and whose connection it was nobody's business."""
        error = sys.exception()
        if isinstance(error, Exception) and not isinstance(error, OSError):
            log.error("opt_out.broke", error_class=type(error).__name__, where=where(error))


class _Handler(BaseHTTPRequestHandler):
    server: OptOutServer
    server_version = "Habeas"
    sys_version = ""
    timeout = 5.0

    def do_GET(self) -> None:
        """Ask."""
        told = self._told()
        if told is None:
            self._sorry(HTTPStatus.NOT_FOUND, "invalid")
        else:
            self._answer(HTTPStatus.OK, self.server.page.question(told, self._accepts))

    def do_HEAD(self) -> None:
        """The same without the page."""
        self.do_GET()

    def do_POST(self) -> None:
        """Do it."""
        refused, body = self._body()
        told = self._told()
        if told is None:
            self._sorry(HTTPStatus.NOT_FOUND, "invalid")
        elif refused is not None:
            self._sorry(refused, "later")
        elif not _is_a_click(body):
            self._answer(HTTPStatus.BAD_REQUEST, self.server.page.question(told, self._accepts))
        elif not self.server.clicks.take():
            self._sorry(HTTPStatus.TOO_MANY_REQUESTS, "later", {"Retry-After": "60"})
        else:
            self._carry_out(told)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002 - the standard library's signature
        """For another method, or what is no HTTP at all; without a word of what was sent."""
        status = HTTPStatus.METHOD_NOT_ALLOWED if code == HTTPStatus.NOT_IMPLEMENTED else HTTPStatus(code)
        self._send(status, b"", {"Allow": "GET, HEAD, POST"})

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _carry_out(self, told: OptOut) -> None:
        try:
            self.server.opting_out.carry_out(told)
        except HabeasError as error:
            log.warning("opt_out.failed", error_class=type(error).__name__)
            self._sorry(HTTPStatus.SERVICE_UNAVAILABLE, "later", {"Retry-After": "300"})
        else:
            self._answer(HTTPStatus.OK, self.server.page.done(told, self._accepts))

    def _told(self) -> OptOut | None:
        token = self.path.partition("?")[0].rpartition("/")[2]
        return self.server.opting_out.read(token)

    def _body(self) -> tuple[HTTPStatus | None, bytes]:
        """What is wrong with it, and what it is."""
        length = self.headers.get("Content-Length")
        if length is None:
            return HTTPStatus.LENGTH_REQUIRED, b""
        if not (length.isascii() and length.isdigit()) or len(length) > 9 or int(length) > BODY_BYTES_MAX:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, b""
        return None, self.rfile.read(int(length))

    @property
    def _accepts(self) -> str:
        return self.headers.get("Accept-Language", "")

    def _sorry(
        self, status: HTTPStatus, why: Literal["invalid", "later"], more: Mapping[str, str] | None = None
    ) -> None:
        self._answer(status, self.server.page.sorry(why, self._accepts), more)

    def _answer(self, status: HTTPStatus, shown: Shown, more: Mapping[str, str] | None = None) -> None:
        about = {"Content-Security-Policy": shown.policy, "Content-Language": shown.language}
        self._send(status, shown.content, {**about, **(more or {})})

    def _send(self, status: HTTPStatus, content: bytes, more: Mapping[str, str]) -> None:
        self.send_response(status)
        headers = {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(content)), **_HEADERS, **more}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def _is_a_click(body: bytes) -> bool:
    if _ONE_CLICK.search(body):
        return True
    try:
        form = parse_qs(body.decode("ascii").strip(), max_num_fields=10)
    except ValueError:
        return False
    return form.get("List-Unsubscribe") == ["One-Click"] or form.get("confirm") == ["yes"]


def _cut_off(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:  # it has just ended by itself
        return
