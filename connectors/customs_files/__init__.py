"""Files of customs data on servers: found, and changed byte by byte."""

from connectors.customs_files.connector import FileStoreConnector
from connectors.customs_files.limits import Limits

__all__ = ["FileStoreConnector", "Limits"]
