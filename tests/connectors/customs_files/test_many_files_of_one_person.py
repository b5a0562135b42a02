"""One person in very many files: all of them are changed, memory stays flat, and what is waited for is shared."""

import os
import tracemalloc
from contextlib import suppress
from itertools import count

import pytest

from connectors.customs_files import FileStoreConnector
from habeas.domain.records import Field, Match, Record
from habeas.domain.subjects import IdentifierKind
from habeas.ports import Effects, Originals

FILES = 300
RECORDS = 6_000
FLAT_BYTES = 1_000_000


class _Kept(Originals):
    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def keep(self, name: str, content: bytes) -> None:
        self.keep_all([(name, content)])

    def keep_all(self, originals) -> None:
        self.kept.update(originals)


@pytest.fixture
def many(folder):
    """Files with one row of Anna's and one of somebody else's each."""
    for number in range(FILES):
        rows = f"Name,Email\nAnna Öberg,anna.oberg@example.org\nBo Berg,bo{number}@example.net\n"
        folder.put(f"client{number % 10}/{number:03}.csv", rows)
    return folder


def test_all_files_are_erased_and_put_back_byte_for_byte(many, anna):
    before = {path: path.read_bytes() for path in many.root.rglob("*.csv")}
    found, kept = many.strong(), _Kept()
    assert len(found) == FILES
    with many.connector.applying_undoably(anna, "erasure", kept) as application:
        for record in found:
            application.erase(record, ())
    assert application.effects.as_json() == {"trade data (CSV)": {"erased": FILES}}
    assert not many.strong()
    assert all(b"@example.net" in path.read_bytes() for path in before)
    assert len(kept.kept) == FILES
    with many.connector.undoing(anna, "undoing") as restoration:
        refused = [restoration.restore(each) for each in kept.kept.values()]
    assert not any(refused)
    assert {path: path.read_bytes() for path in before} == before


def test_many_names_of_one_file_are_all_changed(folder, anna):
    """To change it by one name is to touch it under all others, and several are at work at once."""
    first = folder.put("client/00.csv", "Name,Email\nAnna Öberg,anna.oberg@example.org\nBo Berg,bo@example.net\n")
    for number in range(1, 40):
        os.link(first, folder.root / "client" / f"{number:02}.csv")
    assert folder.erase(anna).as_json() == {"trade data (CSV)": {"erased": 40}}
    assert {path.read_text() for path in folder.root.rglob("*.csv")} == {
        "Name,Email\n[erased],[erased]\nBo Berg,bo@example.net\n"
    }


def test_what_was_done_is_told_by_the_journal_after_a_restart(many, anna):
    found = many.strong()
    with many.connector.applying(anna, "erasure") as application:
        for record in found:
            application.erase(record, ())
    again = FileStoreConnector(many.root)
    with again.applying(anna, "erasure") as application:
        assert application.earlier == Effects.of_json({"trade data (CSV)": {"erased": FILES}})


def test_planning_very_many_records_takes_no_more_memory_than_planning_some(folder, anna):
    def plan(records: int) -> int:
        with suppress(_StopError), folder.connector.applying(anna, "erasure") as application:
            tracemalloc.start()
            for number in range(records):
                application.erase(_record(number), ())
            assert sum(len(work.erasures) for _, work in application._planned.by_place()) == records
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
            raise _StopError
        return peaks[-1]

    peaks: list[int] = []
    assert plan(RECORDS) < plan(RECORDS // 10) + FLAT_BYTES


class _StopError(Exception):
    """Nothing is to be changed."""


_NUMBERS = count()


def _record(number: int) -> Record:
    fields = tuple(Field(f"column {each}", None, "contact") for each in range(8))
    locator = {"path": f"client/{number // 10:05}.csv", "block": str(next(_NUMBERS))}
    key = f"client/{number // 10:05}.csv#{number}"
    return Record("tables", key, Match.STRONG, (IdentifierKind.EMAIL,), fields, locator=locator)
