"""Notices go to webhooks signed, over TLS, to the address that was meant and nowhere else."""

import base64
import hashlib
import hmac
import socket
import ssl
import threading
from contextlib import suppress
from datetime import UTC, datetime
from ipaddress import ip_network
from urllib.parse import urlsplit

import pytest

from consumers.delivery.notice_errors import NotTakenError, RefusedError, UnreachableError
from consumers.delivery.tls import context
from consumers.delivery.webhooks import Webhooks, secret_of
from habeas.errors import ConfigurationError
from habeas.testing.services.certificates import make_certificate
from habeas.testing.services.processes import free_ports
from habeas.testing.services.webhook_server import running_webhook

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SECRET = b"s" * 32
BODY = b'{"about": "Ada"}'


@pytest.fixture
def hook():
    with running_webhook() as server:
        yield server


def post(url, **options):
    made = Webhooks(context=options.pop("context", ssl.create_default_context()), **options)
    made.post(url, "the-id", BODY, secret=SECRET, now=NOW)


def test_what_is_posted_is_signed_with_its_id_and_time(hook):
    post(hook.url)
    [(headers, body)] = hook.received
    signed = b"the-id." + str(int(NOW.timestamp())).encode() + b"." + body
    expected = base64.b64encode(hmac.new(SECRET, signed, hashlib.sha256).digest()).decode()
    assert (headers["webhook-id"], headers["webhook-signature"], body) == ("the-id", f"v1,{expected}", BODY)
    assert headers["content-type"] == "application/json"


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
def test_what_may_pass_is_worth_another_attempt(hook, status):
    hook.script = [status]
    with pytest.raises(NotTakenError, match=str(status)):
        post(hook.url)


@pytest.mark.parametrize("status", [400, 401, 404, 410, 422])
def test_what_will_not_pass_is_for_a_person(hook, status):
    hook.script = [status]
    with pytest.raises(RefusedError, match=str(status)):
        post(hook.url)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed(hook, status):
    with running_webhook() as elsewhere:
        hook.script, hook.location = [status], elsewhere.url
        with pytest.raises(RefusedError, match="redirects are not followed"):
            post(hook.url)
        assert elsewhere.received == []


def test_one_that_hangs_up_or_answers_drop_by_drop_is_tried_again(hook):
    hook.script = ["hang up", "drip"]
    for _ in range(2):
        with pytest.raises(NotTakenError, match="broke off, or was late"):
            post(hook.url, timeout_s=0.5)


def test_a_handshake_drop_by_drop_is_broken_off_in_time():
    """As an answer is: the time is for the whole of one sending."""
    over = threading.Event()

    def drip(listening):
        accepted, _ = listening.accept()
        with accepted, suppress(OSError):
            accepted.sendall(b"\x16\x03\x03\x40\x00")  # a record of TLS with 16,384 bytes to come
            while not over.wait(0.05):
                accepted.sendall(b"\x00")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        dripping = threading.Thread(target=drip, args=[listening])
        dripping.start()
        with pytest.raises(UnreachableError, match="no TLS"):
            post(f"https://localhost:{listening.getsockname()[1]}/", timeout_s=0.5)
        over.set()
        dripping.join()


def test_each_address_of_a_name_is_tried_and_checked(hook, monkeypatch):
    """One of several machines may be down; none of them may be where nobody may call."""
    port = urlsplit(hook.url).port

    def known_as(*addresses):
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

    calling = socket.create_connection

    def called(address, **options):
        tried.append((address[0], 0 < options["timeout"] <= 30))
        if address[0] != "127.0.0.1":
            raise ConnectionRefusedError
        return calling((address[0], port), **options)

    tried = []
    known_as("127.0.0.9", "127.0.0.9", "127.0.0.1")
    monkeypatch.setattr(socket, "create_connection", called)
    post(f"http://localhost:{port}/")
    assert tried == [("127.0.0.9", True), ("127.0.0.1", True)]
    assert len(hook.received) == 1
    known_as("127.0.0.1", "169.254.169.254")
    with pytest.raises(RefusedError, match="not a public one"):
        post(f"http://localhost:{port}/")
    assert len(hook.received) == 1


def test_nobody_there_is_an_outage():
    (port,) = free_ports(1)
    with pytest.raises(UnreachableError):
        post(f"http://127.0.0.1:{port}/")
    with pytest.raises(UnreachableError):
        post("https://nobody.invalid/")


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "10.1.2.3", "192.168.1.1", "127.0.0.1", "::1", "fe80::1", "::ffff:10.0.0.1", "0.0.0.0", "224.0.0.1", "100.64.0.1"]
)  # fmt: skip
def test_a_name_that_leads_into_a_private_network_is_not_called(monkeypatch, address):
    """Nor to this machine, by whatever name; each look-up is checked and its own outcome called."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(family, 1, 6, "", (address, 443))])
    monkeypatch.setattr(socket, "create_connection", lambda *_, **__: pytest.fail("it was called"))
    with pytest.raises(RefusedError, match=r"webhooks\.networks"):
        post("https://recipient.example.org/")


@pytest.mark.parametrize(
    ("network", "reached"), [("10.0.0.0/8", True), ("10.2.0.0/16", False), ("169.254.0.0/16", None)]
)
def test_private_networks_are_reached_where_the_settings_name_them(monkeypatch, network, reached):
    """Never the one at which clouds hand out credentials."""
    address = "169.254.169.254" if reached is None else "10.1.2.3"
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(socket.AF_INET, 1, 6, "", (address, 443))])

    def called(to, **_):
        assert to == (address, 443)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", called)
    with pytest.raises(UnreachableError if reached else RefusedError):
        post("https://recipient.example.org/", networks=[ip_network(network)])


@pytest.mark.parametrize(
    "url", ["http://example.org/", "ftp://example.org/", "https://user:secret@example.org/", "https:///x"]
)
def test_an_address_that_is_none_is_not_called(url):
    with pytest.raises(RefusedError):
        post(url)


def test_a_certificate_is_checked_and_an_authority_can_be_named(tmp_path):
    files = make_certificate(tmp_path)
    with running_webhook(files) as hook:
        with pytest.raises(RefusedError, match="certificate"):
            post(hook.url)
        assert hook.received == []
        post(hook.url, context=context(files[0]))
        assert [body for _, body in hook.received] == [BODY]


def test_a_secret_is_long_and_in_base64():
    key = base64.b64encode(SECRET).decode()
    assert secret_of(f"{key}\n") == secret_of(f"whsec_{key}") == SECRET
    for weak in ("", "password", base64.b64encode(b"short").decode(), "%%%"):
        with pytest.raises(ConfigurationError, match="openssl rand"):
            secret_of(weak)
