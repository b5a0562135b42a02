"""Real files are laid out as systems, the originals untouched; people are picked by what the files say."""

import os
import sqlite3
from contextlib import closing
from importlib import resources
from pathlib import Path

import pytest

from connectors.sql import SqlConnector, load_map
from habeas.domain.requests import Right
from habeas.domain.subjects import IdentifierKind, Subject, identifier
from habeas.errors import UserError
from habeas.sample.real import lay_out, requests

CHINOOK = """
    CREATE TABLE Customer (CustomerId INTEGER, FirstName, LastName, Company, Address, City, State, Country, PostalCode,
        Phone, Fax, Email, SupportRepId);
    INSERT INTO Customer VALUES
        (1, 'Ann', 'Firm', 'Firm plc', '1 Way', 'Rye', NULL, 'UK', 'R1', '+44 161 496 0001', NULL, 'ann@example.org', 1),
        (2, 'Bo', 'Present', NULL, '2 Way', 'Rye', NULL, 'UK', 'R1', '+44 161 496 0002', NULL, 'bo@example.org', 1),
        (3, 'Cy', 'Former', NULL, '3 Way', 'Rye', NULL, 'UK', 'R1', '+44 161 496 0003', NULL, 'cy@example.org', 1),
        (4, 'Di', 'Other', NULL, '4 Way', 'Rye', NULL, 'UK', 'R1', '+44 161 496 0004', NULL, 'di@example.org', 1);
    CREATE TABLE Employee (EmployeeId, LastName, FirstName, Title, ReportsTo, BirthDate, HireDate, Address, City, State,
        Country, PostalCode, Phone, Fax, Email);
    INSERT INTO Employee VALUES (1, 'Rep', 'Eve', 'Agent', NULL, '1970-01-01 00:00:00', '2001-01-01 00:00:00', '5 Way',
        'Rye', NULL, 'UK', 'R1', '+44 161 496 0005', NULL, 'eve@example.org');
    CREATE TABLE Invoice (InvoiceId, CustomerId, InvoiceDate, BillingAddress, BillingCity, BillingState, BillingCountry,
        BillingPostalCode, Total);
    INSERT INTO Invoice VALUES
        (1, 1, '2025-11-01 00:00:00', '1 Way', 'Rye', NULL, 'UK', 'R1', 1), (2, 2, '2025-11-01 00:00:00', '2 Way', 'Rye', NULL, 'UK', 'R1', 2),
        (3, 3, '2022-03-04 00:00:00', '3 Way', 'Rye', NULL, 'UK', 'R1', 3), (4, 4, '2025-12-01 00:00:00', '4 Way', 'Rye', NULL, 'UK', 'R1', 4);
    CREATE TABLE InvoiceLine (InvoiceLineId, InvoiceId, TrackId, UnitPrice, Quantity);
    INSERT INTO InvoiceLine VALUES (1, 3, 7, 3, 1);
"""
FILES = {
    "hmrc-ncts/a.xml": '<n:CC015C xmlns:n="u"><ContactPerson><name>Flo Way</name><eMailAddress>flo@example.org</eMailAddress></ContactPerson></n:CC015C>',
    "hmrc-ncts/broken.xml": "<CC015C><ContactPerson>",
    "hmrc-cds-declarations/TT/b.xml": "<Declaration><Declarant><Name>Gus Trader</Name><ID>GB123456789000</ID></Declarant></Declaration>",
    "oasis-ubl/c.xml": "<Invoice><Contact><Name>Mrs Hal Buyer</Name><ElectronicMail>hal@example.org</ElectronicMail></Contact></Invoice>",
    "mail/d.eml": "From: Ida Writer <ida@example.org>\nSubject: x\n\nbody\n",
    "mail/e.eml": "From: no-name@example.org\n\nbody\n",
}


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    root = tmp_path / "corpus"
    for name, content in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
        (root / name).chmod(0o444)
    (root / "FIELDS.md").write_text("about the corpus")
    (root / "crm-chinook").mkdir()
    with closing(sqlite3.connect(root / "crm-chinook" / "Chinook_Sqlite.sqlite")) as connection:
        connection.executescript(CHINOOK)
    return root


