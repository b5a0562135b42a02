"""What lies in the folders of an SFTP server. Links are not followed."""

import errno
import os
import stat
from collections.abc import Iterator

from paramiko.sftp_attr import SFTPAttributes

from connectors.customs_files.stores.sftp_client import Client, StatusError
from connectors.customs_files.stores.sftp_session import Session
from connectors.customs_files.stores.store import LEADS_NOWHERE, LEADS_OUT, OWN_FOLDER, Entry, is_temporary


def at(root: bytes, path: str) -> bytes:
    """The name on the server of a path in the store."""
    return root.rstrip(b"/") + b"/" + os.fsencode(path) if path else root


def walk(session: Session, root: bytes) -> Iterator[Entry]:
    """See `store.Store.walk`. The connection is free for others between two folders."""
    waiting = [""]
    while waiting:
        entries, folders = _listed(session, root, waiting.pop())
        yield from entries
        waiting += sorted(folders, reverse=True)


def status_of(client: Client, path: bytes, *, follow: bool = False) -> SFTPAttributes | None:
    """What the server tells of a file, None if there is none. Raises StatusError."""
    try:
        return client.stat(path) if follow else client.lstat(path)
    except StatusError as error:
        if error.errno == errno.ENOENT:
            return None
        raise


def _listed(session: Session, root: bytes, folder: str) -> tuple[list[Entry], list[str]]:
    entries: list[Entry] = []
    folders = []
    with session.client() as client:
        try:
            found = sorted(client.entries(at(root, folder)), key=lambda each: each[0])
        except StatusError as error:
            if folder and error.errno == errno.ENOENT:
                return [], []
            return [Entry(folder or ".", "not readable")], []
        for raw, status in found:
            name = os.fsdecode(raw)
            path = f"{folder}/{name}" if folder else name
            mode = status.st_mode or 0
            if path == OWN_FOLDER or is_temporary(name):
                continue
            if stat.S_ISDIR(mode):
                folders.append(path)
            elif stat.S_ISLNK(mode):
                reason = _link_reason(client, root, path)
                entries += [Entry(path, reason)] if reason else []
            else:
                entries.append(Entry(path, None if stat.S_ISREG(mode) else "not a file"))
    return entries, folders


def _link_reason(client: Client, root: bytes, path: str) -> str | None:
    try:
        client.stat(at(root, path))
        target = client.normalize(at(root, path)) or ""
        real = (client.normalize(root) or "").rstrip("/")
    except StatusError:
        return LEADS_NOWHERE
    inside = target == real or target.startswith(real + "/")
    return None if inside and OWN_FOLDER not in target[len(real) :].split("/") else LEADS_OUT
