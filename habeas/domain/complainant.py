"""Who complains, as it is sealed for the letters."""

from dataclasses import dataclass

import orjson

from habeas.domain.subjects import Identifier, IdentifierKind

SCHEMA = "habeas.complainant.v1"


@dataclass(frozen=True, slots=True)
class Complainant:
    """By what they said of themselves. It need not be proven: nothing is disclosed or changed on a complaint."""

    identifiers: tuple[Identifier, ...]

    @property
    def name(self) -> str | None:
        """How letters address them, if a name was given."""
        names = (each.value for each in self.identifiers if each.kind is IdentifierKind.NAME)
        return next(names, None)

    def to_bytes(self) -> bytes:
        """As JSON."""
        return orjson.dumps([[each.kind, each.value] for each in self.identifiers])

    @classmethod
    def of_bytes(cls, data: bytes) -> "Complainant":
        """The inverse of `to_bytes`."""
        return cls(tuple(Identifier(IdentifierKind(kind), value) for kind, value in orjson.loads(data)))
