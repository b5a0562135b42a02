"""Changes hold or don't, once, for one person, whatever happens in between."""
# ruff: noqa: PT012 (the crash comes out of a context)

import os
import stat
import threading
from pathlib import Path

import pytest

from connectors.customs_files import Limits, locks
from connectors.customs_files import application as applying_files
from connectors.customs_files.reading import read
from connectors.customs_files.search import People
from connectors.customs_files.stores import local_files as store
from habeas.domain.decisions import is_done
from habeas.domain.outcomes import Decision, Erase
from habeas.domain.plans import PlannedRecord
from habeas.domain.subjects import IdentifierKind, Subject, identifier
from habeas.errors import PermanentError, RetriableError, SystemDownError

TABLE = (
    "Name,Email,City\nAnna,anna.oberg@example.org,Ystad\nBo,bo@example.org,Ystad\nAnna,anna.oberg@example.org,Lund\n"
)
BO = Subject("bo", (identifier(IdentifierKind.EMAIL, "bo@example.org"),))


class CrashError(BaseException):
    """The process ends here."""


def crash(*_: object, **__: object) -> None:
    raise CrashError


def test_mode_and_links_stay_and_nothing_of_ours_is_left(folder) -> None:
    """The file keeps its rights; there is no temporary file; the change shows in its time."""
    path = folder.put("client/a.csv", TABLE)
    path.chmod(0o640)
    os.utime(path, (1, 1))
    folder.erase()
    status = path.stat()
    assert stat.S_IMODE(status.st_mode) == 0o640
    assert status.st_mtime > 1
    assert folder.leftovers() == []


def test_both_names_of_a_file_with_two_are_changed(folder) -> None:
    """A hard link is a file like another."""
    path = folder.put("client/a.csv", TABLE)
    os.link(path, folder.root / "client" / "b.csv")
    folder.erase()
    assert b"anna.oberg" not in path.read_bytes() + (folder.root / "client" / "b.csv").read_bytes()


@pytest.mark.parametrize("step", ["_write", "sync_folder"])
def test_a_crash_around_the_rename_loses_and_counts_nothing_twice(folder, monkeypatch, step) -> None:
    """Whether it comes before or after, the next application completes the task and tells the whole effect."""
    folder.put("client/a.csv", TABLE)
    folder.put("client/b.csv", TABLE)
    plan = folder.strong()
    with monkeypatch.context() as patched, pytest.raises(CrashError):
        patched.setattr(store, step, crash)
        apply(folder, plan)
    assert {each.key for each in folder.records()} <= {each.key for each in plan}
    assert apply(folder, plan).as_json() == {"trade data (CSV)": {"erased": 4}}
    assert folder.strong() == []
    assert folder.leftovers() == []


def test_a_crash_after_the_last_rename_is_told_as_done(folder, monkeypatch) -> None:
    """The journal knows what was announced, even if its last line was never written."""
    folder.put("client/a.csv", TABLE)
    plan = folder.strong()
    with monkeypatch.context() as patched, pytest.raises(CrashError):
        patched.setattr(applying_files.Journal, "close", crash)
        apply(folder, plan)
    assert folder.strong() == []
    assert apply(folder, plan).as_json() == {"trade data (CSV)": {"erased": 2}}


def test_a_second_application_tells_what_the_first_did(folder, anna) -> None:
    """earlier holds the effects, and nothing is changed again."""
    path = folder.put("client/a.csv", TABLE)
    first = folder.erase()
    after = path.stat().st_mtime_ns
    with folder.connector.applying(anna, "task") as application:
        assert application.earlier is not None
        assert application.earlier.as_json() == first.as_json()
    assert path.stat().st_mtime_ns == after


def test_debris_of_a_crash_is_not_searched_and_is_cleaned_up(folder) -> None:
    """A temporary file that a crash has left is no file of the client's; the next application removes it."""
    folder.put("client/a.csv", TABLE)
    folder.put(f"client/{store.TEMPORARY_PREFIX}{locks.bucket_of('client/a.csv')}-0123{store.TEMPORARY_SUFFIX}", TABLE)
    assert len(folder.strong()) == 2
    folder.erase()
    assert folder.leftovers() == []


