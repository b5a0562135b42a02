"""A recipient's webhook: a real HTTP server on 127.0.0.1 that answers as its script says, one line an exchange."""

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass
class WebhookServer:
    """`script` is what it answers next: a status, "hang up" or "drip"; 204 once it has come to an end."""

    url: str = ""
    script: list[int | str] = field(default_factory=list)
    location: str = "http://127.0.0.1:1/elsewhere"
    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def notices(self) -> list[dict[str, Any]]:
        """What was sent, as JSON."""
        return [json.loads(body) for _, body in self.received]


@contextmanager
def running_webhook(certificate: tuple[Path, Path] | None = None) -> Iterator[WebhookServer]:
    """With a certificate it speaks TLS, as `localhost`."""
    told = WebhookServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            told.received.append(({k.lower(): v for k, v in self.headers.items()}, self.rfile.read(length)))
            answer = told.script.pop(0) if told.script else 204
            if answer == "drip":
                while not told.over.wait(0.05):
                    self.wfile.write(b"H")
            if not isinstance(answer, int):
                self.close_connection = True
                return
            self.send_response(answer)
            if 300 <= answer < 400:
                self.send_header("Location", told.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            """Whoever hangs up is part of the script."""

    server = Server(("127.0.0.1", 0), Handler)
    scheme, host = "http", "127.0.0.1"
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme, host = "https", "localhost"
    told.url = f"{scheme}://{host}:{server.server_address[1]}/privacy?from=habeas"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield told
    finally:
        told.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
