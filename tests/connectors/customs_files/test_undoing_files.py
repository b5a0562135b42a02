"""A wrong erasure is undone byte for byte, and what others have done to the file meanwhile stays."""
# ruff: noqa: PT012 (the crash comes out of a context)

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.customs_files import restoring
from connectors.customs_files.anchoring import Pieces, located, pieces_of
from connectors.customs_files.stores import local_files
from habeas.domain.subjects import IdentifierKind, Subject, identifier
from habeas.ports import Originals
from habeas.sample.consultancy import build
from habeas.sample.truth import GroundTruth

TABLE = (
    "Name,Email,City\nAnna,anna.oberg@example.org,Ystad\nBo,bo@example.org,Ystad\n"
    "Cia,cia@example.org,Lund\nDan,dan@example.org,Lund\n"
)
TABLES = "trade data (CSV)"


def somebody(name: str) -> Subject:
    return Subject(name, (identifier(IdentifierKind.EMAIL, f"{name}@example.org"),))


BO, CIA = somebody("bo"), somebody("cia")


class Kept(Originals):
    """What was kept, in order; the first of a name stays."""

    def __init__(self) -> None:
        self.by_name: dict[str, bytes] = {}

    def keep(self, name: str, content: bytes) -> None:
        self.by_name.setdefault(name, content)


class CrashError(BaseException):
    """The process ends here."""


def erase(folder, subject, *, task_id="task", kept=None, fields=()) -> Kept:
    kept = kept or Kept()
    with folder.connector.applying_undoably(subject, task_id, kept) as application:
        for record in (each for each in folder.strong(subject) if each.changeable):
            application.erase(record, fields)
    return kept


def undo(folder, subject, kept, *, task_id="undo", lift=()):
    with folder.connector.undoing(subject, task_id) as restoration:
        refusals = [restoration.restore(each) for each in reversed(kept.by_name.values())]
        for record in lift:
            restoration.lift(record)
    return restoration.effects.as_json(), [each for each in refusals if each is not None]


def contents(root: Path) -> dict[str, bytes]:
    paths = (path for path in root.rglob("*") if path.is_file() and ".habeas" not in path.relative_to(root).parts)
    return {str(path.relative_to(root)): path.read_bytes() for path in paths}


def test_every_byte_of_every_format_comes_back(tmp_path, new_folder) -> None:
    """All files of the sample, archives, mails and office files among them, for everybody who is in some."""
    build(tmp_path / "systems", people=30, files=90, seed=5)
    folder = new_folder(tmp_path / "systems" / "clients")
    before = contents(folder.root)
    truth = GroundTruth.read(tmp_path / "systems" / "ground-truth.json")
    changed = set()
    for person in list(truth.people.values())[:20]:
        subject = Subject(str(person.number), person.identifiers)
        kept = erase(folder, subject, task_id=f"erase {person.number}")
        after = contents(folder.root)
        changed |= {path for path in before if before[path] != after[path]}
        effects, refusals = undo(folder, subject, kept, task_id=f"undo {person.number}")
        assert contents(folder.root) == before
        assert refusals == []
        assert all(set(verbs) == {"restored"} for verbs in effects.values())
    kinds = {Path(path).suffix.lower() for path in changed}
    assert {".zip", ".eml", ".xml", ".json", ".docx", ".vcf", ".csv", ".xlsx"} <= kinds, kinds


def test_as_many_records_are_restored_as_were_erased_and_found_again(folder, anna) -> None:
    folder.put("client/a.csv", TABLE)
    found = {each.key for each in folder.strong()}
    kept = erase(folder, anna)
    assert folder.strong() == []
    effects, refusals = undo(folder, anna, kept)
    assert ({each.key for each in folder.strong()}, refusals) == (found, [])
    assert sum(count for verbs in effects.values() for count in verbs.values()) == len(found)


