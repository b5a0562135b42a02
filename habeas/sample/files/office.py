"""Office Open XML (ECMA-376): a workbook of contacts and a letter, with only the parts that every program needs."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

from habeas.sample.files.drafts import Cast, Draft, Mentions
from habeas.sample.files.packing import packed
from habeas.sample.people import Person

_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_LINKS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OOXML = "application/vnd.openxmlformats-officedocument"

Row = Sequence[str | int]


def workbook(cast: Cast) -> Draft:
    """A row for each of the cast; now and then a phone number is a number, as spreadsheets like to make it."""
    mentions = Mentions(cast.dice)
    rows: list[Row] = [("Name", "E-mail", "Phone", "Customer number", "Company")]
    rows += [
        (
            mentions.name(person),
            mentions.email(person),
            _phone(person, mentions),
            mentions.customer_number(person),
            cast.client.name,
        )
        for person in cast.people
    ]
    return Draft(f"contacts_{cast.number:06d}.xlsx", "xlsx", _workbook(rows), mentions.noted())


def letter(cast: Cast) -> Draft:
    """A letter to the first of the cast about the others; names are split over runs, as spelling checkers do."""
    mentions = Mentions(cast.dice)
    first, *others = cast.people
    lines = [f"{cast.client.name}, {cast.day():%d %B %Y}", f"Dear {mentions.name(first)},"]
    lines.append(f"we have your customer number as {mentions.customer_number(first)}.")
    lines += [f"Please agree the shipment with {mentions.plain_name(each)}." for each in others]
    header = f"Sent to {mentions.email(first)}"
    return Draft(f"letter_{cast.number:06d}.docx", "docx", _document(lines, header, cast), mentions.noted())


def _phone(person: Person, mentions: Mentions) -> str | int:
    written = mentions.phone(person)
    if written is None or person.phone is None:
        return ""
    return int(person.phone.lstrip("+")) if mentions.dice.random() < 0.25 else written


def _workbook(rows: Sequence[Row]) -> bytes:
    shared = list(dict.fromkeys(value for row in rows for value in row if isinstance(value, str)))
    number = {value: position for position, value in enumerate(shared)}
    cells = "".join(f'<row r="{at}">{_cells(at, row, number)}</row>' for at, row in enumerate(rows, 1))
    strings = "".join(f'<si><t xml:space="preserve">{escape(value)}</t></si>' for value in shared)
    parts = {
        "xl/workbook.xml": f'<workbook xmlns="{_SHEET}" xmlns:r="{_OFFICE}">'
        '<sheets><sheet name="Contacts" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_SHEET}"><sheetData>{cells}</sheetData></worksheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{_SHEET}" count="{sum(map(len, rows))}" uniqueCount="{len(shared)}">'
        f"{strings}</sst>",
    }
    types = {
        "xl/workbook.xml": f"{_OOXML}.spreadsheetml.sheet.main+xml",
        "xl/worksheets/sheet1.xml": f"{_OOXML}.spreadsheetml.worksheet+xml",
        "xl/sharedStrings.xml": f"{_OOXML}.spreadsheetml.sharedStrings+xml",
    }
    own = _links(
        "xl/_rels/workbook.xml.rels", {"worksheet": "worksheets/sheet1.xml", "sharedStrings": "sharedStrings.xml"}
    )
    return _package(parts | own, types, "xl/workbook.xml")


def _cells(at: int, row: Row, number: dict[str, int]) -> str:
    return "".join(
        f'<c r="{column}{at}"><v>{value}</v></c>'
        if isinstance(value, int)
        else f'<c r="{column}{at}" t="s"><v>{number[value]}</v></c>'
        for column, value in zip("ABCDE", row, strict=True)
    )


def _document(lines: Sequence[str], header: str, cast: Cast) -> bytes:
    body = "".join(_paragraph(line, cast) for line in lines)
    parts = {
        "word/document.xml": f'<w:document xmlns:w="{_WORD}" xmlns:r="{_OFFICE}"><w:body>{body}'
        '<w:sectPr><w:headerReference w:type="default" r:id="rId1"/></w:sectPr></w:body></w:document>',
        "word/header1.xml": f'<w:hdr xmlns:w="{_WORD}">{_paragraph(header, cast)}</w:hdr>',
    }
    types = {
        "word/document.xml": f"{_OOXML}.wordprocessingml.document.main+xml",
        "word/header1.xml": f"{_OOXML}.wordprocessingml.header+xml",
    }
    return _package(
        parts | _links("word/_rels/document.xml.rels", {"header": "header1.xml"}), types, "word/document.xml"
    )


def _paragraph(line: str, cast: Cast) -> str:
    cut = cast.dice.randint(1, max(1, len(line) - 1))
    runs = "".join(
        f'<w:r><w:t xml:space="preserve">{escape(part)}</w:t></w:r>' for part in (line[:cut], line[cut:]) if part
    )
    return f"<w:p>{runs}</w:p>"


def _links(name: str, targets: dict[str, str]) -> dict[str, str]:
    links = "".join(
        f'<Relationship Id="rId{at}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for at, (kind, target) in enumerate(targets.items(), 1)
    )
    return {name: f'<Relationships xmlns="{_LINKS}">{links}</Relationships>'}


def _package(parts: dict[str, str], types: dict[str, str], main: str) -> bytes:
    overrides = "".join(f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in types.items())
    content_types = (
        f'<Types xmlns="{_TYPES}"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )
    everything = {"[Content_Types].xml": content_types, **_links("_rels/.rels", {"officeDocument": main}), **parts}
    return packed((name, (_DECLARATION + part).encode()) for name, part in everything.items())
