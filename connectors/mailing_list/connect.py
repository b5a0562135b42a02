"""Makes the connector from its options."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from connectors.mailing_list.connector import MailingListConnector
from connectors.mailing_list.embedded import EmbeddedBackend
from connectors.options import LocalPath, Options, read_options


class _Options(Options):
    path: LocalPath


def connect(options: Mapping[str, Any], *, system: str, folder: Path) -> MailingListConnector:
    """Raises ConfigurationError."""
    read = read_options(_Options, options, system=system, folder=folder)
    return MailingListConnector(EmbeddedBackend(read.path), system=system)
