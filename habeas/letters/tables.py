"""The copy of the data: each collection as JSON, exact, and as CSV, for a spreadsheet (Article 15(3), Article 20)."""

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import chain, groupby
from operator import itemgetter

import orjson

from habeas.domain.plans import PlanItem
from habeas.domain.records import Scalar, Unsearched
from habeas.letters.answer import SystemOutcome
from habeas.letters.archive import Archive, Member
from habeas.letters.disclosed import Disclosure, Findings, Room, Row, Table
from habeas.letters.visible import spreadsheet_cell
from habeas.letters.wording import Wording

KEPT_CHARS_MAX = 2_000_000
"""A plan shorter than this is read once and held for the second pass; a longer one is opened again."""

# What a record and a field take up besides their text.
_RECORD_CHARS = 400
_FIELD_CHARS = 100
_CHUNK = 65_536
# With it Excel reads the file as UTF-8; others skip it.
_BYTE_ORDER_MARK = "\ufeff"


def write_tables(archive: Archive, outcome: SystemOutcome, wording: Wording, room: Room) -> Findings:
    """Write every collection of which something is disclosed, and tell what has gone by.

    The plan is passed through twice, because a CSV begins with all columns and a ZIP's members can't be written side
    by side; nothing but short plans, column names and the first rows is held.
    """
    disclosure = Disclosure(wording)
    findings = Findings()
    with outcome.plan() as items:
        kept, whole = _beginning(items)
        for collection, rows in _runs(disclosure.rows(chain(kept, items), findings)):
            table = Table(collection, archive.stem("data", outcome.system, collection))
            findings.tables.append(table)
            with archive.member(f"{table.stem}.json", big=not whole, keep=True) as member:
                _write_json(member, _noted(rows, table, room))
    if whole:
        _write_all_csv(archive, disclosure, kept, findings, wording, big=False)
    elif findings.tables:
        with outcome.plan() as items:
            _write_all_csv(archive, disclosure, items, findings, wording, big=True)
    return findings


def look_through(outcome: SystemOutcome) -> Findings:
    """What could not be searched, where nothing is disclosed."""
    findings = Findings()
    with outcome.plan() as items:
        for item in items:
            if isinstance(item, Unsearched):
                findings.note_unsearched(item)
    return findings


def _beginning(items: Iterator[PlanItem]) -> tuple[list[PlanItem], bool]:
    """The first items, and whether they are all."""
    kept: list[PlanItem] = []
    chars = 0
    for item in items:
        kept.append(item)
        chars += _RECORD_CHARS
        if not isinstance(item, Unsearched):
            chars += sum(_FIELD_CHARS + len(str(each.value)) for each in item.record.fields)
        if chars > KEPT_CHARS_MAX:
            return kept, False
    return kept, True


def _runs(rows: Iterable[tuple[str, Row]]) -> Iterator[tuple[str, Iterator[Row]]]:
    """The rows run by run of the same collection; one that comes again, in a later plan, is a table of its own."""
    for collection, run in groupby(rows, key=itemgetter(0)):
        yield collection, map(itemgetter(1), run)


def _noted(rows: Iterable[Row], table: Table, room: Room) -> Iterator[Row]:
    for row in rows:
        table.note(row, room)
        yield row


def _write_json(member: Member, rows: Iterable[Row]) -> None:
    """An array with a record on each line."""
    chunk = bytearray()
    before = b"[\n"
    for row in rows:
        chunk += before
        chunk += orjson.dumps(row)
        before = b",\n"
        if len(chunk) > _CHUNK:
            member.write(chunk)
            chunk.clear()
    chunk += b"\n]\n"
    member.write(chunk)


def _write_all_csv(
    archive: Archive,
    disclosure: Disclosure,
    items: Iterable[PlanItem],
    findings: Findings,
    wording: Wording,
    *,
    big: bool,
) -> None:
    for (_, rows), table in zip(_runs(disclosure.rows(items)), findings.tables, strict=True):
        with archive.member(f"{table.stem}.csv", big=big) as member:
            _write_csv(member, rows, table, further=wording.say("tables.further"))


def _write_csv(member: Member, rows: Iterable[Row], table: Table, *, further: str) -> None:
    columns = list(table.columns)
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write(_BYTE_ORDER_MARK)
    writer.writerow([_cell(name) for name in columns] + [further] * table.cut)
    for row in rows:
        cells = [_cell(row.get(name)) for name in columns]
        if table.cut:
            cells.append(str(len(row.keys() - table.columns.keys())))
        writer.writerow(cells)
        if buffer.tell() > _CHUNK:
            member.write(buffer.getvalue().encode())
            buffer.seek(0)
            buffer.truncate()
    member.write(buffer.getvalue().encode())


def _cell(value: Scalar) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return spreadsheet_cell(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
