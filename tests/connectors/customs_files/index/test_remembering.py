"""A second search reads only what it must, and finds what the first would have found."""

import os
import sqlite3
import time
from pathlib import Path

import pytest

from connectors.customs_files import FileStoreConnector, Limits
from connectors.customs_files.index.catalogue import Catalogue, Row
from connectors.customs_files.stores.local import LocalStore
from habeas.domain.records import Match, Record, Unsearched
from habeas.domain.subjects import IdentifierKind, Subject, identifier
from habeas.ports import Memory

ANNA = Subject("anna", (identifier(IdentifierKind.EMAIL, "anna.oberg@example.org"),))
BO = Subject("bo", (identifier(IdentifierKind.EMAIL, "bo.ekman@example.org"),))
TABLE = "Name,Email\nAnna,anna.oberg@example.org\n"
LATER_NS = 3_600_000_000_000


class Watched(LocalStore):
    """A folder that notes which files are read, and in which every change was made an hour ago."""

    def __init__(self, root: Path, later_ns: int = LATER_NS) -> None:
        super().__init__(root, now_ns=lambda: time.time_ns() + later_ns)
        self.read_paths: list[str] = []

    def read(self, path, bytes_max, version=""):
        self.read_paths.append(path)
        return super().read(path, bytes_max, version)


class Remembering:
    """Searches of one folder, each by a connector of its own, as by a process that was started anew."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "store"
        self.root.mkdir()
        self.memory = folder / "memory"
        self.key = b"k" * 32
        self.later_ns = LATER_NS
        self.read: list[str] = []

    def put(self, name: str, content: str | bytes) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def search(self, subject: Subject = ANNA, limits: Limits | None = None) -> list[Record | Unsearched]:
        store = Watched(self.root, self.later_ns)
        connector = FileStoreConnector(store, limits=limits or Limits())
        connector.remember(Memory(self.memory, lambda: self.key))
        found = [each.what for each in connector.find([subject])]
        connector.close()
        self.read = store.read_paths
        return found

    @property
    def catalogue(self) -> Path:
        return self.memory / "files.db"


@pytest.fixture
def remembering(tmp_path: Path) -> Remembering:
    return Remembering(tmp_path)


def test_only_files_that_may_hold_the_person_are_read_again(remembering) -> None:
    remembering.put("a/table.csv", TABLE)
    remembering.put("a/note.txt", "Steel bars, to be cleared on Monday.")
    remembering.put("b/mail.eml", "From: bo.ekman@example.org\nSubject: Bars\n\nSee above.\n")
    first = remembering.search()
    assert sorted(remembering.read) == ["a/note.txt", "a/table.csv", "b/mail.eml"]
    assert remembering.search() == first
    assert remembering.read == ["a/table.csv"]
    assert [each.locator["path"] for each in remembering.search(BO)] == ["b/mail.eml"]
    assert remembering.read == ["b/mail.eml"]


def test_a_file_is_read_again_however_it_was_changed(remembering) -> None:
    """With another size; with the same size and time; replaced by another; put into another's place; new."""
    for name in ("grown.txt", "kept.txt", "replaced.txt", "moved.txt", "same.txt"):
        remembering.put(f"c/{name}", "nothing to see in here".ljust(80))
    assert remembering.search() == []
    remembering.put("c/grown.txt", "nothing, but for anna.oberg@example.org".ljust(90))
    kept = remembering.root / "c/kept.txt"
    before = kept.stat()
    kept.write_text("anna.oberg@example.org".ljust(80), "utf-8")
    os.utime(kept, ns=(before.st_atime_ns, before.st_mtime_ns))
    other = remembering.put("new.txt", "anna.oberg@example.org".ljust(80))
    other.replace(remembering.root / "c/replaced.txt")
    (remembering.root / "c/moved.txt").rename(remembering.root / "c/elsewhere.txt")
    remembering.put("c/new.txt", "anna.oberg@example.org")
    found = {each.locator["path"] for each in remembering.search()}
    assert found == {"c/grown.txt", "c/kept.txt", "c/replaced.txt", "c/new.txt"}
    assert sorted(remembering.read) == ["c/elsewhere.txt", *sorted(found)]


def test_a_file_that_was_just_changed_is_not_remembered(remembering) -> None:
    """So soon after a change it could be changed again, and look the same."""
    remembering.later_ns = 0
    remembering.put("c/young.txt", "nothing to see in here")
    remembering.search()
    remembering.search()
    assert remembering.read == ["c/young.txt"]


def test_what_can_not_be_searched_is_told_every_time(remembering) -> None:
    remembering.put("c/scan.png", b"\x89PNG\r\n\x1a\n" + bytes(40))
    remembering.put("c/sealed.txt", "-----BEGIN PGP MESSAGE-----\nabc\n-----END PGP MESSAGE-----\n")
    first = remembering.search()
    assert {each.place: each.reason for each in first} == {"c/scan.png": "a picture", "c/sealed.txt": "encrypted"}
    assert remembering.search() == first


def test_a_file_that_is_beyond_a_new_limit_is_listed(remembering) -> None:
    """What was read under other limits is not relied on."""
    remembering.put("c/note.txt", "nothing to see in here")
    assert remembering.search() == []
    found = remembering.search(limits=Limits(file_bytes_max=20))
    assert [each.reason for each in found] == ["larger than 20 bytes"]


