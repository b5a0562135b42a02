"""Files in a bucket that keeps old versions: what is erased is gone from all of them, or reported as not erased."""
# ruff: noqa: PT012 (the fault comes out of a context)

from datetime import UTC, datetime, timedelta

import pytest

from connectors.customs_files.stores import s3_objects
from connectors.customs_files.stores.s3 import S3Store
from connectors.customs_files.stores.s3_bucket import Account, Bucket, RefusedError
from habeas.domain.decisions import is_done
from habeas.domain.outcomes import Decision, Erase, Restrict
from habeas.domain.plans import PlannedRecord
from habeas.errors import PermanentError, RetriableError, SystemDownError
from habeas.ports import Memory
from habeas.testing.services.processes import free_ports

TABLE = "Name,Email\nAnna,anna.oberg@example.org\nBo,bo@example.org\n"
ERASED = "Name,Email\n[erased],[erased]\nBo,bo@example.org\n"
OLD = "old versions of files"


class CrashError(BaseException):
    """The process ends here."""


def test_the_version_that_was_replaced_is_gone(s3) -> None:
    """The new content is the only one that there is."""
    s3.put("client/a.csv", TABLE)
    assert s3.change().as_json() == {"trade data (CSV)": {"erased": 1}}
    assert s3.text("client/a.csv") == ERASED
    assert b"anna" not in s3.everything()
    assert s3.strong() == []


def test_what_was_searched_is_not_fetched_again(s3, bo, tmp_path, monkeypatch) -> None:
    """Old versions neither; what has changed is, and what may hold the person."""
    s3.put("client/a.csv", TABLE)
    s3.put("client/a.csv", "Name,Email\nAnna,anna.oberg@example.org\n")
    s3.put("client/b.txt", "Steel bars, to be cleared on Monday.")
    s3.connector.remember(Memory(tmp_path, lambda: bytes(32)))
    assert len(s3.strong()) == 2
    fetched = []
    read = Bucket.read
    monkeypatch.setattr(
        Bucket, "read", lambda self, most, **asked: (fetched.append(asked["Key"]), read(self, most, **asked))[1]
    )
    assert [each.collection for each in s3.strong(bo)] == [OLD]
    assert {each for each in fetched if not each.endswith(".yaml")} == {"clients/client/a.csv"}
    fetched.clear()
    s3.put("client/b.txt", "Bo is bo@example.org.")
    assert len(s3.strong(bo)) == 2
    assert "clients/client/b.txt" in fetched


def test_what_is_known_of_a_file_beside_its_content_stays(s3) -> None:
    """Its type, its headers, its metadata, its tags."""
    known = {"ContentType": "text/csv", "CacheControl": "no-store", "ContentDisposition": "attachment"}
    known |= {"ContentLanguage": "sv", "Metadata": {"case": "7"}, "StorageClass": "STANDARD_IA"}
    s3.put("client/a.csv", TABLE, Tagging="client=acme&kind=a%2Bb", **known)
    s3.change()
    head = s3.bucket.call("head_object", Key="clients/client/a.csv")
    assert {name: head[name] for name in known} == known
    tags = s3.bucket.call("get_object_tagging", Key="clients/client/a.csv")["TagSet"]
    assert {each["Key"]: each["Value"] for each in tags} == {"client": "acme", "kind": "a+b"}


def test_old_versions_are_found_and_erased(s3) -> None:
    """Of a file that was edited, and of one that was deleted, long before the request."""
    s3.put("client/a.csv", TABLE)
    s3.put("client/a.csv", "Name,Email\nBo,bo@example.org\n")
    s3.put("client/gone.txt", "anna.oberg@example.org")
    s3.bucket.call("delete_object", Key="clients/client/gone.txt")
    assert [each.collection for each in s3.strong()] == [OLD, OLD]
    assert s3.change().as_json() == {OLD: {"erased": 2}}
    assert b"anna" not in s3.everything()
    assert s3.text("client/a.csv") == "Name,Email\nBo,bo@example.org\n"


HOLD = {"ObjectLockLegalHoldStatus": "ON"}
UNTIL = {
    "ObjectLockMode": "COMPLIANCE",
    "ObjectLockRetainUntilDate": datetime.now(UTC) + timedelta(days=365),
}


@pytest.mark.parametrize("lock", [HOLD, UNTIL], ids=["legal hold", "retention"])
def test_a_locked_version_is_reported_as_not_erased(s3, lock) -> None:
    """The current content is erased; looking again finds the version, and the proof of erasure fails."""
    version = s3.put("client/a.csv", TABLE, **lock)
    assert s3.change(task_id="1").as_json() == {"trade data (CSV)": {"erased": 1}}
    assert s3.text("client/a.csv") == ERASED
    (left,) = s3.strong()
    assert (left.collection, left.key) == (OLD, f"client/a.csv@{version}#2")
    assert s3.change(task_id="2").as_json() == {OLD: {"not erased": 1}}
    (left,) = s3.strong()
    assert not is_done(PlannedRecord(left, (Decision(Erase()),)))


