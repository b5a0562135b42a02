"""Workbooks are searched in every corner, and changed cell by cell within their archive."""

import io
import re
import zipfile

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

MAIL = "anna.oberg@example.org"


def saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(content: bytes, changes: dict[str, bytes]) -> bytes:
    """The archive with some members put in place or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, member in (members(content) | changes).items():
            archive.writestr(name, member)
    return out.getvalue()


def streams(content: bytes) -> dict[str, bytes]:
    """Each member as it lies in the archive, compressed."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {
            each.filename: content[each.header_offset : each.header_offset + 30 + each.compress_size]
            for each in archive.infolist()
        }


def sharing(content: bytes) -> bytes:
    """The workbook as Excel writes it: equal strings kept once, and cells that show them."""
    parts = members(content)
    strings: list[bytes] = []

    def shown(cell: re.Match[bytes]) -> bytes:
        if cell[2] not in strings:
            strings.append(cell[2])
        return b'<c%s t="s"><v>%d</v></c>' % (cell[1], strings.index(cell[2]))

    for name in [each for each in parts if each.startswith("xl/worksheets/sheet")]:
        parts[name] = re.sub(rb'<c([^>]*) t="inlineStr"><is>(.*?)</is></c>', shown, parts[name])
    main = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    relation = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    items = b"".join(b"<si>%s</si>" % each for each in strings)
    return packed(
        content,
        parts
        | {
            "xl/sharedStrings.xml": b'<sst xmlns="%s">%s</sst>' % (main, items),
            "[Content_Types].xml": parts["[Content_Types].xml"].replace(
                b"</Types>", b'<Override PartName="/xl/sharedStrings.xml" ContentType="%s"/></Types>' % kind
            ),
            "xl/_rels/workbook.xml.rels": parts["xl/_rels/workbook.xml.rels"].replace(
                b"</Relationships>",
                b'<Relationship Id="rIdS" Type="%s" Target="/xl/sharedStrings.xml"/></Relationships>' % relation,
            ),
        },
    )


def customers() -> Workbook:
    book = Workbook()
    sheet = book.active
    sheet.append(["Our customers"])
    sheet.append(["No", "Name", "Email", "Phone", "City", "Orders"])
    sheet.append([1, "Anna Öberg", MAIL, 441614960123.0, "Leeds", 3])
    sheet.append([2, "Bo Ek", "bo@example.org", "0161 496 0999", "Leeds", 4])
    sheet.append([3, "Anna Öberg", "other.anna@example.org", None, "York", 5])
    sheet["C3"].hyperlink = f"mailto:{MAIL}"
    return book


def values(content: bytes) -> list[list[object]]:
    return [list(row) for row in load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)]


@pytest.mark.parametrize("write", [saved, lambda book: sharing(saved(book))], ids=["own strings", "shared strings"])
def test_the_cells_of_the_person_are_replaced_and_shared_strings_stay_for_others(folder, write) -> None:
    """The row is erased, also where its strings are those of other rows; the strings of nobody else go."""
    before = write(customers())
    path = folder.put("client/a.xlsx", before)
    (row, *_) = sorted(folder.strong(), key=lambda each: -len(each.fields))
    assert {field.name: field.value for field in row.fields} == {
        "Name": "Anna Öberg",
        "Email": MAIL,
        "Phone": "441614960123",
        "City": "Leeds",
    }
    assert row.collection == "spreadsheets"
    folder.erase()
    after = path.read_bytes()
    gone = "[erased]"
    assert values(after) == [
        ["Our customers", None, None, None, None, None],
        ["No", "Name", "Email", "Phone", "City", "Orders"],
        [1, gone, gone, gone, gone, 3],
        [2, "Bo Ek", "bo@example.org", "0161 496 0999", "Leeds", 4],
        [3, "Anna Öberg", "other.anna@example.org", None, "York", 5],
    ]
    assert not [name for name, member in members(after).items() if MAIL.encode() in member]
    assert folder.strong() == []
    assert folder.unsearched() == {}


def test_members_without_the_person_are_copied_as_they_were_compressed(folder) -> None:
    """Only the sheet, the shared strings and the links differ."""
    before = sharing(saved(customers()))
    path = folder.put("client/a.xlsx", before)
    folder.erase()
    was, now = streams(before), streams(path.read_bytes())
    assert {name for name in was if was[name] != now[name]} == {
        "xl/worksheets/sheet1.xml",
        "xl/sharedStrings.xml",
        "xl/worksheets/_rels/sheet1.xml.rels",
    }


def with_comment() -> bytes:
    book = Workbook()
    book.active["A1"].comment = Comment(f"ask {MAIL}", "Bo")
    return saved(book)


def with_header() -> bytes:
    book = Workbook()
    book.active.oddFooter.center.text = f"{MAIL}"
    book.active.oddFooter.left.text = "Page &P"
    return saved(book)


def with_defined_name() -> bytes:
    book = Workbook()
    book.defined_names["contact"] = DefinedName("contact", attr_text=f'"{MAIL}"')
    return saved(book)


def with_validation() -> bytes:
    book = Workbook()
    book.active.add_data_validation(DataValidation(type="list", formula1=f'"{MAIL},bo@example.org"', sqref="A1"))
    return saved(book)


def with_properties() -> bytes:
    book = Workbook()
    book.properties.description = f"sent by {MAIL}"
    return saved(book)


def with_chart() -> bytes:
    book = Workbook()
    chart = BarChart()
    chart.title = f"Orders of {MAIL}"
    chart.add_data(Reference(book.active, min_col=1, min_row=1, max_row=2))
    book.active.add_chart(chart)
    return saved(book)


