"""The fields of a person's record in a file, each with the place that erasing replaces."""

from dataclasses import dataclass

from connectors.customs_files.passages import MARKS, Passage
from connectors.customs_files.roles import Role
from habeas.domain.records import Field, Masked, Redaction
from habeas.domain.subjects import IdentifierKind

CATEGORIES = {
    IdentifierKind.EMAIL: "contact",
    IdentifierKind.PHONE: "contact",
    IdentifierKind.NAME: "identity",
    IdentifierKind.EORI: "transaction",
    IdentifierKind.VAT_NUMBER: "transaction",
    IdentifierKind.CUSTOMER_NUMBER: "transaction",
    IdentifierKind.ACCOUNT_NUMBER: "transaction",
}


@dataclass(frozen=True, slots=True)
class Spot:
    """A field of a block: its content, and the place in a passage that erasing replaces."""

    field: Field
    passage: Passage
    start: int
    stop: int


class Spots:
    """The fields of a block as they are put together, no two of one name."""

    def __init__(self) -> None:
        self.made: list[Spot] = []
        self.others: list[Field] = []
        self.redactions: list[Redaction] = []
        self._counts: dict[str, int] = {}

    def whole(self, passage: Passage, *, others: bool) -> None:
        """A field; of another person it is only told that it is there."""
        role = passage.role
        assert role is not None
        text = passage.text
        start, stop = len(text) - len(text.lstrip()), len(text.rstrip())
        if others and start < stop:
            name = self._free(passage.name or role.value)
            self.others.append(Field(name, None, role.category, other_person=True))
            self.redactions.append(Redaction(name, _masked(role), "" if role is Role.SECRET else text[start:stop]))
        elif start < stop:
            self._add(passage, start, stop, passage.name or role.value, role.category, secret=role is Role.SECRET)

    def hit(self, passage: Passage, start: int, stop: int, kind: IdentifierKind) -> None:
        self._add(passage, start, stop, kind.value, CATEGORIES[kind], secret=False)

    def _add(self, passage: Passage, start: int, stop: int, name: str, category: str, *, secret: bool) -> None:
        value = passage.text[start:stop]
        held = Field(self._free(name), None if value in MARKS else value, category, secret=secret)
        self.made.append(Spot(held, passage, start, stop))

    def _free(self, name: str) -> str:
        count = self._counts[name] = self._counts.get(name, 0) + 1
        return name if count == 1 else f"{name} ({count})"


def _masked(role: Role) -> Masked:
    match role:
        case Role.NAME | Role.NAME_PART:
            return Masked.NAME
        case Role.EMAIL:
            return Masked.EMAIL
        case Role.PHONE:
            return Masked.PHONE
        case Role.SECRET:
            return Masked.SECRET
        case _:
            return Masked.CONTACT
