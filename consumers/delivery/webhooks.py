"""Sends notices to webhooks: one signed POST over HTTPS, to the address that was checked, following nothing.

Signed as Standard Webhooks (standardwebhooks.com) has it, so that the other side can use a library it has:
`webhook-id`, `webhook-timestamp`, `webhook-signature: v1,` and the HMAC-SHA256 of "id.timestamp.body" in base64.
"""

import base64
import hashlib
import hmac
import http.client
import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from threading import Timer
from urllib.parse import urlsplit

from consumers.delivery.notice_errors import NotTakenError, RefusedError, UnreachableError
from habeas.domain.web_addresses import is_this_machine, webhook_fault
from habeas.errors import ConfigurationError

Network = IPv4Network | IPv6Network
_Address = IPv4Address | IPv6Address
_LATER = frozenset({408, 409, 421, 425, 429})
"""Statuses below 500 that say nothing about the notice itself."""
_SECRET_BYTES_MIN = 24


def secret_of(text: str) -> bytes:
    """The key in a secret file: base64, with or without `whsec_` before it. Raises ConfigurationError."""
    try:
        key = base64.b64decode(text.strip().removeprefix("whsec_"), validate=True)
    except ValueError:
        key = b""
    if len(key) < _SECRET_BYTES_MIN:
        raise ConfigurationError(
            f"a webhook's secret is base64 of {_SECRET_BYTES_MIN} random bytes or more: 'openssl rand -base64 32'"
        )
    return key


def signature(secret: bytes, id_: str, timestamp: int, body: bytes) -> str:
    """The value of the header `webhook-signature`."""
    signed = b".".join((id_.encode(), str(timestamp).encode(), body))
    return "v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()


class Webhooks:
    """Posts notices. What lies in `networks` may be reached although it is not on the public Internet."""

    def __init__(self, *, context: ssl.SSLContext, networks: Sequence[Network] = (), timeout_s: float = 30.0) -> None:
        """`timeout_s` is for the whole of one sending, however slowly the other side answers."""
        self._context = context
        self._networks = networks
        self._timeout_s = timeout_s

    def post(self, url: str, id_: str, body: bytes, *, secret: bytes, now: datetime) -> None:
        """Returns once the other side has answered with a status of 2xx.

        Raises UnreachableError, NotTakenError, or RefusedError for what no second attempt could mend.
        """
        if fault := webhook_fault(url):
            raise RefusedError(f"the address {fault}")
        timestamp = int(now.timestamp())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Habeas",
            "webhook-id": id_,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(secret, id_, timestamp, body),
        }
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        ends = time.monotonic() + self._timeout_s
        plain = self._connected(self._addresses(host, port), port, ends)
        with self._speaking(plain, host if parts.scheme == "https" else None, ends) as sock:
            connection = http.client.HTTPConnection(host, port)
            connection.sock = sock
            status = _status(connection, target, body, headers)
        if 200 <= status < 300:
            return
        if status >= 500 or status in _LATER:
            raise NotTakenError(f"status {status}")
        raise RefusedError(f"status {status}" + (", and redirects are not followed" if 300 <= status < 400 else ""))

    def _addresses(self, host: str, port: int) -> list[_Address]:
        """All that the name has, once each; they were checked, and a second look-up could give others."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise UnreachableError(f"its name is not known: {type(error).__name__}") from None
        addresses = list(dict.fromkeys(ip_address(str(each[4][0]).partition("%")[0]) for each in found))
        if not addresses or not all(self._may_reach(each, host) for each in addresses):
            raise RefusedError("its address is not a public one: name its network in webhooks.networks")
        return addresses

    def _connected(self, addresses: Sequence[_Address], port: int, ends: float) -> socket.socket:
        """To the first that answers; each has its share of the time that is left."""
        failed: OSError = TimeoutError()
        for tried, address in enumerate(addresses):
            share_s = (ends - time.monotonic()) / (len(addresses) - tried)
            if share_s <= 0:
                break
            try:
                return socket.create_connection((str(address), port), timeout=share_s)
            except OSError as error:
                failed = error
        raise UnreachableError(f"nobody answers: {type(failed).__name__}")

    @contextmanager
    def _speaking(self, plain: socket.socket, host: str | None, ends: float) -> Iterator[socket.socket]:
        """Over TLS if a `host` is to prove who it is; broken off when the time is up, in the handshake too.

        A timeout of the socket alone would begin anew with every byte.
        """
        plain.settimeout(self._timeout_s)
        secure = self._context.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False) if host else None
        sock = secure or plain
        timer = Timer(max(0.0, ends - time.monotonic()), _break_off, [sock])
        timer.daemon = True
        timer.start()
        try:
            if secure is not None:
                _shake_hands(secure)
            yield sock
        finally:
            timer.cancel()
            sock.close()

    def _may_reach(self, address: _Address, host: str) -> bool:
        plain = getattr(address, "ipv4_mapped", None) or address
        if plain.is_loopback:
            return is_this_machine(host)
        if plain.is_link_local or plain.is_multicast or plain.is_unspecified:
            return False  # among them the address at which clouds hand out credentials
        return plain.is_global or any(plain in network for network in self._networks)


def _shake_hands(sock: ssl.SSLSocket) -> None:
    try:
        sock.do_handshake()
    except ssl.SSLCertVerificationError:
        raise RefusedError("its certificate is not trusted") from None
    except OSError as error:
        raise UnreachableError(f"no TLS: {type(error).__name__}") from None


def _break_off(sock: socket.socket) -> None:
    try:
        socket.socket.shutdown(sock, socket.SHUT_RDWR)  # of TLS nothing is touched, which the other thread is using
    except OSError:
        return  # it is over already


def _status(connection: http.client.HTTPConnection, target: str, body: bytes, headers: dict[str, str]) -> int:
    try:
        connection.request("POST", target, body=body, headers=headers)
        return connection.getresponse().status  # what it writes besides is nobody's concern
    except (OSError, http.client.HTTPException) as error:
        raise NotTakenError(f"it broke off, or was late: {type(error).__name__}") from None