def test_each_folder_of_the_corpus_is_a_client_with_writable_files(corpus: Path, tmp_path: Path) -> None:
    """The copies can be changed although the originals can't; the database is no client's file."""
    lay_out(corpus, tmp_path / "real")
    clients = tmp_path / "real" / "clients"
    copies = {path.relative_to(clients).as_posix(): path for path in clients.rglob("*") if path.is_file()}
    assert {name: path.read_text() for name, path in copies.items()} == FILES
    assert all(path.stat().st_mode & 0o200 for path in copies.values())


def test_people_are_those_in_the_files(corpus: Path, tmp_path: Path) -> None:
    """By e-mail or EORI and, where it stands beside it, by name without its title."""
    people = lay_out(corpus, tmp_path / "real")
    email, name = IdentifierKind.EMAIL, IdentifierKind.NAME
    assert people.transit_contact == (identifier(email, "flo@example.org"), identifier(name, "Flo Way"))
    assert people.invoice_contact == (identifier(email, "hal@example.org"), identifier(name, "Hal Buyer"))
    assert people.correspondent == (identifier(email, "ida@example.org"), identifier(name, "Ida Writer"))
    assert people.trader == (identifier(IdentifierKind.EORI, "GB123456789000"), identifier(name, "Gus Trader"))
    assert {each.right for each in requests(people)} == {Right.ACCESS, Right.ERASURE, Right.RESTRICTION}


def test_customers_are_found_by_the_maps(corpus: Path, tmp_path: Path) -> None:
    """CRM and billing lead from the e-mail address to everything; who left has a date from which holds run."""
    people = lay_out(corpus, tmp_path / "real")
    former = Subject("t", people.customers.former)
    collections = {}
    for system in ("crm", "billing"):
        with resources.as_file(resources.files("habeas.sample.real") / f"{system}.yaml") as path:
            connector = SqlConnector(f"sqlite:///{tmp_path}/real/{system}.db", load_map(path), system=system)
        assert connector.check() == []
        found = [each.what for each in connector.find([former])]
        collections[system] = {each.collection for each in found}
        assert {str(each.anchors.get("customer_ceased")) for each in found} == {"2022-03-04"}
        connector.close()
    assert collections == {"crm": {"Customer"}, "billing": {"Customer", "Invoice", "InvoiceLine"}}
    assert people.customers.present == (
        identifier(IdentifierKind.EMAIL, "bo@example.org"),
        identifier(IdentifierKind.NAME, "Bo Present"),
    )


def test_laying_out_again_starts_afresh(corpus: Path, tmp_path: Path) -> None:
    """What a fulfilled request changed is as it was."""
    lay_out(corpus, tmp_path / "real")
    changed = tmp_path / "real" / "clients" / "mail" / "d.eml"
    changed.write_text("changed")
    lay_out(corpus, tmp_path / "real")
    assert changed.read_text() == FILES["mail/d.eml"]


def test_a_corpus_without_chinook_is_named(tmp_path: Path) -> None:
    """The error says which file is missing."""
    (tmp_path / "corpus").mkdir()
    with pytest.raises(UserError, match="Chinook_Sqlite"):
        lay_out(tmp_path / "corpus", tmp_path / "real")


@pytest.mark.corpus
@pytest.mark.skipif("HABEAS_CORPUS" not in os.environ, reason="needs HABEAS_CORPUS")
def test_the_real_corpus_has_them_all(tmp_path: Path) -> None:
    """Somebody for each right, in databases and in four formats of files."""
    people = lay_out(Path(os.environ["HABEAS_CORPUS"]), tmp_path / "real")
    assert all(any(each.kind.strong for each in request.identifiers) for request in requests(people))
    assert {request.right for request in requests(people)} == {Right.ACCESS, Right.ERASURE, Right.RESTRICTION}
