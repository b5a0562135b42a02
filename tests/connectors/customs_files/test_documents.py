"""Word and OpenDocument files are searched in every part, runs joined, and changed where the person stands."""

import io
import re
import zipfile

import pytest
from docx import Document

MAIL = "anna.oberg@example.org"
W = "xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'"


def saved(document) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, member in parts.items():
            archive.writestr(name, member)
    return out.getvalue()


def with_runs() -> bytes:
    document = Document()
    paragraph = document.add_paragraph("Write to anna")
    paragraph.add_run(".ob").bold = True
    paragraph.add_run("erg@example")
    paragraph.add_run(".org").italic = True
    paragraph.add_run(" today")
    return saved(document)


def with_header() -> bytes:
    document = Document()
    document.sections[0].header.paragraphs[0].text = f"{MAIL}\tpage"
    return saved(document)


def with_comment() -> bytes:
    document = Document()
    run = document.add_paragraph("x").runs[0]
    document.add_comment(run, text=f"by {MAIL}", author="Bo", initials="B")
    return saved(document)


def with_properties() -> bytes:
    document = Document()
    document.core_properties.comments = f"from {MAIL}"
    return saved(document)


def with_body(xml: str) -> bytes:
    parts = members(saved(Document()))
    parts["word/document.xml"] = parts["word/document.xml"].replace(b"<w:body>", b"<w:body>" + xml.encode())
    return packed(parts)


def with_part(name: str, xml: str) -> bytes:
    return packed(members(saved(Document())) | {name: xml.encode()})


HIDDEN = {
    "runs": with_runs,
    "a header": with_header,
    "a comment": with_comment,
    "the properties": with_properties,
    "deleted text": lambda: with_body(
        "<w:p><w:del w:id='1' w:author='Bo'><w:r><w:delText>anna.oberg@</w:delText></w:r></w:del>"
        "<w:del w:id='2' w:author='Bo'><w:r><w:delText>example.org</w:delText></w:r></w:del></w:p>"
    ),
    "a field's code": lambda: with_body(f'<w:p><w:r><w:instrText>HYPERLINK "mailto:{MAIL}"</w:instrText></w:r></w:p>'),
    "a text box within a paragraph": lambda: with_body(
        "<w:p><w:r><w:t>a</w:t></w:r><w:r><w:pict><w:txbxContent><w:p><w:r><w:t>anna.oberg</w:t></w:r><w:r>"
        "<w:t>@example.org</w:t></w:r></w:p></w:txbxContent></w:pict></w:r><w:r><w:t>b</w:t></w:r></w:p>"
    ),
    "a footnote": lambda: with_part(
        "word/footnotes.xml",
        f"<w:footnotes {W}><w:footnote><w:p><w:r><w:t>{MAIL}</w:t></w:r></w:p></w:footnote></w:footnotes>",
    ),
    "an attribute": lambda: with_body(
        f"<w:p><w:hyperlink w:tooltip='write to {MAIL}'><w:r><w:t>x</w:t></w:r></w:hyperlink></w:p>"
    ),
    "custom XML": lambda: with_part(
        "customXml/item1.xml", f"<contact><name>Anna</name><email>{MAIL}</email></contact>"
    ),
}


@pytest.mark.parametrize("where", HIDDEN)
def test_the_person_is_found_and_erased_wherever_a_document_can_hold_them(folder, where) -> None:
    """Afterwards no part holds the address, split over runs or not, and the document opens."""
    before = HIDDEN[where]()
    path = folder.put("client/a.docx", before)
    assert [each.collection for each in folder.strong()] == ["documents"]
    folder.erase()
    after = path.read_bytes()
    assert folder.strong() == []
    for name, member in members(after).items():
        assert MAIL not in re.sub(r"<[^>]*>", "", member.decode("utf-8", "replace")), name
    Document(io.BytesIO(after))


def test_the_formats_of_runs_and_the_text_around_stay(folder) -> None:
    """One mark where the address was, and every run where it was."""
    path = folder.put("client/a.docx", with_runs())
    folder.erase()
    (paragraph,) = Document(str(path)).paragraphs
    assert paragraph.text == "Write to [erased] today"
    assert [(run.text, run.bold, run.italic) for run in paragraph.runs] == [
        ("Write to [erased]", None, None),
        ("", True, None),
        ("", None, None),
        ("", None, True),
        (" today", None, None),
    ]


def test_a_tab_keeps_words_apart(folder) -> None:
    """What a tab or a line end parts is no single word."""
    folder.put(
        "client/a.docx", with_body("<w:p><w:r><w:t>x</w:t><w:tab/><w:t>anna.oberg@example.org</w:t></w:r></w:p>")
    )
    assert len(folder.strong()) == 1