def test_undoing_again_changes_nothing_and_tells_the_same(folder, anna) -> None:
    path = folder.put("client/a.csv", TABLE)
    kept = erase(folder, anna)
    first = undo(folder, anna, kept)
    stamp = path.stat()
    assert undo(folder, anna, kept) == first
    assert path.stat() == stamp


def test_what_was_erased_for_others_meanwhile_stays_erased(folder, anna) -> None:
    """Before and behind the person's own row, whose marks look like theirs."""
    path = folder.put("client/a.csv", TABLE)
    kept = erase(folder, BO)
    erase(folder, anna, task_id="anna")
    erase(folder, CIA, task_id="cia")
    without_bo = path.read_text()
    effects, refusals = undo(folder, BO, kept)
    assert refusals == []
    rows, erased = path.read_text().splitlines(), without_bo.splitlines()
    assert rows[2] == "Bo,bo@example.org,Ystad"
    assert [row for number, row in enumerate(rows) if number != 2] == [
        row for number, row in enumerate(erased) if number != 2
    ]
    assert effects == {TABLES: {"restored": 1}}


def test_rows_that_were_added_and_edited_meanwhile_stay(folder, anna) -> None:
    path = folder.put("client/a.csv", TABLE)
    kept = erase(folder, anna)
    path.write_text(path.read_text().replace("Dan,dan@", "Daniel,daniel@") + "Eva,eva@example.org,Kalmar\n")
    _, refusals = undo(folder, anna, kept)
    assert refusals == []
    assert path.read_text() == TABLE.replace("Dan,dan@", "Daniel,daniel@") + "Eva,eva@example.org,Kalmar\n"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace("[erased]", "Agda", 1),
        lambda text: "".join(line for line in text.splitlines(keepends=True) if "erased" not in line),
        lambda _: "Something else altogether\n",
    ],
    ids=["the field was filled anew", "the row was deleted", "the file was replaced"],
)
def test_what_collides_is_refused_for_that_file_only(folder, anna, spoil) -> None:
    spoilt, other = folder.put("client/a.csv", TABLE), folder.put("client/b.csv", TABLE)
    kept = erase(folder, anna)
    now = spoil(spoilt.read_text())
    spoilt.write_text(now)
    _, refusals = undo(folder, anna, kept)
    assert [each.place for each in refusals] == ["client/a.csv"]
    assert "changed by somebody else" in refusals[0].reason
    assert spoilt.read_text() == now
    assert other.read_text() == TABLE


def test_a_file_that_is_gone_or_an_archive_that_was_packed_anew_is_refused(folder, anna) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.csv", TABLE)
    gone, archive_path = folder.put("client/a.csv", TABLE), folder.put("client/b.zip", packed.getvalue())
    kept = erase(folder, anna)
    gone.unlink()
    with zipfile.ZipFile(archive_path, "a") as archive:
        archive.writestr("more.txt", "more")
    _, refusals = undo(folder, anna, kept)
    assert {each.place: each.reason.partition(",")[0] for each in refusals} == {
        "client/a.csv": "no longer there when its turn came",
        "client/b.zip": "it has been changed by somebody else since",
    }


def test_two_changes_of_one_file_are_both_undone(folder, anna) -> None:
    """As when looking again found more, or a crash and somebody else's edit came between keeping and changing."""
    path = folder.put("client/a.csv", TABLE)
    kept = erase(folder, anna, task_id="round 1")
    path.write_text(path.read_text() + "Anna,anna.oberg@example.org,Visby\n")
    erase(folder, anna, task_id="round 2", kept=kept)
    assert len(kept.by_name) == 2
    undo(folder, anna, kept)
    assert path.read_text() == TABLE + "Anna,anna.oberg@example.org,Visby\n"


