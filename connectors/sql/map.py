"""The map: where in a database people are, said in YAML. docs: `connectors/sql/README.md`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from habeas.domain.subjects import IdentifierKind
from habeas.errors import ConfigurationError

Column = Annotated[str, Field(min_length=1, max_length=128)]
Columns = Annotated[tuple[Column, ...], Field(max_length=2000)]
Value = str | int | float | bool | None
"""A constant, or text with `{key}` (the row's key) or only `{now}` (the time) in it."""


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Through(_Entry):
    """The parent that says whose a row is; `columns` pairs own columns with the parent's."""

    table: str
    columns: Annotated[Mapping[Column, Column], Field(min_length=1)]


class FromColumn(_Entry):
    column: Column


class Flag(_Entry):
    """Restricted by a column; without `value` a boolean becomes true, any other column the time."""

    flag: Column
    value: Value = None
    lifted: Value = None


class MoveTo(_Entry):
    """Restricted by moving the row to a table with the same columns, which nobody works with."""

    move_to: str


class SideTable(_Entry):
    """Restricted by a row in another table; `columns` pairs its columns with the record's."""

    side_table: str
    columns: Annotated[Mapping[Column, Column], Field(min_length=1)]
    since: Column | None = None


Restriction = Flag | MoveTo | SideTable


class Table(_Entry):
    """One collection. What a row doesn't say of itself (relation, anchors, restriction) its parent says."""

    title: str
    key: Annotated[Columns, Field(min_length=1)]
    identifiers: Mapping[IdentifierKind, Column | Columns] = Field(default_factory=dict)
    through: Through | None = None
    relation: str | FromColumn | None = None
    anchors: Mapping[str, Column] = Field(default_factory=dict)
    categories: Mapping[str, Columns]
    secret: frozenset[Column] = frozenset()
    other_people: frozenset[Column] = frozenset()
    ignored: frozenset[Column] = frozenset()
    erase: Literal["delete", "columns"] = "delete"
    erased_marks: Mapping[Column, Value] = Field(default_factory=dict)
    replacements: Mapping[Column, Value] = Field(default_factory=dict)
    anonymised: Mapping[Column, Value] = Field(default_factory=dict)
    restrict: Restriction | Literal["inherit"] = "inherit"

    @property
    def own_restriction(self) -> Restriction | None:
        """How its rows are restricted; None if by restricting their parent."""
        return None if self.restrict == "inherit" else self.restrict

    @property
    def fields(self) -> dict[str, str]:
        """Each column that is a field of the record, and its category."""
        return {column: category for category, columns in self.categories.items() for column in columns}

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
        columns = {*self.key, *self.fields, *self.anchors.values(), *self.ignored, *self.erased_marks}
        columns.update(column for _, way in self.recognised_by for column in way)
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
        named = [column for columns in self.categories.values() for column in columns]
        if twice := {column for column in named if named.count(column) > 1}:
            raise ValueError(f"{min(twice)} is in more than one category")
        for entry in ("secret", "other_people", "replacements", "anonymised"):
            if stray := set(getattr(self, entry)) - set(named):
                raise ValueError(f"{entry}: {min(stray)} is in no category")
        if not self.identifiers and not self.through:
            raise ValueError("needs identifiers, or a parent in 'through', to tell whose a row is")
        return self


class Sweep(_Entry):
    """How the whole database is looked through after an erasure; `except` are tables (or table.column) left out."""

    seconds_a_table: Annotated[int, Field(gt=0)] = 300
    left_out: frozenset[str] = Field(frozenset(), alias="except")


class SqlMap(_Entry):
    """A whole database. `region` completes phone numbers that are written without a country code."""

    region: Annotated[str, Field(pattern="^[A-Z]{2}$")] = "GB"
    inbox: bool | Literal["auto"] = "auto"
    sweep: Sweep | Literal[False] = Sweep()
    tables: Annotated[Mapping[str, Table], Field(min_length=1, max_length=2000)]

    def chain(self, name: str) -> tuple[str, ...]:
        """The table, its parent, its parent's parent and so on."""
        chain = [name]
        while through := self.tables[chain[-1]].through:
            chain.append(through.table)
        return tuple(chain)

    @model_validator(mode="after")
    def _joins_lead_somewhere(self) -> Self:
        for name in self.tables:
            self._follow(name)
            chain = self.chain(name)
            if not any(self.tables[each].identifiers for each in chain):
                raise ValueError(f"tables.{name}: nothing on its way through {' → '.join(chain)} identifies a person")
        return self

    def _follow(self, name: str) -> None:
        seen = [name]
        while through := self.tables[seen[-1]].through:
            if through.table not in self.tables:
                raise ValueError(f"tables.{seen[-1]}.through.table: {through.table} is not in the map")
            if through.table in seen:
                raise ValueError(f"tables.{seen[-1]}.through: leads back to {through.table}")
            seen.append(through.table)


def load_map(path: Path) -> SqlMap:
    """Read a map. Raises ConfigurationError naming the file and the entry."""
    try:
        return SqlMap.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except FileNotFoundError:
        raise ConfigurationError(f"{path} is missing") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path}: not UTF-8 text") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise ConfigurationError(f"{path}{where}: not valid YAML") from None
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        entry = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(f"{path}: {entry}: {first['msg']}" if entry else f"{path}: {first['msg']}") from None
