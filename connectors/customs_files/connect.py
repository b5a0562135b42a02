"""Makes the connector from its options."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from connectors.customs_files.connector import FileStoreConnector
from connectors.options import LocalPath, Options, read_options


class _Options(Options):
    root: LocalPath


def connect(options: Mapping[str, Any], *, system: str, folder: Path) -> FileStoreConnector:
    """Raises ConfigurationError."""
    read = read_options(_Options, options, system=system, folder=folder)
    return FileStoreConnector(read.root, system=system)