def test_a_row_of_a_table_is_one_person(folder) -> None:
    """Under a header the name beside the address is theirs; the other rows are not."""
    document = Document()
    table = document.add_table(0, 3)
    for row in (("Name", "E-mail", "Amount"), ("Anna Öberg", MAIL, "3"), ("Bo Ek", "bo@example.org", "4")):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    path = folder.put("client/a.docx", saved(document))
    (record,) = folder.strong()
    assert [(each.name, each.value) for each in record.fields] == [("Name", "Anna Öberg"), ("E-mail", MAIL)]
    folder.erase()
    rows = [[cell.text for cell in row.cells] for row in Document(str(path)).tables[0].rows]
    assert rows == [["Name", "E-mail", "Amount"], ["[erased]", "[erased]", "3"], ["Bo Ek", "bo@example.org", "4"]]


def test_a_form_is_about_one_person(folder) -> None:
    """Labels stay; what was filled in beside them goes."""
    document = Document()
    table = document.add_table(0, 2)
    for row in (("Full name:", "Anna Öberg"), ("Email:", MAIL), ("Address:", "1 Mill Lane"), ("Tariff code", "0902")):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    path = folder.put("client/a.docx", saved(document))
    folder.erase()
    rows = [[cell.text for cell in row.cells] for row in Document(str(path)).tables[0].rows]
    gone = "[erased]"
    assert rows == [["Full name:", gone], ["Email:", gone], ["Address:", gone], ["Tariff code", "0902"]]


def test_who_wrote_a_comment_is_for_review(folder) -> None:
    """A name alone is no proof."""
    document = Document()
    document.core_properties.author = "Anna Öberg"
    folder.put("client/a.docx", saved(document))
    assert folder.strong() == []
    (record,) = folder.weak()
    assert record.fields[0].value == "Anna Öberg"


def test_a_presentation_is_searched_and_changed(folder) -> None:
    """Slides and their notes are drawings' paragraphs."""
    slide = "<p:sld xmlns:p='p' xmlns:a='a'><a:p><a:r><a:t>ask anna.ob</a:t></a:r><a:r><a:t>erg@example.org</a:t></a:r></a:p></p:sld>"
    content = packed({"[Content_Types].xml": b"<Types/>", "ppt/slides/slide1.xml": slide.encode()})
    path = folder.put("client/a.pptx", content)
    assert [each.collection for each in folder.strong()] == ["presentations"]
    folder.erase()
    assert b"ask [erased]" in members(path.read_bytes())["ppt/slides/slide1.xml"]


ODF = "xmlns:office='o' xmlns:text='t' xmlns:table='tb' xmlns:dc='d'"


def open_document(kind: str, body: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}", zipfile.ZIP_STORED)
        archive.writestr("content.xml", f"<office:document-content {ODF}>{body}</office:document-content>")
        archive.writestr("meta.xml", f"<office:document-meta {ODF}><dc:creator>Bo</dc:creator></office:document-meta>")
    return out.getvalue()


def test_an_open_document_text_is_searched_and_changed(folder) -> None:
    """Paragraphs over their spans, spaces that are elements included."""
    body = "<text:p>call <text:span>anna.</text:span>oberg@example<text:span>.org</text:span><text:s/>now</text:p>"
    path = folder.put("client/a.odt", open_document("text", body))
    assert [each.collection for each in folder.strong()] == ["documents"]
    folder.erase()
    gone = "<text:p>call <text:span>[erased]</text:span><text:span></text:span><text:s/>now</text:p>"
    assert gone.encode() in members(path.read_bytes())["content.xml"]


def test_an_open_document_sheet_is_searched_and_changed(folder) -> None:
    """Rows under a header; the number behind a cell goes with what it shows."""

    def row(*cells: str) -> str:
        return "<table:table-row>" + "".join(cells) + "</table:table-row>"

    def cell(text: str, attributes: str = "") -> str:
        return f"<table:table-cell {attributes}><text:p>{text}</text:p></table:table-cell>"

    number = "office:value-type='float' office:value='441614960123'"
    body = (
        "<table:table>" + row(cell("Name"), "<table:table-cell table:number-columns-repeated='2'/>", cell("Phone"))
        + row(cell("Anna"), "<table:table-cell table:number-columns-repeated='2'/>", cell("441614960123", number))
        + row(cell("Bo"), "<table:table-cell table:number-columns-repeated='2'/>", cell("441614960999"))
        + "</table:table>"
    )  # fmt: skip
    path = folder.put("client/a.ods", open_document("spreadsheet", body))
    assert [each.collection for each in folder.strong()] == ["spreadsheets"]
    folder.erase()
    text = members(path.read_bytes())["content.xml"].decode()
    assert "Anna" not in text
    assert "441614960123" not in text
    assert "office:value='0'" in text
    assert "441614960999" in text
    assert "Bo" in text
