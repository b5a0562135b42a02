"""The connector to customs files keeps every connector's promises, over a folder of a client's usual papers."""
# ruff: noqa: RUF001 (Turkish has a dotless i)

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.customs_files import FileStoreConnector
from habeas.domain.subjects import IdentifierKind, Subject, identifier
from habeas.testing.connectors import ConnectorConformance, Populated

DECLARATION = """<?xml version="1.0" encoding="UTF-8"?>
<md:MetaData xmlns:md="urn:wco:datamodel:WCO:DocumentMetaData-DMS:2" xmlns="urn:wco:datamodel:WCO:DEC-DMS:2">
  <Declaration>
    <Declarant><ID>GB111222333000</ID></Declarant>
    <Exporter>
      <Name>Åsa Yıldız</Name><ID>GB123456789000</ID>
      <Address><CityName>Leeds</CityName><Line>1 Mill Lane</Line><PostcodeID>LS1 1AA</PostcodeID></Address>
    </Exporter>
    <GoodsShipment><Buyer><Name>Cy Dunn</Name><ID>GB999888777000</ID></Buyer></GoodsShipment>
    <GoodsShipment><Seller><Name>Yıldız, Åsa</Name></Seller></GoodsShipment>
  </Declaration>
</md:MetaData>
"""
TABLE = """Declarant Name,Declarant EORI,Declarant email,Declarant password,Consignee
Åsa Yıldız,GB123456789000,asa.yildiz@example.org,swordfish,Cy Dunn
Cy Dunn,GB999888777000,cy@example.org,hunter2,Other Ltd
Åsa Yıldız,GB555444333000,other.asa@example.org,letmein,Cy Dunn
"""
MAIL = """From: =?utf-8?q?=C3=85sa_Y=C4=B1ld=C4=B1z?= <Asa.Yildiz@Example.org>
To: Cy Dunn <cy@example.org>
Subject: Papers
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

Dear Cy, call me: +44 161 496 0123.
"""


def subject(token: str, name: str, email: str, *more: tuple[IdentifierKind, str]) -> Subject:
    kinds = ((IdentifierKind.EMAIL, email), (IdentifierKind.NAME, name), *more)
    return Subject(token, tuple(identifier(kind, value) for kind, value in kinds))


def fill(root: Path) -> None:
    acme = root / "acme"
    acme.mkdir(parents=True)
    (acme / "export.xml").write_text(DECLARATION, "utf-8")
    (acme / "report.csv").write_text(TABLE, "utf-8")
    (acme / "papers.eml").write_text(MAIL, "ascii")
    (acme / "note.txt").write_text("Åsa is asa.yildiz@example.org,\nCy is cy@example.org.\n", "utf-8")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", '{"contact": {"email": "asa.yildiz@example.org", "phone": "0161 496 0123"}}')
        archive.writestr("b.json", '{"contact": {"email": "cy@example.org"}}')
    (acme / "pack.zip").write_bytes(packed.getvalue())


class TestCustomsFiles(ConnectorConformance):
    @pytest.fixture
    def populated(self, tmp_path: Path) -> Iterator[Populated]:
        root = tmp_path / "store"
        fill(root)
        connector = FileStoreConnector(root)
        not_a_folder = tmp_path / "file"
        not_a_folder.write_text("asa.yildiz@example.org")
        yield Populated(
            connector,
            person=subject(
                "p",
                "Åsa Yıldız",
                "ASA.yildiz@example.org",
                (IdentifierKind.EORI, "GB123456789000"),
                (IdentifierKind.PHONE, "+441614960123"),
            ),
            records=frozenset(
                {
                    ("customs declarations (CDS)", "acme/export.xml#1"),
                    ("trade data (CSV)", "acme/report.csv#5"),
                    ("mails", "acme/papers.eml#0"),
                    ("mails", "acme/papers.eml#0.0:1"),
                    ("text files", "acme/note.txt#0:1"),
                    ("archives", "acme/pack.zip#0.0"),
                }
            ),
            namesake=subject("n", "Åsa Yıldız", "other.asa@example.org"),
            namesake_records=frozenset(
                {("customs declarations (CDS)", "acme/export.xml#3"), ("trade data (CSV)", "acme/report.csv#9")}
            ),
            bystander=subject("b", "Cy Dunn", "cy@example.org"),
            unknown=subject("u", "Nemo Nobody", "nemo@example.org"),
            broken=FileStoreConnector(not_a_folder),
            written_as=frozenset({"asa.yildiz@example.org", "0161 496 0123"}),
        )
        connector.close()
