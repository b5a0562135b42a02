"""Somebody who is in hundreds of client files gets a copy of every one of them, and is in none once they are erased."""

import csv
import io
import json
from zipfile import ZipFile

import pytest

from habeas.domain.requests import IdentityCheck, Right
from habeas.domain.subjects import IdentifierKind, identifier
from habeas.testing.installation import PATIENCE_S
from producers.intake import Submission

FILES = 200
EMAIL, NAME = "astrid.lindqvist@example.org", "Astrid Lindqvist"
SYSTEM = "customs_files"


@pytest.fixture
def planted(prepared, tmp_path):
    """Two kinds of files in turn, in forty folders; each has somebody else in it too."""
    installation = prepared.copied(tmp_path / "installation")
    for number in range(FILES):
        folder = installation.folder / "systems" / "clients" / f"trader{number % 40:02}"
        folder.mkdir(exist_ok=True)
        if number % 2:
            note = {
                "contact": {"name": NAME, "email": EMAIL, "city": f"Town {number}"},
                "desk": f"{number}@example.net",
            }
            (folder / f"{number:04}.json").write_text(json.dumps(note), "utf-8")
        else:
            rows = f"Name,E-mail,City\n{NAME},{EMAIL},Town {number}\nBo Berg,{number}@example.net,Leeds\n"
            (folder / f"{number:04}.csv").write_text(rows, "utf-8")
    return installation


def ask(installation, right):
    who = (identifier(IdentifierKind.EMAIL, EMAIL), identifier(IdentifierKind.NAME, NAME))
    with installation.opened() as habeas:
        submission = Submission(right, who, IdentityCheck.LOGIN)
        (told,) = habeas.intake.submit([submission], actor="tester")
    installation.await_delivery([told.request_id])
    return installation.case(told.request_id).completions[SYSTEM]


def disclosed(installation):
    """Every value of every table of the copy that is about files."""
    (package,) = (installation.folder / "answers").glob(f"{Right.ACCESS}-*/answer.zip")
    with ZipFile(package) as archive:
        names = [each for each in archive.namelist() if SYSTEM in each and each.endswith(".csv")]
        tables = [csv.reader(io.StringIO(archive.read(each).decode("utf-8-sig"))) for each in names]
        return [value for table in tables for row in table for value in row]


def test_all_of_them_are_in_the_copy_and_none_is_left(planted, forks):
    process = forks.start("--config", planted.config, "up", log=planted.folder / "stderr.txt")
    try:
        copied = ask(planted, Right.ACCESS)
        erased = ask(planted, Right.ERASURE)
        assert process.stop(PATIENCE_S) == 0
    finally:
        process.kill()
        process.wait(PATIENCE_S)
    assert (copied.effects, copied.left_over, erased.left_over) == ({}, 0, 0)
    towns = [each for each in disclosed(planted) if each.startswith("Town ")]
    assert sorted(towns) == sorted(f"Town {number}" for number in range(FILES))
    assert sum(verbs["erased"] for verbs in erased.effects.values()) == FILES
    texts = [path.read_text() for path in (planted.folder / "systems" / "clients").glob("trader*/*")]
    assert len(texts) == FILES
    assert not [text for text in texts if EMAIL in text or NAME in text]
    assert all("@example.net" in text for text in texts)
