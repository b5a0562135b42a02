"""Finds and changes what a mailing list server holds about a person."""

from connectors.mailing_list.connector import MailingListConnector
from connectors.mailing_list.embedded import EmbeddedBackend

__all__ = ["EmbeddedBackend", "MailingListConnector"]
