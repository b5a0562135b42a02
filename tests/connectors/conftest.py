"""Real servers on which files lie, one of each for a worker's whole run."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import TypeVar

import pytest

from habeas.testing.services import ServiceUnavailableError
from habeas.testing.services.s3_server import S3Server, running_s3
from habeas.testing.services.sftp_server import SftpServer, running_sftp

Server = TypeVar("Server")


def _running(service: AbstractContextManager[Server]) -> Iterator[Server]:
    try:
        server = service.__enter__()
    except ServiceUnavailableError as error:
        if os.environ.get("HABEAS_REQUIRE_SERVICES") == "1":
            pytest.fail(str(error))
        pytest.skip(str(error))
    try:
        yield server
    finally:
        service.__exit__(None, None, None)


@pytest.fixture(scope="session")
def sftp_server() -> Iterator[SftpServer]:
    yield from _running(running_sftp())


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    yield from _running(running_s3())
