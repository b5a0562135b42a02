"""What the Mailman connector makes of a server that is down, slow, strange or refuses; and of its settings."""

import json
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from connectors.mailing_list import MailingListConnector
from connectors.mailing_list.connect import connect
from connectors.mailing_list.mailman import Journal, MailmanApi, MailmanBackend
from habeas.domain.subjects import IdentifierKind, Subject, identifier
from habeas.errors import ConfigurationError, PermanentError, RetriableError, SystemDownError
from habeas.testing.services.processes import free_ports

EMAIL = "noor.oz@example.org"
NOOR = Subject("t1", (identifier(IdentifierKind.EMAIL, EMAIL),))


@contextmanager
def answering(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """A server of which every request is answered so."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        do_POST = do_GET  # noqa: N815 - as the library names it

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def saying(status: int, body: bytes = b"") -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def connector(url: str, folder: Path, *, timeout_s: float = 5.0) -> MailingListConnector:
    api = MailmanApi(url, user="restadmin", password="secret", timeout_s=timeout_s)
    return MailingListConnector(MailmanBackend(api, Journal(folder / "journal.db")))


@pytest.mark.parametrize(
    ("status", "body", "error", "says"),
    [
        (401, b"", PermanentError, "options.user"),
        (403, b"", PermanentError, "403"),
        (400, EMAIL.encode(), PermanentError, "400"),
        (302, b"", PermanentError, "302"),
        (429, b"", RetriableError, "busy"),
        (500, EMAIL.encode(), RetriableError, "500"),
        (503, b"", RetriableError, "503"),
        (200, b"<html>" + EMAIL.encode(), PermanentError, "options.url"),
        (200, b"[1]", PermanentError, "options.url"),
    ],
)
def test_a_bad_answer_is_the_error_that_says_what_to_do(
    tmp_path: Path, status: int, body: bytes, error: type[Exception], says: str
) -> None:
    """Without the address that was asked for, nor what the server says; check() tells of it too."""
    with answering(saying(status, body)) as url:
        asked = connector(url, tmp_path)
        with pytest.raises(error, match=says) as raised:
            list(asked.find([NOOR]))
        [problem] = asked.check()
    assert "noor" not in "".join(traceback.format_exception(raised.value))
    assert "noor" not in problem.what + problem.remedy


def test_a_passing_fault_is_not_even_noticed(tmp_path: Path) -> None:
    """One failure in between is tried again at once."""
    failures = iter([500, 502])

    def answer(handler: BaseHTTPRequestHandler) -> None:
        status = next(failures, 404)
        saying(status)(handler)

    with answering(answer) as url:
        assert list(connector(url, tmp_path).find([NOOR])) == []


def test_nobody_there_is_a_system_that_is_down(tmp_path: Path) -> None:
    """No attempt is used up; check() names the place."""
    (port,) = free_ports(1)
    asked = connector(f"http://127.0.0.1:{port}", tmp_path)
    with pytest.raises(SystemDownError, match=r"127\.0\.0\.1"):
        list(asked.find([NOOR]))
    [problem] = asked.check()
    assert str(port) in problem.what


def test_an_answer_that_does_not_come_is_not_waited_for(tmp_path: Path) -> None:
    """Neither one that never begins nor one that never ends."""
    over = threading.Event()

    def silent(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        over.wait(30)

    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            while not over.wait(0.05):
                handler.wfile.write(b" " * 100_000)
        except OSError:
            handler.close_connection = True

    for answer in (silent, endless):
        over.clear()
        with answering(answer) as url:
            with pytest.raises(RetriableError):
                list(connector(url, tmp_path, timeout_s=0.3).find([NOOR]))
            over.set()


def test_a_collection_that_changes_while_it_is_read_is_read_again(tmp_path: Path) -> None:
    """Nothing is passed over because another entry before it has gone."""
    totals = iter([150, 149, 149, 149])

    def answer(handler: BaseHTTPRequestHandler) -> None:
        page = 2 if "page=2" in handler.path else 1
        total = next(totals)
        entries = [{"http_etag": f"{number}"} for number in range(100 * page - 100, min(100 * page, total))]
        saying(200, json.dumps({"total_size": total, "entries": entries}).encode())(handler)

    with answering(answer) as url:
        api = MailmanApi(url, user="u", password="p")
        assert len(list(api.entries("lists"))) == 149


def test_a_collection_that_never_rests_is_tried_later(tmp_path: Path) -> None:
    """Rather than told half."""
    total = iter(range(200, 300))

    def answer(handler: BaseHTTPRequestHandler) -> None:
        entries = [{"http_etag": f"{number}"} for number in range(100)]
        saying(200, json.dumps({"total_size": next(total), "entries": entries}).encode())(handler)

    with answering(answer) as url, pytest.raises(RetriableError, match="faster"):
        list(MailmanApi(url, user="u", password="p").entries("lists"))


def test_the_password_comes_from_a_file_or_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Never from habeas.toml itself; what lacks is named."""
    (tmp_path / "secret").write_text("s3cret\n")
    monkeypatch.setenv("MAILMAN_PASSWORD", "s3cret")
    options = {"backend": "mailman", "url": "http://127.0.0.1:1", "journal": "journal.db"}
    for way in ({"password_file": "secret"}, {"password_env": "MAILMAN_PASSWORD"}):
        connect(options | way, system="mailing_list", folder=tmp_path).close()
    for way, says in (
        ({}, "either password_file or password_env"),
        ({"password_file": "secret", "password_env": "MAILMAN_PASSWORD"}, "either password_file or password_env"),
        ({"password_file": "none"}, "password_file.*FileNotFoundError"),
        ({"password_env": "NOT_SET_ANYWHERE"}, "NOT_SET_ANYWHERE is empty"),
        ({"password": "s3cret"}, r"options\.password"),
        ({"password_file": "secret", "url": "http://u:s3cret@host"}, r"options\.url"),
        ({"password_file": "secret", "url": "host:8001"}, r"options\.url"),
        ({"password_file": "secret", "backend": "sympa"}, r"options\.backend"),
    ):
        with pytest.raises(ConfigurationError, match=says) as raised:
            connect(options | way, system="mailing_list", folder=tmp_path)
        assert "s3cret" not in str(raised.value)


def test_a_journal_that_cant_be_kept_is_a_problem(tmp_path: Path) -> None:
    """It is told before a task needs it."""
    api = MailmanApi("http://127.0.0.1:1", user="u", password="p")
    with answering(saying(200, b'{"api_version": "3.1"}')) as url:
        api = MailmanApi(url, user="u", password="p")
        backend = MailmanBackend(api, Journal(tmp_path / "missing" / "journal.db"))
        [problem] = backend.problems()
        assert "options.journal" in problem.remedy
        (tmp_path / "garbage.db").write_bytes(b"not a database" * 100)
        [problem] = MailmanBackend(api, Journal(tmp_path / "garbage.db")).problems()
        assert "journal" in problem.what
