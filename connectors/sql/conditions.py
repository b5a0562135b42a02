"""The conditions by which rows are recognised as somebody's."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.types import NullType

from connectors.sql.json_sql import indexable, whose
from connectors.sql.live import Kind, LiveSchema
from connectors.sql.map import SqlMap
from connectors.sql.recognition import Sought, index_expression
from habeas.domain.subjects import IdentifierKind


@dataclass(frozen=True, slots=True)
class Conditions:
    """Makes them for the tables of one map."""

    sql_map: SqlMap
    live: LiveSchema
    dialect: sa.Dialect

    def expression(self, name: str, kind: IdentifierKind, columns: tuple[str, ...], qualifier: str = "") -> str:
        """The SQL that is compared; an index over it makes the look-up quick."""
        named = [(self._quoted(name, column, qualifier), self._kind(name, column)) for column in columns]
        return index_expression(kind, named, self.dialect.name)

    def can_be_indexed(self, name: str, columns: tuple[str, ...]) -> bool:
        """False if `expression` can't be made of one of them, which is within JSON."""
        return all(self._within_json(name, column, "") is not None for column in columns)

    def recognised(self, name: str, alias: str, kinds: frozenset[IdentifierKind]) -> sa.ColumnElement[bool] | None:
        """True of rows that may be of somebody who is sought by these kinds; None if the table knows none of them."""
        conditions = []
        for kind, columns in self.sql_map.tables[name].recognised_by:
            if kind in kinds:
                conditions.append(self._recognised(name, f"{alias}.", kind, columns))
        return sa.or_(*conditions) if conditions else None

    def _recognised(
        self, name: str, qualifier: str, kind: IdentifierKind, columns: tuple[str, ...]
    ) -> sa.ColumnElement[bool]:
        sought = sa.bindparam(_parameter(kind, self._kind(name, columns[0])), expanding=True, type_=NullType())

        def among(expression: str) -> sa.ColumnElement[bool]:
            return sa.literal_column(expression).in_(sought)

        in_json = self.sql_map.tables[name].json_fields
        if not any(each in in_json for each in columns) or self.can_be_indexed(name, columns):
            return among(self.expression(name, kind, columns, qualifier))
        if len(columns) > 1:  # a name of which a part is in a text that may not be JSON
            return sa.true()
        column, path, _ = in_json[columns[0]]
        return whose(
            qualifier + self.dialect.identifier_preparer.quote(column),
            path,
            self.live.tables[name].columns[column],
            self.dialect.name,
            lambda value: among(index_expression(kind, [(value, "text")], self.dialect.name)),
        )

    def _quoted(self, name: str, column: str, qualifier: str) -> str:
        found = self._within_json(name, column, qualifier)
        assert found is not None
        return found

    def _within_json(self, name: str, column: str, qualifier: str) -> str | None:
        """What stands there as SQL, None if it can't be said without looking at several values or at no JSON."""
        quote = self.dialect.identifier_preparer.quote
        if column not in (in_json := self.sql_map.tables[name].json_fields):
            return qualifier + quote(column)
        held_in, path, _ = in_json[column]
        live = self.live.tables[name].columns[held_in]
        return indexable(qualifier + quote(held_in), path, live, self.dialect.name)

    def parameters(self, name: str, sought: Sought) -> dict[str, list[object]]:
        """What `recognised` is executed with."""
        return {
            _parameter(kind, of): [*sought.candidates(kind, of)]
            for kind, columns in self.sql_map.tables[name].recognised_by
            for of in (self._kind(name, columns[0]),)
        }

    def _kind(self, name: str, column: str) -> Kind:
        if column in self.sql_map.tables[name].json_fields:
            return "text"
        return self.live.tables[name].columns[column].kind


def _parameter(kind: IdentifierKind, of: Kind) -> str:
    return f"{kind}_{'integer' if of == 'integer' else 'text'}"
