"""Tables in which a row is about several persons, or only mentions them, as a collection for each.

A table of messages with a sender and a receiver becomes `messages.sender` and `messages.receiver`; its texts in which
anybody may be mentioned become `messages.mentions`. They share the table's rows, not what each may change of them.
"""

from collections.abc import Mapping

from connectors.sql.entries import Columns, Table, Through

MENTIONS = "mentions"


def collections_of(tables: Mapping[str, Table]) -> dict[str, Table]:
    """The tables of a map as collections. Raises ValueError if a join doesn't say which of its parent's persons."""
    made: dict[str, Table] = {}
    for name, table in tables.items():
        if clash := next((each for each in (*table.persons, MENTIONS) if f"{name}.{each}" in tables), None):
            raise ValueError(f"{name}.{clash} is the name of a table: call the person something else")
        alone = table.model_copy(update={"through": _resolved(name, table.through, tables), "free_text": frozenset()})
        if table.persons:
            made |= {f"{name}.{role}": _collection(name, table, role, tables) for role in table.persons}
        elif table.identifiers or table.through:
            made[name] = alone
        if table.free_text:
            made[f"{name}.{MENTIONS}"] = _mentions(name, table)
    return made


def _collection(name: str, table: Table, role: str, tables: Mapping[str, Table]) -> Table:
    person = table.persons[role]
    if role == MENTIONS:
        raise ValueError(f"{name}.persons.{role}: call them something else")
    own = _merged(table.categories, person.categories)
    listed = [column for columns in own.values() for column in columns]
    if twice := {column for column in listed if listed.count(column) > 1}:
        raise ValueError(f"{name}.persons.{role}: {min(twice)} is in more than one category")
    held = set(listed)
    others: dict[str, Columns] = {}
    for other in table.persons.values():
        for category, columns in other.categories.items():
            left = tuple(each for each in columns if each not in held)
            others = _merged(others, {category: left})
            held.update(left)
    of_others = frozenset(column for columns in others.values() for column in columns)
    return table.model_copy(
        update={
            "title": person.title or f"{table.title} ({role.replace('_', ' ')})",
            "table": table.table or name,
            "persons": {},
            "free_text": frozenset(),
            "identifiers": person.identifiers,
            "through": _resolved(f"{name}.persons.{role}", person.through, tables),
            "relation": table.relation if person.relation is None else person.relation,
            "anchors": {**table.anchors, **person.anchors},
            "categories": _merged(own, others),
            "of_others": of_others,
            "erase": person.erase,
            "erased_marks": person.erased_marks,
            "restrict": table.restrict if person.restrict is None else person.restrict,
        }
    )


def _mentions(name: str, table: Table) -> Table:
    every = dict(table.categories)
    for person in table.persons.values():
        every = _merged(every, person.categories)
    texts = {
        category: tuple(each for each in columns if each in table.free_text) for category, columns in every.items()
    }
    return Table(
        title=f"{table.title} (mentions)",
        table=table.table or name,
        key=table.key,
        categories={category: columns for category, columns in texts.items() if columns},
        free_text=table.free_text,
        ignored=table.ignored,
        erase="columns",
        restrict=table.restrict,
    )


def _resolved(name: str, through: Through | None, tables: Mapping[str, Table]) -> Through | None:
    if through is None or through.table not in tables:
        return through
    persons = tables[through.table].persons
    if through.person is None and not persons:
        return through
    if through.person is None:
        raise ValueError(f"{name}.through: {through.table} has several persons, say which one: person: {min(persons)}")
    if through.person not in persons:
        raise ValueError(f"{name}.through.person: {through.table} has no person {through.person}")
    return through.model_copy(update={"table": f"{through.table}.{through.person}", "person": None})


def _merged(one: Mapping[str, Columns], other: Mapping[str, Columns]) -> dict[str, Columns]:
    return {
        category: tuple(dict.fromkeys((*one.get(category, ()), *other.get(category, ()))))
        for category in dict.fromkeys((*one, *other))
    }
