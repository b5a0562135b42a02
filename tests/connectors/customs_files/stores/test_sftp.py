"""Files on a real SFTP server: changed at once or not at all, whatever happens to the connection."""
# ruff: noqa: PT012 (the fault comes out of a context)

import os
import stat
import threading
from pathlib import Path

import paramiko
import pytest

from connectors.customs_files.stores import sftp_files
from connectors.customs_files.stores.sftp_client import Client
from habeas.errors import PermanentError, RetriableError

TABLE = (
    "Name,Email,City\nAnna,anna.oberg@example.org,Ystad\nBo,bo@example.org,Ystad\nAnna,anna.oberg@example.org,Lund\n"
)
ERASED = "Name,Email,City\n[erased],[erased],[erased]\nBo,bo@example.org,Ystad\n[erased],[erased],[erased]\n"


def test_only_the_fields_change_and_the_mode_stays(sftp) -> None:
    """Nothing of ours is left beside the file."""
    path = sftp.put("client/a.csv", TABLE)
    path.chmod(0o640)
    assert sftp.change().as_json() == {"trade data (CSV)": {"erased": 2}}
    assert path.read_text() == ERASED
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert sftp.leftovers() == []


def test_our_own_folder_is_closed_to_others_and_names_nobody(sftp) -> None:
    """Journals and notes hold digests; locks are given back."""
    sftp.put("anna.oberg@example.org/a.csv", TABLE)
    sftp.change()
    own = sftp.root / ".habeas"
    assert stat.S_IMODE(own.stat().st_mode) == 0o700
    kept = [path for path in own.rglob("*") if path.is_file()]
    assert kept
    assert not [path for path in kept if b"oberg" in path.read_bytes() or "oberg" in path.name]
    assert list((own / "locks").iterdir()) == []


def test_links_are_not_followed(sftp, tmp_path: Path) -> None:
    """Out of the store, to nowhere or in a loop: listed; within it: searched where it leads."""
    sftp.put("client/real.txt", "anna.oberg@example.org")
    for name, target in (("out", "/etc/hostname"), ("loop", "loop"), ("in", "real.txt"), ("back", ".")):
        (sftp.root / "client" / name).symlink_to(target)
    assert sftp.unsearched() == {
        "client/loop": "a link that leads nowhere",
        "client/out": "a link that leads out of the store",
    }
    assert [each.key for each in sftp.strong()] == ["client/real.txt#0:1"]


def test_a_folder_that_became_a_link_leads_no_change_out_of_the_store(sftp) -> None:
    """The plan was made while it was a folder."""
    sftp.put("client/a.csv", TABLE)
    plan = sftp.strong()
    (sftp.root / "client").rename(sftp.root.parent / f"{sftp.root.name}-outside")
    (sftp.root / "client").symlink_to(sftp.root.parent / f"{sftp.root.name}-outside")
    with pytest.raises(PermanentError):
        sftp.change(plan=plan)
    assert (sftp.root / "client" / "a.csv").read_text() == TABLE


def test_names_that_are_not_utf8_are_searched_and_changed(sftp) -> None:
    """They are told with escapes."""
    path = os.fsencode(sftp.root) + b"/\xe5.txt"
    with open(path, "wb") as stream:  # noqa: PTH123 - a name of bytes
        stream.write(b"anna.oberg@example.org")
    sftp.server.own(sftp.root)
    assert [each.key for each in sftp.strong()] == ["\\xe5.txt#0:1"]
    sftp.change()
    with open(path, "rb") as stream:  # noqa: PTH123 - as above
        assert stream.read() == b"[erased]"


def test_a_file_that_may_not_be_read_is_listed(sftp) -> None:
    """With the reason; the others are searched."""
    sftp.put("client/a.csv", TABLE).chmod(0)
    sftp.put("client/b.csv", TABLE)
    assert sftp.unsearched() == {"client/a.csv": "not readable"}
    assert len(sftp.strong()) == 2


@pytest.mark.parametrize("theirs", ["theirs", TABLE.replace("Ystad", "Arvik")])
def test_a_write_by_somebody_else_in_the_same_moment_is_not_overwritten(sftp, monkeypatch, theirs) -> None:
    """Of another size, or of the same size within the second that is all SFTP tells of a time."""
    path = sftp.put("client/a.csv", TABLE)
    plan = sftp.strong()
    times = path.stat().st_atime, path.stat().st_mtime
    written = sftp_files.write_new

    def slowly(client, new, *rest) -> None:
        written(client, new, *rest)
        if new.endswith(b".tmp"):
            path.write_text(theirs)
            os.utime(path, times)

    monkeypatch.setattr(sftp_files, "write_new", slowly)
    with pytest.raises(RetriableError):
        sftp.change(plan=plan)
    assert path.read_text() == theirs
    assert sftp.leftovers() == []


@pytest.mark.parametrize("step", ["write", "sync", "lstat", "posix_rename"])
def test_a_cut_connection_leaves_the_old_file_or_the_new_one(sftp, monkeypatch, step) -> None:
    """The server's process is killed at each step of a change; the next attempt completes the task."""
    path = sftp.put("client/a.csv", TABLE * 400)
    plan = sftp.strong()
    owner, name = (paramiko.SFTPFile, "write") if step == "write" else (Client, step)
    done = getattr(owner, name)
    cuts, changing = [], threading.get_ident()  # the lock is renewed by a thread of its own, which may be cut off too

    def cutting(*arguments):
        if not cuts and threading.get_ident() == changing and sftp.leftovers():  # the new content is on its way
            cuts.append(step)
            if step == "write":
                done(arguments[0], arguments[1][: len(arguments[1]) // 2])
            sftp.server.cut()
        return done(*arguments)

    with monkeypatch.context() as patched, pytest.raises(RetriableError):
        patched.setattr(owner, name, cutting)
        sftp.change(plan=plan)
    assert cuts
    assert path.read_text() in {TABLE * 400, ERASED * 400}
    assert sftp.change(plan=plan).as_json() == {"trade data (CSV)": {"erased": 800}}
    assert path.read_text() == ERASED * 400
    assert sftp.leftovers() == []


def test_a_connection_cut_between_two_calls_is_made_anew(sftp) -> None:
    """An idle connection may be closed by a firewall: the search after next finds everything."""
    sftp.put("client/a.csv", TABLE)
    assert len(sftp.strong()) == 2
    sftp.server.cut()
    for _ in range(2):
        try:
            found = sftp.strong()
        except RetriableError:
            continue
    assert len(found) == 2


def test_a_restricted_file_is_moved_away_and_back(sftp) -> None:
    """With its rights, to where only we look."""
    path = sftp.put("client/a.txt", "anna.oberg@example.org\n")
    path.chmod(0o644)
    sftp.change("restrict", task_id="t1")
    assert not path.exists()
    (kept,) = (sftp.root / ".habeas" / "restricted").glob("*/content")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o400
    (record,) = sftp.strong()
    assert record.restricted
    sftp.change("lift", task_id="t2")
    assert path.read_text() == "anna.oberg@example.org\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert list((sftp.root / ".habeas" / "restricted").iterdir()) == []
