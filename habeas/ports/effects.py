"""What was really done in a system."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

RETAINED_BY_REFERENCE = "retained_by_reference"
"""The verb of effects for records that were to be erased and that the system's own references keep: emptied where
that is possible."""


@dataclass(slots=True)
class Effects:
    """What was really done, counted in records per collection and verb ("erased", "restricted", …)."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)

    def note(self, collection: str, verb: str, records: int = 1) -> None:
        """Count `records` more."""
        if records:
            self.counts.setdefault(collection, Counter())[verb] += records

    def as_json(self) -> dict[str, dict[str, int]]:
        """`{collection: {verb: records}}`."""
        return {collection: dict(verbs) for collection, verbs in self.counts.items()}

    @classmethod
    def of_json(cls, raw: Mapping[str, Mapping[str, int]]) -> "Effects":
        """The inverse of `as_json`."""
        return cls({collection: Counter(verbs) for collection, verbs in raw.items()})
