"""What people state about a row stands in a column of it, one statement below the other (Article 16)."""

import re
from collections.abc import Sequence

import sqlalchemy as sa

from connectors.sql.choosing import Where
from connectors.sql.live import LiveTable
from connectors.sql.map import Table
from habeas.domain.outcomes import Annotate

_STATED = re.compile(r"^On \d{4}-\d\d-\d\d, request (\S+):$", re.MULTILINE)


def stated(annotation: Annotate, fields: tuple[str, ...]) -> str:
    """As it stands in the column: the day, the request, which fields it is about, and the words, which are indented."""
    about = [f"    About: {', '.join(fields)}"] if fields else []
    lines = (f"    {line}" for line in annotation.text.replace("\0", " ").splitlines())
    return "\n".join([f"On {annotation.on.isoformat()}, request {annotation.request}:", *about, *lines])


def requests_in(value: object) -> tuple[str, ...]:
    """The requests of which there is a statement in the column."""
    return tuple(_STATED.findall(str(value))) if value is not None else ()


def column_of(mapped: Table) -> str | None:
    """The column for statements about a record, None if the map names none, or it is another person's."""
    return mapped.statement if mapped.statement in mapped.own_fields else None


def stating(table: LiveTable, column: str, where: Sequence[Where]) -> sa.Update:
    """Add `:stated` below what is there, unless a statement of `:request` is."""
    there = sa.cast(table.clause.c[column], sa.Text)
    new = sa.bindparam("stated", type_=sa.Text)
    mark = sa.literal(", request ", sa.Text) + sa.bindparam("request", type_=sa.Text) + sa.literal(":", sa.Text)
    lacks = sa.or_(there.is_(None), ~there.contains(mark))
    below = sa.case((sa.func.coalesce(there, "") == "", new), else_=there + sa.literal("\n\n", sa.Text) + new)
    return sa.update(table.clause).where(*where, lacks).values({column: below})