def test_a_file_that_can_not_be_read_any_more_is_listed(remembering) -> None:
    path = remembering.put("c/note.txt", "nothing to see in here")
    assert remembering.search() == []
    path.unlink()
    path.symlink_to("/nowhere/at/all")
    assert [each.reason for each in remembering.search()] == ["a link that leads nowhere"]


def test_nothing_in_it_tells_who_is_where(remembering) -> None:
    remembering.put("Anna Oberg/anna.oberg.csv", TABLE)
    remembering.search()
    content = remembering.catalogue.read_bytes().lower()
    assert remembering.catalogue.stat().st_mode & 0o077 == 0
    assert len(content) > 4_096
    assert not any(each in content for each in (b"anna", b"oberg", b"example.org", b".csv"))


def test_what_is_gone_is_forgotten(remembering) -> None:
    """Also what was remembered of an earlier content; nothing of it is left in the file."""
    for name in ("gone", "changed", "stays"):
        remembering.put(f"c/{name}.txt", "".join(f"{each:x} {name} " for each in range(2_000)))
    remembering.search()
    with sqlite3.connect(remembering.catalogue) as reader:
        rows = dict(reader.execute("SELECT id, signature FROM signatures"))
    (remembering.root / "c/gone.txt").unlink()
    remembering.put("c/changed.txt", "nothing to see in here")
    remembering.search()
    with sqlite3.connect(remembering.catalogue) as reader:
        left = dict(reader.execute("SELECT id, signature FROM signatures"))
    assert len(rows) == 3
    assert len(left) == 2
    raw = remembering.catalogue.read_bytes()
    dropped = [signature for id_, signature in rows.items() if left.get(id_) != signature]
    assert len(dropped) == 2
    assert not any(each[:200] in raw for each in dropped)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5_000])


def _overwrite(path: Path) -> None:
    path.write_bytes(b"no database at all" * 1_000)


def _say_no(path: Path) -> None:
    """As somebody would who wants a file to be passed over."""
    with sqlite3.connect(path) as writer:
        writer.execute("UPDATE signatures SET signature = zeroblob(length(signature))")


def _mix_up(path: Path) -> None:
    with sqlite3.connect(path) as writer:
        rows = writer.execute("SELECT id, stamp, signature, seal FROM signatures").fetchall()
        other = rows[1:] + rows[:1]
        for (id_, stamp, *_), (_, _, signature, seal) in zip(rows, other, strict=True):
            values = (signature, seal, id_, stamp)
            writer.execute("UPDATE signatures SET signature = ?, seal = ? WHERE id = ? AND stamp = ?", values)


def _of_another_kind(path: Path) -> None:
    with sqlite3.connect(path) as writer:
        writer.execute("UPDATE signatures SET signature = 'text', seal = 7")


@pytest.mark.parametrize("harm", [_cut, _overwrite, _say_no, _mix_up, _of_another_kind])
def test_harm_to_it_hides_nobody(remembering, harm) -> None:
    """Everything is read, and from the search after the next on nothing that need not be."""
    remembering.put("c/table.csv", TABLE)
    for number in range(40):
        remembering.put(f"c/{number}.txt", "".join(f"{each:x} " for each in range(number, 900)))
    remembering.search(BO)
    harm(remembering.catalogue)
    for _ in range(2):
        assert [each.match for each in remembering.search()] == [Match.STRONG]
    remembering.search()
    assert remembering.read == ["c/table.csv"]


def test_what_another_version_of_us_puts_there_is_not_believed(tmp_path) -> None:
    """Of two that are at work side by side the one may read what the other does not; it is dropped."""
    path, key = tmp_path / "files.db", b"k" * 16
    row = Row(b"file", b"stamp", b"signature")
    with Catalogue(path, key, b"old") as old, Catalogue(path, key, b"new") as new:
        old.put([row])
        assert list(new.rows()) == []
        assert list(old.rows()) == []
        new.put([row])
        assert list(new.rows()) == [row]


def test_another_key_begins_anew(remembering) -> None:
    remembering.put("c/table.csv", TABLE)
    remembering.search(BO)
    remembering.key = b"x" * 32
    assert [each.match for each in remembering.search()] == [Match.STRONG]
    remembering.search(BO)
    assert remembering.read == []


def test_a_folder_that_can_not_be_written_costs_time_only(remembering) -> None:
    remembering.put("c/table.csv", TABLE)
    remembering.memory.write_text("a file where the folder should be", "utf-8")
    for _ in range(2):
        assert [each.match for each in remembering.search()] == [Match.STRONG]


def test_readers_write_nothing_but_their_answers(tmp_path, monkeypatch) -> None:
    """Their limit on files would cut compiled modules off, which everybody then fails to load."""
    package = tmp_path / "numpy"
    package.mkdir()
    (package / "__init__.py").write_text("x = (\n" + "".join(f"  'line {each}',\n" for each in range(9_000)) + ")\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    from connectors.customs_files.sandbox.process import LostError, Process  # noqa: PLC0415 - after the path is set

    process = Process()
    process.set_people((), Limits(), b"k" * 16)
    with pytest.raises(LostError):  # it is not the numpy that it needs
        list(process.search([b"a"], Limits()))
    process.end()
    assert list(tmp_path.rglob("*.pyc")) == []
