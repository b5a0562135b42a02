"""The package: its files, their names and digests, whatever its size."""

import hashlib
import io
import json
import shutil
import struct
import subprocess
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from habeas.domain.requests import Right
from habeas.letters import tables
from habeas.letters.answer import Answer
from habeas.letters.package import Assembler


def one_table(make: SimpleNamespace, records: list[Any], collection: str = "notes", name: str = "crm") -> Any:
    summary = (make.line(collection, "disclose", "art-15-1", len(records)),)
    return (make.system(name, summary=summary, items=records),)


def test_an_access_package_has_its_files(assemble: Any) -> None:
    """Letter, page, each table twice, and last the manifest."""
    names = [info.filename for info in assemble(Right.ACCESS).infos]
    assert set(names) == {
        "letter.pdf", "index.html", "manifest.json", "data/crm/customers.json", "data/crm/customers.csv",
        "data/crm/notes.json", "data/crm/notes.csv", "data/billing/invoices.json", "data/billing/invoices.csv",
        "data/mailing_list/members.json", "data/mailing_list/members.csv",
    }  # fmt: skip
    assert names[-1] == "manifest.json"


@pytest.mark.parametrize("right", [each for each in Right if not each.discloses])
def test_only_access_and_portability_give_data(assemble: Any, right: Right) -> None:
    """The other rights are answered by letter and page."""
    assert set(assemble(right).files) == {"letter.pdf", "index.html", "manifest.json"}


def test_the_manifest_lists_every_other_file_with_its_digest(assemble: Any) -> None:
    """Whoever changes a file is found out; the caller gets the same manifest and letter."""
    opened = assemble(Right.ACCESS)
    manifest = json.loads(opened.files["manifest.json"])
    assert manifest == opened.written.manifest
    assert manifest["request_id"] == "3f0e7a52-7a52-4d51-9a43-1d9b6f0f2c11"
    assert manifest["generated_on"] == "2026-03-02"
    assert {each["name"] for each in manifest["files"]} == set(opened.files) - {"manifest.json"}
    for each in manifest["files"]:
        content = opened.files[each["name"]]
        assert each["size_bytes"] == len(content)
        assert each["sha256"] == hashlib.sha256(content).hexdigest()
    assert opened.files["letter.pdf"] == opened.written.letter


def test_the_same_answer_gives_the_same_bytes(assemble: Any, register: Any, make: SimpleNamespace) -> None:
    """Also from another process's assembler, and into a writer that could go back."""
    first = assemble(Right.ACCESS)
    assert assemble(Right.ACCESS, using=Assembler()).raw == first.raw
    answer = Answer(
        "3f0e7a52-7a52-4d51-9a43-1d9b6f0f2c11", Right.ACCESS, "en", date(2026, 2, 9), date(2026, 3, 2), date(2026, 3, 9),
        ("Ada Sample", "1 Example Street", "Manchester M1 1AA"), register, make.systems[Right.ACCESS](),
    )  # fmt: skip
    into = io.BytesIO()
    Assembler().assemble(answer, into)
    assert into.getvalue() == first.raw


@pytest.mark.skipif(not shutil.which("unzip"), reason="unzip is not installed")
def test_unzip_takes_the_package(assemble: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What people open it with is not Python; small and big members alike."""
    for kept_chars_max in (tables.KEPT_CHARS_MAX, 1000):
        monkeypatch.setattr(tables, "KEPT_CHARS_MAX", kept_chars_max)
        package = tmp_path / "package.zip"
        package.write_bytes(assemble(Right.ACCESS).raw)
        done = subprocess.run(["unzip", "-t", str(package)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "C:\\x", "a/b", "..", "", "con", "ä", "x" * 300, "\u202egnp", "a b"]
)
def test_no_name_of_a_collection_or_system_leaves_the_folder(assemble: Any, make: SimpleNamespace, name: str) -> None:
    """Names come from configuration; in the ZIP they are plain, below data, and short."""
    opened = assemble(Right.ACCESS, one_table(make, [make.record(name, {"a": 1})], collection=name, name=name))
    [stem] = [each.removesuffix(".json") for each in opened.files if each.endswith(".json") and each != "manifest.json"]
    data, folder, file = stem.split("/")
    assert data == "data"
    for part in (folder, file):
        assert part.isascii()
        assert 0 < len(part) <= 70
        assert set(part) & set('\\:*?"<>| ') == set()
        assert part.strip(".") == part
        assert part.lower() != "con"


def test_names_that_would_collide_get_numbers(assemble: Any, make: SimpleNamespace) -> None:
    """Also where only the case differs, for systems that don't tell; every row is kept."""
    names = ["Notes", "notes", "no/tes", "no tes"]
    records = [make.record(name, {"from": name}) for name in names]
    opened = assemble(Right.ACCESS, one_table(make, records))
    found = [
        json.loads(opened.files[each])[0]["from"]
        for each in opened.files
        if each.startswith("data/") and each.endswith(".json")
    ]
    assert sorted(found) == sorted(names)
    assert len({name.lower() for name in opened.files}) == len(opened.files)


def test_a_table_longer_than_zips_first_limits(assemble: Any, make: SimpleNamespace) -> None:
    """Over 65,535 rows pass through; members whose size can't be foreseen are ready to grow beyond 4 GiB."""
    rows = 70_000
    record = make.record("visits", {"path": "/", "name": "Ada Sample"})

    class Visits:
        def __iter__(self) -> Any:
            return iter([record] * rows)

    opened = assemble(Right.ACCESS, (make.system("portal", items=Visits()),))
    assert len(orjson.loads(opened.files["data/portal/visits.json"])) == rows
    assert opened.files["data/portal/visits.csv"].count(b"\r\n") == rows + 1
    zip64 = {info.filename: local_extra_has_zip64(opened.raw, info) for info in opened.infos}
    assert zip64["data/portal/visits.json"]
    assert zip64["data/portal/visits.csv"]
    assert not zip64["letter.pdf"]


def local_extra_has_zip64(raw: bytes, info: zipfile.ZipInfo) -> bool:
    name_length, extra_length = struct.unpack("<HH", raw[info.header_offset + 26 : info.header_offset + 30])
    extra = raw[info.header_offset + 30 + name_length :][:extra_length]
    return extra[:2] == b"\x01\x00"


def test_a_plan_opened_twice_gives_the_same_as_one_held(assemble: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Short and long plans take different ways to the same tables."""
    held = assemble(Right.ACCESS)
    monkeypatch.setattr(tables, "KEPT_CHARS_MAX", 1000)
    assert assemble(Right.ACCESS).files == held.files


def test_a_plan_that_breaks_off_leaves_nothing_that_looks_whole(register: Any, make: SimpleNamespace) -> None:
    """After an error the ZIP has no directory, so that nobody takes it for the answer."""

    def broken() -> Any:
        yield make.record("notes", {"a": "1"})
        raise OSError("gone")

    class Broken:
        def __iter__(self) -> Any:
            return broken()

    day = date(2026, 3, 2)
    answer = Answer("r", Right.ACCESS, "en", day, day, day, (), register, (make.system("crm", items=Broken()),))
    into = io.BytesIO()
    with pytest.raises(OSError, match="gone"):
        Assembler().assemble(answer, into)
    assert not zipfile.is_zipfile(into)


def test_threads_share_an_assembler(assemble: Any) -> None:
    """What is made side by side is what is made alone."""
    alone = [assemble(right).raw for right in Right]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda right: assemble(right).raw, list(Right) * 4))
    assert together == alone * 4