def test_a_crash_between_keeping_and_changing_keeps_the_first_original(folder, anna, monkeypatch) -> None:
    path = folder.put("client/a.csv", TABLE)
    kept = Kept()
    for step in ("_write", "sync_folder"):
        with monkeypatch.context() as patched, pytest.raises(CrashError):
            patched.setattr(local_files, step, crash)
            erase(folder, anna, kept=kept)
    erase(folder, anna, kept=kept)
    assert len(kept.by_name) == 1
    undo(folder, anna, kept)
    assert path.read_text() == TABLE


def crash(*_: object, **__: object) -> None:
    raise CrashError


@pytest.mark.parametrize("step", ["_write", "sync_folder"])
def test_a_crash_while_putting_back_loses_and_counts_nothing_twice(folder, anna, monkeypatch, step) -> None:
    for name in ("a", "b"):
        folder.put(f"client/{name}.csv", TABLE)
    kept = erase(folder, anna)
    with monkeypatch.context() as patched, pytest.raises(CrashError):
        patched.setattr(local_files, step, crash)
        undo(folder, anna, kept)
    effects, refusals = undo(folder, anna, kept)
    assert (effects, refusals) == ({TABLES: {"restored": 2}}, [])
    assert set(contents(folder.root).values()) == {TABLE.encode()}
    assert folder.leftovers() == []


def test_a_file_that_was_removed_whole_is_back_with_its_rights(folder, anna) -> None:
    folder.put("client/client.yaml", "name: Client\nrole: controller\nwhole_files: ['*.csv']\n")
    path = folder.put("client/a.csv", TABLE)
    path.chmod(0o640)
    kept = erase(folder, anna)
    assert not path.exists()
    assert undo(folder, anna, kept) == ({TABLES: {"restored": 1}}, [])
    assert (path.read_text(), path.stat().st_mode & 0o777) == (TABLE, 0o640)
    assert undo(folder, anna, kept)[1] == []
    path.write_text("another")
    assert [each.reason for each in undo(folder, anna, kept)[1]] == ["another file has taken its place"]


def test_what_was_restricted_meanwhile_is_put_back_where_it_is_and_lifted(folder, anna) -> None:
    path = folder.put("client/a.csv", TABLE)
    record = folder.strong()[0]
    kept = Kept()
    with folder.connector.applying_undoably(anna, "task", kept) as application:
        application.erase(record, ("Email",))
        application.restrict(record)
    assert not path.exists()
    undo(folder, anna, kept, lift=[record])
    assert path.read_text() == TABLE


def test_what_would_not_read_any_more_is_refused(folder, anna, monkeypatch) -> None:
    path = folder.put("client/a.csv", TABLE)
    kept = erase(folder, anna)
    path.write_text(path.read_text() + "Eva,eva@example.org,Kalmar\n")
    now = path.read_bytes()
    whole = restoring.read

    def broken(data, limits):
        return whole(data if data == now else b'{"no": "table"}', limits)

    monkeypatch.setattr(restoring, "read", broken)
    assert len(undo(folder, anna, kept)[1]) == 1
    assert path.read_bytes() == now


WORDS = st.sampled_from([b"mark,", b"ann,", b"bo\n", b"x", b";", b"<a>"])


@given(st.lists(WORDS, max_size=30), st.lists(WORDS, max_size=8), st.integers(0, 30), st.integers(0, 30))
def test_a_place_is_found_where_it_went_or_not_at_all(words, inserted, at, before) -> None:
    """Insert something anywhere else: the mark is at its old place, or behind what was inserted."""
    content = b"".join(words[:at]) + b"MARK|" + b"".join(words[at:])
    place = len(b"".join(words[:at]))
    cut = min(before, len(words))
    new = b"".join(inserted)
    moved = place + len(new) if cut <= at else place
    start = len(b"".join(words[:cut])) + (5 if cut > at else 0)
    current = content[:start] + new + content[start:]
    pieces = Pieces.of_text(pieces_of(content).to_text())
    assert pieces == pieces_of(content)
    assert located(pieces, [(place, b"MARK")], current) in ([moved], None)
    assert located(pieces, [(place, b"MARK")], content) == [place]
