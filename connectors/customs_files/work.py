"""What one task is to do to one file."""

from dataclasses import dataclass, field

from connectors.customs_files.formats.annotations import Entry
from habeas.domain.records import Record

ERASED, ANONYMISED, RESTRICTED, LIFTED = "erased", "anonymised", "restricted", "lifted"
RECTIFIED = "rectified"
RESTORED, ANNOTATED = "restored", "annotated"
NOT_ERASED = "not erased"
"""Of an old version that the store keeps: looking again finds it, and it is reported."""


Step = tuple[str, str, str]
"""A record's key, its collection, and what is done to it."""


Planned = tuple[str, list[str] | dict[str, str]]
"""A block by its key: the names of the fields that go (none: all), or what is right by the field's name."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """A record by its key, collection and block, the fields that go (none named: all), and what that is called.

    `partial` is True if some of the record's fields are to stay. With `rights` the fields don't go but are corrected:
    what is right in each, in their order.
    """

    key: str
    collection: str
    block: str
    fields: tuple[str, ...]
    partial: bool
    verb: str
    rights: tuple[str, ...] = ()

    @property
    def planned(self) -> Planned:
        """What is to be done to the block."""
        return self.block, dict(zip(self.fields, self.rights, strict=True)) if self.rights else list(self.fields)

    @classmethod
    def of(cls, record: Record, fields: tuple[str, ...], verb: str) -> "Erasure":
        """Of a record as it was planned."""
        partial = bool(fields) and not {each.name for each in record.fields} <= set(fields)
        return cls(record.key, record.collection, str(record.locator["block"]), fields, partial, verb)

    def step(self, verb: str | None = None) -> Step:
        """As the journal notes it."""
        return self.key, self.collection, verb or self.verb


@dataclass(frozen=True, slots=True)
class Note:
    """What is to be put beside a record, and beside which: by its key, its file's path and its name in that."""

    key: str
    collection: str
    path: str
    record: str
    entry: Entry


@dataclass(slots=True)
class Work:
    """The changes to one file, or one old version of it; what is restricted or lifted by its key and collection."""

    erasures: list[Erasure] = field(default_factory=list)
    restrictions: list[tuple[str, str]] = field(default_factory=list)
    lifts: list[tuple[str, str]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    was_restricted: bool = False
