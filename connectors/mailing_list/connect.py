"""Makes the connector from its options."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator

from connectors.mailing_list.connector import MailingListConnector
from connectors.mailing_list.embedded import EmbeddedBackend
from connectors.mailing_list.mailman import Journal, MailmanApi, MailmanBackend
from connectors.options import LocalPath, Options, read_options
from habeas.errors import ConfigurationError


def _mailman_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise ValueError("should be like http://127.0.0.1:8001, without a user or a password in it")
    return url


class _EmbeddedOptions(Options):
    backend: Literal["embedded"] = "embedded"
    path: LocalPath
    notice_leavers: bool = True


class _MailmanOptions(Options):
    backend: Literal["mailman"]
    url: Annotated[str, AfterValidator(_mailman_url)] = "http://127.0.0.1:8001"
    user: str = "restadmin"
    password_file: LocalPath | None = None
    password_env: str | None = None
    journal: LocalPath
    notice_leavers: bool = True


def connect(options: Mapping[str, Any], *, system: str, folder: Path) -> MailingListConnector:
    """Raises ConfigurationError."""
    if options.get("backend") != "mailman":
        embedded = read_options(_EmbeddedOptions, options, system=system, folder=folder)
        backend = EmbeddedBackend(embedded.path)
        return MailingListConnector(backend, system=system, notice_leavers=embedded.notice_leavers)
    mailman = read_options(_MailmanOptions, options, system=system, folder=folder)
    api = MailmanApi(mailman.url, user=mailman.user, password=_password(mailman, system=system))
    server = MailmanBackend(api, Journal(mailman.journal))
    return MailingListConnector(server, system=system, notice_leavers=mailman.notice_leavers)


def _password(options: _MailmanOptions, *, system: str) -> str:
    """Never in habeas.toml itself: that file is copied, shown and kept in version control."""
    entry = f"habeas.toml: systems.{system}.options"
    match options.password_file, options.password_env:
        case Path() as path, None:
            try:
                password = path.read_text("utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise ConfigurationError(f"{entry}.password_file: {path}: {type(error).__name__}") from None
            place = f"password_file: {path}"
        case None, str() as name:
            password = os.environ.get(name, "")
            place = f"password_env: the environment variable {name}"
        case _:
            raise ConfigurationError(f"{entry}: give either password_file or password_env, for Mailman's admin_pass")
    if not password:
        raise ConfigurationError(f"{entry}.{place} is empty")
    return password
