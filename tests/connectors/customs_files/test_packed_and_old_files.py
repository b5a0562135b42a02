"""Compressed files are searched and changed; RTF and old workbooks are searched, and said not to be changeable."""

import bz2
import gzip
import lzma
import os
from pathlib import Path

import pytest

from connectors.customs_files import Limits
from connectors.customs_files.reading import read

MAIL = "anna.oberg@example.org"
CORPUS = os.environ.get("HABEAS_CORPUS", "")
PACKERS = {
    "gzip": (gzip.compress, gzip.decompress),
    "bzip2": (bz2.compress, bz2.decompress),
    "xz": (lzma.compress, lzma.decompress),
}


@pytest.mark.parametrize("method", PACKERS)
def test_a_compressed_file_is_searched_and_changed(folder, method) -> None:
    """Only the fields differ once it is unpacked again."""
    pack, unpack = PACKERS[method]
    table = f"Name,Email\nAnna,{MAIL}\nBo,bo@example.org\n"
    path = folder.put("client/a", pack(table.encode()))
    assert len(folder.strong()) == 1
    folder.erase()
    assert unpack(path.read_bytes()).decode() == table.replace(f"Anna,{MAIL}", "[erased],[erased]")


def test_the_name_within_a_gzip_file_and_its_further_members_stay(folder, tmp_path) -> None:
    """The head is the same; what was in several members is in one."""
    inner = tmp_path / "a.txt"
    with gzip.GzipFile(inner, "wb", mtime=1_700_000_000) as stream:
        stream.write(b"first\n")
    before = inner.read_bytes() + gzip.compress(f"second {MAIL}\n".encode())
    path = folder.put("client/a.gz", before)
    folder.erase()
    after = path.read_bytes()
    assert after[:15] == before[:15]
    assert gzip.decompress(after) == b"first\nsecond [erased]\n"


RTF = r"""{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}\f0 Dear Anna \'d6berg,\par
write to anna{\b .ob}erg@exa\u109?ple.org\tab now\par}"""


def test_rtf_is_searched_and_left_to_a_person(folder) -> None:
    """Formats and escapes within an address don't hide it."""
    folder.put("client/a.rtf", RTF)
    (record,) = folder.strong()
    assert not record.changeable
    assert record.collection == "documents"
    assert record.fields[0].value == MAIL


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS, reason="HABEAS_CORPUS is not set")
def test_an_old_workbook_is_read_cell_by_cell() -> None:
    """As its twin in the new format."""
    old, new = (
        read((Path(CORPUS) / "spreadsheets" / name).read_bytes(), Limits()) for name in ("deaths.xls", "deaths.xlsx")
    )
    cells = {each.text for layer in new.layers for each in layer.document.passages if layer.document.format == "sheet"}
    told = {each.text for each in old.layers[0].document.passages}
    people = {text for text in cells if text.replace(" ", "").isalpha()}
    assert people
    assert people <= told
    assert not old.layers[0].changeable


def test_what_an_old_office_file_is_is_said(folder) -> None:
    """A broken one is broken."""
    folder.put("client/a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    assert folder.unsearched() == {"client/a.doc": "a broken Office document"}
