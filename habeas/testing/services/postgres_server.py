"""A real PostgreSQL server, by the first way that this machine has.

HABEAS_TEST_POSTGRES (a superuser's URL), a local installation, a Docker engine. HABEAS_TEST_ENGINE=docker allows the
last way only.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from habeas.testing.services import docker_engine, local_postgres
from habeas.testing.services.sharing import shared
from habeas.testing.services.unavailable import ServiceUnavailableError

SETTING = "HABEAS_TEST_POSTGRES"


@contextmanager
def running_postgres(folder: Path | None = None) -> Iterator[str]:
    """A superuser's URL, `postgresql://…`, of a server; those who name the same folder share it.

    Raises ServiceUnavailableError if there is no way to have one.
    """
    given = os.environ.get(SETTING)
    if given:
        yield given
    elif folder is not None:
        with shared("postgres", folder) as address:
            yield address
    else:
        with tempfile.TemporaryDirectory(prefix="habeas-postgres-") as own, shared("postgres", Path(own)) as address:
            yield address


@contextmanager
def started_server() -> Iterator[str]:
    """Start one, for the length of the block."""
    binaries = local_postgres.binaries()
    if binaries is not None and not docker_engine.demanded():
        with local_postgres.started(binaries) as url:
            yield url
    elif docker_engine.answers():
        with docker_engine.postgres() as url:
            yield url
    else:
        raise ServiceUnavailableError(f"No PostgreSQL: set {SETTING}, install it, or run a Docker engine.")