def with_hidden_sheet() -> bytes:
    book = Workbook()
    sheet = book.create_sheet("x")
    sheet.sheet_state = "veryHidden"
    sheet["D9"] = f"see {MAIL}"
    return saved(book)


def with_rich_text() -> bytes:
    book = Workbook()
    book.active["A1"] = CellRichText("to ", TextBlock(InlineFont(b=True), "anna.oberg"), "@example.org, soon")
    return saved(book)


def with_formula() -> bytes:
    book = Workbook()
    book.active["A1"] = f'=HYPERLINK("mailto:{MAIL}","write")'
    return saved(book)


def with_part(name: str, xml: str) -> bytes:
    return packed(saved(Workbook()), {name: xml.encode()})


HIDDEN = {
    "a comment": with_comment,
    "a footer": with_header,
    "a defined name": with_defined_name,
    "a list of valid values": with_validation,
    "the properties": with_properties,
    "a chart's title": with_chart,
    "a hidden sheet": with_hidden_sheet,
    "runs of different formats": with_rich_text,
    "a formula": with_formula,
    "a text box": lambda: with_part(
        "xl/drawings/drawing9.xml",
        "<xdr:wsDr xmlns:xdr='x' xmlns:a='a'><xdr:sp><xdr:txBody><a:p><a:r><a:t>anna.ob</a:t></a:r>"
        "<a:r><a:t>erg@example.org</a:t></a:r></a:p></xdr:txBody></xdr:sp></xdr:wsDr>",
    ),
    "a pivot table's cache": lambda: with_part(
        "xl/pivotCache/pivotCacheDefinition1.xml",
        f"<pivotCacheDefinition><cacheField name='Email'><sharedItems><s v='{MAIL}'/></sharedItems></cacheField>"
        "</pivotCacheDefinition>",
    ),
    "a chart's cache": lambda: with_part(
        "xl/charts/chart9.xml",
        f"<c:chart xmlns:c='c'><c:strCache><c:pt><c:v>{MAIL}</c:v></c:pt></c:strCache></c:chart>",
    ),
    "a string that no cell shows": lambda: with_part(
        "xl/sharedStrings.xml", f"<sst><si><t>x</t></si><si><r><t>anna</t></r><r><t>{MAIL[4:]}</t></r></si></sst>"
    ),
    "old comments": lambda: with_part(
        "xl/drawings/vmlDrawing9.vml",
        f"<xml xmlns:v='v'><v:shape><v:textbox><div>{MAIL}</div></v:textbox></v:shape></xml>",
    ),
    "who writes": lambda: with_part(
        "xl/persons/person.xml",
        f"<personList><person displayName='Anna Öberg' id='{{1}}' userId='S::{MAIL}::1' providerId='AD'/></personList>",
    ),
    "custom XML": lambda: with_part(
        "customXml/item1.xml", f"<contact><name>Anna</name><email>{MAIL}</email></contact>"
    ),
}


@pytest.mark.parametrize("where", HIDDEN)
def test_the_person_is_found_and_erased_wherever_a_workbook_can_hold_them(folder, where) -> None:
    """Afterwards no member holds the address, split over runs or not, and the workbook opens."""
    path = folder.put("client/a.xlsx", HIDDEN[where]())
    assert len(folder.strong()) == 1, where
    folder.erase()
    after = path.read_bytes()
    assert folder.strong() == []
    for name, member in members(after).items():
        assert MAIL not in re.sub(r"<[^>]*>", "", member.decode("utf-8", "replace")), name
        assert MAIL.encode() not in member, name
    if where != "a string that no cell shows":
        load_workbook(io.BytesIO(after))


@pytest.mark.parametrize("write", [lambda book: book, sharing], ids=["own strings", "shared strings"])
def test_formats_of_what_is_left_of_a_text_stay(folder, write) -> None:
    """A cell with bold runs is written with them, the address alone replaced."""
    path = folder.put("client/a.xlsx", write(with_rich_text()))
    folder.erase()
    cell = load_workbook(path, rich_text=True).active["A1"].value
    assert str(cell) == "to [erased], soon"
    assert isinstance(cell[1], TextBlock)
    assert cell[1].font.b


def test_a_workbook_of_many_rows_is_read_where_it_matters(folder) -> None:
    """A person far down has the key that a full reading gives, and nobody else is touched."""
    book = Workbook()
    book.active.append(["Name", "Email", "City"])
    for number in range(3000):
        book.active.append([f"N {number}", f"n{number}@example.org", "Leeds" if number % 3 else None])
    book.active.append(["Anna", MAIL, "Leeds"])
    path = folder.put("client/a.xlsx", sharing(saved(book)))
    (record,) = folder.strong()
    assert [field.value for field in record.fields] == ["Anna", MAIL, "Leeds"]
    before = values(path.read_bytes())
    folder.erase()
    after = values(path.read_bytes())
    assert after[-1] == ["[erased]"] * 3
    assert after[:-1] == before[:-1]


def test_settings_of_printers_are_searched_and_no_gap(folder) -> None:
    """They are in most workbooks that were ever printed."""
    settings = "Printer of Bo".encode("utf-16-le") + bytes(range(64)) * 9
    part = {"xl/printerSettings/printerSettings1.bin": settings}
    folder.put("client/a.xlsx", packed(with_hidden_sheet(), part))
    assert folder.unsearched() == {}
    assert len(folder.strong()) == 1


def test_a_workbook_with_one_far_cell_is_read(folder) -> None:
    """It costs no more than what it holds."""
    book = Workbook()
    book.active["XFD1048576"] = MAIL
    folder.put("client/a.xlsx", saved(book))
    assert len(folder.strong()) == 1
