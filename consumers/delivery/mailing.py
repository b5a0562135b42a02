"""Sends notices by mail: one message for each, over TLS, with an id that is the same however often it is sent."""

import smtplib
import ssl
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from consumers.delivery.notice_errors import NotTakenError, RefusedError, UnreachableError

_FAR_TOO_LATE = 500
"""SMTP's replies from here on are for good (RFC 5321, 4.2.1)."""


def message(
    *, id_: str, to: str, sender: str, subject: str, text: str, html: str, letter: bytes, now: datetime
) -> EmailMessage:
    """The letter in its three forms. Raises ValueError for what would break out of a header."""
    made = EmailMessage(policy=SMTP)
    made["From"] = Address(addr_spec=sender)
    made["To"] = Address(addr_spec=to)
    made["Subject"] = subject
    made["Date"] = format_datetime(now)
    made["Message-ID"] = f"<{id_}@{sender.rpartition('@')[2]}>"
    made.set_content(text)
    made.add_alternative(html, subtype="html")
    made.add_attachment(letter, maintype="application", subtype="pdf", filename="letter.pdf")
    return made


class MailServer:
    """One mail server; each message has a connection of its own."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        tls: str,
        context: ssl.SSLContext,
        login: tuple[str, str] | None = None,
        timeout_s: float = 30.0,
    ) -> None:
        """`tls` is "starttls", "tls" or "none"; `login` a user and a password."""
        self._host = host
        self._port = port
        self._tls = tls
        self._context = context
        self._login = login
        self._timeout_s = timeout_s

    def send(self, mail: EmailMessage) -> None:
        """Returns once the server has taken it.

        Raises UnreachableError, NotTakenError, or RefusedError for what no second attempt could mend.
        """
        try:
            with self._connected() as server:
                server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            code = max((code for code, _ in error.recipients.values()), default=0)
            raise _refused(code) from None
        except smtplib.SMTPAuthenticationError:
            raise NotTakenError("the mail server refuses the user or the password") from None
        except smtplib.SMTPResponseException as error:
            raise _refused(error.smtp_code) from None
        except smtplib.SMTPNotSupportedError:
            raise RefusedError("the mail server offers no TLS") from None
        except (OSError, smtplib.SMTPException) as error:
            raise NotTakenError(f"the mail server broke off: {type(error).__name__}") from None

    def _connected(self) -> smtplib.SMTP:
        try:
            if self._tls == "tls":
                server: smtplib.SMTP = smtplib.SMTP_SSL(
                    self._host, self._port, timeout=self._timeout_s, context=self._context
                )
            else:
                server = smtplib.SMTP(self._host, self._port, timeout=self._timeout_s)
        except (OSError, smtplib.SMTPException) as error:
            raise UnreachableError(f"no mail server answers: {type(error).__name__}") from None
        try:
            if self._tls == "starttls":
                server.starttls(context=self._context)
            if self._login is not None:
                server.login(*self._login)
        except BaseException:
            server.close()
            raise
        return server


def _refused(code: int) -> NotTakenError | RefusedError:
    return RefusedError(f"mail status {code}") if code >= _FAR_TOO_LATE else NotTakenError(f"mail status {code}")
