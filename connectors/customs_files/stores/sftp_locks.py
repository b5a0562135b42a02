"""Lock files on an SFTP server."""

import errno

from connectors.customs_files.stores import sftp_files
from connectors.customs_files.stores.sftp_client import Client, StatusError
from connectors.customs_files.stores.sftp_session import Session


class SftpLocks:
    """See `leases.LockFiles`. They have a channel of their own: a sign of life must not wait for a long read."""

    def __init__(self, session: Session, folder: bytes) -> None:
        self._session = session
        self._folder = folder

    def create(self, name: str, sign: bytes) -> bool:
        with self._session.client("locks") as client:
            try:
                with client.open(self._at(name), "wbx") as file:
                    file.write(sign)
            except StatusError as error:
                if error.errno in {errno.ENOENT, errno.EACCES} or _look(client, self._at(name)) is None:
                    raise sftp_files.unwritable(error, "locked") from None
                return False
            return True

    def look(self, name: str) -> bytes | None:
        with self._session.client("locks") as client:
            return _look(client, self._at(name))

    def overwrite(self, name: str, sign: bytes, expected: bytes) -> bool:
        with self._session.client("locks") as client:
            if _look(client, self._at(name)) != expected:
                return False
            new = self._at(name) + b"." + sign.split()[0]
            sftp_files.remove(client, new)
            with client.open(new, "wbx") as file:
                file.write(sign)
            client.posix_rename(new, self._at(name))
            return True

    def remove(self, name: str, expected: bytes) -> None:
        with self._session.client("locks") as client:
            if _look(client, self._at(name)) == expected:
                sftp_files.remove(client, self._at(name))

    def _at(self, name: str) -> bytes:
        return self._folder + b"/" + name.encode()


def _look(client: Client, path: bytes) -> bytes | None:
    try:
        with client.open(path, "rb") as file:
            return file.read()
    except StatusError as error:
        if error.errno == errno.ENOENT:
            return None
        raise
