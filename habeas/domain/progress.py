"""How far a task is: the phase it is in, and what of it is done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

_T = TypeVar("_T", bound=StrEnum)


class Phase(StrEnum):
    """What is being done. Finding is deciding and storing too: each record is decided and sealed as it comes."""

    FINDING = "finding"
    WAITING = "waiting"  # planned, or verified, while others that were taken together with it are worked on
    APPLYING = "applying"
    VERIFYING = "verifying"
    SWEEPING = "sweeping"  # the whole system is looked through for copies
    UNDOING = "undoing"
    ASSEMBLING = "assembling"


class Unit(StrEnum):
    """In what it is counted."""

    RECORDS = "records"
    FILES = "files"
    TABLES = "tables"
    BYTES = "bytes"


@dataclass(frozen=True, slots=True)
class Measure:
    """So many are done, of how many; `of` is None while that is not known. `unit` is text if it is a newer one."""

    done: int
    of: int | None
    unit: Unit | str


@dataclass(frozen=True, slots=True)
class Progress:
    """A task at one moment. It says nothing about the person.

    `phase` is text where a newer worker told of one that is not known here. `since` is when the phase began. `records`
    have passed through it; `searched` is what the system's connector tells of its own way (files, tables), and `part`
    how far it is in the one under way (bytes of a large file).
    """

    phase: Phase | str
    since: datetime
    records: Measure
    searched: Measure | None = None
    part: Measure | None = None

    def as_json(self) -> dict[str, Any]:
        """JSON values only."""
        measures = {"records": self.records, "searched": self.searched, "part": self.part}
        told = {
            name: {"done": each.done, "of": each.of, "unit": str(each.unit)}
            for name, each in measures.items()
            if each is not None
        }
        return {"phase": str(self.phase), "since": self.since.isoformat(), **told}

    @classmethod
    def of_json(cls, raw: Mapping[str, Any]) -> "Progress":
        """The inverse of `as_json`."""
        measures = {
            name: Measure(each["done"], each["of"], _known(Unit, each["unit"]))
            for name in ("records", "searched", "part")
            if (each := raw.get(name)) is not None
        }
        return cls(_known(Phase, raw["phase"]), datetime.fromisoformat(raw["since"]), **measures)


def _known(kind: type[_T], raw: str) -> _T | str:
    return next((each for each in kind if each.value == raw), raw)
