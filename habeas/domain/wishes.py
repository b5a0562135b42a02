"""What a person wants in particular: which correction, which purpose; said once, sealed with the identity."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from habeas.domain.requests import Right
from schemas.lifting import Weighed


@dataclass(frozen=True, slots=True)
class Correction:
    """What is wrong and what is right (Article 16).

    `what` names a field, as `phone` or `customers.phone`; or `old` is the wrong value, wherever it stands.
    """

    value: str
    what: str | None = None
    old: str | None = None

    def __post_init__(self) -> None:
        if (self.what is None) == (self.old is None):
            raise ValueError("a correction names either the field or the wrong value")


@dataclass(frozen=True, slots=True)
class Wish:
    """A right, and what about it is this person's own.

    `purposes` are ids of the register: those objected to, or for which consent is withdrawn; all that the right reaches
    if there are none. `marketing` is an objection to direct marketing, which is never weighed (Article 21(3)).
    `statement` supplements data that is not complete (Article 16), or gives the grounds of an objection. `weighed` is
    what the controller has found about an objection since, and `request` the id of the request; no part of what the
    person said.
    """

    right: Right
    corrections: tuple[Correction, ...] = ()
    purposes: frozenset[str] = field(default_factory=frozenset)
    marketing: bool = False
    statement: str = ""
    weighed: Weighed | None = None
    request: str = ""

    def as_json(self) -> dict[str, Any]:
        """What `of_json` reads; the right stands elsewhere."""
        corrections = [{"value": each.value, "what": each.what, "old": each.old} for each in self.corrections]
        return {
            "corrections": corrections,
            "purposes": sorted(self.purposes),
            "marketing": self.marketing,
            "statement": self.statement,
        }

    @classmethod
    def of_json(cls, right: Right, raw: Mapping[str, Any]) -> "Wish":
        """The inverse of `as_json`; what is missing was not wished."""
        return cls(
            right,
            corrections=tuple(Correction(**each) for each in raw.get("corrections", ())),
            purposes=frozenset(raw.get("purposes", ())),
            marketing=bool(raw.get("marketing", False)),
            statement=str(raw.get("statement", "")),
        )
