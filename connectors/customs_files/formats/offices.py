"""Office files in ZIP archives (OOXML, OpenDocument): which reader each member is for."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from connectors.customs_files.formats import office_xml, text_runs, workbooks
from connectors.customs_files.formats.cells import Strings
from connectors.customs_files.passages import Changed, Document, Edit, Reader

_OOXML = {"xl/": "workbook", "word/": "document", "ppt/": "presentation", "visio/": "drawing"}
_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument"


def kind_of(members: Mapping[str, bytes]) -> str | None:
    """What kind of Office file an archive with such members is; None if it is any other archive."""
    if "[Content_Types].xml" in members:
        return next((kind for folder, kind in _OOXML.items() if any(each.startswith(folder) for each in members)), None)
    return "open document" if members.get("mimetype", b"").startswith(_OPEN_DOCUMENT) else None


def dress(document: Document, names: Sequence[str]) -> None:
    """Give each part of an archive its reader, if it is an Office file; `names` are those of its parts."""
    kind = kind_of(dict(zip(names, (part.content for part in document.parts), strict=True)))
    if kind is None:
        return
    document.parts = [replace(part, reader=_reader(name)) for name, part in zip(names, document.parts, strict=True)]
    # What the members are called is the format's; it tells nobody's name.
    document.passages = []
    if kind == "workbook":
        _share_strings(document)


def _reader(name: str) -> Reader | None:
    """Custom XML, and what is embedded or attached, is read as the files that it is."""
    if name.startswith("customXml/item") and "Props" not in name:
        return None
    if name.rpartition("/")[2].startswith("printerSettings"):
        return text_runs.read
    return office_xml.read if name.endswith((".xml", ".rels", ".vml")) else None


def _share_strings(document: Document) -> None:
    roots = {number: workbooks.root_of(part.content) for number, part in enumerate(document.parts)}
    table = next((number for number, root in roots.items() if root == "sst"), None)
    sheets = {
        number: document.parts[number].content for number, root in roots.items() if root is not None and root != "sst"
    }
    strings = Strings(document.parts[table].content if table is not None else None)
    for number in sheets:
        document.parts[number] = replace(document.parts[number], reader=workbooks.sheet_reader(strings))
    if table is None:
        return
    shared = document.parts[table]
    document.parts[table] = replace(
        shared, reader=workbooks.strings_reader(strings, lambda: workbooks.used_by(list(sheets.values())))
    )
    written = document.all_edits

    def all_edits(whole: Document, edits: Sequence[Edit], parts: Mapping[int, Changed]) -> Sequence[Edit]:
        return written(whole, edits, workbooks.without_orphans(parts, sheets, (table, shared.content)))

    document.all_edits = all_edits
