"""A mail server on 127.0.0.1: the part of RFC 5321, 3207 and 4954 that a client who delivers one message needs."""

import base64
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path


@dataclass
class SmtpServer:
    """`script` is what it replies to the next messages' DATA, or to a recipient ("RCPT 550"); 250 after its end."""

    port: int = 0
    script: list[str] = field(default_factory=list)
    login: tuple[str, str] | None = None
    taken: list[EmailMessage] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)


class _Session(socketserver.StreamRequestHandler):
    server: "_Server"

    def handle(self) -> None:
        self.tls = self.welcome = False
        self._say("220 here")
        while line := self.rfile.readline():
            verb, _, rest = line.decode().strip().partition(" ")
            if not self._answer(verb.upper(), rest):
                return

    def finish(self) -> None:
        super().finish()
        self.request.close()  # the one in TLS is not the server's own any more

    def _answer(self, verb: str, rest: str) -> bool:
        told, context = self.server.told, self.server.context
        match verb:
            case "EHLO":
                offered = ["STARTTLS"] if context and not self.tls else []
                offered += ["AUTH PLAIN"] if told.login and self.tls else []
                lines = ["here", *offered]
                for each in lines[:-1]:
                    self._say(f"250-{each}")
                self._say(f"250 {lines[-1]}")
            case "STARTTLS" if context:
                self._say("220 go on")
                self.request = context.wrap_socket(self.request, server_side=True)
                self.setup()
                self.tls = True
            case "AUTH":
                given = base64.b64decode(rest.partition(" ")[2]).decode().split("\0")[1:]
                self.welcome = tuple(given) == told.login
                self._say("235 welcome" if self.welcome else "535 no")
            case "RCPT" if told.script and told.script[0].startswith("RCPT "):
                self._say(f"{told.script.pop(0).removeprefix('RCPT ')} not here")
            case "MAIL" if told.login and not self.welcome:
                self._say("530 who are you")
            case "DATA":
                self._data()
            case "QUIT":
                self._say("221 bye")
                return False
            case _:
                self._say("250 fine")
        return True

    def _data(self) -> None:
        told = self.server.told
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        reply = told.script.pop(0) if told.script else "250"
        if reply == "250":
            taken = message_from_bytes(b"".join(lines), policy=policy.default)
            told.taken.append(taken)
            told.encrypted.append(self.tls)
        self._say(f"{reply} so it is")

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")
        self.wfile.flush()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, told: SmtpServer, context: ssl.SSLContext | None) -> None:
        self.told = told
        self.context = context
        super().__init__(("127.0.0.1", 0), _Session)

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is part of the test."""


@contextmanager
def running_smtp(certificate: tuple[Path, Path] | None = None) -> Iterator[SmtpServer]:
    """With a certificate it offers STARTTLS."""
    told, context = SmtpServer(), None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
    with _Server(told, context) as server:
        told.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield told
        finally:
            server.shutdown()
            thread.join()
