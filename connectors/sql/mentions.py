"""Finding people in the texts of others: rows that are not theirs, and that mention them by a strong identifier."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

import sqlalchemy as sa

from connectors.sql.owning import ORDER
from connectors.sql.passages import Masking, passage
from connectors.sql.reading import RowReader
from connectors.sql.statements import Statements
from connectors.sql.traces import Trace, Traces
from connectors.sql.values import key_text, scalar
from habeas.domain.records import Field, Found, Match, Record, Redaction

_LITERALS_MAX = 50
"""Texts that SQLite is asked for; of more people than that it gives all rows."""
_STREAMED = {"stream_results": True, "yield_per": 500}


class Mentions:
    """The mentions in one table: one pass over it for all people."""

    def __init__(self, statements: Statements, reader: RowReader) -> None:
        self._statements = statements
        self._reader = reader
        self._own = statements.chain[0]
        self._texts = [(name, statements.position(0, name), category) for name, category in self._own.fields.items()]
        self._key = [statements.position(0, column) for column in self._own.key]

    def found(self, connection: sa.Connection, traces: Traces, own: AbstractSet[int]) -> Iterator[Found]:
        """The rows that mention them, without those that are their own already (`own_row`)."""
        for tables, select in self._statements.of_any(lambda alias: self._mentioning(alias, traces, connection)):
            with connection.execute(select, execution_options=_STREAMED) as rows:
                for row in rows:
                    for token, record in self._records(row, tables, traces):
                        if own_row(token, self._own.table or self._statements.name, record.key) not in own:
                            yield Found(token, record)

    def _mentioning(self, alias: sa.FromClause, traces: Traces, connection: sa.Connection) -> sa.ColumnElement[bool]:
        """A quick look; `Traces` has the last word."""
        columns = [alias.c[name] for name, _, _ in self._texts]
        if connection.dialect.name == "postgresql":
            return sa.or_(*(sa.cast(each, sa.Text).op("~*")(sa.literal(traces.pattern, sa.Text)) for each in columns))
        literals = traces.literals
        if literals is None or len(literals) > _LITERALS_MAX or not all(each.isascii() for each in literals):
            return sa.or_(*(each.is_not(None) for each in columns))
        small = [sa.func.lower(each) for each in columns]
        return sa.or_(*(sa.func.instr(each, literal) > 0 for each in small for literal in sorted(literals)))

    def _records(
        self, row: sa.Row[tuple[object, ...]], tables: tuple[str, ...], traces: Traces
    ) -> Iterator[tuple[str, Record]]:
        by_person: dict[str, dict[str, list[Trace]]] = {}
        for name, at, _ in self._texts:
            for trace in traces.in_text(row[at]) if isinstance(row[at], str) else ():
                by_person.setdefault(trace.token, {}).setdefault(name, []).append(trace)
        for token, mentions in by_person.items():
            kinds = {each.kind for some in mentions.values() for each in some}
            key = [scalar(row[at]) for at in self._key]
            fields, redactions = self._fields(row, mentions)
            yield (
                token,
                Record(
                    collection=self._statements.name,
                    key=key_text(key),
                    match=Match.STRONG,
                    matched_by=tuple(sorted(kinds, key=ORDER.__getitem__)),
                    fields=fields,
                    redactions=redactions,
                    relation=self._reader.relation(row),
                    restricted=self._reader.is_restricted(row, tables),
                    locator={"table": tables[0], "key": key, "held_by": []},
                ),
            )

    def _fields(
        self, row: sa.Row[tuple[object, ...]], mentions: Mapping[str, Sequence[Trace]]
    ) -> tuple[tuple[Field, ...], tuple[Redaction, ...]]:
        fields: list[Field] = []
        redactions: list[Redaction] = []
        for name, at, category in self._texts:
            notes: list[Masking] = []
            shown = passage(str(row[at]), mentions[name], notes) if name in mentions else None
            fields.append(Field(name, shown, category))
            redactions += (Redaction(name, what, stood) for what, stood in notes)
        return tuple(fields), tuple(redactions)


def own_row(token: str, place: str, key: str) -> int:
    """A row that is somebody's own, in eight bytes: they may have a million."""
    return hash((token, place, key))
