"""What is to be done to rows, collected so that one statement serves all rows alike."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import orjson

from connectors.sql.map import Table
from habeas.domain.records import Record, Scalar
from habeas.errors import PermanentError

Verb = Literal["erased", "anonymised"]
Restriction = Literal["restricted", "lifted"]
Key = tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """The same change to some rows of one table. `held_by` is JSON: what ties the rows to the person."""

    collection: str
    table: str
    held_by: bytes
    delete: bool
    columns: frozenset[tuple[str, Verb]]
    marked: bool
    restriction: Restriction | None
    restricted_with: Key | None

    def alternatives(self) -> list[dict[str, Scalar]]:
        """Columns and their content; a row is still the person's if all of one alternative holds."""
        alternatives: list[dict[str, Scalar]] = orjson.loads(self.held_by)
        return alternatives


@dataclass(slots=True)
class Change:
    """All that is to happen to one record, gathered call by call.

    It becomes one statement: after the first of several the row may no longer hold what ties it to the person.
    """

    record: Record
    delete: bool = False
    marked: bool = False
    columns: dict[str, Verb] = field(default_factory=dict)
    restriction: Restriction | None = None

    def concerns(self, record: Record) -> bool:
        """True if it is a change of that same record."""
        return self.record.collection == record.collection and self.record.key == record.key

    def empty(self, table: Table, fields: tuple[str, ...], verb: Verb) -> None:
        """Erase or anonymise some fields, or the whole record if there are no names or all of them."""
        names = {each.name for each in self.record.fields}
        whole = not fields or names <= set(fields)
        if whole and verb == "erased" and table.erase == "delete":
            self.delete = True
            return
        self.marked = self.marked or (whole and verb == "erased")
        mapped = table.fields
        for name in names if whole else fields:
            if name not in mapped:
                raise PermanentError(f"the plan names {self.record.collection}.{name}, which the map no longer has")
            if name not in table.key:  # what a key holds can only go with its row
                self.columns[name] = verb

    def key(self) -> Key:
        """The row's key."""
        return _key(self.record.locator, "key")

    def step(self) -> Step:
        """The statement that this record's change is part of."""
        locator = self.record.locator
        table, held_by = locator.get("table"), locator.get("held_by")
        if not isinstance(table, str) or not isinstance(held_by, list):
            raise PermanentError(f"the plan does not say where {self.record.collection} are: plan again")
        with_parent = _key(locator, "restricted_with") if "restricted_with" in locator else None
        return Step(
            collection=self.record.collection,
            table=table,
            held_by=orjson.dumps(held_by, option=orjson.OPT_SORT_KEYS),
            delete=self.delete,
            columns=frozenset() if self.delete else frozenset(self.columns.items()),
            marked=self.marked and not self.delete,
            restriction=None if self.delete else self.restriction,
            restricted_with=with_parent if self.restriction and not self.delete else None,
        )


def _key(locator: Mapping[str, object], name: str) -> Key:
    key = locator.get(name)
    if not isinstance(key, list) or not key:
        raise PermanentError("the plan does not name the rows that it changes: plan again")
    return tuple(key)
