"""The opt-out page on the open net: what mail programs, people and attackers send to it."""

import http.client
import socket
import threading
from contextlib import contextmanager

import pytest
from sqlalchemy import func, select

from habeas.errors import SystemDownError
from habeas.letters.opt_out_page import OptOutPage
from habeas.letters.templates import Templates
from habeas.roles import loops_of
from habeas.roles.opt_out_http import BODY_BYTES_MAX, Allowance, OptOutServer
from habeas.settings_sections import OptOutSettings
from habeas.storage.tables import cases
from habeas.testing import browser
from habeas.testing.notebook import Note, Notebook
from habeas.testing.pipeline import Pipeline
from habeas.testing.services.processes import await_answer

ADA = "ada@example.org"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ONE_CLICK = b"List-Unsubscribe=One-Click"
MULTIPART = (
    b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n',
    {"Content-Type": "multipart/form-data; boundary=x"},
)


@pytest.fixture
def pipeline(new_pipeline):
    opt_out = {"url": "https://privacy.example.org/opt-out", "port": 0}
    return new_pipeline({"crm": Notebook([Note("1", ADA)])}, opt_out=opt_out)


@pytest.fixture
def site(pipeline):
    with serving(pipeline) as site:
        yield site


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    opt_out = {"url": "https://privacy.example.org/opt-out", "port": 0}
    pipeline = Pipeline(tmp_path_factory.mktemp("shared"), {"crm": Notebook()}, opt_out=opt_out)
    with serving(pipeline) as site:
        yield site
    pipeline.close()


@pytest.fixture
def untouched(shared):
    """A site at which no test does anything that has an effect."""
    yield shared
    assert shared.requests == 0
    assert not shared.listed


@contextmanager
def serving(pipeline, **options):
    page = OptOutPage(Templates(), pipeline.habeas.register)
    server = OptOutServer("127.0.0.1", 0, opting_out=pipeline.habeas.opting_out, page=page, **options)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield Site(pipeline, server)
    server.shutdown()
    thread.join()
    server.server_close()


class Site:
    def __init__(self, pipeline, server):
        self.pipeline, self.server = pipeline, server
        self.path = pipeline.habeas.opting_out.link(ADA).removeprefix("https://privacy.example.org")

    def ask(self, method, path=None, body=None, headers=None):
        """The status, the headers and the text of the answer."""
        connection = http.client.HTTPConnection(*self.server.server_address[:2], timeout=10)
        try:
            connection.request(method, path or self.path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    def send(self, raw):
        """What comes back when these bytes are sent."""
        with socket.create_connection(self.server.server_address[:2], timeout=10) as connection:
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65_536), b"")).decode()

    @property
    def requests(self):
        with self.pipeline.habeas.database.reading() as connection:
            return connection.scalar(select(func.count()).select_from(cases))

    @property
    def listed(self):
        return ADA in self.pipeline.habeas.suppression_list.check([ADA])


@pytest.mark.parametrize(
    ("body", "headers"), [(ONE_CLICK, FORM), MULTIPART, (b"confirm=yes", FORM)], ids=["rfc8058", "multipart", "button"]
)
def test_one_post_and_the_address_is_on_the_list(site, body, headers):
    """RFC 8058 in both encodings, and the page's own button; law A16, law C7."""
    status, _, page = site.ask("POST", body=body, headers=headers)
    assert status == 200
    assert "You are off the list" in page
    assert site.listed
    assert site.requests == 1
    assert site.ask("POST", body=body, headers=headers)[0] == 200
    assert site.requests == 1, "replayed"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_program_that_looks_through_the_links_of_a_message_changes_nothing(untouched, method):
    status, headers, page = untouched.ask(method)
    assert status == 200
    assert ('name="confirm"' in page) == (method == "GET")
    assert int(headers["Content-Length"]) > 500


def test_a_post_without_a_click_in_it_asks_again(untouched):
    for body in (b"", b"confirm=no", b"\xff\xfe", b"List-Unsubscribe=Two-Clicks", b"&".join([b"a=b"] * 500)):
        status, _, page = untouched.ask("POST", body=body, headers=FORM)
        assert status == 400
        assert 'name="confirm"' in page


