"""The map: where in a database people are, said in YAML. docs: `connectors/sql/README.md`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from pydantic import Field, ValidationError, field_validator, model_validator

from connectors.sql.entries import Entry, Flag, FromColumn, MoveTo, Restriction, SideTable, Table, Through, Value
from connectors.sql.persons import collections_of
from habeas.errors import ConfigurationError

__all__ = [
    "Flag",
    "FromColumn",
    "MoveTo",
    "Restriction",
    "SideTable",
    "SqlMap",
    "Sweep",
    "Table",
    "Through",
    "Value",
    "load_map",
]


class Sweep(Entry):
    """How the whole database is looked through after an erasure; `except` are tables (or table.column) left out."""

    seconds_a_table: Annotated[int, Field(gt=0)] = 300
    left_out: frozenset[str] = Field(frozenset(), alias="except")


class SqlMap(Entry):
    """A whole database. `region` completes phone numbers that are written without a country code; `mark` is what stands
    where a person was mentioned in a text. `heeded_by` are the roles of programs that heed restrictions by themselves.
    """

    region: Annotated[str, Field(pattern="^[A-Z]{2}$")] = "GB"
    inbox: bool | Literal["auto"] = "auto"
    sweep: Sweep | Literal[False] = Sweep()
    mark: Annotated[str, Field(max_length=40)] = "[erased]"
    heeded_by: frozenset[str] | Literal["all"] = frozenset()
    tables: Annotated[Mapping[str, Table], Field(min_length=1, max_length=2000)]

    @field_validator("tables")
    @classmethod
    def _as_collections(cls, tables: Mapping[str, Table]) -> Mapping[str, Table]:
        return collections_of(tables)

    def place(self, name: str) -> str:
        """The table in which a collection is."""
        return self.tables[name].table or name

    def in_json(self, place: str) -> frozenset[str]:
        """The columns whose JSON is looked into, of a table or of one to which its rows are moved."""
        here = (
            table
            for name, table in self.tables.items()
            if place == self.place(name)
            or (isinstance(table.own_restriction, MoveTo) and place == table.own_restriction.move_to)
        )
        return frozenset(column for table in here for column in table.in_json)

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
            if not self.tables[name].free_text and not any(self.tables[each].identifiers for each in chain):
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
