"""GNU Mailman 3 over its REST API."""

from connectors.mailing_list.mailman.api import MailmanApi
from connectors.mailing_list.mailman.backend import MailmanBackend
from connectors.mailing_list.mailman.journal import Journal

__all__ = ["Journal", "MailmanApi", "MailmanBackend"]
