"""Excel workbooks (OOXML): the sheets as tables, the strings that cells share; every other part is `office_xml`'s."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from connectors.customs_files.asked import Asked
from connectors.customs_files.encodings import Decoded
from connectors.customs_files.formats import office_xml
from connectors.customs_files.formats.cells import Cells, Strings, is_text, shared_by, value_span
from connectors.customs_files.formats.grid import Grid, is_header, roles_of
from connectors.customs_files.formats.markup import begins, check, decoded_markup
from connectors.customs_files.notations import NUMBER, XML
from connectors.customs_files.passages import MARK, Changed, Document, Edit, Passage, Piece, UnreadableError, splice

_A = r"(?:[^>\"']|\"[^\"]*\"|'[^']*')*?"
_SHEET_DATA = re.compile(rf"<(?:\w+:)?sheetData(?=[\s/>]){_A}>(.*)</(?:\w+:)?sheetData\s*>", re.DOTALL)
_ROW_END = re.compile(r"</(?:\w+:)?row\s*>")
_CELL = re.compile(rf"<(?:\w+:)?c((?=[\s/>]){_A})(?:/>|>(.*?)</(?:\w+:)?c\s*>)", re.DOTALL)
_FORMULA = re.compile(rf"<(?:\w+:)?f((?=[\s/>]){_A})(?:/>|>([^<]*)</)")
_PLACE = re.compile(r"""\sr\s*=\s*["']([A-Z]{1,3})\d+["']""")
_ROOT = re.compile(rf"<(?:\w+:)?(sst|worksheet|dialogsheet|macrosheet)(?=[\s/>]){_A}>")
_HEADER_ROWS = 30
_RUN_ROWS = 200
_LITERAL = replace(XML, mark=f'"{MARK}"')


@dataclass(slots=True)
class _Cell:
    column: int
    start: int
    attributes: str
    inner: tuple[int, int]
    stop: int
    text: str


def root_of(content: bytes) -> str | None:
    """What a part is: "sst" for shared strings, "worksheet" and the like for a sheet, None for anything else."""
    root = _ROOT.search(content[:4096].replace(b"\0", b"").decode("latin-1"))
    return root[1] if root else None


def sheet_reader(strings: Strings) -> Callable[[bytes, Asked], Document | None]:
    """The reader of a sheet whose cells show these strings."""

    def read(content: bytes, asked: Asked) -> Document | None:
        decoded = decoded_markup(content, None)
        if decoded is None or not begins(decoded.text):
            return None
        check(decoded.text)
        document = Document("sheet", decoded)
        data = _SHEET_DATA.search(decoded.text)
        if data is None:
            office_xml.add(document, [(0, len(decoded.text))], asked.limits)
            return document
        if "<!" in data[1]:
            raise UnreadableError("a sheet with comments or CDATA between its cells")
        office_xml.add(document, [(0, data.start()), (data.end(), len(decoded.text))], asked.limits)
        _Sheet(document, strings, asked).run(*data.span(1))
        return document

    return read


class _Sheet:
    def __init__(self, document: Document, strings: Strings, asked: Asked) -> None:
        self.document = document
        self.source = document.decoded.text
        self.cells = Cells(strings)
        self.asked = asked

    def run(self, start: int, stop: int) -> None:
        rows = self._rows(start, stop)
        run = list(islice(rows, _RUN_ROWS))
        header = next((number for number, row in enumerate(run[:_HEADER_ROWS]) if _heads(row)), None)
        names = _names(run[header]) if header is not None else []
        unit = 1 + max((each.unit for each in self.document.passages), default=-1)
        grid = Grid(names, first_unit=unit)
        number = 0
        while run:
            wanted = self.asked.keep("\n".join("\t".join(self._shown(cell)) for row in run for cell in row))
            for row in run:
                headed = header is not None and number > header
                columns = tuple(cell.column for cell in row)
                if wanted:
                    passages = [self._passage(cell) for cell in row]
                    grid.add(columns, passages, headed=headed)
                    self.document.passages += passages
                    self._formulas(row, passages)
                else:
                    grid.skip(columns, columns, headed=headed)
                number += 1
            if len(self.document.passages) > self.asked.limits.passages_max:
                return  # the reader refuses it
            run = list(islice(rows, _RUN_ROWS))

    def _rows(self, start: int, stop: int) -> Iterator[list[_Cell]]:
        ends = (each.end() for each in _ROW_END.finditer(self.source, start, stop))
        for end in (*ends, stop):
            row = list(self._row(start, end))
            if row:
                yield row
            start = end

    def _row(self, start: int, stop: int) -> Iterator[_Cell]:
        column = -1
        for cell in _CELL.finditer(self.source, start, stop):
            place = _PLACE.search(cell[1])
            column = _column(place[1]) if place else column + 1
            if cell[2] is not None:
                text = self.cells.text(cell[1], cell[2])
                if text or "<f" in cell[2] or ":f" in cell[2]:
                    yield _Cell(column, cell.start(), cell[1], cell.span(2), cell.end(), text)

    def _shown(self, cell: _Cell) -> list[str]:
        formula = _FORMULA.search(self.source, *cell.inner)
        return [cell.text, XML.text(formula[2])] if formula and formula[2] else [cell.text]

    def _passage(self, cell: _Cell) -> Passage:
        inner = self.source[slice(*cell.inner)]
        if _FORMULA.search(inner) is None:
            return Passage(cell.text, (Piece(0, len(cell.text), cell.start, cell.stop, self.cells),), -1, "cell")
        span = value_span(inner)
        if span is None or not cell.text:
            return Passage("", (), -1, "cell")
        start, stop = cell.inner[0] + span[0], cell.inner[0] + span[1]
        notation = XML if is_text(cell.attributes) else NUMBER
        text, _ = notation.read(self.source[start:stop])
        return Passage(text, (Piece(0, len(text), start, stop, notation),), -1, "cell")

    def _formulas(self, row: Sequence[_Cell], passages: Sequence[Passage]) -> None:
        """A formula goes with its cell where it alone makes the value; otherwise what stands in it is for itself."""
        for cell, passage in zip(row, passages, strict=True):
            formula = _FORMULA.search(self.source, *cell.inner)
            if formula is None or not formula[2]:
                continue
            alone = '"' in XML.text(formula[2]) and "=" not in formula[1] and is_text(cell.attributes)
            literal = alone and passage.role is not None
            text = XML.text(formula[2])
            piece = Piece(0, len(text), *formula.span(2), _LITERAL if literal else XML)
            role = passage.role if literal else None
            self.document.passages.append(Passage(text, (piece,), passage.unit, f"{passage.name} formula", role))


def _heads(row: Sequence[_Cell]) -> bool:
    names = _names(row)
    roles = roles_of(names)
    filled = sum(bool(name.strip()) for name in names)
    return filled > 1 and is_header([name.strip() for name in names], roles) and any(roles)


def _names(row: Sequence[_Cell]) -> list[str]:
    names = [""] * (1 + max((cell.column for cell in row), default=-1))
    for cell in row:
        names[cell.column] = cell.text
    return names


def _column(letters: str) -> int:
    number = 0
    for each in letters:
        number = number * 26 + ord(each) - 64
    return number - 1


def strings_reader(strings: Strings, used: Callable[[], frozenset[int]]) -> Callable[[bytes, Asked], Document | None]:
    """The reader of the shared strings: those that no cell shows, for the others are told by their cells."""

    def read(content: bytes, asked: Asked) -> Document | None:
        decoded = decoded_markup(content, None)
        if decoded is None or not begins(decoded.text):
            return None
        check(decoded.text)
        if "<![CDATA[" in decoded.text:
            raise UnreadableError("shared strings with CDATA")
        document = Document("strings", decoded)
        shown = used()
        for unit, (start, stop) in enumerate(strings.spans):
            if unit in shown:
                document.passages.append(Passage("", (), unit))
            else:
                part = Document("strings", decoded)
                office_xml.add(part, [(start, stop)], asked.limits)
                document.passages.append(_joined(part.passages, unit))
        return document

    return read


def _joined(passages: Sequence[Passage], unit: int) -> Passage:
    at = 0
    texts: list[str] = []
    pieces: list[Piece] = []
    for passage in passages:
        pieces += (replace(piece, begin=piece.begin + at, end=piece.end + at) for piece in passage.pieces)
        texts.append(passage.text)
        at += len(passage.text)
    return Passage("".join(texts), tuple(pieces), unit, "string")


def used_by(contents: Sequence[bytes]) -> frozenset[int]:
    """The numbers of the shared strings that the cells of some sheets show."""
    shown: set[int] = set()
    for content in contents:
        decoded = decoded_markup(content, None)
        for cell in _CELL.finditer(decoded.text) if decoded is not None else ():
            number = shared_by(cell[1], cell[2]) if cell[2] is not None else None
            if number is not None:
                shown.add(number)
    return frozenset(shown)


def without_orphans(
    changed: Mapping[int, Changed], sheets: Mapping[int, bytes], strings: tuple[int, bytes]
) -> Mapping[int, Changed]:
    """The changed parts of a workbook, with every string emptied that a cell showed before and none does now."""
    number, content = strings
    now = [changed[sheet].content if sheet in changed else was for sheet, was in sheets.items()]
    left = used_by(list(sheets.values())) - used_by(now)
    if not left:
        return changed
    current = changed[number].content if number in changed else content
    shared = Strings(current)
    decoded = decoded_markup(current, None)
    assert decoded is not None, "it was read"
    spans = [shared.spans[each] for each in sorted(left) if each < len(shared.spans)]
    edits = [_emptied(decoded, start, stop) for start, stop in spans if start < stop]
    return {**changed, number: Changed(edits, splice(current, edits))}


def _emptied(decoded: Decoded, start: int, stop: int) -> Edit:
    prefix = re.match(r"\s*<(\w+:)", decoded.text[start:stop])
    name = f"{prefix[1] if prefix else ''}t"
    return Edit(decoded.byte(start), decoded.byte(stop), decoded.encode(f"<{name}>{MARK}</{name}>"))
