"""Proposing a map from a live database: read, guess, join, write. A person edits what comes of it."""

from connectors.sql.drafting.draft import draft

__all__ = ["draft"]
