"""Makes the connector from its options."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from connectors.options import DatabaseUrl, LocalPath, Options, read_options
from connectors.sql.connector import SqlConnector
from connectors.sql.map import load_map


class _Options(Options):
    url: DatabaseUrl
    map: LocalPath


def connect(options: Mapping[str, Any], *, system: str, folder: Path) -> SqlConnector:
    """Raises ConfigurationError."""
    read = read_options(_Options, options, system=system, folder=folder)
    return SqlConnector(read.url, load_map(read.map), system=system)
