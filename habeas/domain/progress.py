"""How far a task is: the phase it is in, and what of it is done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


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
    BYTES = "bytes"


@dataclass(frozen=True, slots=True)
class Measure:
    """So many are done, of how many; `of` is None while that is not known."""

    done: int
    of: int | None
    unit: Unit


@dataclass(frozen=True, slots=True)
class Progress:
    """A task at one moment. It says nothing about the person.

    `since` is when the phase began. `records` have passed through it; `searched` is what the system's connector tells
    of its own way (files), and `part` how far it is in the one under way (bytes of a large file).
    """

    phase: Phase
    since: datetime
    records: Measure
    searched: Measure | None = None
    part: Measure | None = None

    def as_json(self) -> dict[str, Any]:
        """JSON values only."""
        measures = {"records": self.records, "searched": self.searched, "part": self.part}
        told = {
            name: {"done": each.done, "of": each.of, "unit": each.unit.value}
            for name, each in measures.items()
            if each is not None
        }
        return {"phase": self.phase.value, "since": self.since.isoformat(), **told}

    @classmethod
    def of_json(cls, raw: Mapping[str, Any]) -> "Progress":
        """The inverse of `as_json`."""
        measures = {
            name: Measure(each["done"], each["of"], Unit(each["unit"]))
            for name in ("records", "searched", "part")
            if (each := raw.get(name)) is not None
        }
        return cls(Phase(raw["phase"]), datetime.fromisoformat(raw["since"]), **measures)
