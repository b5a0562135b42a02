"""An S3 server with versions and object locks: moto's, as a process of its own.

with running_s3() as server: ...
"""

import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from habeas.testing.services.processes import await_answer, child, free_ports
from habeas.testing.services.unavailable import ServiceUnavailableError

_START_S_MAX = 60.0


@dataclass(frozen=True, slots=True)
class S3Server:
    """Where it answers; it lets everybody in."""

    url: str
    region: str = "eu-north-1"
    access_key_id: str = "habeas-test"
    secret_key: str = "habeas-test-secret"


@contextmanager
def running_s3() -> Iterator[S3Server]:
    """An empty server on a free port of 127.0.0.1. Raises ServiceUnavailableError if it is not installed."""
    if find_spec("moto") is None or find_spec("flask") is None:
        raise ServiceUnavailableError("No S3 server: install the extra `test`.")
    (port,) = free_ports(1)
    with tempfile.TemporaryDirectory(prefix="habeas-s3-") as name:
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        with child(command, log=Path(name) / "log") as process:
            server = S3Server(f"http://127.0.0.1:{port}")
            await_answer(lambda: _answers(server.url), what="moto", timeout_s=_START_S_MAX, process=process)
            yield server


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/moto-api/", timeout=5) as answer:
            return bool(answer.status < 500)
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False
