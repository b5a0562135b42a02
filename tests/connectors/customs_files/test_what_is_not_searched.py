"""What can't be searched is listed with its reason, never passed over."""

import gzip
import io
import os
import zipfile

import pytest

from connectors.customs_files import Limits


def packed(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


LISTED = {
    "XML with a DTD": (b"<!DOCTYPE r [<!ENTITY n 'Anna'>]><r>&n;</r>", "document type definition"),
    "broken XML": (b"<?xml version='1.0'?><r><a></r>", "not well-formed XML"),
    "XML that is not in its encoding": (b"<?xml version='1.0' encoding='euc-jp'?><r>\xff\xff</r>", "encoding"),
    "XML nested too deep": (b"<r>" * 300 + b"anna.oberg@example.org" + b"</r>" * 300, "nested"),
    "broken JSON": (b'{"a": "anna.oberg@ex', "broken JSON"),
    "JSON nested too deep": (b"[" * 300 + b'"anna.oberg@example.org"' + b"]" * 300, "nested"),
    "broken ZIP": (packed(("a.txt", b"x" * 100))[:60], "broken ZIP"),
    "PDF": (b"%PDF-1.7\n", "broken PDF"),
    "old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "Office"),
    "picture": (b"\x89PNG\r\n\x1a\n", "picture"),
    "broken gzip": (b"\x1f\x8b\x08\x00", "broken gzip"),
    "a gzip bomb": (gzip.compress(b"\0" * 5_000_000), "unpacks to more than 200 times its size"),
    "7-Zip": (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    "winmail.dat": (b"\x78\x9f\x3e\x22", "Outlook"),
    "PGP": (b"-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n", "encrypted"),
    "unknown": (bytes(range(256)) * 4, "unknown format"),
}


@pytest.mark.parametrize("case", LISTED)
def test_what_cant_be_read_is_listed(folder, case) -> None:
    """law C15: each by its name in the store, with the reason."""
    content, reason = LISTED[case]
    folder.put("client/file", content)
    listed = folder.unsearched()
    assert list(listed) == ["client/file"]
    assert reason in listed["client/file"]


def test_a_bomb_a_locked_and_a_broken_member_are_listed_and_the_others_searched(folder) -> None:
    """The archive's other members are searched, and still can be edited; false sizes deceive nobody."""
    content = bytearray(
        packed(
            ("bomb", b"\0" * 5_000_000), ("locked", b"x"), ("broken", b"y" * 50), ("ok.txt", b"anna.oberg@example.org")
        )
    )
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as archive:
        locked, broken = archive.getinfo("locked"), archive.getinfo("broken")
        central = bytes(content).index(b"locked", archive.start_dir) - 46
    content[locked.header_offset + 6] |= 1
    content[central + 8] |= 1
    content[broken.header_offset + 30 + len("broken")] ^= 0xFF
    path = folder.put("client/a.zip", bytes(content))
    assert folder.unsearched() == {
        "client/a.zip, member 1": "unpacks to more than 200 times its size",
        "client/a.zip, member 2": "encrypted",
        "client/a.zip, member 3": "broken",
    }
    folder.erase()
    assert folder.strong() == []
    with zipfile.ZipFile(path) as archive:
        assert archive.read("ok.txt") == b"[erased]"


def test_archives_in_archives_are_searched_to_a_depth(folder) -> None:
    """Three deep is searched and edited; beyond the limit is listed."""
    content = b"anna.oberg@example.org"
    for _ in range(3):
        content = packed(("inner", content))
    folder.put("client/a.zip", content)
    assert len(folder.strong()) == 1
    folder.erase()
    assert folder.strong() == []
    folder.limit(Limits(depth_max=2))
    assert list(folder.unsearched().values()) == ["packed more than 2 deep"]


def test_unchanged_members_are_copied_as_they_were_compressed(folder) -> None:
    """Erasing in one member leaves the compressed bytes of all others; duplicate names and comments stay."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../up.txt", b"keep " * 100)
        archive.writestr("a.txt", b"anna.oberg@example.org")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.txt", b"bo@example.org " * 50)
        archive.comment = b"made by us"
    before = out.getvalue()
    path = folder.put("client/a.zip", before)
    folder.erase()
    with zipfile.ZipFile(path) as now, zipfile.ZipFile(io.BytesIO(before)) as was:
        assert now.testzip() is None
        assert now.comment == b"made by us"
        assert [now.read(each) for each in now.infolist()] == [b"keep " * 100, b"[erased]", b"bo@example.org " * 50]
        old, new = was.infolist()[2], now.infolist()[2]
        assert (
            path.read_bytes()[new.header_offset :][: 35 + new.compress_size]
            == before[old.header_offset :][: 35 + old.compress_size]
        )


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(file_bytes_max=10), "larger than 10 bytes"),
        (Limits(passages_max=1), "more than 1 values"),
    ],
)
def test_what_is_beyond_a_limit_is_listed(folder, limits, reason) -> None:
    """Limits are said in the reason."""
    folder.put("client/a.csv", "Email,City\nanna.oberg@example.org,X\n")
    folder.limit(limits)
    assert folder.unsearched() == {"client/a.csv": reason}


def test_links_are_not_followed_out_of_the_store(folder, tmp_path) -> None:
    """A link out, or to nowhere, or in a loop is listed; one within the store is searched where it leads."""
    (tmp_path / "secret.txt").write_text("anna.oberg@example.org")
    folder.put("client/real.txt", "anna.oberg@example.org")
    for name, target in (
        ("out", tmp_path / "secret.txt"),
        ("loop", "loop"),
        ("nowhere", "gone"),
        ("in", "real.txt"),
        ("dirloop", "."),
    ):
        (folder.root / "client" / name).symlink_to(target)
    assert folder.unsearched() == {
        "client/loop": "a link that leads nowhere",
        "client/nowhere": "a link that leads nowhere",
        "client/out": "a link that leads out of the store",
    }
    assert [each.key for each in folder.strong()] == ["client/real.txt#0:1"]


def test_a_pipe_is_listed_and_not_waited_for(folder) -> None:
    """What is no file can't be searched."""
    os.mkfifo(folder.put("client/x", "").parent / "pipe")
    assert folder.unsearched() == {"client/pipe": "not a file"}


def test_parts_of_a_mail_that_cant_be_read_are_listed_by_their_number(folder) -> None:
    """A PDF attached and a file in base64 in an invoice: each is named."""
    folder.put(
        "client/a.eml",
        "From: a@b.c\nSubject: x\nContent-Type: multipart/mixed; boundary=B\n\n--B\n\nanna.oberg@example.org\n--B\n"
        "Content-Type: application/pdf\nContent-Disposition: attachment\nContent-Transfer-Encoding: base64\n\nJVBERi0xLjc=\n--B--\n",
    )
    folder.put("client/a.xml", "<Invoice><Object>" + "JVBERi0xLjcK" * 8 + "</Object></Invoice>")
    assert folder.unsearched() == {
        "client/a.eml, attachment 2 (application/pdf)": "a broken PDF",
        "client/a.xml, value 1": "a broken PDF",
    }
    assert len(folder.strong()) == 1
