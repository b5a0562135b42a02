"""Old Office files (OLE compound files): workbooks are searched, never changed; of others it is said what they are."""

import io
from collections.abc import Iterator

import olefile  # type: ignore[import-untyped]
import python_calamine

from connectors.customs_files.asked import Asked
from connectors.customs_files.encodings import Decoded
from connectors.customs_files.formats.cells import plain_number
from connectors.customs_files.formats.grid import Grid, is_header, roles_of
from connectors.customs_files.formats.text_runs import runs_of
from connectors.customs_files.passages import Document, Passage, UnreadableError
from connectors.customs_files.roles import Role

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_KINDS = (
    ("EncryptedPackage", "an encrypted Office document"),
    ("WordDocument", "an old Word document: not supported yet"),
    ("PowerPoint Document", "an old PowerPoint presentation: not supported yet"),
    ("__properties_version1.0", "an Outlook message: not supported yet"),
    ("VBA", "macros: not supported"),
    ("_VBA_PROJECT_CUR", "macros: not supported"),
)
_BOOKS = ("Workbook", "Book")
_HEADER_ROWS = 30
_PROPERTIES = ("title", "subject", "author", "keywords", "comments", "last_saved_by", "manager", "company")
_NAMES = {"author", "last_saved_by", "manager"}


def read(content: bytes, asked: Asked) -> Document | None:
    """Read an old workbook; None if it is no compound file. Raises UnreadableError for everything else."""
    if not content.startswith(MAGIC):
        return None
    try:
        with olefile.OleFileIO(io.BytesIO(content)) as container:
            entries = {path[0] for path in container.listdir()}
            book = next((name for name in _BOOKS if name in entries), None)
            records = container.openstream(book).read() if book else b""
            properties = container.get_metadata()
    except Exception:  # noqa: BLE001 - olefile raises whatever a broken file makes of it
        raise UnreadableError("a broken Office document") from None
    if book is None:
        raise UnreadableError(next((kind for name, kind in _KINDS if name in entries), "an old Office document"))
    document = Document("old workbook", Decoded(content, "", "latin-1", 0), changeable=False)
    _sheets(document, content, asked)
    _properties(document, properties)
    _records(document, records)
    return document


def _sheets(document: Document, content: bytes, asked: Asked) -> None:
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        for name in book.sheet_names:
            rows = book.get_sheet_by_name(name).iter_rows()
            _sheet(document, ([_text(value) for value in row] for row in rows), asked)
    except python_calamine.PasswordError:
        raise UnreadableError("an encrypted workbook") from None
    except (python_calamine.CalamineError, OSError, ValueError):
        raise UnreadableError("a broken workbook") from None


def _sheet(document: Document, rows: Iterator[list[str]], asked: Asked) -> None:
    grid: Grid | None = None
    for number, row in enumerate(rows):
        columns = [column for column, text in enumerate(row) if text]
        passages = [Passage(row[column], (), -1, "cell") for column in columns]
        unit = grid.unit if grid is not None else _next(document)
        if (grid is None or not grid.headed) and number < _HEADER_ROWS:
            roles = roles_of(row)
            if len(columns) > 1 and any(roles) and is_header([each.strip() for each in row], roles):
                grid = Grid(row, first_unit=unit)
                Grid([], first_unit=unit).add(columns, passages, headed=False)
                grid.unit = unit + len(columns)
                document.passages += passages
                continue
        grid = grid or Grid([], first_unit=unit)
        grid.add(columns, passages, headed=grid.headed)
        document.passages += passages
        if len(document.passages) > asked.limits.passages_max:
            return  # the reader refuses it


def _text(value: object) -> str:
    return plain_number(repr(value)) if isinstance(value, float) else str(value)


def _properties(document: Document, properties: object) -> None:
    for name in _PROPERTIES:
        value = getattr(properties, name, None)
        text = value.decode("utf-8", "habeas-windows-1252") if isinstance(value, bytes) else str(value or "")
        if text.strip("\0 "):
            role = Role.NAME if name in _NAMES else None
            document.passages.append(Passage(text.rstrip("\0"), (), _next(document), name, role))


def _records(document: Document, records: bytes) -> None:
    """What stands beside the cells (comments, headers, lists of values); what the cells have told is not told again."""
    told = {passage.text.strip() for passage in document.passages}
    for run in runs_of(records):
        if not {run, run[1:], run[:-1]} & told:
            document.passages.append(Passage(run, (), _next(document), "text"))


def _next(document: Document) -> int:
    return 1 + document.passages[-1].unit if document.passages else 0
