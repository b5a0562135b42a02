"""What one task is to do to one file."""

from dataclasses import dataclass, field

from habeas.domain.records import Record

ERASED, ANONYMISED, RESTRICTED, LIFTED = "erased", "anonymised", "restricted", "lifted"
RESTORED = "restored"
NOT_ERASED = "not erased"
"""Of an old version that the store keeps: looking again finds it, and it is reported."""


Step = tuple[str, str, str]
"""A record's key, its collection, and what is done to it."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """A record, the fields that go (none named: all), and what that is called."""

    record: Record
    fields: tuple[str, ...]
    verb: str

    @property
    def partial(self) -> bool:
        """True if some of the record's fields are to stay."""
        return bool(self.fields) and not {each.name for each in self.record.fields} <= set(self.fields)

    def step(self, verb: str | None = None) -> Step:
        """As the journal notes it."""
        return self.record.key, self.record.collection, verb or self.verb


@dataclass(slots=True)
class Work:
    """The changes to one file, or one old version of it."""

    erasures: list[Erasure] = field(default_factory=list)
    restrictions: list[Record] = field(default_factory=list)
    lifts: list[Record] = field(default_factory=list)
    was_restricted: bool = False