def test_the_new_content_is_locked_as_the_old_was(s3) -> None:
    """Erasing must not be a way around a lock."""
    s3.put("client/a.csv", TABLE, **HOLD)
    s3.change()
    assert s3.bucket.call("head_object", Key="clients/client/a.csv")["ObjectLockLegalHoldStatus"] == "ON"


def test_an_old_version_of_which_a_part_must_be_kept_is_kept(s3, anna) -> None:
    """It can't be edited; that its other fields are left is told."""
    s3.put("client/a.csv", TABLE)
    s3.put("client/a.csv", "Name,Email\n")
    (record,) = s3.strong()
    with s3.connector.applying(anna, "task") as application:
        application.erase(record, ("Name",))
    assert application.effects.as_json() == {OLD: {"not erased": 1}}
    assert [each.fields for each in s3.strong()] == [record.fields]


def test_a_restricted_file_leaves_nothing_at_its_place(s3) -> None:
    """Not in an old version either; lifting brings it back with all that is known of it."""
    s3.put("client/a.csv", TABLE, ContentType="text/csv", Tagging="client=acme")
    s3.put("client/a.csv", TABLE, ContentType="text/csv", Tagging="client=acme")
    s3.change("restrict", task_id="1")
    assert s3.text("client/a.csv") is None
    assert [(each.collection, each.restricted) for each in s3.strong()] == [(OLD, True), ("trade data (CSV)", True)]
    assert all(is_done(PlannedRecord(each, (Decision(Restrict()),))) for each in s3.strong())
    s3.change("lift", task_id="2")
    assert s3.text("client/a.csv") == TABLE
    head = s3.bucket.call("head_object", Key="clients/client/a.csv")
    assert head["ContentType"] == "text/csv"
    assert s3.bucket.call("get_object_tagging", Key="clients/client/a.csv")["TagSet"]
    assert [each.restricted for each in s3.strong()] == [False, False]


@pytest.mark.parametrize("verb", ["restrict", "lift"])
def test_a_move_that_was_interrupted_is_completed(s3, monkeypatch, verb) -> None:
    """It is a copy and a removal: between them both are there, and repeating leaves one."""
    s3.put("client/a.csv", TABLE)
    if verb == "lift":
        s3.change("restrict", task_id="0")
    plan = s3.strong()

    def crash(*_: object, **__: object) -> None:
        raise CrashError

    with monkeypatch.context() as patched, pytest.raises(CrashError):
        patched.setattr(s3_objects, "remove", crash)
        s3.change(verb, plan=plan, task_id="1")
    s3.change(verb, plan=plan, task_id="1")
    assert [(each.key, each.restricted) for each in s3.strong()] == [("client/a.csv#2", verb == "restrict")]
    assert (s3.text("client/a.csv") is None) == (verb == "restrict")
    assert s3.everything().count(b"anna.oberg") == 1


def test_a_file_that_took_the_place_of_a_restricted_one_is_not_overwritten(s3) -> None:
    """An operator is told."""
    s3.put("client/a.csv", TABLE)
    s3.change("restrict", task_id="1")
    s3.put("client/a.csv", "new")
    with pytest.raises(PermanentError):
        s3.change("lift", task_id="2")
    assert s3.text("client/a.csv") == "new"


def test_a_write_by_somebody_else_in_the_same_moment_is_not_overwritten(s3, monkeypatch) -> None:
    """The server compares in the very moment of writing."""
    s3.put("client/a.csv", TABLE)
    plan = s3.strong()
    looked = s3_objects._unchanged

    def slowly(*arguments):
        head = looked(*arguments)
        s3.put("client/a.csv", "theirs")
        return head

    monkeypatch.setattr(s3_objects, "_unchanged", slowly)
    with pytest.raises(RetriableError):
        s3.change(plan=plan)
    assert s3.text("client/a.csv") == "theirs"


def test_our_own_files_leave_no_old_versions_and_name_nobody(s3) -> None:
    """Locks and notes go for good."""
    s3.put("anna.oberg@example.org/a.csv", TABLE)
    s3.change("restrict", task_id="1")
    s3.change("lift", task_id="2")
    listed = s3.bucket.call("list_object_versions", Prefix="clients/.habeas/").get("Versions", ())
    assert listed
    assert {each["Key"].split("/")[2] for each in listed} == {"applied"}


def test_other_prefixes_are_none_of_ours(s3) -> None:
    """What lies beside the root is neither searched nor changed."""
    s3.bucket.call("put_object", Key="clients-of-others/a.txt", Body=b"anna.oberg@example.org")
    s3.put("client/a.txt", "anna.oberg@example.org")
    assert [each.key for each in s3.strong()] == ["client/a.txt#0:1"]


def test_a_server_that_is_away_is_down(s3) -> None:
    """Nobody's attempt is used up."""
    store = S3Store(Account("bucket", f"http://127.0.0.1:{free_ports(1)[0]}", "eu-north-1", "a", "b"))
    with pytest.raises(SystemDownError, match="reached"):
        store.require()
    store.close()


def test_errors_name_no_file(s3) -> None:
    """The server's own messages do."""
    bucket = Bucket(s3.account)
    with pytest.raises(RefusedError) as raised:
        bucket.read(None, Key="anna.oberg@example.org")
    assert str(raised.value) == "NoSuchKey"
    bucket.close()