def test_two_tasks_on_one_file_at_once_lose_no_edit(folder, anna) -> None:
    """Each plans, then both apply at the same moment: both people are gone."""
    path = folder.put("client/a.csv", TABLE * 50)
    plans = {subject.token: (subject, folder.strong(subject)) for subject in (anna, BO)}
    failed: list[BaseException] = []

    def run(token: str) -> None:
        subject, plan = plans[token]
        try:
            apply(folder, plan, subject=subject, task_id=token)
        except BaseException as error:  # noqa: BLE001 - shown by the assertion below
            failed.append(error)

    threads = [threading.Thread(target=run, args=(token,)) for token in plans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert (
        path.read_text()
        == TABLE.replace("Anna,anna.oberg@example.org,Ystad", "[erased],[erased],[erased]")
        .replace("Anna,anna.oberg@example.org,Lund", "[erased],[erased],[erased]")
        .replace("Bo,bo@example.org,Ystad", "[erased],[erased],[erased]")
        * 50
    )


def test_a_file_edited_since_the_plan_keeps_the_edit(folder) -> None:
    """The person is found again in the file as it is now."""
    path = folder.put("client/a.csv", TABLE)
    plan = folder.strong()
    path.write_text(TABLE.replace("Bo,bo@", "Bob,bob@"))
    apply(folder, plan)
    assert "Bob,bob@" in path.read_text()
    assert folder.strong() == []


def test_a_file_rearranged_since_the_plan_is_planned_anew(folder) -> None:
    """Where the planned record is somebody else's now, nothing is touched."""
    path = folder.put("client/a.csv", TABLE)
    plan = folder.strong()
    moved = "Name,Email,City\nBo,bo@example.org,Ystad\nCy,c@example.org,X\nX,x@example.org,X\nAnna,anna.oberg@example.org,Lund\n"
    path.write_text(moved)
    with pytest.raises(RetriableError):
        apply(folder, plan)
    assert path.read_text() == moved


def test_a_file_gone_since_the_plan_is_no_failure(folder) -> None:
    """Nothing is left to erase, and nothing is counted."""
    path = folder.put("client/a.csv", TABLE)
    plan = folder.strong()
    path.unlink()
    assert apply(folder, plan).as_json() == {}


def test_a_write_by_somebody_else_in_the_same_moment_is_not_overwritten(folder, monkeypatch) -> None:
    """Between reading and renaming the file is looked at once more."""
    path = folder.put("client/a.csv", TABLE)
    plan = folder.strong()
    written = store._write

    def slowly(new: Path, *rest: object) -> None:
        written(new, *rest)
        path.write_text("theirs")

    monkeypatch.setattr(store, "_write", slowly)
    with pytest.raises(RetriableError):
        apply(folder, plan)
    assert path.read_text() == "theirs"
    assert folder.leftovers() == []


def test_a_full_disk_is_a_passing_fault(folder, monkeypatch) -> None:
    """Nothing is changed, nothing is left behind."""
    path = folder.put("client/a.csv", TABLE)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store.os, "fsync", full)
    with pytest.raises(RetriableError):
        store.replace_file(path, b"x", expected=store.stamp(path.stat()), temporary="t")
    assert path.read_text() == TABLE
    assert folder.leftovers() == []


def test_fields_kept_by_law_stay_and_the_record_is_done(folder, anna) -> None:
    """Erasing some fields of a row leaves the others; the check of decisions agrees."""
    path = folder.put("client/a.csv", "Name,Email,City\nAnna,anna.oberg@example.org,Ystad\n")
    (record,) = folder.strong()
    with folder.connector.applying(anna, "task") as application:
        application.erase(record, ("Name", "City"))
    assert path.read_text() == "Name,Email,City\n[erased],anna.oberg@example.org,[erased]\n"
    (now,) = folder.strong()
    assert is_done(PlannedRecord(now, (Decision(Erase(), ("Name", "City")),)))
    assert now.key == record.key


def test_a_person_far_down_a_long_table_has_the_same_key_and_is_changed_alone(folder, anna) -> None:
    """Rows without them are counted, not read."""
    lines = [f"Name{n},n{n}@example.org,Ystad{',x' * (n % 3)}\n" for n in range(4000)]
    lines[2700] = 'Anna,anna.oberg@example.org,"Y\n""s"""\n'
    path = folder.put("client/a.csv", "Name,Email,City\n" + "".join(lines))
    (record,) = folder.strong()
    whole = read(path.read_bytes(), Limits())
    assert [block.key for block in People([anna]).blocks(whole)] == [record.locator["block"]]
    folder.erase()
    lines[2700] = '[erased],[erased],"[erased]"\n'
    assert path.read_text() == "Name,Email,City\n" + "".join(lines)


def test_the_journal_and_the_locks_tell_nothing_of_the_person(folder) -> None:
    """What stays in our own folder holds neither identifiers nor paths."""
    folder.put("anna.oberg/anna.oberg@example.org.csv", TABLE)
    folder.erase()
    kept = [path for path in (folder.root / ".habeas").rglob("*") if path.is_file()]
    assert kept
    assert not [path for path in kept if b"oberg" in path.read_bytes() or "oberg" in path.name]


def test_a_store_that_is_not_there_is_down(folder) -> None:
    """An unmounted share must not look like an empty one."""
    folder.root.rmdir()
    with pytest.raises(SystemDownError):
        folder.records()
    assert folder.connector.check()


def test_the_name_of_a_file_is_not_changed_by_us(folder, anna) -> None:
    """A person does that; the refusal says so."""
    folder.put("client/anna.oberg@example.org.txt", "x")
    (record,) = folder.weak()
    with pytest.raises(PermanentError), folder.connector.applying(anna, "task") as application:
        application.erase(record, ())


def apply(folder, plan, *, subject=None, task_id="task"):
    with folder.connector.applying(subject or folder_person(), task_id) as application:
        if application.earlier is not None:
            return application.earlier
        for record in plan:
            application.erase(PlannedRecord(record, ()).without_values().record, ())
    return application.effects


def folder_person() -> Subject:
    return Subject(
        "anna",
        (
            identifier(IdentifierKind.EMAIL, "anna.oberg@example.org"),
            identifier(IdentifierKind.NAME, "Anna Öberg"),
        ),
    )
