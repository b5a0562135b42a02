"""The conditions by which rows are recognised as somebody's."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.types import NullType

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
        quote = self.dialect.identifier_preparer.quote
        named = [(qualifier + quote(column), self._kind(name, column)) for column in columns]
        return index_expression(kind, named, self.dialect.name)

    def recognised(self, name: str, alias: str, kinds: frozenset[IdentifierKind]) -> sa.ColumnElement[bool] | None:
        """True of rows that may be of somebody who is sought by these kinds; None if the table knows none of them."""
        conditions = []
        for kind, columns in self.sql_map.tables[name].recognised_by:
            if kind in kinds:
                compared: sa.ColumnElement[object] = sa.literal_column(
                    self.expression(name, kind, columns, f"{alias}.")
                )
                parameter = _parameter(kind, self._kind(name, columns[0]))
                conditions.append(compared.in_(sa.bindparam(parameter, expanding=True, type_=NullType())))
        return sa.or_(*conditions) if conditions else None

    def parameters(self, name: str, sought: Sought) -> dict[str, list[object]]:
        """What `recognised` is executed with."""
        return {
            _parameter(kind, of): [*sought.candidates(kind, of)]
            for kind, columns in self.sql_map.tables[name].recognised_by
            for of in (self._kind(name, columns[0]),)
        }

    def _kind(self, name: str, column: str) -> Kind:
        return self.live.tables[name].columns[column].kind


def _parameter(kind: IdentifierKind, of: Kind) -> str:
    return f"{kind}_{'integer' if of == 'integer' else 'text'}"
