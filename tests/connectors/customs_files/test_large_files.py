"""Text in lines that is too large to be held at once is searched, changed and put back as if it had been."""

import io
import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.customs_files.changing import Outcome, State, change, counted
from connectors.customs_files.large_files import changes, write
from connectors.customs_files.limits import Limits
from connectors.customs_files.lines import lines_of
from connectors.customs_files.loading import File, Joined, Piece
from connectors.customs_files.reading import read, read_rows
from connectors.customs_files.sandbox import told
from connectors.customs_files.sandbox.told import Told
from connectors.customs_files.search import People
from connectors.customs_files.stores import local_files
from connectors.customs_files.stores.spooled import SpooledSource
from connectors.customs_files.windows import windows
from habeas.domain.subjects import IdentifierKind, Subject, identifier
from habeas.ports import Originals

BO = Subject(
    "bo",
    (identifier(IdentifierKind.EMAIL, "bo@example.org"), identifier(IdentifierKind.PHONE, "+44 161 496 0123")),
)
PEOPLE = People([BO])
WHOLE = Limits()
_CELLS = st.sampled_from([
    "bo@example.org", "Bo", "x", "", '"a\nb"', '"say ""bo@example.org"", he said"', 'a "quoted" word', "é", "€ 5", "日本",
    "+44 161 496 0123", '" spaced "', '5" pipe', "\U0001f600",
])  # fmt: skip
_ROWS = st.lists(st.tuples(_CELLS, _CELLS, _CELLS), min_size=3, max_size=40)
_ENDS = st.sampled_from(["\n", "\r\n"])


def _table(rows: list[tuple[str, ...]], end: str) -> str:
    head = ["Name,E-mail,Consignee", "Ada,ada@example.org,Ada Ltd", "Ed,ed@example.org,Ed Ltd"]
    return end.join([*head, *(",".join(row) for row in rows)]) + end


def _lines(rows: list[tuple[str, ...]], end: str) -> str:
    return "2026-01-05 10:00 start\n" + end.join(" ".join(row) for row in rows)


def _json(rows: list[tuple[str, ...]], end: str) -> str:
    values = [{"name": a, "email": b, "items": [c, {"note": a}], "odd key 1": c} for a, b, c in rows]
    return end.join(json.dumps(value, ensure_ascii=number % 2 == 1) for number, value in enumerate(values))


class _Here:
    """Changes in this process."""

    def change(self, content, planned) -> Outcome:
        return change(content.content, WHOLE, PEOPLE, planned, content.lines)


def _source(content: bytes) -> SpooledSource:
    return SpooledSource(io.BytesIO(content), ("stamp",))


def _found(content: bytes, window_bytes: int) -> list[Told]:
    source = _source(content)
    lines = lines_of(content)
    assert lines is not None
    joined, file, found = Joined(), File("f", "f"), []
    for window in windows(source, lines, replace(WHOLE, window_bytes=window_bytes)):
        piece = Piece("", file, None, window)
        ruled = piece.taken()
        reading = read_rows(ruled.content, lines, WHOLE, PEOPLE.screen)
        assert reading.gaps == []
        items = [counted(reading, here=False), *(told.of_block(each, {}) for each in PEOPLE.blocks(reading))]
        found += [item for each in items if (item := joined.told(piece, each)) is not None]
    return found


def _erased(content: bytes, window_bytes: int, keys: list[str]) -> tuple[list[State], bytes]:
    source, lines = _source(content), lines_of(content)
    assert lines is not None
    limits = replace(WHOLE, window_bytes=window_bytes)
    made = changes(source, lines, [(key, []) for key in keys], _Here(), limits)
    new = io.BytesIO()
    write(source, made.edits, new)
    return made.states, new.getvalue()


def _whole(content: bytes) -> list[Told]:
    return [told.of_block(each, {}) for each in PEOPLE.blocks(read(content, WHOLE))]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("made", [_table, _lines, _json])
@settings(deadline=None, max_examples=40)
@given(rows=_ROWS, end=_ENDS, window_bytes=st.integers(300, 900))
def test_any_window_finds_and_changes_what_the_whole_does(made, encoding, rows, end, window_bytes) -> None:
    content = made(rows, end).encode(encoding)
    if lines_of(content) is None:
        return
    whole = _whole(content)
    found = _found(content, window_bytes)
    assert sorted(found, key=lambda each: each.key) == sorted(whole, key=lambda each: each.key)
    keys = [each.key for each in found if each.sure and each.changeable]
    states, after = _erased(content, window_bytes, keys)
    outcome = change(content, WHOLE, PEOPLE, [(key, []) for key in keys])
    assert states == list(outcome.states)
    assert after == (outcome.changed.content if outcome.changed is not None else content)


