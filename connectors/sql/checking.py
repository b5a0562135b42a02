"""The map against the live schema: every mismatch by table and column, before it costs somebody their right."""

import re
from collections.abc import Iterator

import sqlalchemy as sa

from connectors.sql.inbox import NAME as INBOX
from connectors.sql.live import LiveColumn, LiveSchema, LiveTable
from connectors.sql.map import MoveTo, SideTable, SqlMap, Table
from connectors.sql.pseudonyms import LENGTH, PSEUDONYM
from habeas.ports import Problem

_HOLDING_JSON = {"json", "jsonb", "text"}  # of SQLite all are text here, as its types say little


def mismatches(
    sql_map: SqlMap, live: LiveSchema, connection: sa.Connection, *, only_missing: bool = False
) -> list[Problem]:
    """What doesn't fit; `only_missing` is what no search can do without."""
    problems: list[Problem] = []
    for name, mapped in sql_map.tables.items():
        problems += _missing(sql_map.place(name), _needed(sql_map, name), live)
        match mapped.own_restriction:
            case MoveTo(move_to=target) if name in live.tables:
                problems += _missing(target, frozenset(live.tables[name].columns), live)
            case SideTable(side_table=target, columns=pairs, since=since):
                problems += _missing(target, frozenset({*pairs, *([since] if since else [])}), live)
            case _:
                pass
    problems = list(dict.fromkeys(problems))  # several collections may be in one table
    if only_missing:
        return problems
    known: dict[str, frozenset[str]] = {}
    for name, mapped in sql_map.tables.items():
        known[sql_map.place(name)] = known.get(sql_map.place(name), frozenset()) | mapped.mentioned
    for place, columns in known.items():
        if place in live.tables:
            problems += _unmapped(place, columns, live.tables[place])
    unfit: dict[Problem, None] = {}
    for name, mapped in sql_map.tables.items():
        if name in live.tables:
            unfit |= dict.fromkeys(_unfit(sql_map.place(name), mapped, live.tables[name]))
    problems += unfit
    return problems + list(_inbox(sql_map, connection))


def _needed(sql_map: SqlMap, name: str) -> frozenset[str]:
    joined = (
        table.through.columns.values() for table in sql_map.tables.values() if _joins(table, name) and table.through
    )
    return sql_map.tables[name].mentioned.union(*joined)


def _joins(table: Table, name: str) -> bool:
    return table.through is not None and table.through.table == name


def _missing(name: str, columns: frozenset[str], live: LiveSchema) -> Iterator[Problem]:
    if name not in live.tables:
        yield Problem(f"{name} does not exist", "correct the table's name in the map, or the user's rights")
        return
    for column in sorted(columns - live.tables[name].columns.keys()):
        within = any(column.startswith((f"{each}.", f"{each}[")) for each in live.tables[name].columns)
        remedy = "correct the column's name in the map, or take it out"
        if within:
            remedy = "list the path under 'json', or correct the column's name"
        yield Problem(f"{name}.{column} does not exist", remedy)


def _unmapped(name: str, known: frozenset[str], live: LiveTable) -> Iterator[Problem]:
    for column in sorted(live.columns.keys() - known):
        yield Problem(f"{name}.{column} is not in the map", "give it a category, or list it under 'ignored'")


def _unfit(name: str, mapped: Table, live: LiveTable) -> Iterator[Problem]:
    if not live.is_unique(frozenset(mapped.key)):
        yield Problem(f"{name}.{'+'.join(mapped.key)} does not name one row", "map a primary key or unique columns")
    if mapped.free_text:
        yield from _unfit_texts(name, mapped, live)
        return
    for column in sorted(mapped.in_json.keys() & live.columns.keys()):
        if live.columns[column].kind != "text" and live.columns[column].declared not in _HOLDING_JSON:
            yield Problem(f"{name}.{column} holds no JSON", "take it out of 'json'")
    for column in sorted(mapped.own_fields & live.columns.keys() - set(mapped.key)):
        yield from _unfit_replacement(name, column, mapped, live)
    if isinstance(mapped.own_restriction, MoveTo) and live.blocked_by:
        others = ", ".join(sorted(live.blocked_by))
        yield Problem(f"{name} can't be moved: {others} refers to it", "restrict it by a flag or a side table")


def _unfit_texts(name: str, mapped: Table, live: LiveTable) -> Iterator[Problem]:
    """The rows are others', so nobody's rows above them say how they are restricted."""
    for column in sorted(mapped.free_text & live.columns.keys()):
        if live.columns[column].kind != "text":
            yield Problem(f"{name}.{column} is no text", "take it out of 'free_text'")
    if mapped.own_restriction is None:
        yield Problem(f"{name} has free text and no restriction of its own", "give it a flag or a side table")


def _unfit_replacement(name: str, column: str, mapped: Table, live: LiveTable) -> Iterator[Problem]:
    replacement = mapped.replacements.get(column)
    if replacement is None and not live.columns[column].nullable:
        yield Problem(f"{name}.{column} may not be empty", "give it a value under 'replacements'")
    constant = replacement is not None and not any(each in str(replacement) for each in ("{key}", PSEUDONYM))
    if constant and live.is_unique(frozenset({column})):
        yield Problem(f"{name}.{column} is unique, its replacement the same for all", "put {key} into it")
    for each in (replacement, mapped.anonymised.get(column)):
        yield from _unfit_pseudonym(f"{name}.{column}", str(each), live.columns[column])


def _unfit_pseudonym(column: str, replacement: str, live: LiveColumn) -> Iterator[Problem]:
    if PSEUDONYM not in replacement:
        return
    room = re.search(r"\((\d+)\)$", live.declared)
    needed = len(replacement.replace(PSEUDONYM, "x" * LENGTH))
    if live.kind != "text":
        yield Problem(f"{column} is no text, a pseudonym is", "give it another replacement")
    elif room and int(room[1]) < needed:
        yield Problem(f"{column} holds {room[1]} characters, its pseudonym has {needed}", "shorten the replacement")


def _inbox(sql_map: SqlMap, connection: sa.Connection) -> Iterator[Problem]:
    if sql_map.inbox is not True or sa.inspect(connection).has_table(INBOX):
        return
    if connection.dialect.name == "postgresql" and not connection.scalar(
        sa.text("SELECT has_schema_privilege(current_schema(), 'CREATE')")
    ):
        yield Problem(f"{INBOX} does not exist and may not be made", "grant CREATE, make it, or set 'inbox: auto'")
