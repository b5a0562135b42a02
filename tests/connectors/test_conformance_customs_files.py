"""The connector to customs files keeps every connector's promises, over a folder of a client's usual papers."""
# ruff: noqa: RUF001 (Turkish has a dotless i)

import io
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from connectors.customs_files import FileStoreConnector
from connectors.customs_files.stores.local import LocalStore
from connectors.customs_files.stores.other import OtherStore
from connectors.customs_files.stores.s3 import S3Store
from connectors.customs_files.stores.s3_bucket import Account, Bucket
from connectors.customs_files.stores.sftp import SftpStore
from connectors.customs_files.stores.sftp_session import Server
from habeas.domain.subjects import IdentifierKind, Subject, identifier
from habeas.ports import Memory
from habeas.testing.connectors import ConnectorConformance, Populated
from habeas.testing.services.s3_server import S3Server
from habeas.testing.services.sftp_server import SftpServer

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


def sftp_store(server: SftpServer, folder: Path) -> SftpStore:
    known = Server("127.0.0.1", server.port, server.user, server.key_file, known_hosts=server.known_hosts)
    return SftpStore(known, str(folder))


def account(server: S3Server, bucket: str) -> Account:
    return Account(bucket, server.url, server.region, server.access_key_id, server.secret_key)


def populated_with(connector: FileStoreConnector, broken: FileStoreConnector) -> Populated:
    return Populated(
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
        broken=broken,
        written_as=frozenset({"asa.yildiz@example.org", "0161 496 0123"}),
    )


class TestCustomsFiles(ConnectorConformance):
    @pytest.fixture
    def populated(self, tmp_path: Path) -> Iterator[Populated]:
        root = tmp_path / "store"
        fill(root)
        not_a_folder = tmp_path / "file"
        not_a_folder.write_text("asa.yildiz@example.org")
        connector = FileStoreConnector(root)
        yield populated_with(connector, FileStoreConnector(not_a_folder))
        connector.close()


class TestCustomsFilesRemembered(ConnectorConformance):
    """Every file has been searched for somebody else before, and none of what holds nobody is read again."""

    @pytest.fixture
    def populated(self, tmp_path: Path) -> Iterator[Populated]:
        root = tmp_path / "store"
        fill(root)
        store = LocalStore(root, now_ns=lambda: time.time_ns() + 3_600_000_000_000)
        connector = FileStoreConnector(store)
        connector.remember(Memory(tmp_path / "memory", lambda: bytes(32)))
        assert list(connector.find([subject("u", "Nemo Nobody", "nemo@example.org")])) == []
        yield populated_with(connector, FileStoreConnector(tmp_path / "nothing"))
        connector.close()


class TestCustomsFilesOverSftp(ConnectorConformance):
    @pytest.fixture
    def populated(self, sftp_server: SftpServer) -> Iterator[Populated]:
        root = sftp_server.folder / uuid4().hex
        fill(root / "store")
        (root / "file").write_text("asa.yildiz@example.org")
        sftp_server.own(root)
        connector, broken = (FileStoreConnector(sftp_store(sftp_server, root / name)) for name in ("store", "file"))
        yield populated_with(connector, broken)
        connector.close()
        broken.close()


class TestCustomsFilesOnS3(ConnectorConformance):
    """In a bucket that keeps old versions; they are gone with what was erased."""

    @pytest.fixture
    def populated(self, s3_server: S3Server, tmp_path: Path) -> Iterator[Populated]:
        fill(tmp_path)
        bucket = Bucket(account(s3_server, f"b{uuid4().hex}"))
        bucket.call("create_bucket", CreateBucketConfiguration={"LocationConstraint": s3_server.region})
        bucket.call("put_bucket_versioning", VersioningConfiguration={"Status": "Enabled"})
        for path in tmp_path.rglob("*.*"):
            bucket.call("put_object", Key=f"clients/{path.relative_to(tmp_path)}", Body=path.read_bytes())
        connector = FileStoreConnector(S3Store(account(s3_server, bucket.name), "clients"))
        broken = FileStoreConnector(S3Store(account(s3_server, "no-such-bucket"), "clients"))
        yield populated_with(connector, broken)
        for each in (connector, broken, bucket):
            each.close()


class TestCustomsFilesOnAnythingElse(ConnectorConformance):
    """By what every file system of fsspec can do."""

    @pytest.fixture
    def populated(self, tmp_path: Path) -> Iterator[Populated]:
        fill(tmp_path / "store")
        root = f"/{uuid4().hex}"
        memory = MemoryFileSystem()
        memory.put(f"{tmp_path}/store/", f"{root}/store/", recursive=True)
        connector, broken = (
            FileStoreConnector(OtherStore(f"memory://{root}/{name}", {}, tmp_path / "locks"))
            for name in ("store", "nothing")
        )
        yield populated_with(connector, broken)
        connector.close()
        memory.rm(root, recursive=True)