@pytest.fixture
def large(folder):
    """A store in which a few kilobytes are much."""
    folder.limit(replace(WHOLE, whole_bytes_max=4_000, window_bytes=2_000))
    return folder


def _kept_rows(*, rows: int = 400, every: int = 37) -> str:
    head = "Name,E-mail,City"
    return "\n".join([
        head,
        *(f"Bo,bo@example.org,Y{n}" if n % every == 0 else f'"N, {n}",n{n}@example.org,L' for n in range(rows)),
        "",
    ])  # fmt: skip


def test_a_large_table_is_searched_erased_and_put_back(large) -> None:
    """Through the reading processes; what is not the person's stays, byte by byte."""
    path = large.put("client/a.csv", text := _kept_rows())
    found = large.strong(BO)
    assert [each.fields[2].value for each in found] == [f"Y{n}" for n in range(0, 400, 37)]
    kept: dict[str, bytes] = {}
    with large.connector.applying_undoably(BO, "task", _Keeper(kept)) as application:
        for record in found:
            application.erase(record, ())
    rows = zip(text.split("\n"), path.read_text().split("\n"), strict=True)
    assert {"bo@example.org" in before for before, after in rows if before != after} == {True}
    assert large.strong(BO) == []
    assert large.leftovers() == []
    with large.connector.undoing(BO, "undo") as restoration:
        assert [restoration.restore(each) for each in kept.values()] == [None]
    assert path.read_text() == text


def test_a_large_table_changed_since_is_not_put_back_over(large) -> None:
    path = large.put("client/a.csv", _kept_rows())
    kept: dict[str, bytes] = {}
    with large.connector.applying_undoably(BO, "task", _Keeper(kept)) as application:
        for record in large.strong(BO):
            application.erase(record, ())
    path.write_text(changed := path.read_text() + "Eva,eva@example.org,Kalmar\n")
    with large.connector.undoing(BO, "undo") as restoration:
        refusals = [restoration.restore(each) for each in kept.values()]
    assert [each.reason for each in refusals if each] == ["it has been changed by somebody else since"]
    assert path.read_text() == changed


def test_a_row_that_is_longer_than_a_file_may_be_is_listed_and_what_comes_before_is_told(large) -> None:
    large.limit(replace(WHOLE, whole_bytes_max=4_000, window_bytes=2_000, file_bytes_max=8_000))
    large.put("client/a.csv", _kept_rows(rows=100) + "x" * 40_000 + ",bo@example.org,Y\n")
    assert len(large.strong(BO)) == 3
    (reason,) = large.unsearched(BO).values()
    assert reason.endswith("a row is longer than 8000 bytes")


def test_a_window_that_can_not_be_read_ends_the_search_of_its_file(large) -> None:
    """How many rows are in it is not known, so what follows has no keys: it is listed."""
    broken = "[1, 2}\n"
    lines = [json.dumps({"email": f"n{n}@example.org", "n": n}) + "\n" for n in range(300)]
    large.put("client/a.ndjson", "".join(['{"email": "bo@example.org"}\n', *lines, broken, *lines]))
    assert len(large.strong(BO)) == 1
    ((place, reason),) = large.unsearched(BO).items()
    assert place.startswith("client/a.ndjson, from byte ")
    assert reason == "broken JSON"


def test_many_files_in_one_folder_are_all_erased_without_looking_through_it_for_each(folder, anna, monkeypatch) -> None:
    """As often as there are names of temporary files, not as there are files."""
    looked: list[object] = []
    remove_debris = local_files.remove_debris
    monkeypatch.setattr(
        local_files, "remove_debris", lambda where, bucket: (looked.append(bucket), remove_debris(where, bucket))
    )
    for number in range(300):
        folder.put(f"client/{number:04}.txt", f"{number} anna.oberg@example.org\n")
    effects = folder.erase()
    assert effects.as_json() == {"text files": {"erased": 300}}
    assert folder.strong() == []
    assert len(looked) == len(set(looked)) <= 256


class _Keeper(Originals):
    def __init__(self, kept: dict[str, bytes]) -> None:
        self._kept = kept

    def keep(self, name: str, content: bytes) -> None:
        self._kept.setdefault(name, content)
