"""The event log in one SQLite file, for everybody who needs no broker."""

from habeas.eventlog.embedded.log import EmbeddedLog

__all__ = ["EmbeddedLog"]
