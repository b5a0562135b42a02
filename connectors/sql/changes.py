"""What is to be done to rows, collected so that one statement serves all rows alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from connectors.sql.json_texts import Path
from connectors.sql.map import Table
from habeas.domain.outcomes import Annotate
from habeas.domain.records import Record, Scalar, immutable
from habeas.errors import PermanentError

Verb = Literal["erased", "anonymised"]
Restriction = Literal["restricted", "lifted"]
Key = tuple[Scalar, ...]
Tie = tuple[tuple[str, ...], Key]
"""Columns and their content: a row is still the person's if one of its ties holds."""


@dataclass(frozen=True, slots=True)
class Step:
    """The same change to some rows of one table."""

    collection: str
    table: str
    delete: bool = False
    columns: frozenset[tuple[str, Verb]] = frozenset()
    marked: bool = False
    restriction: Restriction | None = None

    @property
    def verbs(self) -> list[Verb | Restriction]:
        """As what its rows are counted."""
        verbs: set[Verb | Restriction] = {verb for _, verb in self.columns}
        if self.delete:
            verbs.add("erased")
        if self.restriction:
            verbs.add(self.restriction)
        return sorted(verbs)


@immutable
class Row:
    """One row to change. `restricted_with` is the key of the row above by which it is restricted, if it is.

    `narrowed` are the paths to what is the person's in lists of several people, by the fields' names.
    """

    key: Key
    ties: tuple[Tie, ...]
    restricted_with: Key | None = None
    narrowed: Mapping[str, Sequence[Path]] | None = None


@dataclass(slots=True)
class Change:
    """All that is to happen to one record, gathered call by call.

    It becomes one statement: after the first of several the row may no longer hold what ties it to the person.
    """

    record: Record
    emptied: list[tuple[tuple[str, ...], Verb]] = field(default_factory=list)
    restriction: Restriction | None = None
    corrected: dict[str, str] | None = None
    stated: list[tuple[tuple[str, ...], Annotate]] | None = None

    def concerns(self, record: Record) -> bool:
        """True if it is a change of that same record."""
        return self.record.key == record.key and self.record.collection == record.collection


class Rows:
    """The rows that changes are of."""

    def __init__(self) -> None:
        self._last: tuple[object, tuple[Tie, ...]] = (None, ())  # many rows are tied by the same

    def row(self, change: Change) -> Row:
        """The row that the record is, before it is corrected. Raises PermanentError if the plan does not name it."""
        locator = change.record.locator
        key, held_by = locator.get("key"), locator.get("held_by")
        if type(key) is not list or not key or type(held_by) is not list:
            raise PermanentError("the plan does not name the rows that it changes: plan again")
        last, ties = self._last
        if held_by != last:
            ties = tuple([(tuple(each), tuple(each.values())) for each in held_by])
            self._last = (held_by, ties)
        narrowed = locator.get("narrowed")
        if change.restriction is None and narrowed is None:
            return Row(tuple(key), ties)
        theirs = None
        if isinstance(narrowed, dict):
            theirs = {name: [tuple(path) for path in paths] for name, paths in narrowed.items()}
        with_parent = locator.get("restricted_with") if change.restriction else None
        return Row(tuple(key), ties, tuple(with_parent) if isinstance(with_parent, list) else None, theirs)


def once_corrected(row: Row, corrected: Mapping[str, str]) -> Row:
    """The row with what ties it to the person as it then is."""
    ties = tuple(
        (columns, tuple(corrected.get(name, value) for name, value in zip(columns, values, strict=True)))
        for columns, values in row.ties
    )
    return replace(row, ties=ties)


class Steps:
    """The step that a change is; worked out once for all records that are alike."""

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self._tables = tables
        self._known: dict[tuple[object, ...], Step] = {}

    def step(self, change: Change) -> Step:
        """Raises PermanentError if the plan names what the map no longer has."""
        record = change.record
        names = tuple([each.name for each in record.fields])
        place = record.locator.get("table")
        alike = (record.collection, place, names, *change.emptied, change.restriction)
        step = self._known.get(alike)
        if step is None:
            if not isinstance(place, str):
                raise PermanentError(f"the plan does not say where {record.collection} are: plan again")
            step = self._known[alike] = _step(change, self._tables[record.collection], place, frozenset(names))
        return step


def _step(change: Change, table: Table, place: str, names: frozenset[str]) -> Step:
    """Erase or anonymise some fields, or the whole record if there are no names or all of them."""
    collection = change.record.collection
    columns: dict[str, Verb] = {}
    marked = False
    mapped = table.fields
    own = names - table.of_others
    for fields, verb in change.emptied:
        whole = not fields or (bool(own) and own <= set(fields))
        if whole and verb == "erased" and table.erase == "delete":
            return Step(collection, place, delete=True)
        marked = marked or (whole and verb == "erased")
        for name in names if whole else fields:
            if name not in mapped:
                raise PermanentError(f"the plan names {collection}.{name}, which the map no longer has")
            if name in own and name not in table.key:  # what a key holds can only go with its row
                columns[name] = verb
    return Step(collection, place, columns=frozenset(columns.items()), marked=marked, restriction=change.restriction)
