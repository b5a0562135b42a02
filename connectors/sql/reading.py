"""From a row to the record it is: what it holds, and where to find it again."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from connectors.sql.json_texts import Path, held, is_json, parse_path, value
from connectors.sql.json_ways import narrowed
from connectors.sql.map import Flag, FromColumn, MoveTo, SideTable, Value
from connectors.sql.owning import Owner
from connectors.sql.pseudonyms import PSEUDONYM, pseudonym
from connectors.sql.recognition import Sought
from connectors.sql.statements import Statements
from connectors.sql.stating import column_of, requests_in
from connectors.sql.values import day, scalar
from habeas.domain.records import Field, Record, Scalar, Unsearched


class RowReader:
    """Reads the rows of one table."""

    def __init__(self, statements: Statements) -> None:
        at = statements.position
        own = statements.chain[0]
        self._statements = statements
        self._own = own
        self._key = [at(0, column) for column in own.key]
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
        said = next(((d, each.relation) for d, each in enumerate(statements.chain) if each.relation is not None), None)
        self._relation = said[1] if said and isinstance(said[1], str) else None
        self._relation_at = at(said[0], said[1].column) if said and isinstance(said[1], FromColumn) else None
        above = statements.restricted_at
        self._restricted_with = [at(above, column) for column in statements.chain[above].key] if above else []
        self._anchors = {
            name: (at(depth, column), f"{statements.names[depth]}.{column}")
            for depth in reversed(range(len(statements.chain)))  # what the row says itself comes last and holds
            for name, column in statements.chain[depth].anchors.items()
        }

    def record(self, row: Sequence[object], tables: tuple[str, ...], owner: Owner, sought: Sought) -> Record:
        """The record that the row is for one of its people."""
        key = [scalar(row[each]) for each in self._key]
        text = str(key[0]) if len(key) == 1 else "/".join([str(each) for each in key])
        fields = [
            Field(
                name,
                self._value(row[at], blanks, text, owner.token, name) if blanks else scalar(row[at]),
                category,
                secret,
                other,
            )
            for at, name, category, secret, other, blanks in self._fields
        ]
        # Where the row is, and what of it must still be so for it to be this person's.
        locator: dict[str, object] = {"table": tables[0], "key": key, "held_by": owner.held_by}
        if self._restricted_with:
            locator["restricted_with"] = [scalar(row[at]) for at in self._restricted_with]
        if self._of_others:
            fields += self._of_others
        if self._in_json:
            narrow = self._narrowed(row, owner, sought) if owner.evidence.lists else {}
            fields += self._fields_in_json(row, text, owner.token, narrow)
            if narrow:
                locator["narrowed"] = narrow
        return Record(
            self._statements.name,
            text,
            owner.evidence.match,
            owner.evidence.matched_by,
            tuple(fields),
            self._relation if self._relation_at is None else self.relation(row),
            self._dates(row) if self._anchors else {},
            self._statements.restricted_at is not None and self.is_restricted(row, tables),
            correctable=True,
            annotated_for=None if self._stated_at is None else requests_in(row[self._stated_at]),
            locator=locator,
        )

    def _narrowed(self, row: Sequence[object], owner: Owner, sought: Sought) -> dict[str, list[Path]]:
        """By the names of fields in lists of several people the paths to what is this one's."""
        return {
            name: narrowed(str(row[at]), path, ways, lambda kind, each: owner.token in sought.owners(kind, (each,)))
            for at, column, name, path, *_ in self._in_json
            if (ways := owner.evidence.lists.get(column))
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
