"""Makes the connector from its options."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator

from connectors.customs_files.connector import FileStoreConnector
from connectors.customs_files.stores import Store
from connectors.customs_files.stores.local import LocalStore
from connectors.options import LocalPath, Options, read_options
from habeas.errors import ConfigurationError


def _without_password(url: str) -> str:
    if "://" in url and urlsplit(url).password is not None:
        raise ValueError("a password does not belong here: give password_file or secret_key_file")
    return url


_Root = Annotated[str, AfterValidator(_without_password)]


class _Local(Options):
    root: LocalPath


class _Sftp(Options):
    root: _Root
    key_file: LocalPath | None = None
    key_passphrase_file: LocalPath | None = None
    password_file: LocalPath | None = None
    password_env: str | None = None
    known_hosts: LocalPath | None = None


class _S3(Options):
    root: _Root
    endpoint_url: str | None = None
    region: str | None = None
    access_key_id: str | None = None
    secret_key_file: LocalPath | None = None
    secret_key_env: str | None = None
    credentials_file: LocalPath | None = None
    profile: str | None = None
    ca_file: LocalPath | None = None


class _Other(Options):
    root: _Root
    locks: LocalPath
    storage_options: Mapping[str, str | int | bool] = {}


def connect(options: Mapping[str, Any], *, system: str, folder: Path) -> FileStoreConnector:
    """By the scheme of `root`. Raises ConfigurationError."""
    return FileStoreConnector(open_store(options, system=system, folder=folder), system=system)


def open_store(options: Mapping[str, Any], *, system: str, folder: Path) -> Store:
    """Where the connector's files lie; to be closed. Raises ConfigurationError."""
    root = options.get("root")
    scheme = urlsplit(root).scheme if isinstance(root, str) and "://" in root else "file"
    makers = {"file": _local, "sftp": _sftp, "ssh": _sftp, "s3": _s3}
    return makers.get(scheme, _other)(options, system, folder)


def _local(options: Mapping[str, Any], system: str, folder: Path) -> Store:
    root = options.get("root")
    if isinstance(root, str) and root.startswith("file://"):
        options = {**options, "root": unquote(urlsplit(root).path)}
    return LocalStore(read_options(_Local, options, system=system, folder=folder).root)


def _sftp(options: Mapping[str, Any], system: str, folder: Path) -> Store:
    from connectors.customs_files.stores.sftp import SftpStore  # noqa: PLC0415 - most stores are none
    from connectors.customs_files.stores.sftp_session import Server  # noqa: PLC0415 - as above

    read = read_options(_Sftp, options, system=system, folder=folder)
    entry = f"habeas.toml: systems.{system}.options"
    url = urlsplit(read.root)
    if not url.hostname or not url.path.strip("/"):
        raise ConfigurationError(f"{entry}.root: should be like sftp://habeas@files.example.org/srv/clients")
    server = Server(
        url.hostname,
        url.port or 22,
        unquote(url.username) if url.username else None,
        read.key_file,
        _secret(read.key_passphrase_file, None, f"{entry}.key_passphrase"),
        _secret(read.password_file, read.password_env, f"{entry}.password"),
        read.known_hosts,
    )
    return SftpStore(server, unquote(url.path))


def _s3(options: Mapping[str, Any], system: str, folder: Path) -> Store:
    from connectors.customs_files.stores.s3 import S3Store  # noqa: PLC0415 - most stores are none
    from connectors.customs_files.stores.s3_bucket import Account  # noqa: PLC0415 - as above

    read = read_options(_S3, options, system=system, folder=folder)
    entry = f"habeas.toml: systems.{system}.options"
    secret = _secret(read.secret_key_file, read.secret_key_env, f"{entry}.secret_key")
    if (read.access_key_id is None) != (secret is None):
        raise ConfigurationError(f"{entry}: access_key_id and secret_key_file (or secret_key_env) belong together")
    bucket, _, prefix = read.root.removeprefix("s3://").partition("/")
    if not bucket:
        raise ConfigurationError(f"{entry}.root: should be like s3://bucket/clients")
    account = Account(
        bucket,
        read.endpoint_url,
        read.region,
        read.access_key_id,
        secret,
        read.credentials_file,
        read.profile,
        read.ca_file,
    )
    return S3Store(account, prefix)


def _other(options: Mapping[str, Any], system: str, folder: Path) -> Store:
    from connectors.customs_files.stores.other import OtherStore  # noqa: PLC0415 - most stores are none

    read = read_options(_Other, options, system=system, folder=folder)
    try:
        return OtherStore(read.root, dict(read.storage_options), read.locks)
    except (ValueError, ImportError):
        message = f"habeas.toml: systems.{system}.options.root: fsspec knows no way to such an address"
        raise ConfigurationError(message) from None


def _secret(file: Path | None, variable: str | None, entry: str) -> str | None:
    """Never from habeas.toml itself: that file is copied, shown and kept in version control."""
    if file is not None and variable is not None:
        raise ConfigurationError(f"{entry}_file and {entry.rpartition('.')[2]}_env: give one of them")
    if file is not None:
        try:
            secret = file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"{entry}_file: {file}: {type(error).__name__}") from None
        place = f"{entry}_file: {file}"
    elif variable is not None:
        secret, place = os.environ.get(variable, ""), f"{entry}_env: the environment variable {variable}"
    else:
        return None
    if not secret:
        raise ConfigurationError(f"{place} is empty")
    return secret
