"""Stores on real servers, with what a test does there as their owner, not by the connector."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from connectors.customs_files import FileStoreConnector
from connectors.customs_files.stores import Store
from connectors.customs_files.stores.leases import Times
from connectors.customs_files.stores.s3 import S3Store
from connectors.customs_files.stores.s3_bucket import Account, Bucket, RefusedError
from connectors.customs_files.stores.sftp import SftpStore
from connectors.customs_files.stores.sftp_session import Server
from habeas.domain.plans import PlannedRecord
from habeas.domain.records import Match, Record, Unsearched
from habeas.domain.subjects import IdentifierKind, Subject, identifier
from habeas.ports import Effects
from habeas.testing.services.s3_server import S3Server
from habeas.testing.services.sftp_server import SftpServer

ANNA = Subject("anna", (identifier(IdentifierKind.EMAIL, "anna.oberg@example.org"),))
BO = Subject("bo", (identifier(IdentifierKind.EMAIL, "bo@example.org"),))
QUICK = Times(lease=0.5, sign=0.1, wait=5.0, poll=0.02)


class Asked:
    """What a test asks of a store through the connector."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.connector = FileStoreConnector(store)

    def strong(self, subject: Subject = ANNA) -> list[Record]:
        found = [each.what for each in self.connector.find([subject]) if isinstance(each.what, Record)]
        return [each for each in found if each.match is Match.STRONG]

    def unsearched(self, subject: Subject = ANNA) -> dict[str, str]:
        found = [each.what for each in self.connector.find([subject])]
        return {each.place: each.reason for each in found if isinstance(each, Unsearched)}

    def change(self, verb: str = "erase", *, plan=None, subject: Subject = ANNA, task_id: str = "task") -> Effects:
        """By a plan without values."""
        found = self.strong(subject) if plan is None else plan
        records = [PlannedRecord(each, ()).without_values().record for each in found]
        with self.connector.applying(subject, task_id) as application:
            for record in records:
                getattr(application, verb)(record, *(((),) if verb == "erase" else ()))
        return application.effects


class SftpFolder(Asked):
    """A folder on the SFTP server, seen from both sides."""

    def __init__(self, server: SftpServer, root: Path, **known: object) -> None:
        self.server = server
        self.root = root
        super().__init__(SftpStore(self.address(**known), str(root), times=QUICK))

    def address(self, **known: object) -> Server:
        told = {"key_file": self.server.key_file, "known_hosts": self.server.known_hosts} | known
        return Server("127.0.0.1", self.server.port, self.server.user, **told)

    def put(self, name: str, content: str | bytes) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.server.own(self.root)
        return path

    def another(self) -> "SftpFolder":
        """The same folder for another worker."""
        return SftpFolder(self.server, self.root)

    def leftovers(self) -> list[str]:
        return [str(path) for path in self.root.rglob(".habeas-*")]


class S3Prefix(Asked):
    """A prefix of a bucket that keeps old versions, seen from both sides."""

    def __init__(self, server: S3Server, bucket: str) -> None:
        self.account = Account(bucket, server.url, server.region, server.access_key_id, server.secret_key)
        self.bucket = Bucket(self.account)
        super().__init__(S3Store(self.account, "clients", times=QUICK))

    def put(self, name: str, content: str, **more: object) -> str:
        """The version."""
        put = self.bucket.call("put_object", Key=f"clients/{name}", Body=content.encode(), **more)
        return str(put["VersionId"])

    def text(self, name: str) -> str | None:
        try:
            return self.bucket.read(None, Key=f"clients/{name}")[1].decode()
        except RefusedError:
            return None

    def everything(self) -> bytes:
        """What the bucket holds in all versions of all objects."""
        page = self.bucket.call("list_object_versions")
        keys = [(each["Key"], each["VersionId"]) for each in page.get("Versions", ())]
        return b"\n".join(self.bucket.read(None, Key=key, VersionId=version)[1] for key, version in keys)


@pytest.fixture
def sftp(sftp_server: SftpServer) -> Iterator[SftpFolder]:
    root = sftp_server.folder / uuid4().hex
    root.mkdir()
    sftp_server.own(root)
    folder = SftpFolder(sftp_server, root)
    yield folder
    folder.connector.close()


@pytest.fixture
def s3(s3_server: S3Server) -> Iterator[S3Prefix]:
    prefix = S3Prefix(s3_server, f"b{uuid4().hex}")
    place = {"LocationConstraint": s3_server.region}
    prefix.bucket.call("create_bucket", CreateBucketConfiguration=place, ObjectLockEnabledForBucket=True)
    yield prefix
    prefix.connector.close()
    prefix.bucket.close()


@pytest.fixture
def anna() -> Subject:
    return ANNA


@pytest.fixture
def bo() -> Subject:
    return BO
