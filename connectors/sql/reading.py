"""From a row to the records it is: whose, how surely, what it holds, and where to find it again."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from connectors.sql.json_texts import Path, held, is_json, parse_path, value
from connectors.sql.json_ways import Source, held_in, narrowed, raws, sources_of
from connectors.sql.locating import Held, Places
from connectors.sql.map import Flag, FromColumn, MoveTo, SideTable, Value
from connectors.sql.pseudonyms import PSEUDONYM, pseudonym
from connectors.sql.recognition import Sought
from connectors.sql.statements import Statements, Way
from connectors.sql.stating import column_of, requests_in
from connectors.sql.values import day, scalar
from habeas.domain.records import Field, Match, Record, Scalar, Unsearched
from habeas.domain.subjects import IdentifierKind

ORDER = {kind: place for place, kind in enumerate(IdentifierKind)}


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What follows for every row in which somebody is recognised in the same ways.

    `held` are the columns by which the row is theirs, with their positions; of JSON a digest says whether it is so
    still. `lists` are the paths through lists of several people, by column; empty where the whole row is this one's.
    """

    match: Match
    matched_by: tuple[IdentifierKind, ...]
    held: Held
    lists: Mapping[str, Sequence[tuple[IdentifierKind, Path]]]


class RowReader:
    """Reads the rows of one table."""

    def __init__(self, statements: Statements) -> None:
        at = statements.position
        own = statements.chain[0]
        self._statements = statements
        self._own = own
        self._key = [at(0, column) for column in own.key]
        self._ways: list[tuple[Way, tuple[Source, ...]]] = [
            (way, sources_of(statements.chain[way[0]], way[2], partial(at, way[0]))) for way in statements.ways
        ]
        self._plain = [not any(each.path for each in sources) for _, sources in self._ways]
        self._fields = [
            (at(0, column), column, category, column in own.secret, column in own.other_people, self._blanks(column))
            for column, category in own.plain_fields.items()
            if column not in own.of_others
        ]
        self._of_others = [  # not read: nobody but their own person has a right to them
            Field(column, None, category, column in own.secret, other_person=True)
            for column, category in own.plain_fields.items()
            if column in own.of_others
        ]
        self._in_json = [
            (at(0, column), column, name, parse_path(path), category, self._blanks(name))
            for name, (column, path, category) in own.json_fields.items()
        ]
        stated = column_of(own)
        self._stated_at = at(0, stated) if stated is not None else None
        self.reads_json = bool(self._in_json)
        self._evidence: dict[tuple[Way, ...], _Evidence] = {}
        self._only = self._ways[0][:1] if len(self._ways) == 1 else ()
        said = next(((d, each.relation) for d, each in enumerate(statements.chain) if each.relation is not None), None)
        self._relation = said[1] if said and isinstance(said[1], str) else None
        self._relation_at = at(said[0], said[1].column) if said and isinstance(said[1], FromColumn) else None
        self._places = Places(statements)
        self._anchors = {
            name: (at(depth, column), f"{statements.names[depth]}.{column}")
            for depth in reversed(range(len(statements.chain)))  # what the row says itself comes last and holds
            for name, column in statements.chain[depth].anchors.items()
        }

    def records(self, row: Sequence[object], tables: tuple[str, ...], sought: Sought) -> Iterator[tuple[str, Record]]:
        """The record that the row is for each of the people who are recognised in it, with their token."""
        if self._only:
            for token in self._owners(0, row, sought):
                yield token, self._record(row, tables, self._only, token, sought)
            return
        evidence: dict[str, list[Way]] = {}
        for number, (way, _) in enumerate(self._ways):
            for token in self._owners(number, row, sought):
                evidence.setdefault(token, []).append(way)
        for token, ways in evidence.items():
            yield token, self._record(row, tables, tuple(ways), token, sought)

    def _owners(self, number: int, row: Sequence[object], sought: Sought) -> Iterable[str]:
        (_, kind, _), sources = self._ways[number]
        if self._plain[number]:
            return sought.owners(kind, tuple([row[each.position] for each in sources]))
        return dict.fromkeys(token for raw in raws(sources, row) for token in sought.owners(kind, raw))

    def _record(
        self, row: Sequence[object], tables: tuple[str, ...], ways: tuple[Way, ...], token: str, sought: Sought
    ) -> Record:
        evidence = self._evidence.get(ways) or self._evidence_of(ways)
        key = [scalar(row[each]) for each in self._key]
        text = str(key[0]) if len(key) == 1 else "/".join([str(each) for each in key])
        fields = [
            Field(
                name,
                self._value(row[at], blanks, text, token, name) if blanks else scalar(row[at]),
                category,
                secret,
                other,
            )
            for at, name, category, secret, other, blanks in self._fields
        ]
        if self._of_others:
            fields += self._of_others
        narrow: dict[str, list[Path]] = {}
        if self._in_json:
            narrow = self._narrowed(row, token, sought, evidence) if evidence.lists else {}
            fields += self._fields_in_json(row, text, token, narrow)
        locator = self._places.locator(row, tables, key, evidence.held, sought)
        if narrow:
            locator["narrowed"] = narrow
        return Record(
            correctable=True,
            annotated_for=None if self._stated_at is None else requests_in(row[self._stated_at]),
            collection=self._statements.name,
            key=text,
            match=evidence.match,
            matched_by=evidence.matched_by,
            fields=tuple(fields),
            relation=self._relation if self._relation_at is None else self.relation(row),
            anchors=self._dates(row) if self._anchors else {},
            restricted=self._statements.restricted_at is not None and self.is_restricted(row, tables),
            locator=locator,
        )

    def _evidence_of(self, ways: tuple[Way, ...]) -> _Evidence:
        """Worked out once; a row that is held by strong identifiers is not held by weak ones too."""
        at = self._statements.position
        kinds = {kind for _, kind, _ in ways}
        strong = any(kind.strong for kind in kinds)
        holding = [way for way in ways if way[1].strong or not strong]
        held = [way[2] for way in holding if way[0] == 0]
        if len(held) < len(holding):
            held.append(tuple(self._own.through.columns if self._own.through else ()))
        held = [tuple(dict.fromkeys(held_in(self._own, each) for each in columns)) for columns in held]
        self._evidence[ways] = made = _Evidence(
            Match.STRONG if strong else Match.WEAK,
            tuple(sorted(kinds, key=ORDER.__getitem__)),
            tuple(tuple((column, at(0, column)) for column in columns) for columns in held),
            self._lists(holding),
        )
        return made

    def _lists(self, ways: Sequence[Way]) -> dict[str, list[tuple[IdentifierKind, Path]]]:
        lists: dict[str, list[tuple[IdentifierKind, Path]]] = {}
        for depth, kind, columns in ways:
            column, path, _ = self._own.json_fields.get(columns[0], ("", "", "")) if depth == 0 else ("", "", "")
            if "[*]" not in path:
                return {}
            lists.setdefault(column, []).append((kind, parse_path(path)))
        return lists

    def _narrowed(
        self, row: Sequence[object], token: str, sought: Sought, evidence: _Evidence
    ) -> dict[str, list[Path]]:
        """By the names of fields in lists of several people the paths to what is this one's."""
        return {
            name: narrowed(str(row[at]), path, ways, lambda kind, each: token in sought.owners(kind, (each,)))
            for at, column, name, path, *_ in self._in_json
            if (ways := evidence.lists.get(column))
        }

    def unreadable(self, row: Sequence[object]) -> Iterator[Unsearched]:
        """The columns that should hold JSON and don't, so that nothing in them is known."""
        for column, at in {column: at for at, column, *_ in self._in_json}.items():
            if row[at] is not None and not is_json(str(row[at])):
                yield Unsearched(f"{self._own.table or self._statements.name}.{column}", "no valid JSON in a row")

    def _fields_in_json(
        self, row: Sequence[object], key: str, token: str, narrow: Mapping[str, Sequence[Path]]
    ) -> Iterator[Field]:
        own = self._own
        readable = {at: row[at] is not None and is_json(str(row[at])) for at, *_ in self._in_json}
        for at, _, name, path, category, blanks in self._in_json:
            if row[at] is not None and not readable[at]:
                continue
            paths = narrow.get(name, (path,)) if readable[at] else ()
            written = [one for each in paths for one in held(str(row[at]), each)]
            if blanks:
                each_one = (self._value(value([one], ()), blanks, key, token, name) for one in written)
                written = [one for one, left in zip(written, each_one, strict=True) if left is not None]
            yield Field(name, value(written, path), category, name in own.secret, name in own.other_people)

    def _value(self, raw: object, blanks: tuple[Value, ...], key: str, token: str, name: str) -> Scalar:
        """What a field holds; None if it is what erasing or anonymising put there."""
        if blanks and (raw in blanks or _is_filled_in(raw, blanks, key, self._stands_for(token, name))):
            return None
        return scalar(raw)

    def _stands_for(self, token: str, name: str) -> str:
        return pseudonym(token, f"{self._statements.name}.{name}")

    def _blanks(self, column: str) -> tuple[Value, ...]:
        """What erasing or anonymising puts into the column, if not NULL: it then counts as empty."""
        entries = (self._own.replacements, self._own.anonymised)
        return tuple(each[column] for each in entries if column in each)

    def relation(self, row: Sequence[object]) -> str | None:
        """What the person is to the controller, as the row or one above says."""
        if self._relation_at is None:
            return self._relation
        raw = row[self._relation_at]
        return None if raw is None else str(raw)

    def _dates(self, row: Sequence[object]) -> dict[str, date | None]:
        return {name: day(row[at], column=column) for name, (at, column) in self._anchors.items()}

    def is_restricted(self, row: Sequence[object], tables: tuple[str, ...]) -> bool:
        """True if the row is out of use."""
        depth = self._statements.restricted_at
        if depth is None:
            return False
        match self._statements.chain[depth].own_restriction:
            case Flag(flag=flag, value=None, lifted=lifted):
                raw = row[self._statements.position(depth, flag)]
                return raw not in (None, False, lifted)
            case Flag(flag=flag, value=value):
                return row[self._statements.position(depth, flag)] == value
            case MoveTo(move_to=target):
                return tables[depth] == target
            case SideTable():
                return bool(row[self._statements.side_position])
            case None:
                return False


def _is_filled_in(raw: object, blanks: tuple[Value, ...], key: str, stands_for: str) -> bool:
    """True if the column holds a replacement in which the row's key or the person's pseudonym was filled in."""
    texts = (each for each in blanks if isinstance(each, str))
    return any(raw == each.replace("{key}", key).replace(PSEUDONYM, stands_for) for each in texts)
