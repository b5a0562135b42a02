"""The identity behind a request, as it is sealed for the connectors."""

from dataclasses import dataclass

import orjson

from habeas.domain.requests import Right
from habeas.domain.subjects import Identifier, IdentifierKind, Subject
from habeas.domain.wishes import Wish

SCHEMA = "habeas.identity.v1"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks, by identifiers that were proven for this request, and what in particular is wished."""

    identifiers: tuple[Identifier, ...]
    wish: Wish

    @property
    def name(self) -> str | None:
        """How the letter addresses the person, if a name was given."""
        names = (each.value for each in self.identifiers if each.kind is IdentifierKind.NAME)
        return next(names, None)

    def as_subject(self, token: str) -> Subject:
        """What connectors are given."""
        return Subject(token, self.identifiers)

    def to_bytes(self) -> bytes:
        """As JSON."""
        return orjson.dumps(
            {
                "identifiers": [[each.kind, each.value] for each in self.identifiers],
                "right": self.wish.right,
                "wish": self.wish.as_json(),
            }
        )

    @classmethod
    def of_bytes(cls, data: bytes) -> "Identity":
        """The inverse of `to_bytes`."""
        raw = orjson.loads(data)
        return cls(
            tuple(Identifier(IdentifierKind(kind), value) for kind, value in raw["identifiers"]),
            Wish.of_json(Right(raw["right"]), raw["wish"]),
        )
