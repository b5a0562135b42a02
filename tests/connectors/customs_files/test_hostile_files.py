"""A hostile file costs one reading process at most, and is listed; all other files are searched."""

import contextlib
import io
import os
import signal
import zipfile

import psutil
import pytest

from connectors.customs_files import Limits
from connectors.customs_files.passages import Gap
from connectors.customs_files.sandbox import child
from connectors.customs_files.sandbox.passing import Passing
from connectors.customs_files.sandbox.pool import Pool
from connectors.customs_files.sandbox.told import Told
from habeas.domain.subjects import IdentifierKind, Subject, identifier
from habeas.errors import PermanentError

MAIL = "anna.oberg@example.org"
GIGABYTE = 1 << 30


def packed(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


def overlapping() -> bytes:
    """Two entries of the directory that lead to one member."""
    content = packed("a", MAIL.encode())
    at, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    entry = content[at:end]
    tail = bytearray(content[end:])
    tail[8:10] = tail[10:12] = (2).to_bytes(2, "little")
    tail[12:16] = (2 * len(entry)).to_bytes(4, "little")
    return content[:at] + entry * 2 + bytes(tail)


def bombs_in_bombs() -> bytes:
    """Sixteen archives of sixteen archives …, as 42.zip is made."""
    content = packed("0", b"\0" * 10_000_000)
    for _ in range(5):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(16):
                archive.writestr(f"{number}.zip", content)
        content = out.getvalue()
    return content


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
LISTED = {
    "entity expansion": (f'<!DOCTYPE r [<!ENTITY l0 "ha">{LAUGHS}]><r>&l8;</r>'.encode(), "document type definition"),
    "an outer entity": (
        b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>',
        "document type definition",
    ),
    "a bomb": (packed("a", b"\0" * 50_000_000), "unpacks to more than 200 times its size"),
    "members that overlap": (overlapping(), "overlap"),
    "bombs in bombs": (bombs_in_bombs(), "more than"),
    "deep JSON": (b"[" * 1_000_000, "nested"),
    "deep XML": (b"<row>" * 200_000 + MAIL.encode() + b"</row>" * 200_000, "nested"),
    "broken XML": (b"<r><a></r>" + MAIL.encode(), "not well-formed"),
    "a wrong encoding": (b"<?xml version='1.0' encoding='shift_jis'?><r>\x81</r>", "encoding"),
}


@pytest.mark.parametrize("what", LISTED)
def test_a_hostile_file_is_listed_and_the_others_are_searched(folder, what) -> None:
    """Its reason is said."""
    content, reason = LISTED[what]
    folder.put("client/1.txt", MAIL)
    folder.put("client/2.bin", content)
    folder.put("client/3.txt", MAIL)
    listed = folder.unsearched()
    assert listed
    assert all(place.startswith("client/2.bin") for place in listed)
    assert any(reason in each for each in listed.values()), listed
    assert sorted(each.key.partition("#")[0] for each in folder.strong()) == ["client/1.txt", "client/3.txt"]


def test_names_that_lead_out_of_an_archive_lead_nowhere(folder, tmp_path) -> None:
    """Members are never written to where their names point."""
    folder.put("client/a.zip", packed("../../../../../../../tmp/../" + "x" * 20, MAIL.encode()))
    assert len(folder.strong()) == 1
    folder.erase()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["store"]


def test_a_line_of_a_gigabyte_is_listed_unread(folder) -> None:
    """Too large is said before anything is read."""
    path = folder.put("client/a.csv", b"")
    os.truncate(path, GIGABYTE)
    assert folder.unsearched() == {"client/a.csv": f"larger than {Limits().file_bytes_max} bytes"}


def test_a_long_line_is_searched(folder) -> None:
    """One line of many megabytes, a person at its end."""
    folder.put("client/a.txt", b"x " * 5_000_000 + MAIL.encode())
    assert len(folder.strong()) == 1


def test_a_file_that_needs_too_much_memory_is_listed(folder) -> None:
    """Its process ends within its limit, and the next file has another."""
    folder.limit(Limits(memory_bytes_max=300_000_000))
    folder.put("client/a.txt", b"x " * 40_000_000)
    folder.put("client/b.txt", MAIL)
    assert folder.unsearched() == {"client/a.txt": "needed too much memory"}
    assert [each.key for each in folder.strong()] == ["client/b.txt#0:1"]


def test_a_file_that_takes_too_long_is_listed(folder) -> None:
    """Processor time is what counts."""
    folder.limit(Limits(seconds_max=1, seconds_max_per_megabyte=0.01))
    folder.put("client/a.json", b'{"email": "' + MAIL.encode() + b'", "x": [' + b"1," * 2_000_000 + b"1]}")
    folder.put("client/b.txt", MAIL)
    assert folder.unsearched() == {"client/a.json": "took too long"}
    assert [each.key for each in folder.strong()] == ["client/b.txt#0:1"]


def test_why_a_file_could_not_be_changed_is_said(pool, anna) -> None:
    """Too little memory is not the same as a crash."""
    limits = Limits(memory_bytes_max=300_000_000)
    with pool.reader([anna], limits) as reader, pytest.raises(PermanentError, match="needed too much memory"):
        reader.change(b"x " * 40_000_000, [("0:1", [])])


@pytest.fixture
def pool():
    made = Pool()
    yield made
    made.close()


def test_a_killed_process_costs_one_file(pool, anna) -> None:
    """Killed in the middle of a batch: the files are read again one by one, by a new process, in their order."""
    with pool.reader([anna], Limits()) as reader:
        first = reader.pid
        os.kill(first, signal.SIGKILL)
        told = list(reader.search([MAIL.encode()] * 20))
        assert [number for number, item in told if isinstance(item, Told)] == list(range(20))
        assert reader.pid != first


def test_a_process_that_dies_with_a_file_is_said_to_have_crashed(pool, anna) -> None:
    """Alone with its file, and dead: that file is listed, whatever killed it; the next is read."""
    with pool.reader([anna], Limits()) as reader:
        content = b'{"email": "' + MAIL.encode() + b'", "x": [' + b"1," * 3_000_000 + b"1]}"
        messages = reader.search([content])
        os.kill(reader.pid, signal.SIGSTOP)
        killer = psutil.Process(reader.pid)
        os.kill(reader.pid, signal.SIGKILL)
        with contextlib.suppress(psutil.NoSuchProcess):
            killer.wait(5)
        told = list(messages)
        assert [(item.place, item.reason) for _, item in told] == [("", child.CRASHED)]
        assert len(list(reader.search([MAIL.encode()]))) == 1


def test_files_come_in_order_and_a_fault_of_the_store_is_raised(pool, anna) -> None:
    """However many are read at once."""

    def load(number: int) -> bytes | Gap:
        if number == 700:
            raise OSError("the store is away")
        return Gap("", "unreadable") if number % 7 == 0 else f"{number} {MAIL}".encode()

    seen: list[tuple[int, bool]] = []
    passing = Passing(iter(range(1000)), load, subjects=[anna], limits=Limits(), pool=pool)
    with pytest.raises(OSError, match="away"):
        seen.extend((number, isinstance(item, Gap)) for number, item in passing.run())
    assert seen == [(number, number % 7 == 0) for number in range(len(seen))]


def test_a_pass_that_nobody_listens_to_any_more_ends(pool, anna) -> None:
    """Its processes are given back."""
    passing = Passing(iter(range(10_000)), lambda _: MAIL.encode(), subjects=[anna], limits=Limits(), pool=pool)
    results = passing.run()
    next(results)
    results.close()
    assert len(pool.idle) <= 2


@pytest.mark.parametrize("files", [1, 20])
def test_what_was_left_unheard_never_reaches_whoever_reads_next(pool, anna, files) -> None:
    """A search given up in the middle: the next one, for somebody else, tells of its own files only."""
    somebody = Subject("somebody", (identifier(IdentifierKind.EMAIL, "somebody@example.org"),))
    with pool.reader([anna], Limits()) as reader:
        told = reader.search([f"{MAIL}\n{MAIL}\n".encode()] * files)
        assert isinstance(next(told)[1], Told)
    with pool.reader([somebody], Limits()) as reader:
        assert list(reader.search([b"nobody", MAIL.encode(), b"nothing"])) == []


def test_who_goes_on_listening_to_a_reader_that_was_given_back_hears_nobody_elses_answer(pool, anna) -> None:
    """The pipes of one that ended are closed, and their numbers are soon another's."""
    with pool.reader([anna], Limits()) as first:
        old = first.search([f"{MAIL}\n{MAIL}\n".encode()])
        next(old)
    with pool.reader([anna], Limits()) as second:
        new = second.search([f"\n\n\n{MAIL}".encode()])
        assert {item.key for _, item in old if isinstance(item, Told)} <= {"0:1", "0:2"}
        assert [item.key for _, item in new if isinstance(item, Told)] == ["0:4"]


def test_a_change_whose_reader_died_is_made_by_the_next(pool, anna) -> None:
    """Killed before it could answer; what is changed is what would have been."""
    with pool.reader([anna], Limits()) as reader:
        first = reader.pid
        os.kill(first, signal.SIGKILL)
        changed = reader.change(MAIL.encode(), [("0:1", [])]).changed
        assert changed is not None
        assert changed.content == b"[erased]"
        assert reader.pid != first


def test_a_reading_process_has_nothing_of_its_parents(pool, anna) -> None:
    """No environment, no open files but its pipes, no core dumps, bounded memory."""
    with pool.reader([anna], Limits()) as reader:
        list(reader.search([b"x"]))
        process = psutil.Process(reader.pid)
        assert process.environ() == {"LC_ALL": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"}
        assert process.num_fds() <= 5
        limits = {name: process.rlimit(getattr(psutil, name))[0] for name in ("RLIMIT_CORE", "RLIMIT_AS")}
        assert limits == {"RLIMIT_CORE": 0, "RLIMIT_AS": Limits().memory_bytes_max}
        assert process.net_connections() == []
