"""Rows of cells under a header: what each column holds, and which cells of a row are one party's."""

from collections.abc import Hashable, Sequence

from connectors.customs_files.parties import by_party
from connectors.customs_files.passages import Passage
from connectors.customs_files.roles import Role, party_word, role_in_party, role_of


class Grid:
    """The units of a table's cells. Rows that are not wanted are only counted."""

    def __init__(self, names: Sequence[str], *, first_unit: int = 0) -> None:
        self.names = [name.strip() for name in names]
        self.roles = roles_of(self.names)
        self.headed = is_header(self.names, self.roles)
        self.unit = first_unit
        self._units_by_shape: dict[Hashable, int] = {}

    def add(self, columns: Sequence[int], passages: Sequence[Passage], *, headed: bool) -> None:
        """Give the cells of a row, which stand in those columns, their units and roles."""
        self.unit = self._place(columns, passages, self.unit, headed=headed)

    def skip(self, shape: Hashable, columns: Sequence[int], *, headed: bool, count: int = 1) -> None:
        """Count rows that are not wanted; rows of one shape have cells in the same columns."""
        if not headed:
            self.unit += len(columns) * count
            return
        if shape not in self._units_by_shape:
            blank = [Passage("", (), -1, "cell") for _ in columns]
            self._units_by_shape[shape] = self._place(columns, blank, 0, headed=True)
        self.unit += self._units_by_shape[shape] * count

    def _place(self, columns: Sequence[int], passages: Sequence[Passage], unit: int, *, headed: bool) -> int:
        """The columns of each party are one block; columns about no person stand each for itself."""
        if headed:
            for column, passage in zip(columns, passages, strict=True):
                if column < len(self.names):
                    passage.name, passage.role = self.names[column] or "cell", self.roles[column]
            unit = by_party([each for each in passages if each.role is not None], unit)
        for passage in passages:
            if passage.role is None:
                passage.unit, unit = unit, unit + 1
        return unit


def roles_of(names: Sequence[str]) -> list[Role | None]:
    """What each column holds; a table with person columns may also have a column that is only called Name, or Buyer."""
    plain = [role_of(name.strip().strip('"')) for name in names]
    told = any(role is not None and role.tells_a_person for role in plain)
    return [_role(name.strip().strip('"'), role, told=told) for name, role in zip(names, plain, strict=True)]


def _role(name: str, role: Role | None, *, told: bool) -> Role | None:
    if role is not None:
        return role
    bare = name.split("[", maxsplit=1)[0].strip().lower()
    if bare and party_word(bare) == bare:
        return Role.NAME  # HMRC's "Consignee", "Consignor": the first 18 characters of the name
    if told and bare != "id":
        return role_in_party(name, "")
    return None


def is_header(names: Sequence[str], roles: Sequence[Role | None]) -> bool:
    """A first row of names of columns: no empty majority, no digits-only, nothing with an @."""
    filled = [name for name in names if name]
    if not filled or any("@" in name for name in filled):
        return False
    wordlike = sum(any(each.isalpha() for each in name) for name in filled)
    return wordlike == len(filled) or (any(role is not None for role in roles) and wordlike >= 0.8 * len(filled))
