"""A restricted file is out of everybody's way, unchanged, until the last person's restriction is lifted."""
# ruff: noqa: PT012 (the crash comes out of a context)

import stat

import pytest

from connectors.customs_files import restrictions
from connectors.customs_files.stores import local_files
from habeas.domain.subjects import IdentifierKind, Subject, identifier
from habeas.errors import PermanentError

BOTH = "anna.oberg@example.org\nbo@example.org\n"
BO = Subject("bo", (identifier(IdentifierKind.EMAIL, "bo@example.org"),))


class CrashError(BaseException):
    """The process ends here."""


def change(folder, subject, verb, task_id):
    plan = folder.strong(subject)
    with folder.connector.applying(subject, task_id) as application:
        for record in plan:
            getattr(application, verb)(record)
    return application.effects


def test_the_file_is_moved_away_and_still_found(folder, anna) -> None:
    """law C18: no program finds it at its place; a search still does, and says that it is restricted."""
    path = folder.put("client/a.txt", BOTH)
    path.chmod(0o644)
    effects = change(folder, anna, "restrict", "t1")
    assert effects.as_json() == {"text files": {"restricted": 1}}
    assert not path.exists()
    (record,) = folder.strong()
    assert (record.key, record.restricted) == ("client/a.txt#0:1", True)
    (kept,) = (folder.root / ".habeas" / "restricted").glob("*/content")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o400
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700


def test_lifting_puts_it_back_as_it_was(folder, anna) -> None:
    """The same bytes, place and rights; nothing is left in our own folder."""
    path = folder.put("client/a.txt", BOTH)
    path.chmod(0o640)
    change(folder, anna, "restrict", "t1")
    change(folder, anna, "lift", "t2")
    assert path.read_text() == BOTH
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert not folder.strong()[0].restricted
    assert list((folder.root / ".habeas" / "restricted").iterdir()) == []


def test_only_the_last_lift_puts_it_back(folder, anna) -> None:
    """Two people are in one file: each is restricted for themselves."""
    path = folder.put("client/a.txt", BOTH)
    change(folder, anna, "restrict", "t1")
    assert [each.restricted for each in folder.strong(BO)] == [False]
    change(folder, BO, "restrict", "t2")
    change(folder, anna, "lift", "t3")
    assert not path.exists()
    assert [each.restricted for each in folder.strong()] == [False]
    assert [each.restricted for each in folder.strong(BO)] == [True]
    change(folder, BO, "lift", "t4")
    assert path.read_text() == BOTH


def test_somebody_else_is_erased_in_a_restricted_file(folder, anna) -> None:
    """The restriction stays, and so does its person's data."""
    path = folder.put("client/a.txt", BOTH)
    change(folder, anna, "restrict", "t1")
    folder.erase(BO, "t2")
    assert folder.strong(BO) == []
    change(folder, anna, "lift", "t3")
    assert path.read_text() == "anna.oberg@example.org\n[erased]\n"


@pytest.mark.parametrize("verb", ["restrict", "lift"])
@pytest.mark.parametrize(
    ("place", "step"), [(restrictions, "_move"), (restrictions, "_write"), (local_files, "sync_folder")]
)
def test_a_crash_at_any_step_is_repaired_by_repeating(folder, anna, monkeypatch, *, verb, place, step) -> None:
    """The record stays findable all the time, and the task ends as if nothing had happened."""
    path = folder.put("client/a.txt", BOTH)
    if verb == "lift":
        change(folder, anna, "restrict", "t0")
    plan = folder.strong()
    done = getattr(place, step)
    for when in ("before", "after"):

        def crash(*arguments, when=when):
            if when == "after":
                done(*arguments)
            raise CrashError

        with monkeypatch.context() as patched, pytest.raises(CrashError):
            patched.setattr(place, step, crash)
            with folder.connector.applying(anna, "t1") as application:
                for record in plan:
                    getattr(application, verb)(record)
        assert [each.key for each in folder.strong()] == ["client/a.txt#0:1"]
    with folder.connector.applying(anna, "t1") as application:
        for record in plan:
            getattr(application, verb)(record)
    assert application.effects.as_json() == {"text files": {f"{'restrict' if verb == 'restrict' else 'lift'}ed": 1}}
    assert path.exists() == (verb == "lift")
    assert [each.restricted for each in folder.strong()] == [verb == "restrict"]


def test_a_file_that_took_its_place_is_not_overwritten(folder, anna) -> None:
    """Both are found; lifting says what to do."""
    path = folder.put("client/a.txt", BOTH)
    change(folder, anna, "restrict", "t1")
    path.write_text("new\n")
    with pytest.raises(PermanentError):
        change(folder, anna, "lift", "t2")
    assert path.read_text() == "new\n"
    path.unlink()
    change(folder, anna, "lift", "t3")
    assert path.read_text() == BOTH
