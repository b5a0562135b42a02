"""What a map says of one table, as it is written."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from connectors.sql.json_texts import parse_path
from habeas.domain.subjects import IdentifierKind

Column = Annotated[str, Field(min_length=1, max_length=128)]
Columns = Annotated[tuple[Column, ...], Field(max_length=2000)]
Value = str | int | float | bool | None
"""A constant, or text with `{key}` (the row's key) or only `{now}` (the time) in it."""
Identifiers = Mapping[IdentifierKind, Column | Columns]


class Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Through(Entry):
    """The parent that says whose a row is; `columns` pairs own columns with the parent's."""

    table: str
    person: str | None = None
    """Which of several persons in the parent's rows."""
    columns: Annotated[Mapping[Column, Column], Field(min_length=1)]


class FromColumn(Entry):
    column: Column


class Flag(Entry):
    """Restricted by a column; without `value` a boolean becomes true, any other column the time."""

    flag: Column
    value: Value = None
    lifted: Value = None


class MoveTo(Entry):
    """Restricted by moving the row to a table with the same columns, which nobody works with."""

    move_to: str


class SideTable(Entry):
    """Restricted by a row in another table; `columns` pairs its columns with the record's."""

    side_table: str
    columns: Annotated[Mapping[Column, Column], Field(min_length=1)]
    since: Column | None = None


Restriction = Flag | MoveTo | SideTable


class Person(Entry):
    """One of several persons in a row: by what they are known, what of it is theirs, and what happens to that.

    What is not said here the table says; `erase: delete` is for rows that are about this person alone.
    """

    title: str | None = None
    identifiers: Identifiers = Field(default_factory=dict)
    through: Through | None = None
    relation: str | FromColumn | None = None
    anchors: Mapping[str, Column] = Field(default_factory=dict)
    categories: Mapping[str, Columns] = Field(default_factory=dict)
    erase: Literal["delete", "columns"] = "columns"
    erased_marks: Mapping[Column, Value] = Field(default_factory=dict)
    restrict: Restriction | Literal["inherit"] | None = None


class Table(Entry):
    """One collection. What a row doesn't say of itself (relation, anchors, restriction) its parent says.

    `table` is the one in which the rows are, if the collection has another name: of a table with several persons each
    is a collection of its own, and so are the mentions of people in its texts. `of_others` is what is theirs of the
    row: masked, and never changed. `statement` is a field for what people state about the row, to complete it.
    """

    title: str
    table: str | None = None
    key: Annotated[Columns, Field(min_length=1)]
    identifiers: Identifiers = Field(default_factory=dict)
    persons: Mapping[Annotated[str, Field(pattern=r"^[\w-]+$")], Person] = Field(default_factory=dict)
    through: Through | None = None
    relation: str | FromColumn | None = None
    anchors: Mapping[str, Column] = Field(default_factory=dict)
    categories: Mapping[str, Columns] = Field(default_factory=dict)
    in_json: Mapping[Column, Mapping[str, Columns]] = Field(default_factory=dict, alias="json")
    free_text: frozenset[Column] = frozenset()
    of_others: frozenset[Column] = frozenset()
    secret: frozenset[Column] = frozenset()
    other_people: frozenset[Column] = frozenset()
    ignored: frozenset[Column] = frozenset()
    erase: Literal["delete", "columns"] = "delete"
    erased_marks: Mapping[Column, Value] = Field(default_factory=dict)
    replacements: Mapping[Column, Value] = Field(default_factory=dict)
    anonymised: Mapping[Column, Value] = Field(default_factory=dict)
    restrict: Restriction | Literal["inherit"] = "inherit"
    statement: Column | None = None

    @property
    def own_restriction(self) -> Restriction | None:
        """How its rows are restricted; None if by restricting their parent."""
        return None if self.restrict == "inherit" else self.restrict

    @property
    def fields(self) -> dict[str, str]:
        """Each field of the record, and its category."""
        return self.plain_fields | {name: category for name, (_, _, category) in self.json_fields.items()}

    @property
    def plain_fields(self) -> dict[str, str]:
        """Each column that is a field of the record, and its category."""
        return {column: category for category, columns in self.categories.items() for column in columns}

    @property
    def json_fields(self) -> dict[str, tuple[str, str, str]]:
        """Each field within JSON, with its column, path and category."""
        return {
            f"{column}{'' if path.startswith('[') else '.'}{path}": (column, path, category)
            for column, categories in self.in_json.items()
            for category, paths in categories.items()
            for path in paths
        }

    @property
    def own_fields(self) -> frozenset[str]:
        """The fields that are not another person's."""
        return frozenset(self.fields) - self.of_others

    @property
    def recognised_by(self) -> tuple[tuple[IdentifierKind, tuple[str, ...]], ...]:
        """Each way to recognise a person: a name is all its columns together, of others each column is one."""
        ways: list[tuple[IdentifierKind, tuple[str, ...]]] = []
        for kind, named in self.identifiers.items():
            columns = (named,) if isinstance(named, str) else named
            if kind is IdentifierKind.NAME:
                ways.append((kind, columns))
            else:
                ways.extend((kind, (column,)) for column in columns)
        return tuple(ways)

    @property
    def mentioned(self) -> frozenset[str]:
        """Every column of the table that the map names."""
        columns = {
            *self.key,
            *self.plain_fields,
            *self.in_json,
            *self.anchors.values(),
            *self.ignored,
            *self.erased_marks,
        }
        columns.update(column for _, way in self.recognised_by for column in way if column not in self.json_fields)
        if self.through:
            columns.update(self.through.columns)
        if isinstance(self.relation, FromColumn):
            columns.add(self.relation.column)
        match self.own_restriction:
            case Flag(flag=flag):
                columns.add(flag)
            case SideTable(columns=pairs):
                columns.update(pairs.values())
            case _:
                pass
        return frozenset(columns)

    @model_validator(mode="after")
    def _columns_fit(self) -> Self:
        self._check_paths()
        self._check_lists("", self.identifiers, self.erase)
        for name, person in self.persons.items():
            self._check_lists(f"persons.{name}.", person.identifiers, person.erase)
        named = [column for columns in self.categories.values() for column in columns]
        if twice := {column for column in named if named.count(column) > 1}:
            raise ValueError(f"{min(twice)} is in more than one category")
        named += [*self.json_fields]
        named += [
            each for person in self.persons.values() for columns in person.categories.values() for each in columns
        ]
        for entry in ("secret", "other_people", "replacements", "anonymised", "free_text", "of_others"):
            if stray := set(getattr(self, entry)) - set(named):
                raise ValueError(f"{entry}: {min(stray)} is in no category")
        if self.statement is not None and self.statement not in named:
            raise ValueError(f"statement: {self.statement} is in no category")
        theirs = {"identifiers", "through", "erase", "erased_marks"} & self.model_fields_set
        if self.persons and theirs:
            raise ValueError(f"has persons: say {min(theirs)} of each of them")
        for name, person in self.persons.items():
            if not person.identifiers and not person.through:
                raise ValueError(f"persons.{name} needs identifiers, or a parent in 'through', to tell who it is")
        if not (self.identifiers or self.through or self.persons or self.free_text):
            raise ValueError("needs identifiers, or a parent in 'through', to tell whose a row is")
        return self

    def _check_lists(self, place: str, identifiers: Identifiers, erase: str) -> None:
        """Raises ValueError if what may be several people is named as one."""
        for kind, way in identifiers.items():
            for name in [way] if isinstance(way, str) else way:
                if "[*]" not in name or name not in self.json_fields:
                    continue
                if kind is IdentifierKind.NAME:
                    raise ValueError(f"{place}identifiers: {name} may be several values, and so no part of a name")
                if erase == "delete":
                    raise ValueError(f"{place}identifiers: {name} may name several people: say erase: columns")

    def _check_paths(self) -> None:
        """Raises ValueError if one is no path, is there twice or lies within another."""
        for column, categories in self.in_json.items():
            if column in self.plain_fields or column in self.key:
                raise ValueError(f"json.{column} is a field as a whole, or part of the key")
            paths = [parse_path(path) for each in categories.values() for path in each]
            for at, path in enumerate(paths):
                if any(path[: len(other)] == other for other in paths[:at] + paths[at + 1 :]):
                    raise ValueError(f"json.{column}: a path is there twice, or within another")
