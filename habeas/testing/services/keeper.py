"""`python -m habeas.testing.services.keeper KIND FOLDER`: runs a service until nobody uses it any more."""

import fcntl
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from habeas.testing.services.kafka_broker import started_broker
from habeas.testing.services.postgres_server import started_server
from habeas.testing.services.unavailable import ServiceUnavailableError

SERVICES: Mapping[str, Callable[[], AbstractContextManager[str]]] = {
    "kafka": started_broker,
    "postgres": started_server,
}


@contextmanager
def _marked(running: Path) -> Iterator[None]:
    running.touch()
    try:
        yield
    finally:
        running.unlink(missing_ok=True)


def keep(kind: str, folder: Path) -> None:
    """Start it, tell its address in a file, and stop it once every user's lock is gone."""
    address_file = folder / f"{kind}.address"
    users = os.open(folder / f"{kind}.users", os.O_RDWR | os.O_CREAT, 0o600)
    with _marked(folder / f"{kind}.running"), SERVICES[kind]() as address:
        unfinished = folder / f"{kind}.address.new"
        unfinished.write_text(address)
        unfinished.replace(address_file)
        try:
            fcntl.flock(users, fcntl.LOCK_EX)
        finally:
            address_file.unlink(missing_ok=True)


def main() -> int:
    kind, folder = sys.argv[1], Path(sys.argv[2])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        keep(kind, folder)
    except ServiceUnavailableError as error:
        (folder / f"{kind}.failure").write_text(json.dumps(str(error)))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
