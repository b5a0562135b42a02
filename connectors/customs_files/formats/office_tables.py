"""Tables in texts and OpenDocument sheets: rows under a header, and forms of labels with what is filled in beside."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from connectors.customs_files.formats.grid import Grid, is_header, roles_of
from connectors.customs_files.passages import Passage
from connectors.customs_files.roles import Role

_ROWS = {"tr", "table-row"}
_CELLS = {"tc", "table-cell", "covered-table-cell"}
_TABLES = {"tbl", "table"}
_SPAN = re.compile(r"number-columns-(?:repeated|spanned)\s*=\s*[\"'](\d{1,5})[\"']")
_FORM_COLUMNS = 2
_COLUMNS_MAX = 20_000


@dataclass(slots=True)
class _Row:
    columns: list[int] = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)
    next: int = 0

    def texts(self) -> list[str]:
        """What each column reads; attributes aside."""
        texts = [""] * (1 + max(self.columns, default=-1))
        for column, passage in zip(self.columns, self.passages, strict=True):
            if passage.name[:1] != "@":
                texts[column] = f"{texts[column]} {passage.text}".strip()
        return texts


class Tables:
    """The tables that are open at one place of a text; their cells get their units when a table ends."""

    def __init__(self) -> None:
        self._open: list[list[_Row]] = []
        self._cells = 0

    def start(self, name: str, attributes: str) -> None:
        """An element begins."""
        if name in _TABLES:
            self._open.append([])
        elif self._open and name in _ROWS:
            self._open[-1].append(_Row())
        elif self._open and self._open[-1] and name in _CELLS:
            span = _SPAN.search(attributes) if "number-columns" in attributes else None
            self._open[-1][-1].next = min(self._open[-1][-1].next + (int(span[1]) if span else 1), _COLUMNS_MAX)

    def add(self, passage: Passage) -> None:
        """A passage ends within whatever cell is open."""
        if self._open and self._open[-1] and self._open[-1][-1].next:
            row = self._open[-1][-1]
            row.columns.append(row.next - 1)
            row.passages.append(passage)

    def end(self, name: str, unit: int) -> int:
        """An element ends; returns the next free unit."""
        if name not in _TABLES or not self._open:
            return unit
        rows = [row for row in self._open.pop() if row.passages]
        header = next((number for number, row in enumerate(rows[:2]) if _heads(row.texts())), None)
        if header is not None:
            grid = Grid(rows[header].texts(), first_unit=unit)
            for row in rows[header + 1 :]:
                grid.add(row.columns, row.passages, headed=True)
            return grid.unit
        return _fill_in(rows, unit)


def _heads(names: Sequence[str]) -> bool:
    roles = roles_of(names)
    several = sum(map(bool, names)) > 1 and sum(role is not None for role in roles) > 1
    return several and is_header(names, roles)


def _fill_in(rows: Sequence[_Row], unit: int) -> int:
    """A form is about one party: labels in the first column, two or more of which tell of somebody."""
    if any(max(row.columns) >= _FORM_COLUMNS for row in rows):
        return unit
    labels = [row.texts()[0].rstrip(" :") for row in rows]
    roles = roles_of(labels)
    told = [role for role in roles if role is not None]
    if len(told) < _FORM_COLUMNS or not any(role.tells_a_person for role in told):
        return unit
    for row, label, role in zip(rows, labels, roles, strict=True):
        _label(row, label, role, unit)
    return unit + 1


def _label(row: _Row, label: str, role: Role | None, unit: int) -> None:
    for column, passage in zip(row.columns, row.passages, strict=True):
        if column == 1 and role is not None:
            passage.name, passage.role, passage.unit = label, role, unit
