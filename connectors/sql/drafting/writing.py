"""The draft as YAML for a person to edit: what is proposed, from what it was guessed, and what is left to decide."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

import sqlalchemy as sa

from connectors.sql.drafting.guessing import Guess
from connectors.sql.drafting.inspecting import Inspected
from connectors.sql.drafting.joining import Joins, Link
from connectors.sql.drafting.vocabulary import says_deleted, says_ended, says_restricted
from habeas.domain.subjects import IdentifierKind

_HEAD = """\
# A draft, guessed from the names, types and keys of the database and from the shapes of a few values. Nothing in it is
# certain: go through every TODO, and compare with 'habeas doctor'. connectors/sql/README.md explains each entry.
region: GB  # TODO: the country that completes phone numbers written without a country code
inbox: auto

tables:
"""
_PLAIN = re.compile(r"[A-Za-z_][\w.]*")
_WORDS = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}
_WIDTH = 100


def written(tables: Mapping[str, Inspected], guesses: Mapping[str, Mapping[str, Guess]], joins: Joins) -> str:
    """The map, with comments."""
    lines = [_HEAD.rstrip("\n")]
    for name, link in joins.links.items():
        lines += _table(tables[name], guesses[name], link, others=tables.keys() - joins.links.keys())
        lines.append("")
    keyless = sorted(name for name, table in tables.items() if not table.key)
    others = sorted(tables.keys() - joins.links.keys() - set(keyless))
    lines += _listed("# No personal data was recognised in these; they are looked through after an erasure:", others)
    lines += _listed("# TODO: these have no key; give them one if they hold people:", keyless)
    return "\n".join(lines).rstrip("\n") + "\n"


def _table(
    table: Inspected, guesses: Mapping[str, Guess], link: Link | None, *, others: AbstractSet[str]
) -> Iterator[str]:
    yield f"  {_word(table.name)}:"
    yield f"    title: {_word(_title(table.name))}  # TODO: as letters are to call it"
    yield f"    key: {_flow(table.key)}"
    yield from _identifiers(guesses)
    if link is not None:
        pairs = ", ".join(f"{_word(own)}: {_word(theirs)}" for own, theirs in link.columns)
        yield f"    through: {{table: {_word(link.parent)}, columns: {{{pairs}}}}}"
        if link.upward:
            yield f"    # TODO: {link.parent} refers to it; if several people's rows share one of these, leave it out"
    else:
        yield "    # relation: customer  # TODO: whose rules of retention apply; or {column: …}"
    fields = {
        column: guess
        for column, guess in guesses.items()
        if column in table.types and (column not in table.key or guess.identifiers)
    }
    yield from _categories(fields, in_json=bool(table.emails_in_json))
    yield from _in_json(table)
    yield from _flagged("secret", [column for column, guess in fields.items() if guess.meaning.secret])
    yield from _flagged("other_people", [column for column, guess in fields.items() if guess.meaning.other_people])
    marks = [column for column in table.types if says_deleted(column) and column not in fields]
    joining = {*table.key, *(own for own, _ in link.columns)} if link else {*table.key}
    yield from _rest(table, {*fields, *marks, *joining, *table.emails_in_json})
    yield from _endings(table, fields)
    yield from _erasing(table, marks, others=others)
    yield from _replacements(table, fields)
    yield from _restricting(table, fields, link)


def _identifiers(guesses: Mapping[str, Guess]) -> Iterator[str]:
    kinds: dict[IdentifierKind, list[str]] = {}
    for column, guess in guesses.items():
        for kind in guess.identifiers:
            kinds.setdefault(kind, []).append(column)
    named = [(guess.meaning.name_part, column) for column, guess in guesses.items() if guess.meaning.name_part]
    parts = dict(reversed(named))  # the first of each
    if kinds or {"first", "last"} <= parts.keys() or "whole" in parts:
        yield "    identifiers:"
    for kind, columns in kinds.items():
        doubts = {guesses[column].meaning.doubt for column in columns} - {None}
        seen = {shape for column in columns for shape in guesses[column].seen}
        said = "; ".join([*(f"values look like: {each}" for each in sorted(seen)), *sorted(map(str, doubts))])
        yield f"      {kind}: {_flow(columns)}" + (f"  # TODO: {said}" if said else "")
    if {"first", "last"} <= parts.keys():
        yield f"      name: {_flow([parts['first'], parts['last']])}"
    elif "whole" in parts:
        yield f"      name: {_flow([parts['whole']])}"


def _in_json(table: Inspected) -> Iterator[str]:
    if table.emails_in_json:
        yield "    json:  # TODO: what else at the paths beside these is personal data?"
    for column, paths in table.emails_in_json.items():
        yield f"      {_word(column)}: {{contact: {_flow(paths)}}}"


def _categories(fields: Mapping[str, Guess], *, in_json: bool) -> Iterator[str]:
    by_category: dict[str, list[str]] = {}
    for column, guess in fields.items():
        by_category.setdefault(guess.meaning.category, []).append(column)
    if not by_category and in_json:
        return
    if not by_category:
        yield "    categories: {}  # TODO: on the way to other tables; nothing of its own was recognised"
        return
    yield "    categories:"
    for category, columns in by_category.items():
        yield f"      {category}: {_flow(columns)}"
        for column in columns:
            guess = fields[column]
            if guess.meaning.doubt and not guess.identifiers:
                yield f"        # TODO {column}: {guess.meaning.doubt}"


def _rest(table: Inspected, placed: set[str]) -> Iterator[str]:
    left = [column for column in table.types if column not in placed]
    undecided = [column for column in left if column not in table.referring]
    if left:
        yield f"    ignored: {_flow(left)}"
    if undecided:
        yield from _listed("    # TODO: nothing was recognised in these; are they personal data?", undecided, "    ")


def _endings(table: Inspected, fields: Mapping[str, Guess]) -> Iterator[str]:
    for column, type_ in table.types.items():
        if says_ended(column) and column not in fields and isinstance(type_, sa.Date | sa.DateTime):
            yield f"    # anchors: {{customer_ceased: {_word(column)}}}  # TODO: if retention runs from there"


def _erasing(table: Inspected, marks: Sequence[str], *, others: AbstractSet[str]) -> Iterator[str]:
    if marks:
        values = ", ".join(f"{_word(each)}: {_mark(table, each)}" for each in marks)
        yield "    erase: columns  # the rows have a mark of their own for it"
        yield f"    erased_marks: {{{values}}}"
        return
    if any("[*]" in path for paths in table.emails_in_json.values() for path in paths):
        yield "    erase: columns  # a row may be several people's"
        return
    yield "    erase: delete"
    if keeping := sorted(table.live.blocked_by & others):
        yield f"    # TODO: {', '.join(keeping[:5])} may refer to its rows; those are then emptied, not deleted"


def _mark(table: Inspected, column: str) -> str:
    match table.types[column]:
        case sa.Boolean():
            return "true"
        case sa.Integer():
            return "1"
        case _:
            return '"{now}"'


def _restricting(table: Inspected, fields: Mapping[str, Guess], link: Link | None) -> Iterator[str]:
    flags = [column for column in table.types if says_restricted(column) and column not in fields]
    if flags:
        yield f"    restrict: {{flag: {_word(flags[0])}}}"
    elif link is not None:
        yield "    restrict: inherit"
    else:
        yield "    # TODO restrict: {flag: …}, {side_table: …} or {move_to: …}; without it nothing can be restricted"


def _replacements(table: Inspected, fields: Iterable[str]) -> Iterator[str]:
    lines = []
    for column in fields:
        live = table.live.columns[column]
        if column not in table.key and not live.nullable:
            unique = table.live.is_unique(frozenset({column}))
            lines.append(f"      {_word(column)}: {_replacement(table.types[column], unique=unique)}")
    if lines:
        yield "    replacements:  # what may not be empty"
        yield from lines


def _replacement(type_: sa.types.TypeEngine[object], *, unique: bool) -> str:
    match type_:
        case sa.Enum():
            return json.dumps(type_.enums[0])
        case sa.Boolean():
            return "false"
        case sa.Integer() | sa.Numeric():
            return '"{key}"' if unique else "0"
        case sa.Date():
            return '"1970-01-01"'
        case sa.DateTime():
            return '"1970-01-01 00:00:00"'
        case sa.JSON():
            return '"{}"'
        case sa.String() if not unique:
            return json.dumps("erased"[: type_.length])
        case _:
            return '"erased-{key}"' if unique else '""'


def _flagged(entry: str, columns: Sequence[str]) -> Iterator[str]:
    if columns:
        yield f"    {entry}: {_flow(columns)}"


def _listed(head: str, names: Sequence[str], indent: str = "") -> Iterator[str]:
    if not names:
        return
    yield head
    line = f"{indent}#  "
    for name in names:
        if len(line) + len(name) > _WIDTH:
            yield line.rstrip()
            line = f"{indent}#  "
        line += f" {name},"
    yield line.rstrip(",")


def _title(name: str) -> str:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", name.rpartition(".")[2]).strip().lower()
    return words[:1].upper() + words[1:]


def _flow(columns: Iterable[str]) -> str:
    return "[" + ", ".join(map(_word, columns)) + "]"


def _word(name: str) -> str:
    return name if _PLAIN.fullmatch(name) and name.lower() not in _WORDS else json.dumps(name, ensure_ascii=False)
