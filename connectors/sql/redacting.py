"""Taking mentions of a person out of the texts of others, and nothing else."""

import re
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.types import NullType

from connectors.sql.changes import Row, Step
from connectors.sql.choosing import Chosen, conditions
from connectors.sql.live import LiveColumn
from connectors.sql.passages import without
from connectors.sql.target import Target
from connectors.sql.traces import Traces

_SHORT_MARK = "…"  # where the column has no room for more; every mention is longer


def redact(connection: sa.Connection, target: Target, step: Step, rows: Sequence[Row], traces: Traces) -> int:
    """Put the mark in place of what leads to the person; the number of rows in which there was any."""
    table, mapped = target.live.tables[step.table], target.sql_map.tables[step.collection]
    chosen, names = Chosen.of(rows), sorted(name for name, _ in step.columns)
    clause = table.clause
    where = conditions(table, key=mapped.key, shape=chosen.shape, dialect=target.prepared.dialect)
    select = sa.select(*(clause.c[each] for each in (*mapped.key, *names))).where(*where).with_for_update()
    changed: list[dict[str, object]] = []
    for row in connection.execute(select, target.parameters(step, chosen)):
        texts = dict(zip(names, row[len(mapped.key) :], strict=True))
        new = {name: _redacted(text, traces, target.sql_map.mark, table.columns[name]) for name, text in texts.items()}
        if new != texts:
            changed.append(
                {f"new_{at}": new[name] for at, name in enumerate(names)}
                | {f"key_{at}": value for at, value in enumerate(row[: len(mapped.key)])}
            )
    if changed:
        connection.execute(_update(clause, mapped.key, names), changed)
    return len(changed)


def _update(clause: sa.TableClause, key: Sequence[str], names: Sequence[str]) -> sa.Update:
    keyed = (clause.c[each] == sa.bindparam(f"key_{at}", type_=NullType()) for at, each in enumerate(key))
    return (
        sa.update(clause)
        .where(*keyed)
        .values({name: sa.bindparam(f"new_{at}", type_=NullType()) for at, name in enumerate(names)})
    )


def _redacted(text: object, traces: Traces, mark: str, column: LiveColumn) -> object:
    if not isinstance(text, str) or not (there := traces.in_text(text)):
        return text
    new = without(text, there, mark)
    room = re.search(r"\((\d+)\)$", column.declared)
    return without(text, there, _SHORT_MARK) if room and len(new) > int(room[1]) else new
