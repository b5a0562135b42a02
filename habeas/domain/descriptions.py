"""What a system can yield, told without looking at anybody's data: for comparing it with the processing register."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Described:
    """One collection of a system.

    `fields` has the category of each field, None for one that has none. `relations` are those that people in it can
    have, empty if it says none; None if the data itself tells. `anchors` are the dates from which retention may run.
    """

    collection: str
    fields: Mapping[str, str | None]
    relations: frozenset[str] | None = frozenset()
    anchors: frozenset[str] = field(default_factory=frozenset)

    @property
    def categories(self) -> frozenset[str]:
        """Of all of its fields."""
        return frozenset(each for each in self.fields.values() if each is not None)