@pytest.mark.parametrize("path", ["/opt-out/", "/opt-out/ada@example.org", "/", "/favicon.ico", "/../../etc/passwd"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_guessed_or_forged_link_is_answered_alike_and_does_nothing(untouched, method, path):
    """law C7: with an address of the company, so that whoever's link was cut off can still opt out."""
    status, headers, page = untouched.ask(method, path, ONE_CLICK if method == "POST" else None)
    assert status == 404
    assert "This link does not work" in page
    assert untouched.pipeline.habeas.register.controller.email in page
    assert "passwd" not in page
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    last = "A" if untouched.path[-10] != "A" else "B"
    forged = f"{untouched.path[:-10]}{last}{untouched.path[-9:]}"
    assert untouched.ask(method, forged, ONE_CLICK if method == "POST" else None)[2] == page


def test_nobody_learns_who_is_known(site):
    """The same answer for an address that no system has and none will ever have."""
    known = site.ask("POST", body=ONE_CLICK, headers=FORM)
    stranger = site.pipeline.habeas.opting_out.link("nobody@example.org").removeprefix("https://privacy.example.org")
    unknown = site.ask("POST", stranger, ONE_CLICK, FORM)
    assert known[0] == unknown[0]
    assert known[2] == unknown[2]


def test_the_page_can_be_neither_framed_nor_filled_with_anything(untouched):
    _, headers, page = untouched.ask("GET", f"{untouched.path}?q=<script>")
    policy = headers["Content-Security-Policy"]
    assert {"default-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"} <= {
        each.strip() for each in policy.split(";")
    }
    assert "unsafe" not in policy
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert "<script" not in page
    assert ADA not in page
    assert not any(each in page for each in ("src=", "http://", "https://", "@import", "url("))


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW"])
def test_no_other_method_does_anything(untouched, method):
    status, headers, page = untouched.ask(method, body=ONE_CLICK)
    assert (status, headers["Allow"], page) == (405, "GET, HEAD, POST", "")


@pytest.mark.parametrize(
    ("length", "status"), [(str(BODY_BYTES_MAX + 1), 413), ("9" * 400, 413), ("-1", 413), ("\xb2", 413), ("many", 413)]
)
def test_a_body_that_is_too_large_is_not_even_read(untouched, length, status):
    head = f"POST {untouched.path} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n"
    assert untouched.send(head.encode("latin-1")).startswith(f"HTTP/1.0 {status} ")


def test_a_body_without_its_length_is_refused(untouched):
    head = f"POST {untouched.path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    assert untouched.send(head.encode()).startswith("HTTP/1.0 411 ")


@pytest.mark.parametrize(
    "raw",
    [
        b"GET /opt-out/x%0d%0aSet-Cookie:%20a=b HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /opt-out/\r\nSet-Cookie: a=b HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nAccept-Language: sv\r\n Set-Cookie: a=b\r\n\r\n",
        b"\x00\xff\xfe nonsense <b> \r\n\r\n",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % number for number in range(200)) + b"\r\n",
    ],
    ids=["encoded", "in the path", "folded", "no http", "long path", "many headers"],
)
def test_nothing_that_is_sent_comes_back_in_a_header_or_a_page(untouched, raw):
    answer = untouched.send(raw)
    assert "Set-Cookie" not in answer
    assert "nonsense" not in answer
    assert "<b>" not in answer


def test_whoever_clicks_too_fast_is_told_to_come_again_and_nothing_is_lost(pipeline):
    seconds = [0.0]
    with serving(pipeline, clicks=Allowance(2, 1.0, now=lambda: seconds[0])) as site:
        answers = [site.ask("POST", body=ONE_CLICK, headers=FORM) for _ in range(3)]
        assert [status for status, _, _ in answers] == [200, 200, 429]
        assert answers[2][1]["Retry-After"] == "60"
        assert "has not been done yet" in answers[2][2]
        assert site.ask("GET")[0] == 200
        seconds[0] += 1
        assert site.ask("POST", body=ONE_CLICK, headers=FORM)[0] == 200


def test_when_it_cant_be_noted_now_nobody_is_told_that_it_was(site, monkeypatch, capfd):
    def down(_told):
        raise SystemDownError("the database does not answer")

    monkeypatch.setattr(site.server.opting_out, "carry_out", down)
    status, headers, page = site.ask("POST", body=ONE_CLICK, headers=FORM)
    assert (status, headers["Retry-After"]) == (503, "300")
    assert "has not been done yet" in page
    assert site.path not in capfd.readouterr().err


def test_whoever_keeps_all_connections_busy_is_turned_away(pipeline, monkeypatch):
    monkeypatch.setattr("habeas.roles.opt_out_http.CONNECTIONS_MAX", 2)
    with serving(pipeline) as site:
        held = [socket.create_connection(site.server.server_address[:2], timeout=10) for _ in range(2)]
        status, headers, _ = site.ask("GET")
        assert (status, headers["Retry-After"]) == (503, "5")
        for each in held:
            each.close()


def test_whoever_speaks_too_slowly_is_cut_off(pipeline, monkeypatch):
    monkeypatch.setattr("habeas.roles.opt_out_http.REQUEST_S_MAX", 0.1)
    with serving(pipeline) as site, socket.create_connection(site.server.server_address[:2], timeout=10) as slow:
        slow.sendall(b"GET / HTTP/1.1\r\nX-")
        assert slow.recv(100) == b""


@pytest.mark.skipif(browser.CHROMIUM is None, reason="Chromium is not installed")
def test_in_a_browser_the_button_is_reached_by_key_and_does_it(site, tmp_path):
    """The policy stops neither the page's own style nor its form, and nothing else wants anything."""
    with browser.browsing(tmp_path) as page:
        page.open(f"http://127.0.0.1:{site.server.server_address[1]}{site.path}")
        assert page.ask("getComputedStyle(document.querySelector('button')).minHeight") != "auto"
        page.press("Tab")
        assert page.ask("document.activeElement.tagName") == "BUTTON"
        page.press("Enter")
        await_answer(lambda: site.listed and site.requests == 1, what="the click", timeout_s=20)
        assert page.complaints == []


def test_the_role_answers_where_the_settings_say(pipeline):
    """As `habeas run opt-out` does."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    opt_out = OptOutSettings(url="https://privacy.example.org/opt-out", port=port)
    habeas = pipeline.another()
    habeas.settings = pipeline.settings.model_copy(update={"opt_out": opt_out})
    [loop] = loops_of("opt-out", habeas)
    token = habeas.opting_out.link(ADA).rpartition("/")[2]
    with socket.create_connection(("127.0.0.1", port), timeout=10) as asked:
        body = ONE_CLICK.decode()
        asked.sendall(f"POST /opt-out/{token} HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        loop.step()
        assert b" 200 OK" in asked.recv(1_000)
    loop.close()
    assert ADA in habeas.suppression_list.check([ADA])
