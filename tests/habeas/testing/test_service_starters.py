"""Services for tests: one is shared by those who ask for it, and gone when the last of them is."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from habeas.testing.services import (
    ServiceUnavailableError,
    docker_engine,
    java_kafka,
    kafka_broker,
    local_postgres,
    postgres_server,
    running_postgres,
)

pytestmark = pytest.mark.postgres
_USER = (
    "import sys\nfrom pathlib import Path\nfrom habeas.testing.services import running_postgres\n"
    "with running_postgres(Path(sys.argv[1])) as url:\n    print(url, flush=True)\n    sys.stdin.readline()\n"
)


@pytest.fixture(autouse=True)
def _our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests start servers themselves: they need a way to."""
    monkeypatch.delenv(postgres_server.SETTING, raising=False)
    if local_postgres.binaries() is None and not docker_engine.answers():
        pytest.skip("no PostgreSQL installation and no Docker engine")


def _gone(pid: int) -> bool:
    until = time.monotonic() + 30
    while psutil.pid_exists(pid) and time.monotonic() < until:
        time.sleep(0.05)
    return not psutil.pid_exists(pid)


def _server(url: str) -> int:
    with psycopg.connect(url) as server:
        row = server.execute("SELECT pg_backend_pid(), current_setting('fsync')").fetchone()
        assert row is not None
        assert row[1] == "on"
        return psutil.Process(row[0]).ppid()


def _connects(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


def _user(folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _USER, str(folder)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_a_server_lives_for_the_block(tmp_path: Path) -> None:
    """Afterwards nothing listens any more, and no file is left where it ran."""
    with running_postgres(tmp_path) as url:
        assert _connects(url)
    assert not _connects(url)
    assert {path.suffix for path in tmp_path.iterdir()} == {".users", ".starting", ".log"}


def test_a_server_is_shared_and_outlives_neither_user(tmp_path: Path) -> None:
    """The first one's going harms the second not; with the second, which is killed, the server goes too."""
    first, second = _user(tmp_path), _user(tmp_path)
    assert first.stdout is not None
    assert second.stdout is not None
    url = first.stdout.readline().strip()
    assert second.stdout.readline().strip() == url
    first.communicate("\n")
    assert _connects(url)
    second.send_signal(signal.SIGKILL)
    second.communicate()
    until = time.monotonic() + 30
    while _connects(url) and time.monotonic() < until:
        time.sleep(0.1)
    assert not _connects(url)


@pytest.mark.skipif(local_postgres.binaries() is None, reason="needs a local PostgreSQL")
def test_a_killed_keeper_takes_its_server_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is killed, no server stays behind."""
    monkeypatch.delenv("HABEAS_TEST_ENGINE", raising=False)
    with running_postgres(tmp_path) as url:
        server = _server(url)
        os.kill(psutil.Process(server).ppid(), signal.SIGKILL)
        assert _gone(server)
        (tmp_path / "postgres.running").unlink()
        (tmp_path / "postgres.address").unlink()


def test_what_can_not_be_had_is_said_with_the_ways_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reads the skipped test knows what to install or set."""
    for module, name in ((docker_engine, "answers"), (java_kafka, "available")):
        monkeypatch.setattr(module, name, lambda: False)
    monkeypatch.setattr(local_postgres, "binaries", lambda: None)
    monkeypatch.delenv("HABEAS_TEST_ENGINE", raising=False)
    with pytest.raises(ServiceUnavailableError, match=r"KAFKA_BOOTSTRAP_SERVERS.*Docker.*Java"):
        kafka_broker.started_broker().__enter__()
    with pytest.raises(ServiceUnavailableError, match="HABEAS_TEST_POSTGRES"):
        postgres_server.started_server().__enter__()


def test_a_given_service_is_used_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has one says where."""
    monkeypatch.setenv(postgres_server.SETTING, "postgresql://given/one")
    with running_postgres() as url:
        assert url == "postgresql://given/one"


def test_each_test_gets_an_empty_database(postgres_url: str) -> None:
    assert postgres_url.startswith("postgresql+psycopg://")
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as database:
        assert database.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)
        row = database.execute("SELECT lower('ÅSA'), current_setting('server_encoding')").fetchone()
    assert row == ("åsa", "UTF8")
