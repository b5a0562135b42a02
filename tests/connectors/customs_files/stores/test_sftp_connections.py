"""Whom the connector trusts, what it says where it can't get in, and how several workers get along."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.customs_files.locks import bucket_of
from habeas.errors import RetriableError, SystemDownError
from habeas.testing.services.sftp_server import SftpServer, running_sftp

TABLE = "Name,Email\nAnna,anna.oberg@example.org\nBo,bo@example.org\n"


@pytest.fixture
def own_server(sftp_server: SftpServer) -> Iterator[SftpServer]:
    """One that a test may stop."""
    del sftp_server  # skips where there can be none
    with running_sftp() as server:
        yield server


def refused(folder) -> str:
    """What `check` says; the search says the same."""
    with pytest.raises(SystemDownError) as raised:
        folder.strong()
    (problem,) = folder.connector.check()
    assert problem.what == str(raised.value)
    assert problem.remedy
    folder.connector.close()
    return problem.what


def test_a_host_key_that_is_not_known_is_not_accepted(sftp, tmp_path: Path) -> None:
    """Nor remembered: the file of known hosts stays as it was."""
    known = tmp_path / "known_hosts"
    known.write_text("")
    assert "not known" in refused(type(sftp)(sftp.server, sftp.root, known_hosts=known))
    assert known.read_text() == ""


def test_another_host_key_than_the_known_one_is_told(sftp, own_server, tmp_path: Path) -> None:
    """Somebody may be in between."""
    known = tmp_path / "known_hosts"
    key = own_server.known_hosts.read_text().split(maxsplit=1)[1]
    known.write_text(f"[127.0.0.1]:{sftp.server.port} {key}")
    assert "another host key" in refused(type(sftp)(sftp.server, sftp.root, known_hosts=known))


def test_a_wrong_key_is_told(sftp, own_server) -> None:
    """With what to correct."""
    assert "does not let us in" in refused(type(sftp)(sftp.server, sftp.root, key_file=own_server.key_file))


@pytest.mark.parametrize("entry", ["key_file", "known_hosts"])
def test_a_missing_file_is_told(sftp, tmp_path: Path, entry: str) -> None:
    """Without its content being needed to tell."""
    assert "missing" in refused(type(sftp)(sftp.server, sftp.root, **{entry: tmp_path / "nowhere"}))


def test_a_folder_that_is_not_there_is_down(sftp) -> None:
    """An unmounted share must not look like an empty one."""
    assert "not there" in refused(type(sftp)(sftp.server, sftp.root / "nowhere"))


def test_a_server_that_is_down_is_down_until_it_is_up_again(sftp, own_server) -> None:
    """Nobody's attempt is used up, and nothing needs to be restarted."""
    root = own_server.folder / "store"
    root.mkdir()
    folder = type(sftp)(own_server, root)
    folder.put("client/a.csv", TABLE)
    assert len(folder.strong()) == 1
    own_server.stop()
    refused(folder)
    with pytest.raises(SystemDownError):
        folder.change(plan=[])
    own_server.start()
    assert len(folder.strong()) == 1
    folder.connector.close()


def test_two_workers_on_one_file_lose_no_edit(sftp, anna, bo) -> None:
    """Each plans, then both apply at the same moment, over connections of their own."""
    path = sftp.put("client/a.csv", TABLE * 50)
    workers = {each.token: (sftp.another(), each) for each in (anna, bo)}
    plans = {token: worker.strong(subject) for token, (worker, subject) in workers.items()}
    failed: list[BaseException] = []

    def run(token: str) -> None:
        worker, subject = workers[token]
        try:
            worker.change(plan=plans[token], subject=subject, task_id=token)
        except BaseException as error:  # noqa: BLE001 - shown by the assertion below
            failed.append(error)

    threads = [threading.Thread(target=run, args=(token,)) for token in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for worker, _ in workers.values():
        worker.connector.close()
    assert failed == []
    assert path.read_text() == "Name,Email\n[erased],[erased]\n[erased],[erased]\n" * 50


def test_the_lock_of_a_worker_that_died_is_taken_over(sftp) -> None:
    """After a lease without a sign of life, which whoever waits counts themselves."""
    path = sftp.put("client/a.csv", TABLE)
    sftp.store.prepare()
    lock = sftp.root / ".habeas" / "locks" / bucket_of("client/a.csv")
    lock.write_text("dead 0")
    sftp.server.own(sftp.root)
    sftp.change()
    assert "anna" not in path.read_text()
    assert not lock.exists()


def test_a_worker_that_lost_its_lock_writes_nothing(sftp) -> None:
    """Another may hold it by now."""
    path = sftp.put("client/a.csv", TABLE)
    content = sftp.store.read("client/a.csv", 10_000)
    sftp.store.prepare()
    with sftp.store.locked("client/a.csv") as lock:
        (sftp.root / ".habeas" / "locks" / bucket_of("client/a.csv")).write_text("another 7")
        with pytest.raises(RetriableError):
            lock.ensure()
    assert path.read_bytes() == content.data
    assert (sftp.root / ".habeas" / "locks" / bucket_of("client/a.csv")).read_text() == "another 7"
