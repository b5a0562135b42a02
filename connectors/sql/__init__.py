"""People in SQL databases, by a declarative map."""

from connectors.sql.connector import SqlConnector
from connectors.sql.map import SqlMap, load_map

__all__ = ["SqlConnector", "SqlMap", "load_map"]
