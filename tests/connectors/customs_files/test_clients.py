"""What clients.yaml says of the files decides what may happen to them."""

from datetime import date

import pytest

from habeas.domain.records import Match
from habeas.errors import ConfigurationError, PermanentError

CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Anna Öberg\r\nEMAIL:anna.oberg@example.org\r\nEND:VCARD\r\n"
DECLARATION = """<?xml version="1.0"?>
<MetaData xmlns="urn:wco:datamodel:WCO:DocumentMetaData-DMS:2"><Declaration>
<AcceptanceDateTime><DateTimeString formatCode="304">20240229101500Z</DateTimeString></AcceptanceDateTime>
<Exporter><Name>Anna Öberg</Name><ID>GB123456789000</ID></Exporter></Declaration></MetaData>
"""


def test_a_processors_files_have_their_client(folder) -> None:
    """By clients.yaml, or by a client.yaml of their own; else they are the controller's."""
    folder.put("clients.yaml", "acme: {name: Acme Ltd, role: processor}\nberg: {role: controller}\n")
    folder.put("cole/client.yaml", "role: processor\n")
    for client in ("acme", "berg", "cole", "dunn"):
        folder.put(f"{client}/a.txt", "anna.oberg@example.org")
    assert {each.key.partition("/")[0]: each.client for each in folder.strong()} == {
        "acme": "Acme Ltd",
        "berg": None,
        "cole": "cole",
        "dunn": None,
    }


def test_relation_and_the_day_from_which_retention_runs(folder) -> None:
    """law A15: as register.yaml names them; null is a day that has not come."""
    folder.put(
        "clients.yaml",
        "acme: {relation: customer, customer_ceased: 2023-05-01}\nberg: {relation: customer, customer_ceased: null}\n",
    )
    for client in ("acme", "berg", "cole"):
        folder.put(f"{client}/a.txt", "anna.oberg@example.org")
    assert {each.key[:4]: (each.relation, each.anchors) for each in folder.strong()} == {
        "acme": ("customer", {"customer_ceased": date(2023, 5, 1)}),
        "berg": ("customer", {"customer_ceased": None}),
        "cole": (None, {}),
    }


def test_the_day_on_which_customs_accepted_is_an_anchor(folder) -> None:
    """law D2: of a declaration as a whole; of a table and of JSON by row and object."""
    folder.put("a/cds.xml", DECLARATION)
    folder.put(
        "a/ncts.xml",
        "<CC029C><declarationAcceptanceDate>2023-11-26+01:00</declarationAcceptanceDate><Holder>"
        "<name>Anna</name><email>anna.oberg@example.org</email></Holder></CC029C>",
    )
    folder.put(
        "a/rows.csv",
        "Declarant email,Acceptance date\nanna.oberg@example.org,2024-01-31\nbo@example.org,2025-01-01\n"
        "anna.oberg@example.org,soon\n",
    )
    assert {each.key: each.anchors.get("customs_acceptance") for each in folder.strong()} == {
        "a/cds.xml#2": date(2024, 2, 29),
        "a/ncts.xml#1": date(2023, 11, 26),
        "a/rows.csv#2": date(2024, 1, 31),
        "a/rows.csv#6": None,
    }


def test_a_file_about_one_person_is_erased_as_a_whole(folder, anna) -> None:
    """Where clients.yaml says so; the others are edited."""
    folder.put("clients.yaml", "acme: {whole_files: ['cards/*']}\n")
    whole, edited = folder.put("acme/cards/anna.vcf", CARD), folder.put("acme/other.vcf", CARD)
    effects = folder.erase()
    assert effects.as_json() == {"address books": {"erased": 2}}
    assert not whole.exists()
    assert "anna" not in edited.read_text()
    with folder.connector.applying(anna, "task") as application:
        assert application.earlier == effects


def test_a_whole_file_that_does_not_hold_the_person_any_more_stays(folder, anna) -> None:
    """It was replaced by another since the plan was made."""
    folder.put("clients.yaml", "acme: {whole_files: ['*.vcf']}\n")
    path = folder.put("acme/card.vcf", CARD)
    plan = folder.strong()
    path.write_text(CARD.replace("anna.oberg", "bo").replace("Anna Öberg", "Bo"))
    with folder.connector.applying(anna, "task") as application:
        for record in plan:
            application.erase(record, ())
    assert path.exists()
    assert application.effects.as_json() == {}


def test_a_whole_file_of_which_a_part_must_be_kept_is_not_touched(folder, anna) -> None:
    """The law's hold goes before."""
    folder.put("clients.yaml", "acme: {whole_files: ['*.vcf']}\n")
    path = folder.put("acme/card.vcf", CARD)
    (record,) = folder.strong()
    assert record.match is Match.STRONG
    with pytest.raises(PermanentError), folder.connector.applying(anna, "task") as application:
        application.erase(record, (record.fields[0].name,))
    assert path.read_bytes() == CARD.encode()


@pytest.mark.parametrize("text", ["acme: {rule: processor}", "acme: [", "acme: {customer_ceased: soon}"])
def test_what_is_wrong_in_the_file_is_told(folder, text) -> None:
    """By `check` too, before anything is searched."""
    folder.put("clients.yaml", text)
    with pytest.raises(ConfigurationError, match=r"clients\.yaml of the file store"):
        folder.records()
    assert folder.connector.check()
