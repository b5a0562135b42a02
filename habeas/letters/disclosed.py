"""What an access answer shows of each record: its disclosed fields, and a mark where one is withheld."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from habeas.domain.outcomes import Decision, Disclose, Reason, Withhold
from habeas.domain.plans import PlanItem, PlannedRecord
from habeas.domain.records import Masked, Record, Scalar, Unsearched
from habeas.letters.wording import Wording

PREVIEW_ROWS_MAX = 500
"""Of a table, on the page; the files have the others."""

PREVIEW_ROWS_MIN = 20
"""Of a table, however much is on the page already."""

PREVIEW_CHARS_MAX = 400
PAGE_CHARS_MAX = 2_000_000
"""Of all tables on a page together, beyond which only the first rows of a table go onto it."""

_CELL_CHARS = 40
COLUMNS_MAX = 1_000
REASONS_MAX = 50
"""Of unsearched places; those beyond are counted as one."""


class Mark(str):
    """What stands in place of a withheld field; a field's own text never is one."""

    __slots__ = ()


Row = dict[str, Scalar]


@dataclass(slots=True)
class Room:
    """What a page can still take, in characters; one for all tables of a package."""

    chars: int = PAGE_CHARS_MAX

    def take(self, row: Row) -> bool:
        """Make use of it for a row, if there is any left."""
        if self.chars <= 0:
            return False
        self.chars -= sum(_CELL_CHARS + (len(value) if isinstance(value, str) else 0) for value in row.values())
        return True


@dataclass(slots=True)
class Table:
    """What one run of records of one collection has come to; the rows themselves have gone by."""

    collection: str
    stem: str
    columns: dict[str, None] = field(default_factory=dict)
    rows: int = 0
    cut: bool = False
    preview: list[Row] = field(default_factory=list)

    def note(self, row: Row, room: Room) -> None:
        """Remember the row's columns, and the first rows for the page as far as it has room."""
        self.rows += 1
        if not row.keys() <= self.columns.keys():
            for name in row:
                if len(self.columns) < COLUMNS_MAX:
                    self.columns.setdefault(name)
                elif name not in self.columns:
                    self.cut = True
        if self.rows == len(self.preview) + 1 <= PREVIEW_ROWS_MAX:
            shortened = {name: _shortened(value) for name, value in row.items()}
            if room.take(shortened) or self.rows <= PREVIEW_ROWS_MIN:
                self.preview.append(shortened)


@dataclass(slots=True)
class Findings:
    """What streaming through one system's plan has shown besides the rows."""

    tables: list[Table] = field(default_factory=list)
    categories: set[str] = field(default_factory=set)
    unsearched: Counter[str] = field(default_factory=Counter)
    masked: Counter[str] = field(default_factory=Counter)
    """Places within what is given, by what they are about: "others", "numbers", "secrets"."""

    def note_masked(self, record: Record) -> None:
        """Count what was masked in a record of which something is given."""
        self.masked.update([_about(each.what) for each in record.redactions])

    def note_unsearched(self, place: Unsearched) -> None:
        """Count the place under its reason; the place itself may name others and isn't kept."""
        known = place.reason in self.unsearched or len(self.unsearched) < REASONS_MAX
        self.unsearched[place.reason if known else ""] += 1


@dataclass(slots=True)
class _Fates:
    """What decisions mean for fields by name; the mark for all, if there is one, goes before `everything`."""

    decisions: tuple[Decision, ...]
    everything: bool = False
    passage: bool = False
    shown: set[str] = field(default_factory=set)
    marks: dict[str, Mark] = field(default_factory=dict)
    mark_for_all: Mark | None = None


class Disclosure:
    """Turns planned records into rows."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording
        self._marks: dict[str, Mark] = {}
        self._fates = _Fates(())

    def rows(self, items: Iterable[PlanItem], findings: Findings | None = None) -> Iterator[tuple[str, Row]]:
        """Each record's collection and what of it is shown; records of which nothing is are left out.

        The findings take note of the rest as it goes by.
        """
        for item in items:
            if isinstance(item, Unsearched):
                if findings is not None:
                    findings.note_unsearched(item)
                continue
            row = self._row(item)
            if row:
                if findings is not None:
                    findings.categories.update([each.category for each in item.record.fields])
                    if item.record.redactions:
                        findings.note_masked(item.record)
                yield item.record.collection, row

    def _row(self, planned: PlannedRecord) -> Row:
        fields = planned.record.fields
        # Neighbours mostly have the same decisions.
        if planned.decisions != self._fates.decisions:
            self._fates = self._read(planned.decisions)
        fates = self._fates
        if fates.everything and not fates.marks and fates.mark_for_all is None:
            row: Row = {each.name: each.value for each in fields}
            if len(row) == len(fields):
                return self._with_passage(row, planned.record)
        row = {}
        for each in fields:
            mark = fates.mark_for_all or fates.marks.get(each.name)
            if mark is not None or fates.everything or each.name in fates.shown:
                name = _free(each.name, row) if each.name in row else each.name
                row[name] = each.value if mark is None else mark
        return self._with_passage(row, planned.record)

    def _with_passage(self, row: Row, record: Record) -> Row:
        """A mention says little without the words around it; a portable copy has only what the person provided."""
        if record.passage is not None and self._fates.passage:
            name = self._wording.say("tables.passage")
            row[_free(name, row) if name in row else name] = record.passage
        return row

    def _read(self, decisions: tuple[Decision, ...]) -> _Fates:
        fates = _Fates(decisions)
        for decision in decisions:
            if isinstance(decision.outcome, Disclose):
                fates.shown.update(decision.fields)
                fates.everything |= not decision.fields
                fates.passage |= decision.outcome.reason is Reason.ACCESS
            elif isinstance(decision.outcome, Withhold):
                mark = self._mark(decision.outcome.reason)
                fates.marks.update(dict.fromkeys(decision.fields, mark))
                if not decision.fields:
                    fates.mark_for_all = mark
        return fates

    def _mark(self, reason: str) -> Mark:
        if reason not in self._marks:
            path = f"marks.{reason}"
            self._marks[reason] = Mark(self._wording.say(path if self._wording.knows(path) else "marks.other"))
        return self._marks[reason]


def _about(what: Masked) -> str:
    return "others" if what.is_others else "numbers" if what.is_number else "secrets"


def _free(name: str, row: Row) -> str:
    """A name for a further field of the same name, so that none is lost."""
    number = 2
    while f"{name} ({number})" in row:
        number += 1
    return f"{name} ({number})"


def _shortened(value: Scalar) -> Scalar:
    if isinstance(value, str) and not isinstance(value, Mark) and len(value) > PREVIEW_CHARS_MAX:
        return value[:PREVIEW_CHARS_MAX] + "…"
    return value
